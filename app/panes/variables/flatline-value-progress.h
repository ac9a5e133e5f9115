/* SPDX-License-Identifier: MIT */
/* FlatlineValueProgress: a row that shows how far something long is, with a button to cancel it; hidden otherwise. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_VALUE_PROGRESS (flatline_value_progress_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineValueProgress, flatline_value_progress, FLATLINE, VALUE_PROGRESS, GtkBox)

/* @line names what is done. */
GtkWidget *
flatline_value_progress_new (const char *line);

/* Shows the row, unless it ends at once; what is done stops when the cancellable is cancelled. Borrowed. */
GCancellable *
flatline_value_progress_begin (FlatlineValueProgress *self);

void
flatline_value_progress_tell (FlatlineValueProgress *self, goffset done, goffset whole);

void
flatline_value_progress_end (FlatlineValueProgress *self);

/* Whether what is done, or was last, has @cancellable. */
gboolean
flatline_value_progress_is_of (FlatlineValueProgress *self, GCancellable *cancellable);

/* Also what it was that has ended. */
gboolean
flatline_value_progress_is_cancelled (FlatlineValueProgress *self);

void
flatline_value_progress_cancel (FlatlineValueProgress *self);

G_END_DECLS
