/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStackPane: the threads of a snapshot, each with its frames below it, innermost first. When a snapshot comes,
 * the thread the verdict speaks of (else the main thread) is opened and its innermost Python frame selected: what a
 * person wants to see first needs no click.
 */
#include "config.h"

#include "flatline-stack-pane.h"

#include <glib/gi18n.h>

struct _FlatlineStackPane
{
  GtkWidget parent_instance;
  FlatlineSnapshot *snapshot;
  FlatlineFrame *frame;
  GtkSingleSelection *selection;
  GtkWidget *stack;
};

enum
{
  PROP_0,
  PROP_SNAPSHOT,
  PROP_FRAME,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineStackPane, flatline_stack_pane, GTK_TYPE_WIDGET)

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  FlatlineThread *thread = FLATLINE_IS_THREAD (item) ? item : NULL;

  return thread && thread->frames ? g_object_ref (G_LIST_MODEL (thread->frames)) : NULL;
}

static char *
format_thread (FlatlineThread *thread)
{
  GString *text = g_string_new (thread->name ? thread->name : _ ("Unnamed thread"));

  g_string_append_printf (text, " (%" G_GINT64_FORMAT ")", thread->native_id);
  if (thread->state_text)
    g_string_append_printf (text, " · %s", thread->state_text);
  if (thread->holds_gil)
    g_string_append_printf (text, " · %s", _ ("holds the GIL"));
  return g_string_free (text, FALSE);
}

static char *
format_place (FlatlineFrame *frame)
{
  const char *file = frame->file ? frame->file : frame->module;
  g_autofree char *name = file ? g_path_get_basename (file) : NULL;

  if (!name)
    return g_strdup ("");
  return frame->line > 0 ? g_strdup_printf ("%s:%" G_GINT64_FORMAT, name, frame->line) : g_steal_pointer (&name);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkTreeListRow *row = gtk_list_item_get_item (list_item);
  g_autoptr (GObject) item = gtk_tree_list_row_get_item (row);
  GtkWidget *expander = gtk_list_item_get_child (list_item);
  GtkWidget *box = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (expander));
  GtkWidget *title = gtk_widget_get_first_child (box);
  GtkWidget *detail = gtk_widget_get_next_sibling (title);
  g_autofree char *title_text = NULL;
  g_autofree char *detail_text = NULL;

  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (expander), row);
  if (FLATLINE_IS_THREAD (item))
    {
      title_text = format_thread (FLATLINE_THREAD (item));
      detail_text = g_strdup (FLATLINE_THREAD (item)->waiting_for);
      gtk_widget_add_css_class (title, "heading");
      gtk_widget_set_tooltip_text (expander, detail_text);
    }
  else
    {
      FlatlineFrame *frame = FLATLINE_FRAME (item);

      title_text = g_strdup (frame->qualified_name ? frame->qualified_name : frame->function);
      detail_text = format_place (frame);
      gtk_widget_remove_css_class (title, "heading");
      gtk_widget_set_tooltip_text (expander, frame->file);
    }
  gtk_label_set_label (GTK_LABEL (title), title_text ? title_text : "?");
  gtk_label_set_label (GTK_LABEL (detail), detail_text ? detail_text : "");
  gtk_widget_set_visible (detail, detail_text && *detail_text);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  GtkWidget *detail = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, NULL);

  gtk_widget_add_css_class (detail, "caption");
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), box);
  gtk_list_item_set_child (list_item, expander);
}

static void
on_selected (FlatlineStackPane *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (GObject) item = row ? gtk_tree_list_row_get_item (row) : NULL;
  FlatlineFrame *frame = NULL;

  if (FLATLINE_IS_FRAME (item))
    frame = FLATLINE_FRAME (item);
  else if (FLATLINE_IS_THREAD (item))
    frame = flatline_list_peek (FLATLINE_THREAD (item)->frames, 0);
  if (g_set_object (&self->frame, frame))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRAME]);
}

/* Opens the thread of interest and selects its innermost Python frame. */
static void
select_first (FlatlineStackPane *self, GtkTreeListModel *tree)
{
  FlatlineVerdict *verdict = self->snapshot->verdict;
  FlatlineThread *wanted = verdict ? flatline_snapshot_find_thread (self->snapshot, verdict->thread) : NULL;

  for (guint i = 0; !wanted && i < flatline_list_length (self->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (self->snapshot->threads, i);

      if (thread->is_main)
        wanted = thread;
    }
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (tree)); i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (tree, i);
      g_autoptr (FlatlineThread) thread = gtk_tree_list_row_get_item (row);

      if (thread != wanted)
        continue;
      gtk_tree_list_row_set_expanded (row, TRUE);
      for (guint n = 0; n < flatline_list_length (thread->frames); n++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, n);

          if (g_strcmp0 (frame->kind, "native") != 0)
            {
              gtk_single_selection_set_selected (self->selection, i + 1 + n);
              return;
            }
        }
      gtk_single_selection_set_selected (self->selection, i);
      return;
    }
}

static void
show_snapshot (FlatlineStackPane *self)
{
  GListModel *threads = self->snapshot ? G_LIST_MODEL (self->snapshot->threads) : NULL;
  g_autoptr (GtkTreeListModel) tree = NULL;

  if (threads)
    tree = gtk_tree_list_model_new (g_object_ref (threads), FALSE, FALSE, create_children, NULL, NULL);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (tree));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), tree ? "list" : "empty");
  if (tree)
    select_first (self, tree);
  on_selected (self);
}

static void
flatline_stack_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  g_set_object (&self->snapshot, g_value_get_object (value));
  show_snapshot (self);
}

static void
flatline_stack_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  g_value_set_object (value, id == PROP_FRAME ? (gpointer)self->frame : (gpointer)self->snapshot);
}

static void
flatline_stack_pane_dispose (GObject *object)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  g_clear_object (&self->snapshot);
  g_clear_object (&self->frame);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_stack_pane_parent_class)->dispose (object);
}

static void
flatline_stack_pane_class_init (FlatlineStackPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_stack_pane_set_property;
  object_class->get_property = flatline_stack_pane_get_property;
  object_class->dispose = flatline_stack_pane_dispose;
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_stack_pane_init (FlatlineStackPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkWidget *view = gtk_list_view_new (NULL, NULL);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *empty = gtk_label_new (_ ("Threads and their stacks appear here on a freeze, or with Stack Trace"));

  self->selection = gtk_single_selection_new (NULL);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
  gtk_list_view_set_factory (GTK_LIST_VIEW (view), factory);
  gtk_list_view_set_model (GTK_LIST_VIEW (view), GTK_SELECTION_MODEL (self->selection));
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Threads and stacks"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_label_set_wrap (GTK_LABEL (empty), TRUE);
  gtk_label_set_justify (GTK_LABEL (empty), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (empty, "dim-label");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "list");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
}
