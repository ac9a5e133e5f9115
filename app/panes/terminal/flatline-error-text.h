/* SPDX-License-Identifier: MIT */
/*
 * FlatlineErrorText: what a program writes to stderr, parted into errors and what only looks like one: Python asks with
 * input() over stderr, and bars of progress are drawn there. Both are lines that are begun and left so.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineErrorText FlatlineErrorText;
typedef void (*FlatlineErrorTextShow) (gpointer user_data, const char *text, gsize length, gboolean is_error);

FlatlineErrorText *
flatline_error_text_new (FlatlineErrorTextShow show, gpointer user_data);
void
flatline_error_text_free (FlatlineErrorText *self);
void
flatline_error_text_add (FlatlineErrorText *self, const char *text, gsize length);
/* Shows what is held back: something else is about to be written. */
void
flatline_error_text_settle (FlatlineErrorText *self);

G_END_DECLS
