/* SPDX-License-Identifier: MIT */
/*
 * Columns of text for column views of records. A cell asks its column for the text of the record it is bound to, and
 * again when one of the properties that the text is made of changes. Cells are as wide as the column says, whatever
 * they say: so a text that changes is drawn anew and moves nothing, which is what makes long live tables cheap.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_COLUMN_PLAIN = 0,
  FLATLINE_COLUMN_NUMERIC = 1 << 0, /* right-aligned, digits of one width */
  FLATLINE_COLUMN_EXPAND = 1 << 1,
  FLATLINE_COLUMN_MIDDLE = 1 << 2, /* what does not fit is left out in the middle, not at the end */
  FLATLINE_COLUMN_TREE = 1 << 3,   /* has the arrows of the tree; the record has a property "children" */
} FlatlineColumnFlags;

/* The text of a cell, or its tooltip. Transfer full, NULL none. */
typedef char *(*FlatlineCellText) (gpointer record);

/* What a table is sorted by where that is no text. */
typedef double (*FlatlineCellNumber) (gpointer record);

/* Static. */
typedef struct
{
  const char *title; /* untranslated */
  FlatlineCellText text;
  const char *properties[3]; /* of the record: when one changes, so does the text */
  guint chars;               /* how wide, about */
  FlatlineColumnFlags flags;
  FlatlineCellText tooltip;  /* NULL: the text, where it may be cut short */
  FlatlineCellNumber number; /* NULL: sorted by the text */
} FlatlineColumn;

/* What the cells of a view share. Static. */
typedef struct
{
  gboolean in_tree;                           /* the items are GtkTreeListRows of records */
  const char *(*get_class) (gpointer record); /* style class of the row's cells, NULL none */
  const char *class_property;                 /* when it changes, so does the class; NULL: never */
} FlatlineRows;

void
flatline_columns_append (GtkColumnView *view, const FlatlineRows *rows, const FlatlineColumn *columns, guint n_columns);

/* Where the column ends, from where reading begins; 0 before it has a place. */
int
flatline_column_view_get_end (GtkColumnView *view, guint position);

/* The arrow keys open and close the selected row of a tree, or go to its parent. */
void
flatline_column_view_add_tree_keys (GtkColumnView *view);

G_END_DECLS
