/* SPDX-License-Identifier: MIT */
/* What the text of a captured value tells of the value itself: the characters of a str, the bytes of bytes. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* Of anything else, its repr() as text. Transfer full. */
GBytes *
flatline_value_dup_content (FlatlineValue *value, gboolean *is_text);

G_END_DECLS
