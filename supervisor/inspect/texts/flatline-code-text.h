/* SPDX-License-Identifier: MIT */
/* Text of functions, methods, modules and generators. Internal to the object reader. */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

/* __qualname__ of a function, method, class, generator or coroutine; NULL for what has none. Transfer full. */
char *
flatline_text_dup_qualified_name (FlatlineTextWriter *self, guint64 object);

/* Whether functions of that type (without its module) are made by a compiler to C. */
gboolean
flatline_text_is_compiled_function (const char *type_name);

void
flatline_text_append_function (FlatlineTextWriter *self, GString *text, guint64 address);

void
flatline_text_append_method (FlatlineTextWriter *self, GString *text, guint64 address);

void
flatline_text_append_builtin (FlatlineTextWriter *self, GString *text, guint64 address);

void
flatline_text_append_module (FlatlineTextWriter *self, GString *text, guint64 address);

void
flatline_text_append_generator (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type);

G_END_DECLS
