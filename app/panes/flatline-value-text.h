/* SPDX-License-Identifier: MIT */
/* What a person reads in the viewer: a str with its lines as lines, bytes as hexadecimal and characters, else repr().
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* Transfer full. */
char *
flatline_value_dup_readable (FlatlineValue *value);

G_END_DECLS
