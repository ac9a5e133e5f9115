/* SPDX-License-Identifier: MIT */
/* What the writers of texts ask of objects and types. Internal to the object reader. */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

/* The word at @address, 0 unreadable. */
guint64
flatline_text_read_pointer (FlatlineTextWriter *self, guint64 address);

/* The address of the first field behind the object's head. */
guint64
flatline_text_fields_of (FlatlineTextWriter *self, guint64 address);

/* __name__ of a type: its name is the qualified one. */
const char *
flatline_text_short_name (const FlatlineTypeInfo *type);

/* tp_name: with the module for types of C. */
const char *
flatline_text_type_name (const FlatlineTypeInfo *type);

/* NULL for no object, and for what is none. */
const FlatlineTypeInfo *
flatline_text_type_of (FlatlineTextWriter *self, guint64 object);

/* Whether it is None, or nothing at all. */
gboolean
flatline_text_is_none (FlatlineTextWriter *self, guint64 object);

/* Whether it is False itself. */
gboolean
flatline_text_is_false (FlatlineTextWriter *self, guint64 object);

/* The attribute or slot @name of @object, 0 when there is none. */
guint64
flatline_text_get (FlatlineTextWriter *self, guint64 object, const char *name);

/* It as a number, when it is an int or a bool; else 0. */
guint64
flatline_text_get_number (FlatlineTextWriter *self, guint64 object, const char *name);

/* The int object @number, of 128 bits and no sign. */
void
flatline_text_read_wide (FlatlineTextWriter *self, guint64 number, guint64 *high, guint64 *low);

/* It as text, when it is a str; else NULL. Transfer full. */
char *
flatline_text_get_string (FlatlineTextWriter *self, guint64 object, const char *name);

/* Its text. */
void
flatline_text_append_attribute (FlatlineTextWriter *self, GString *text, guint64 object, const char *name);

/* "name=value", the item @n of an enumeration; FALSE when there is no room for it. */
gboolean
flatline_text_append_named (FlatlineTextWriter *self, GString *text, guint n, guint64 name, guint64 value);

/* An object as str() has it: a str without its quotes, all else as repr() has it. */
void
flatline_text_append_plain (FlatlineTextWriter *self, GString *text, guint64 object);

/* The name of an open file, as an object; 0 none. */
guint64
flatline_text_find_file_name (FlatlineTextWriter *self, guint64 file);

/* What the class or the nearest of its bases that has it has at @name, 0 nothing. */
guint64
flatline_text_get_from_classes (FlatlineTextWriter *self, const FlatlineTypeInfo *type, const char *name);

/* The global @name of the module that @method of the class was written in; 0 none. */
guint64
flatline_text_find_global (FlatlineTextWriter *self,
                           const FlatlineTypeInfo *type,
                           const char *method,
                           const char *name);

G_END_DECLS
