/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessPane: the program and all its descendants. With a session it shows the session's live process tree;
 * without, the processes a snapshot has kept. The cells are bound to the records and follow them by themselves.
 */
#include "config.h"

#include "flatline-process-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "flatline-columns.h"
#include "flatline-process.h"
#include "flatline-record-words.h"

struct _FlatlineProcessPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  GListModel *roots;
  GSimpleActionGroup *actions;
  GtkSingleSelection *selection;
  GtkWidget *stack;
  GtkColumnView *view;
  GtkWidget *menu;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineProcessPane, flatline_process_pane, GTK_TYPE_WIDGET)

static char *
format_percent (gpointer item, double percent, gpointer user_data)
{
  return percent < 0 ? g_strdup ("–") : g_strdup_printf ("%.1f %%", percent);
}

static char *
format_count (gpointer item, gint64 count, gpointer user_data)
{
  return count < 0 ? g_strdup ("–") : g_strdup_printf ("%" G_GINT64_FORMAT, count);
}

static char *
format_bytes (gpointer item, gint64 bytes, gpointer user_data)
{
  return g_format_size_full (MAX (bytes, 0), G_FORMAT_SIZE_IEC_UNITS);
}

static char *
format_heart (gpointer item, const char *heart, gpointer user_data)
{
  if (g_strcmp0 (heart, "beating") == 0)
    return g_strdup (_ ("♥ beating"));
  if (g_strcmp0 (heart, "silent") == 0)
    return g_strdup (_ ("♡ silent"));
  if (g_strcmp0 (heart, "flatlined") == 0)
    return g_strdup (_ ("— flatlined"));
  return g_strdup (heart ? heart : "");
}

static char *
format_state (gpointer item, const char *state_text, const char *exit_text, gpointer user_data)
{
  return g_strdup (exit_text && *exit_text ? exit_text : state_text ? flatline_record_word_text (state_text) : "");
}

static char *
format_text (gpointer item, const char *text, gpointer user_data)
{
  return g_strdup (text ? text : "");
}

static GtkExpression *
process_property (const char *name)
{
  return flatline_column_property (FLATLINE_TYPE_PROCESS, name, TRUE);
}

/* What ended stays in view, faded. */
static char **
row_classes (gpointer item, gboolean alive, gpointer user_data)
{
  const char *const classes[] = { alive ? NULL : "dim-label", NULL };

  return g_strdupv ((char **)classes);
}

static void
add_columns (FlatlineProcessPane *self)
{
  GtkExpression *alive = process_property ("alive");
  GtkExpression *state[] = { process_property ("state-text"), process_property ("exit-text") };
  GtkExpression *state_text =
      gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 2, state, G_CALLBACK (format_state), NULL, NULL);
  GtkExpression *text;

  flatline_column_view_set_row_classes (
      self->view, gtk_cclosure_expression_new (G_TYPE_STRV, NULL, 1, &alive, G_CALLBACK (row_classes), NULL, NULL));
  text = flatline_column_format (process_property ("name"), G_CALLBACK (format_text));
  flatline_column_append_tree (self->view, _ ("Program"), text, process_property ("children"),
                               FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_CUT);
  text = flatline_column_format (process_property ("pid"), G_CALLBACK (format_count));
  flatline_column_append (self->view, _ ("PID"), text, FLATLINE_COLUMN_NUMERIC);
  text = flatline_column_format (process_property ("cpu-percent"), G_CALLBACK (format_percent));
  flatline_column_append (self->view, _ ("CPU"), text, FLATLINE_COLUMN_NUMERIC);
  text = flatline_column_format (process_property ("rss-bytes"), G_CALLBACK (format_bytes));
  flatline_column_append (self->view, _ ("Memory"), text, FLATLINE_COLUMN_NUMERIC);
  flatline_column_append (self->view, _ ("State"), state_text, FLATLINE_COLUMN_PLAIN);
  text = flatline_column_format (process_property ("heart"), G_CALLBACK (format_heart));
  flatline_column_append (self->view, _ ("Heart"), text, FLATLINE_COLUMN_PLAIN);
  text = flatline_column_format (process_property ("threads"), G_CALLBACK (format_count));
  flatline_column_append (self->view, _ ("Threads"), text, FLATLINE_COLUMN_NUMERIC);
  text = flatline_column_format (process_property ("open-files"), G_CALLBACK (format_count));
  flatline_column_append (self->view, _ ("Files"), text, FLATLINE_COLUMN_NUMERIC);
  text = flatline_column_format (process_property ("python-version"), G_CALLBACK (format_text));
  flatline_column_append (self->view, _ ("Python"), text, FLATLINE_COLUMN_PLAIN);
}

