/* SPDX-License-Identifier: MIT */
/*
 * One line of text in a table: a GtkInscription for tables of thousands. Its size is a number of characters in the font
 * of the table, which all cells share and nobody measures again; what is needed to draw the text is made when it is
 * drawn, so that a cell out of view is hardly more than its text.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_CELL_LABEL (flatline_cell_label_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineCellLabel, flatline_cell_label, FLATLINE, CELL_LABEL, GtkWidget)

typedef struct
{
  GtkWidget *table; /* borrowed: whose font counts */
  guint serial;     /* of the table's Pango context then */
  int char_width;   /* in Pango units, as the rest */
  int ascent;
  int descent;
  int room; /* pixels that a cell which takes room has beyond its characters; below 0: that it lacks */
} FlatlineCellMetrics;

/* @metrics is shared by the cells of a table and lives as long as they do. */
GtkWidget *
flatline_cell_label_new (FlatlineCellMetrics *metrics, guint min_chars, guint chars);

/* NULL: none. */
void
flatline_cell_label_set_text (FlatlineCellLabel *self, const char *text);

/* For numbers: at the end of the cell, digits of one width. */
void
flatline_cell_label_set_numeric (FlatlineCellLabel *self);

/* In the column that is wider where there is room. */
void
flatline_cell_label_set_takes_room (FlatlineCellLabel *self);

/* What does not fit is left out in the middle, not at the end. */
void
flatline_cell_label_set_ellipsize_middle (FlatlineCellLabel *self);

G_END_DECLS
