/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStackPane: the threads of a snapshot, each with its frames below it, innermost first, as FlatlineStackEntry
 * orders and words them. When a snapshot comes, the frame the verdict points to is opened and selected: what a person
 * wants to see first needs no click.
 */
#include "config.h"

#include "flatline-stack-pane.h"

#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-report-text.h"
#include "flatline-row-focus.h"
#include "flatline-row-sight.h"
#include "flatline-rows-in-view.h"
#include "flatline-place-text.h"
#include "flatline-scrolled-layout.h"
#include "flatline-shared-reading.h"
#include "flatline-shown-text.h"
#include "flatline-stack-entry.h"
#include "flatline-stack-menu.h"
#include "flatline-stack-reference.h"
#include "flatline-tab-key.h"
#include "flatline-thread-facts.h"

#define MANY_THREADS 32

struct _FlatlineStackPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  FlatlineFrame *frame;
  guint selecting; /* sources of the main loop; 0: none */
  guint showing;
  GListStore *entries;
  GtkSingleSelection *selection;
  GSimpleActionGroup *actions;
  GtkWidget *stack;
  GtkWidget *scrolled;
  GtkWidget *view;
  FlatlineContextMenu *menu;
  GtkLabel *empty;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  PROP_FRAME,
  PROP_REFERENCE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineStackPane, flatline_stack_pane, GTK_TYPE_WIDGET)

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  GListStore *children = FLATLINE_STACK_ENTRY (item)->children;

  return children ? g_object_ref (G_LIST_MODEL (children)) : NULL;
}

static void
set_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkTreeListRow *row = gtk_list_item_get_item (list_item);
  g_autoptr (FlatlineStackEntry) entry = gtk_tree_list_row_get_item (row);
  GtkWidget *expander = gtk_list_item_get_child (list_item);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_tree_expander_get_child (GTK_TREE_EXPANDER (expander)));
  GtkWidget *title = gtk_widget_get_first_child (gtk_widget_get_next_sibling (icon));
  GtkWidget *detail = gtk_widget_get_next_sibling (title);
  gboolean is_frame = entry->kind == FLATLINE_STACK_ENTRY_FRAME;
  g_autofree char *place = is_frame ? flatline_place_text_dup (entry->detail) : NULL;

  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (expander), row);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), entry->icon);
  gtk_widget_set_visible (icon, entry->icon != NULL);
  set_class (icon, "error", entry->marked);
  set_class (title, "heading", !is_frame && !entry->dimmed);
  set_class (title, "dim-label", entry->dimmed);
  set_class (title, "native-frame", entry->frame && g_strcmp0 (entry->frame->kind, "native") == 0);
  flatline_shown_text_set (GTK_LABEL (title), entry->title);
  if (place)
    gtk_label_set_label (GTK_LABEL (detail), place);
  else
    flatline_shown_text_set (GTK_LABEL (detail), entry->detail);
  gtk_label_set_wrap (GTK_LABEL (detail), !is_frame);
  gtk_label_set_lines (GTK_LABEL (detail), is_frame ? 1 : 2);
  gtk_label_set_ellipsize (GTK_LABEL (detail), is_frame ? PANGO_ELLIPSIZE_START : PANGO_ELLIPSIZE_END);
  gtk_widget_set_visible (detail, entry->detail && *entry->detail);
  flatline_accessible_names_name_row (expander, gtk_label_get_label (GTK_LABEL (title)),
                                      gtk_label_get_label (GTK_LABEL (detail)));
}

/* Asked for when the pointer rests: to set the text of each row in turn costs a question to the display each. */
static gboolean
on_query_tooltip (GtkWidget *expander, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  GtkTreeListRow *row = gtk_tree_expander_get_list_row (GTK_TREE_EXPANDER (expander));
  g_autoptr (FlatlineStackEntry) entry = row ? gtk_tree_list_row_get_item (row) : NULL;
  g_autofree char *text = flatline_shown_text_dup (entry ? entry->tooltip : NULL);

  gtk_tooltip_set_text (tooltip, text);
  return entry && entry->tooltip;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  GtkWidget *detail = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap-mode", PANGO_WRAP_WORD_CHAR, NULL);

  gtk_widget_add_css_class (detail, "caption");
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_box_append (GTK_BOX (texts), title);
  gtk_box_append (GTK_BOX (texts), detail);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_set_margin_top (icon, 1);
  gtk_box_append (GTK_BOX (row), icon);
  gtk_box_append (GTK_BOX (row), texts);
  gtk_widget_set_has_tooltip (expander, TRUE);
  g_signal_connect (expander, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), row);
  gtk_list_item_set_child (list_item, expander);
}

static FlatlineStackEntry *
get_selected (FlatlineStackPane *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (FlatlineStackEntry) entry = row ? gtk_tree_list_row_get_item (row) : NULL;

  return entry; /* the row keeps it alive */
}

static void
update_menu (FlatlineStackPane *self);