/* The list is made here when the record has none yet, so that a child born later appears below its parent. */
static GListModel *
create_children (gpointer item, gpointer user_data)
{
  FlatlineProcess *process = item;

  if (!process->children)
    {
      g_autoptr (GListStore) children = g_list_store_new (FLATLINE_TYPE_PROCESS);

      g_object_set (process, "children", children, NULL);
    }
  return process->children ? g_object_ref (G_LIST_MODEL (process->children)) : NULL;
}

static FlatlineProcess *
get_selected (FlatlineProcessPane *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (GObject) item = row ? gtk_tree_list_row_get_item (row) : NULL;

  return item ? FLATLINE_PROCESS (item) : NULL; /* the row keeps it alive */
}

static void
update_actions (FlatlineProcessPane *self)
{
  FlatlineProcess *process = get_selected (self);
  gboolean can_signal = self->session && process && process->alive;

  for (guint i = 0; i < 2; i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), i ? "kill" : "sigterm");

      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), can_signal);
    }
}

static void
update_stack (FlatlineProcessPane *self)
{
  gboolean empty = !self->roots || g_list_model_get_n_items (self->roots) == 0;

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), empty ? "empty" : "tree");
}

static void
show_roots (FlatlineProcessPane *self)
{
  GListModel *roots = NULL;
  GtkTreeListModel *tree = NULL;

  if (self->session)
    roots = G_LIST_MODEL (flatline_session_get_process_tree (self->session));
  else if (self->snapshot)
    roots = G_LIST_MODEL (self->snapshot->processes);
  if (roots == self->roots)
    return;
  if (self->roots)
    g_signal_handlers_disconnect_by_data (self->roots, self);
  g_set_object (&self->roots, roots);
  if (roots)
    {
      tree = gtk_tree_list_model_new (g_object_ref (roots), FALSE, TRUE, create_children, NULL, NULL);
      g_signal_connect_swapped (roots, "items-changed", G_CALLBACK (update_stack), self);
    }
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (tree));
  g_clear_object (&tree);
  update_stack (self);
}

static void
show_menu (FlatlineProcessPane *self, double x, double y)
{
  update_actions (self);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
on_secondary_pressed (FlatlineProcessPane *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  guint position = flatline_column_view_position_at (self->view, x, y);
  double pane_x, pane_y;

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_translate_coordinates (GTK_WIDGET (self->view), GTK_WIDGET (self), x, y, &pane_x, &pane_y);
  show_menu (self, pane_x, pane_y);
}

static void
menu_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;

  if (get_selected (self))
    show_menu (self, 24, 48);
}

static void
signal_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;
  FlatlineProcess *process = get_selected (self);
  int signum = g_str_equal (g_action_get_name (G_ACTION (action)), "kill") ? SIGKILL : SIGTERM;
  g_autoptr (GError) error = NULL;
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);

  if (process && !flatline_process_send_signal (process->pid, process->start_ticks, signum, &error) && overlay)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), adw_toast_new (error->message));
}

static void
copy_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;
  FlatlineProcess *process = get_selected (self);
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  g_autofree char *pid = NULL;

  if (!process)
    return;
  pid = g_strdup_printf ("%" G_GINT64_FORMAT, process->pid);
  if (g_str_equal (g_action_get_name (G_ACTION (action)), "copy-pid"))
    gdk_clipboard_set_text (clipboard, pid);
  else
    gdk_clipboard_set_text (clipboard, process->command_line ? process->command_line : process->name);
}

static const GActionEntry action_entries[] = {
  { .name = "menu", .activate = menu_activated },     { .name = "sigterm", .activate = signal_activated },
  { .name = "kill", .activate = signal_activated },   { .name = "copy-command-line", .activate = copy_activated },
  { .name = "copy-pid", .activate = copy_activated },
};

static void
flatline_process_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineProcessPane *self = FLATLINE_PROCESS_PANE (object);

  if (id == PROP_SESSION)
    g_set_object (&self->session, g_value_get_object (value));
  else
    g_set_object (&self->snapshot, g_value_get_object (value));
  show_roots (self);
}

static void
flatline_process_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineProcessPane *self = FLATLINE_PROCESS_PANE (object);

  g_value_set_object (value, id == PROP_SESSION ? (gpointer)self->session : (gpointer)self->snapshot);
}

static void
flatline_process_pane_dispose (GObject *object)
{
  FlatlineProcessPane *self = FLATLINE_PROCESS_PANE (object);

  if (self->roots)
    g_signal_handlers_disconnect_by_data (self->roots, self);
  g_clear_object (&self->roots);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->selection);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_process_pane_parent_class)->dispose (object);
}

static void
flatline_process_pane_class_init (FlatlineProcessPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_process_pane_set_property;
  object_class->get_property = flatline_process_pane_get_property;
  object_class->dispose = flatline_process_pane_dispose;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-process-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, view);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, menu);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_pressed);
}

static void
flatline_process_pane_init (FlatlineProcessPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "process", G_ACTION_GROUP (self->actions));
  self->selection = gtk_single_selection_new (NULL);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  add_columns (self);
  update_stack (self);
}
