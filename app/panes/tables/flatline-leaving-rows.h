/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLeavingRows: the rows of a list that are shown a while longer than they are there. A view lets go of a row of
 * widgets for each one that goes, and of a few hundred at once for longer than a frame. So those far from the rows that
 * are looked at go first, many at a time, for a view has no widgets for them and is to build none; the others a few at
 * a time, the last one first.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _FlatlineLeavingRows FlatlineLeavingRows;

/* What a row is known by. */
typedef gpointer (*FlatlineLeavingKeyFunc) (gpointer row);

/* Which of the rows @view looks at, about. */
typedef guint (*FlatlineLeavingPlaceFunc) (gpointer view);

/* @shown: borrowed, the rows in their order, which leave it in flatline_leaving_rows_take_some() alone. @get_key: of a
 * row, an object; NULL: the row itself. */
FlatlineLeavingRows *
flatline_leaving_rows_new (GPtrArray *shown, FlatlineLeavingKeyFunc get_key);

void
flatline_leaving_rows_free (FlatlineLeavingRows *self);

/* @view: not kept alive. Without, the first row is looked at. */
void
flatline_leaving_rows_set_place (FlatlineLeavingRows *self, FlatlineLeavingPlaceFunc get_place, gpointer view);

guint
flatline_leaving_rows_get_n (FlatlineLeavingRows *self);

void
flatline_leaving_rows_add (FlatlineLeavingRows *self, gpointer key);

/* It stays. Returns: whether it was to go. */
gboolean
flatline_leaving_rows_remove (FlatlineLeavingRows *self, gpointer key);

gboolean
flatline_leaving_rows_contain (FlatlineLeavingRows *self, gpointer key);

gboolean
flatline_leaving_rows_is_leaving (FlatlineLeavingRows *self, guint position);

/* To be told of all other changes of what is shown. */
void
flatline_leaving_rows_changed (FlatlineLeavingRows *self, guint position, guint removed, guint added);

/* Takes the next ones out of what is shown. Returns: how many, from *@position on. */
guint
flatline_leaving_rows_take_some (FlatlineLeavingRows *self, guint *position);

/* @row looks as it did when its parent is folded: GTK takes its indentation and arrow from it before it goes. To be
 * called before a widget shows it. */
void
flatline_leaving_rows_keep_looks (GtkTreeListRow *row);

/* Whether @row (a GObject or NULL) is of a tree, was shown by a widget, and stands for nothing any more. */
gboolean
flatline_leaving_rows_is_folded (gpointer row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineLeavingRows, flatline_leaving_rows_free)

G_END_DECLS