/* A thread that is selected shows its innermost frame. */
static gboolean
show_selected (gpointer user_data)
{
  FlatlineStackPane *self = user_data;
  FlatlineStackEntry *entry = get_selected (self);
  FlatlineStackEntry *first = entry ? flatline_list_peek (entry->children, 0) : NULL;
  FlatlineFrame *frame = entry && entry->frame ? entry->frame : first ? first->frame : NULL;

  self->selecting = 0;
  if (g_set_object (&self->frame, frame))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRAME]);
  update_menu (self);
  return G_SOURCE_REMOVE;
}

/* Source and variables fill in another turn than the one that has moved the selection; before the next frame. */
static void
on_selected (FlatlineStackPane *self)
{
  if (!self->selecting)
    self->selecting = g_idle_add_full (G_PRIORITY_HIGH_IDLE, show_selected, self, NULL);
}

static gboolean
leads_to (FlatlineStackEntry *entry, FlatlineFrame *frame)
{
  if (entry->frame == frame)
    return TRUE;
  for (guint i = 0; i < flatline_list_length (entry->children); i++)
    if (leads_to (flatline_list_peek (entry->children, i), frame))
      return TRUE;
  return FALSE;
}

/* Opens the rows that lead to @frame and selects it. */
static void
select_frame (FlatlineStackPane *self, GtkTreeListModel *tree, FlatlineFrame *frame)
{
  for (guint i = 0; frame && i < g_list_model_get_n_items (G_LIST_MODEL (tree)); i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (tree, i);
      g_autoptr (FlatlineStackEntry) entry = gtk_tree_list_row_get_item (row);

      if (!leads_to (entry, frame))
        continue;
      if (entry->frame == frame)
        {
          gtk_single_selection_set_selected (self->selection, i);
          flatline_row_sight_keep (GTK_SCROLLED_WINDOW (self->scrolled));
          return;
        }
      gtk_tree_list_row_set_expanded (row, TRUE);
    }
}

static void
show_entries (FlatlineStackPane *self, GListStore *entries)
{
  g_autoptr (GtkTreeListModel) tree = NULL;
  gboolean had_focus = flatline_row_focus_is_here (GTK_WIDGET (self), self->view);

  if (flatline_list_length (entries) > 0)
    tree = gtk_tree_list_model_new (g_object_ref (G_LIST_MODEL (entries)), FALSE, FALSE, create_children, NULL, NULL);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (tree));
  flatline_record_let_go (self->entries);
  self->entries = entries ? g_object_ref (entries) : NULL;
  if (self->snapshot && !tree)
    gtk_label_set_label (self->empty, self->snapshot->notes && self->snapshot->notes[0]
                                          ? self->snapshot->notes[0]
                                          : _ ("No thread could be read"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), tree ? "list" : "empty");
  if (tree)
    select_frame (self, tree, flatline_stack_entries_find_frame (self->snapshot));
  flatline_row_focus_keep (GTK_WIDGET (self), tree != NULL, had_focus);
  on_selected (self);
}

static void
word_in_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (FlatlineSharedReading) reading = flatline_shared_reading_begin ();

  g_task_return_pointer (task, flatline_stack_entries_new (task_data), g_object_unref);
}

static void
on_worded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (source);
  g_autoptr (GListStore) entries = g_task_propagate_pointer (G_TASK (result), NULL);

  if (g_task_get_task_data (G_TASK (result)) == self->snapshot)
    show_entries (self, entries);
}

/* To group and word hundreds of threads takes longer than a window may be held up. */
static gboolean
show_snapshot (gpointer user_data)
{
  FlatlineStackPane *self = user_data;
  g_autoptr (GListStore) entries = NULL;
  g_autoptr (GTask) task = NULL;

  self->showing = 0;
  if (self->snapshot && flatline_list_length (self->snapshot->threads) > MANY_THREADS)
    {
      task = g_task_new (self, NULL, on_worded, NULL);
      g_task_set_task_data (task, g_object_ref (self->snapshot), g_object_unref);
      g_task_run_in_thread (task, word_in_worker);
      return G_SOURCE_REMOVE;
    }
  entries = self->snapshot ? flatline_stack_entries_new (self->snapshot) : NULL;
  show_entries (self, entries);
  return G_SOURCE_REMOVE;
}

static void
show_reference (FlatlineStackPane *self, FlatlineReference *reference)
{
  GListModel *tree = gtk_single_selection_get_model (self->selection);
  FlatlineFrame *frame;

  if (self->showing)
    {
      g_clear_handle_id (&self->showing, g_source_remove);
      show_snapshot (self);
      tree = gtk_single_selection_get_model (self->selection);
    }
  if (!reference || !tree || !self->snapshot)
    return;
  frame = flatline_stack_reference_find_frame (self->snapshot, reference);
  select_frame (self, GTK_TREE_LIST_MODEL (tree), frame);
}

/* Whose call it is: native ones may be folded. NULL: of none. */
static FlatlineStackEntry *
dup_owner (GtkTreeListRow *row)
{
  g_autoptr (GtkTreeListRow) parent = gtk_tree_list_row_get_parent (row);
  g_autoptr (FlatlineStackEntry) owner = parent ? gtk_tree_list_row_get_item (parent) : NULL;

  return owner && owner->kind == FLATLINE_STACK_ENTRY_FOLD ? dup_owner (parent) : g_steal_pointer (&owner);
}

