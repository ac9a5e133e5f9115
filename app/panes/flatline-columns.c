/* SPDX-License-Identifier: MIT */
/*
 * Columns of text for column views of records. A cell's label is bound to its list item once, when it is made; which
 * record the item holds, and what the record says, may change as often as it likes.
 */
#include "config.h"

#include "flatline-columns.h"

typedef struct
{
  GtkExpression *text;
  GtkExpression *children; /* NULL but in the column that shows the tree */
  GtkExpression *classes;  /* of the row, NULL none */
  FlatlineColumnFlags flags;
} Column;

static void
column_free (gpointer data, GClosure *closure)
{
  Column *column = data;

  gtk_expression_unref (column->text);
  g_clear_pointer (&column->children, gtk_expression_unref);
  g_clear_pointer (&column->classes, gtk_expression_unref);
  g_free (column);
}

/* A leaf of the tree has an empty list of children that may fill up later; it shows no arrow until then. */
static char **
leaf_classes (gpointer item, guint n_children, gpointer user_data)
{
  const char *const leaf[] = { "leaf", NULL };
  const char *const branch[] = { NULL };

  return g_strdupv ((char **)(n_children == 0 ? leaf : branch));
}

static void
follow_children (GtkTreeExpander *expander, GtkListItem *list_item, GtkExpression *children)
{
  GtkExpression *length = gtk_property_expression_new (G_TYPE_LIST_STORE, gtk_expression_ref (children), "n-items");
  GtkExpression *classes =
      gtk_cclosure_expression_new (G_TYPE_STRV, NULL, 1, &length, G_CALLBACK (leaf_classes), NULL, NULL);

  gtk_expression_bind (classes, expander, "css-classes", list_item);
  gtk_expression_bind (gtk_property_expression_new (GTK_TYPE_LIST_ITEM, NULL, "item"), expander, "list-row", list_item);
}

/* As a font feature, not a style class: the classes of a label may be bound to its record. */
static void
use_even_digits (GtkLabel *label)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  gtk_label_set_attributes (label, attributes);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, Column *column)
{
  GtkWidget *label = gtk_label_new (NULL);
  gboolean numeric = (column->flags & FLATLINE_COLUMN_NUMERIC) != 0;

  gtk_label_set_xalign (GTK_LABEL (label), numeric ? 1.0 : 0.0);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  if (numeric)
    use_even_digits (GTK_LABEL (label));
  if (column->classes)
    gtk_expression_bind (gtk_expression_ref (column->classes), label, "css-classes", list_item);
  if (column->flags & (FLATLINE_COLUMN_ELLIPSIZE | FLATLINE_COLUMN_CUT))
    {
      gtk_label_set_ellipsize (GTK_LABEL (label),
                               column->flags & FLATLINE_COLUMN_CUT ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_MIDDLE);
      gtk_label_set_width_chars (GTK_LABEL (label), column->children                      ? 9
                                                    : column->flags & FLATLINE_COLUMN_CUT ? 5
                                                                                          : 18);
      gtk_expression_bind (gtk_expression_ref (column->text), label, "tooltip-text", list_item);
    }
  gtk_expression_bind (gtk_expression_ref (column->text), label, "label", list_item);
  if (column->children)
    {
      GtkWidget *expander = gtk_tree_expander_new ();

      gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), label);
      follow_children (GTK_TREE_EXPANDER (expander), list_item, column->children);
      gtk_list_item_set_child (list_item, expander);
    }
  else
    gtk_list_item_set_child (list_item, label);
  g_object_set_data (G_OBJECT (gtk_list_item_get_child (list_item)), "flatline-list-item", list_item);
}

GtkExpression *
flatline_column_property (GType record_type, const char *name, gboolean in_tree)
{
  GtkExpression *item = gtk_property_expression_new (GTK_TYPE_LIST_ITEM, NULL, "item");

  if (in_tree)
    item = gtk_property_expression_new (GTK_TYPE_TREE_LIST_ROW, item, "item");
  return gtk_property_expression_new (record_type, item, name);
}

GtkExpression *
flatline_column_format (GtkExpression *value, GCallback format)
{
  return gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 1, &value, format, NULL, NULL);
}

void
flatline_column_view_set_row_classes (GtkColumnView *view, GtkExpression *classes)
{
  g_object_set_data_full (G_OBJECT (view), "flatline-row-classes", classes, (GDestroyNotify)gtk_expression_unref);
}

GtkColumnViewColumn *
flatline_column_append_tree (
    GtkColumnView *view, const char *title, GtkExpression *text, GtkExpression *children, FlatlineColumnFlags flags)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) made = NULL;
  Column *column = g_new (Column, 1);

  column->text = text;
  column->children = children;
  column->flags = flags;
  column->classes = g_object_get_data (G_OBJECT (view), "flatline-row-classes");
  if (column->classes)
    gtk_expression_ref (column->classes);
  g_signal_connect_data (factory, "setup", G_CALLBACK (on_setup), column, column_free, 0);
  made = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (made, TRUE);
  gtk_column_view_column_set_expand (made, (flags & FLATLINE_COLUMN_EXPAND) != 0);
  gtk_column_view_append_column (view, made);
  return made;
}

GtkColumnViewColumn *
flatline_column_append (GtkColumnView *view, const char *title, GtkExpression *text, FlatlineColumnFlags flags)
{
  return flatline_column_append_tree (view, title, text, NULL, flags);
}

/* A row holds cells, a cell holds our widget; the rows and cells themselves are GTK's. */
static GtkListItem *
find_list_item (GtkWidget *widget)
{
  for (int level = 0; widget && level < 3; level++, widget = gtk_widget_get_first_child (widget))
    {
      GtkListItem *found = g_object_get_data (G_OBJECT (widget), "flatline-list-item");

      if (found)
        return found;
    }
  return NULL;
}

guint
flatline_column_view_position_at (GtkColumnView *view, double x, double y)
{
  for (GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (view), x, y, GTK_PICK_DEFAULT);
       widget && widget != GTK_WIDGET (view); widget = gtk_widget_get_parent (widget))
    {
      GtkListItem *list_item;

      if (g_strcmp0 (gtk_widget_get_css_name (widget), "listview") == 0)
        break;
      list_item = find_list_item (widget);
      if (list_item)
        return gtk_list_item_get_position (list_item);
    }
  return GTK_INVALID_LIST_POSITION;
}
