/* SPDX-License-Identifier: MIT */
/* Reading str and bytes objects of a target. */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 data;  /* address of the characters */
  gint64 length; /* characters */
  guint kind;    /* bytes a character: 1, 2, 4 */
} FlatlineStringView;

/* Where a str keeps its characters; FALSE when it is no plausible str. */
gboolean
flatline_string_view (FlatlineTarget *target, guint64 address, FlatlineStringView *view);

/* The str at @address as UTF-8 (lone surrogates replaced), at most @max_characters; NULL when unreadable. Transfer
 * full. */
char *
flatline_string_dup (FlatlineTarget *target, guint64 address, gint64 max_characters);

/* Its characters as code points, at most @max_characters; *n_read says how many. NULL when unreadable. Transfer full.
 */
guint32 *
flatline_string_read_characters (FlatlineTarget *target, guint64 address, gint64 max_characters, gint64 *n_read);

/* The bytes object at @address, at most @max_length; NULL when unreadable. Transfer full. */
guint8 *
flatline_bytes_read (FlatlineTarget *target, guint64 address, gsize max_length, gsize *length);

/* The number of items of a var-sized object, -1 when unreadable. */
gint64
flatline_object_read_size (FlatlineTarget *target, guint64 address);

/* A non-negative int object that fits 64 bits; FALSE for others. */
gboolean
flatline_int_read (FlatlineTarget *target, guint64 object, guint64 *value);

G_END_DECLS
