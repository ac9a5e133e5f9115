/* SPDX-License-Identifier: MIT */
/* FlatlineVariablesPane: the local variables of one frame as a tree: name, value, type, and what containers hold. */
#include "config.h"

#include "flatline-variables-pane.h"

#include <glib/gi18n.h>

#include "flatline-columns.h"

struct _FlatlineVariablesPane
{
  GtkWidget parent_instance;
  FlatlineFrame *frame;
  GtkSingleSelection *selection;
  GtkWidget *stack;
  GtkLabel *empty;
};

enum
{
  PROP_0,
  PROP_FRAME,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineVariablesPane, flatline_variables_pane, GTK_TYPE_WIDGET)

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  FlatlineValue *value = item;

  return flatline_list_length (value->children) > 0 ? g_object_ref (G_LIST_MODEL (value->children)) : NULL;
}

/* A cell is one line; the whole text is its tooltip. */
static char *
format_value (gpointer item, const char *text, gboolean truncated, gpointer user_data)
{
  g_autofree char *line = g_strdup (text ? text : "");

  g_strdelimit (line, "\n\r\t", ' ');
  return truncated ? g_strconcat (line, " …", NULL) : g_steal_pointer (&line);
}

static char *
format_text (gpointer item, const char *text, gpointer user_data)
{
  return g_strdup (text ? text : "");
}

static GtkExpression *
value_property (const char *name)
{
  return flatline_column_property (FLATLINE_TYPE_VALUE, name, TRUE);
}

static void
add_columns (GtkColumnView *view)
{
  GtkExpression *value[] = { value_property ("text"), value_property ("truncated") };
  GtkExpression *name = flatline_column_format (value_property ("name"), G_CALLBACK (format_text));
  GtkExpression *type = flatline_column_format (value_property ("type"), G_CALLBACK (format_text));

  flatline_column_append_tree (view, _ ("Name"), name, value_property ("children"), FLATLINE_COLUMN_PLAIN);
  flatline_column_append (
      view, _ ("Value"),
      gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 2, value, G_CALLBACK (format_value), NULL, NULL),
      FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_ELLIPSIZE);
  flatline_column_append (view, _ ("Type"), type, FLATLINE_COLUMN_PLAIN);
}

static void
show_frame (FlatlineVariablesPane *self)
{
  GListStore *locals = self->frame ? self->frame->locals : NULL;
  g_autoptr (GtkTreeListModel) tree = NULL;

  if (flatline_list_length (locals) > 0)
    tree = gtk_tree_list_model_new (g_object_ref (G_LIST_MODEL (locals)), FALSE, FALSE, create_children, NULL, NULL);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (tree));
  gtk_label_set_label (self->empty,
                       self->frame ? _ ("This frame has no variables") : _ ("Variables of the selected frame"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), tree ? "tree" : "empty");
}

static void
flatline_variables_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  g_set_object (&self->frame, g_value_get_object (value));
  show_frame (self);
}

static void
flatline_variables_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  g_value_set_object (value, self->frame);
}

static void
flatline_variables_pane_dispose (GObject *object)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  g_clear_object (&self->frame);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_variables_pane_parent_class)->dispose (object);
}

static void
flatline_variables_pane_class_init (FlatlineVariablesPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_variables_pane_set_property;
  object_class->get_property = flatline_variables_pane_get_property;
  object_class->dispose = flatline_variables_pane_dispose;
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_variables_pane_init (FlatlineVariablesPane *self)
{
  GtkWidget *view = gtk_column_view_new (NULL);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *empty = gtk_label_new (NULL);

  self->selection = gtk_single_selection_new (NULL);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (view), GTK_SELECTION_MODEL (self->selection));
  gtk_widget_add_css_class (view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Variables"), -1);
  add_columns (GTK_COLUMN_VIEW (view));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_label_set_wrap (GTK_LABEL (empty), TRUE);
  gtk_widget_add_css_class (empty, "dim-label");
  self->empty = GTK_LABEL (empty);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "tree");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  show_frame (self);
}
