/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessPane: the program and all its descendants. With a session it shows the session's live process tree;
 * without, the processes a snapshot has kept. The cells are bound to the records and follow them by themselves.
 */
#include "config.h"

#include "flatline-process-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <signal.h>

#include "flatline-column-room.h"
#include "flatline-columns.h"
#include "flatline-context-menu.h"
#include "flatline-gradual-list.h"
#include "flatline-process.h"
#include "flatline-process-columns.h"
#include "flatline-row-places.h"
#include "flatline-table-order.h"
#include "flatline-toast.h"

struct _FlatlineProcessPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  GListModel *roots;
  GSimpleActionGroup *actions;
  GtkSingleSelection *selection;
  FlatlineTableOrder *order; /* borrowed: the view has it */
  GtkWidget *stack;
  GtkLabel *nothing;
  GtkColumnView *view;
  FlatlineContextMenu *menu;
  int compact_width;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  PROP_REFERENCE,
  PROP_COMPACT_WIDTH,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineProcessPane, flatline_process_pane, GTK_TYPE_WIDGET)

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

/* A stored process has no verbs but those that copy. */
static void
update_actions (FlatlineProcessPane *self)
{
  static const char *const names[] = { "stack-trace", "signal", "kill-tree" };
  FlatlineProcess *process = get_selected (self);
  gboolean lives = self->session && process && process->alive;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), names[i])),
                                 lives);
}

static void
update_stack (FlatlineProcessPane *self)
{
  gboolean empty = !self->roots || g_list_model_get_n_items (self->roots) == 0;

  gtk_label_set_label (self->nothing, self->session || !self->snapshot
                                          ? _ ("No process yet")
                                          : _ ("No processes are stored in this snapshot"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), empty ? "empty" : "tree");
}

static void
show_roots (FlatlineProcessPane *self)
{
  GListModel *roots = NULL;
  g_autoptr (GListModel) shown = NULL;

  if (self->session)
    roots = G_LIST_MODEL (flatline_session_get_process_tree (self->session));
  else if (self->snapshot)
    roots = G_LIST_MODEL (self->snapshot->processes);
  if (roots == self->roots)
    {
      update_stack (self);
      return;
    }
  if (self->roots)
    g_signal_handlers_disconnect_by_data (self->roots, self);
  g_set_object (&self->roots, roots);
  if (roots)
    {
      GtkTreeListModel *tree = gtk_tree_list_model_new (g_object_ref (roots), FALSE, TRUE, create_children, NULL, NULL);

      shown = flatline_gradual_list_new (flatline_table_order_sort (self->order, G_LIST_MODEL (tree), FALSE));
      flatline_gradual_list_let_go_gradually (shown, flatline_column_view_get_place, self->view);
      g_signal_connect_swapped (roots, "items-changed", G_CALLBACK (update_stack), self);
    }
  flatline_table_order_set_live (self->order, self->session != NULL);
  gtk_single_selection_set_model (self->selection, shown);
  update_stack (self);
}

static void
on_secondary_pressed (FlatlineProcessPane *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  guint position = flatline_column_view_position_at (self->view, x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  flatline_context_menu_open (self->menu, GTK_WIDGET (self->view), x, y);
}

/* Enter and the double click: what this process is doing. */
static void
on_activate (FlatlineProcessPane *self, guint position)
{
  update_actions (self);
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "stack-trace", NULL);
}

static void
stack_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;
  FlatlineProcess *process = get_selected (self);

  if (process && self->session && process->pid == flatline_session_get_pid (self->session))
    gtk_widget_activate_action (GTK_WIDGET (self), "session.stack-trace", NULL);
  else if (process)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.examine-process", "x", process->pid);
}

static void
signal_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;
  FlatlineProcess *process = get_selected (self);
  int signum = g_variant_get_int32 (parameter);
  g_autofree char *name = flatline_signal_dup_name (signum);
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  if (!process)
    return;
  if (flatline_process_send_signal (process->pid, process->start_ticks, signum, &error))
    /* Translators: a signal, the name and the number of the process that got it */
    line = g_strdup_printf (_ ("%s sent to %s (%" PRId64 ")"), name, process->name, process->pid);
  flatline_toast_say (GTK_WIDGET (self), line ? line : error->message);
}

static void
kill_tree_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_int (task, flatline_process_send_signal_to_tree (*(gint64 *)task_data, SIGKILL));
}

static void
on_tree_killed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gssize n_killed = g_task_propagate_int (G_TASK (result), NULL);
  g_autofree char *line = g_strdup_printf (
      ngettext ("%d process killed", "%d processes killed", (gulong)MAX (n_killed, 0)), (int)MAX (n_killed, 0));

  flatline_toast_say (GTK_WIDGET (source), line);
}