static void
copy_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineStackPane *self = user_data;
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  gboolean all = g_str_equal (g_action_get_name (G_ACTION (action)), "copy-all");
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  FlatlineStackEntry *entry = get_selected (self);
  g_autoptr (FlatlineStackEntry) owner = row ? dup_owner (row) : NULL;
  g_autofree char *text = NULL;

  if (all && self->snapshot)
    text = flatline_report_text (self->snapshot, FLATLINE_REPORT_STACKS);
  else if (entry)
    text = flatline_stack_entry_dup_text (entry->frame && owner ? owner : entry);
  if (text)
    gdk_clipboard_set_text (clipboard, text);
}

static void
change_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineStackPane *self = user_data;

  flatline_stack_menu_change (GTK_WIDGET (self), self->session, self->frame, g_action_get_name (G_ACTION (action)));
}

/* clang-format off */
static const GActionEntry action_entries[] = {
  { .name = "copy", .activate = copy_activated },
  { .name = "copy-all", .activate = copy_activated },
  { .name = "trace", .activate = change_activated },
  { .name = "untrace", .activate = change_activated },
  { .name = "break", .activate = change_activated },
};
/* clang-format on */

static void
update_menu (FlatlineStackPane *self)
{
  if (self->actions)
    flatline_stack_menu_update (G_ACTION_MAP (self->actions), self->session, self->frame);
}

static void
set_session (FlatlineStackPane *self, FlatlineSession *session)
{
  if (!session || !g_set_object (&self->session, session))
    return;
  g_signal_connect_object (session, "notify::state", G_CALLBACK (update_menu), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (flatline_live_get_changes (flatline_session_get_live (session)), "items-changed",
                           G_CALLBACK (update_menu), self, G_CONNECT_SWAPPED);
  update_menu (self);
}

static void
on_secondary_pressed (FlatlineStackPane *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  flatline_context_menu_open (self->menu, self->view, x, y);
}

static void
flatline_stack_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  if (id == PROP_REFERENCE)
    {
      show_reference (self, g_value_get_object (value));
      return;
    }
  if (id == PROP_SESSION)
    {
      set_session (self, g_value_get_object (value));
      return;
    }
  /* Whoever sets it has more panes to fill in the same turn. */
  if (g_set_object (&self->snapshot, g_value_get_object (value)) && !self->showing)
    self->showing = g_idle_add_full (G_PRIORITY_HIGH_IDLE, show_snapshot, self, NULL);
}

static void
flatline_stack_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  g_value_set_object (value, id == PROP_FRAME ? (gpointer)self->frame : (gpointer)self->snapshot);
}

static gboolean
flatline_stack_pane_grab_focus (GtkWidget *widget)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (widget);

  if (gtk_widget_get_focusable (widget))
    return GTK_WIDGET_CLASS (flatline_stack_pane_parent_class)->grab_focus (widget);
  return flatline_row_focus_grab (self->view);
}

static void
flatline_stack_pane_dispose (GObject *object)
{
  FlatlineStackPane *self = FLATLINE_STACK_PANE (object);

  g_clear_handle_id (&self->selecting, g_source_remove);
  g_clear_handle_id (&self->showing, g_source_remove);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->frame);
  g_clear_object (&self->entries);
  g_clear_object (&self->selection);
  g_clear_object (&self->actions);
  g_clear_object (&self->menu);
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
  GTK_WIDGET_CLASS (klass)->grab_focus = flatline_stack_pane_grab_focus;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REFERENCE] =
      g_param_spec_object ("reference", NULL, NULL, FLATLINE_TYPE_REFERENCE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
add_controllers (FlatlineStackPane *self)
{
  GtkGesture *gesture = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (gesture, "pressed", G_CALLBACK (on_secondary_pressed), self);
  gtk_widget_add_controller (self->view, GTK_EVENT_CONTROLLER (gesture));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_c, GDK_CONTROL_MASK), gtk_named_action_new ("stack.copy")));
  gtk_widget_add_controller (self->view, keys);
  flatline_context_menu_add_keys (self->menu, self->view);
}

static void
flatline_stack_pane_init (FlatlineStackPane *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  update_menu (self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "stack", G_ACTION_GROUP (self->actions));
  self->selection = gtk_single_selection_new (NULL);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
  self->view = gtk_list_view_new (g_object_ref (GTK_SELECTION_MODEL (self->selection)), factory);
  flatline_tab_key_leaves (self->view);
  flatline_rows_in_view_follow (self->view);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Threads and stacks"),
                                  -1);
  self->scrolled = gtk_scrolled_window_new ();
  flatline_scrolled_layout_use (GTK_SCROLLED_WINDOW (self->scrolled));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->view);
  flatline_row_sight_follow (GTK_SCROLLED_WINDOW (self->scrolled));
  self->empty = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 12,
                              "margin-end", 12, "label", _ ("Threads and their stacks"), NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "dim-label");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), self->scrolled, "list");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  self->menu = flatline_stack_menu_new (GTK_WIDGET (self));
  add_controllers (self);
}
