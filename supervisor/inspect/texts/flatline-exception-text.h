/* SPDX-License-Identifier: MIT */
/* The text of an exception: its class and its arguments. Only flatline-object-text asks for it. */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

void
flatline_text_append_exception (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type);

G_END_DECLS