static void
kill_tree_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineProcessPane *self = user_data;
  FlatlineProcess *process = get_selected (self);
  g_autoptr (GTask) task = NULL;

  if (!process || flatline_process_read_start_ticks (process->pid) != process->start_ticks)
    return; /* it has ended meanwhile */
  task = g_task_new (self, NULL, on_tree_killed, NULL);
  g_task_set_task_data (task, g_memdup2 (&process->pid, sizeof process->pid), g_free);
  g_task_run_in_thread (task, kill_tree_in_worker);
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
  { .name = "stack-trace", .activate = stack_activated },
  { .name = "signal", .activate = signal_activated, .parameter_type = "i" },
  { .name = "kill-tree", .activate = kill_tree_activated },
  { .name = "copy-command-line", .activate = copy_activated },
  { .name = "copy-pid", .activate = copy_activated },
};

/* The signals a person sends, by the names that they have everywhere. */
static GMenuModel *
create_signal_menu (void)
{
  static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGSTOP, SIGCONT, SIGKILL };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autofree char *name = flatline_signal_dup_name (signals[i]);
      g_autofree char *action = g_strdup_printf ("process.signal(%d)", signals[i]);

      g_menu_append (menu, name, action);
    }
  return G_MENU_MODEL (menu);
}

static void
add_menu (FlatlineProcessPane *self)
{
  g_autoptr (GMenu) model = g_menu_new ();
  g_autoptr (GMenu) acts = g_menu_new ();
  g_autoptr (GMenu) copies = g_menu_new ();
  g_autoptr (GMenu) table = g_menu_new ();
  g_autoptr (GMenuModel) signals = create_signal_menu ();

  g_menu_append (acts, _ ("_Stack Trace"), "process.stack-trace");
  g_menu_append_submenu (acts, _ ("Send Si_gnal"), signals);
  g_menu_append (acts, _ ("_Kill with Its Children"), "process.kill-tree");
  g_menu_append (copies, _ ("_Copy Command Line"), "process.copy-command-line");
  g_menu_append (copies, _ ("Copy _PID"), "process.copy-pid");
  g_menu_append_section (model, NULL, G_MENU_MODEL (acts));
  g_menu_append_submenu (table, _ ("S_ort By"), flatline_table_order_get_menu (self->order));
  g_menu_append_section (model, NULL, G_MENU_MODEL (copies));
  g_menu_append_section (model, NULL, G_MENU_MODEL (table));
  self->menu = flatline_context_menu_new (GTK_WIDGET (self), G_MENU_MODEL (model));
  g_signal_connect_swapped (self->menu, "opening", G_CALLBACK (update_actions), self);
  flatline_context_menu_add_keys (self->menu, GTK_WIDGET (self->view));
}

/* Selects the process that @reference is about. */
static void
show_reference (FlatlineProcessPane *self, FlatlineReference *reference)
{
  GListModel *tree = gtk_single_selection_get_model (self->selection);

  if (!reference || !tree || g_strcmp0 (reference->kind, "process") != 0)
    return;
  for (guint i = 0; i < g_list_model_get_n_items (tree); i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (tree, i);
      g_autoptr (FlatlineProcess) process = gtk_tree_list_row_get_item (row);

      if (!process || process->pid != reference->pid)
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return;
    }
}

/* Wider names and rows that are further down in the tree make it wider; that they go again moves nothing. */
static void
follow_width (FlatlineProcessPane *self, GtkAdjustment *adjustment)
{
  GListModel *rows = gtk_single_selection_get_model (self->selection);
  int width =
      flatline_column_view_get_end (self->view, flatline_process_memory_column) - flatline_column_room_get (self->view);

  /* With room for all columns the first is wider than it has to be. */
  if (!rows || g_list_model_get_n_items (rows) == 0 || width <= self->compact_width
      || gtk_adjustment_get_upper (adjustment) <= gtk_adjustment_get_page_size (adjustment))
    return;
  self->compact_width = width;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMPACT_WIDTH]);
}

static void
flatline_process_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineProcessPane *self = FLATLINE_PROCESS_PANE (object);

  if (id == PROP_REFERENCE)
    {
      show_reference (self, g_value_get_object (value));
      return;
    }
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

  if (id == PROP_COMPACT_WIDTH)
    g_value_set_int (value, self->compact_width);
  else
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
  g_clear_object (&self->menu);
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
  properties[PROP_REFERENCE] =
      g_param_spec_object ("reference", NULL, NULL, FLATLINE_TYPE_REFERENCE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  /* What the pane takes to show the columns down to the memory of a process whole, and nothing of the next; 0 until
   * there was one. */
  properties[PROP_COMPACT_WIDTH] =
      g_param_spec_int ("compact-width", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-process-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, nothing);
  gtk_widget_class_bind_template_child (widget_class, FlatlineProcessPane, view);
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
  flatline_columns_append (self->view, &flatline_process_rows, flatline_process_columns, flatline_process_n_columns);
  self->order = flatline_table_order_add (GTK_WIDGET (self), self->view, "process-order", &flatline_process_rows,
                                          flatline_process_columns, flatline_process_n_columns);
  flatline_column_view_add_tree_keys (self->view);
  add_menu (self);
  g_signal_connect_swapped (self->view, "activate", G_CALLBACK (on_activate), self);
  g_signal_connect_object (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view)), "changed",
                           G_CALLBACK (follow_width), self, G_CONNECT_SWAPPED);
  update_stack (self);
}
