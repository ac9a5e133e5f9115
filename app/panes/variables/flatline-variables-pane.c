/* SPDX-License-Identifier: MIT */
/*
 * FlatlineVariablesPane: the local variables of one frame as a tree: name, value, type, and what containers hold, to
 * any depth while the program lives. A filter looks through names and values to any depth that was read; a value that
 * does not fit opens in a viewer. When the same call is captured once more, what was open stays open, and what differs
 * is marked.
 */
#include "config.h"

#include "flatline-variables-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-announcement.h"
#include "flatline-columns.h"
#include "flatline-context-menu.h"
#include "flatline-gradual-list.h"
#include "flatline-items-viewer.h"
#include "flatline-row-focus.h"
#include "flatline-row-places.h"
#include "flatline-table-order.h"
#include "flatline-value-columns.h"
#include "flatline-value-copying.h"
#include "flatline-value-list.h"
#include "flatline-value-memory.h"
#include "flatline-value-path.h"
#include "flatline-value-viewer.h"

struct _FlatlineVariablesPane
{
  GtkWidget parent_instance;
  FlatlineFrame *frame;
  FlatlineExaminer *examiner; /* NULL: nothing more can be read */
  FlatlineValueMemory *memory;
  guint restore_source;
  guint read_on_position; /* of the row that was opened to read on below it; GTK_INVALID_LIST_POSITION: none */
  GtkTreeListModel *tree; /* all rows; NULL: there are no variables */
  GtkSingleSelection *selection;
  FlatlineTableOrder *order; /* borrowed: the view has it */
  GtkFilter *filter;
  GSimpleActionGroup *actions;
  gboolean has_past;   /* when values changed is recorded */
  gboolean has_filter; /* of its own */
  GtkWidget *box;
  GtkWidget *stack;
  GtkColumnView *view;
  GtkWidget *search_entry;
  GtkWidget *copying; /* a row while values are written as JSON */
  GMenu *menu_model;
  FlatlineContextMenu *menu;
  GtkLabel *empty;
};

enum
{
  PROP_0,
  PROP_FRAME,
  PROP_EXAMINER,
  PROP_HAS_PAST,
  PROP_HAS_FILTER,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  CHANGE_ASKED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineVariablesPane, flatline_variables_pane, GTK_TYPE_WIDGET)

/* The filter: a value is shown when it, or anything read below it, has the text. */

static gboolean
has_text (const char *where, const char *folded)
{
  g_autofree char *text = where ? g_utf8_casefold (where, -1) : NULL;

  return text && strstr (text, folded);
}

static gboolean
value_has_text (FlatlineValue *value, const char *folded)
{
  if (has_text (value->name, folded) || has_text (value->text, folded) || has_text (value->type, folded))
    return TRUE;
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    if (value_has_text (flatline_list_peek (value->children, i), folded))
      return TRUE;
  return FALSE;
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  const char *wanted = gtk_editable_get_text (GTK_EDITABLE (((FlatlineVariablesPane *)user_data)->search_entry));
  g_autofree char *folded = *wanted ? g_utf8_casefold (wanted, -1) : NULL;

  return !folded || value_has_text (item, folded);
}

static void
update_stack (FlatlineVariablesPane *self)
{
  GListModel *tree = G_LIST_MODEL (self->tree);
  gboolean searching = *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) != '\0';
  gboolean has_locals = self->frame && flatline_list_length (self->frame->locals) > 0;
  gboolean none = !tree || g_list_model_get_n_items (tree) == 0;

  gtk_widget_set_visible (self->search_entry, self->has_filter && (has_locals || searching));
  gtk_label_set_label (self->empty, !self->frame              ? _ ("Variables of the selected frame")
                                    : searching && has_locals ? _ ("Nothing found")
                                    : self->frame->incomplete ? _ ("The variables of this frame were not read")
                                                              : _ ("This frame has no variables"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), none ? "empty" : "tree");
}

static void
on_search_changed (FlatlineVariablesPane *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_stack (self);
}

static gboolean
restore_in_idle (gpointer user_data)
{
  FlatlineVariablesPane *self = user_data;

  self->restore_source = 0;
  flatline_value_memory_restore (self->memory, self->selection);
  return G_SOURCE_REMOVE;
}

/* Rows come a few at a time: each bunch is looked at once. */
static void
on_rows_changed (FlatlineVariablesPane *self)
{
  if (!self->restore_source && flatline_value_memory_has_rows (self->memory))
    self->restore_source = g_idle_add_full (G_PRIORITY_LOW, restore_in_idle, self, NULL);
}

/* The first of the rows that came is where the row was that was opened to read on. */
static void
on_loaded (FlatlineVariablesPane *self)
{
  if (self->read_on_position != GTK_INVALID_LIST_POSITION)
    flatline_column_view_go_to (self->view, self->read_on_position);
  self->read_on_position = GTK_INVALID_LIST_POSITION;
  flatline_value_memory_restore (self->memory, self->selection);
}

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  FlatlineVariablesPane *self = user_data;
  FlatlineValueList *children = flatline_value_list_new (item, self->examiner);

  if (children)
    g_signal_connect_object (children, "loaded", G_CALLBACK (on_loaded), self, G_CONNECT_SWAPPED);
  return (GListModel *)children;
}

static void
show_frame (FlatlineVariablesPane *self)
{
  GListStore *locals = self->frame ? self->frame->locals : NULL;
  g_autoptr (GListModel) shown = NULL;
  gboolean had_focus = flatline_row_focus_is_here (GTK_WIDGET (self), GTK_WIDGET (self->view));

  g_clear_object (&self->tree);
  self->read_on_position = GTK_INVALID_LIST_POSITION;
  if (flatline_list_length (locals) > 0)
    {
      GtkFilterListModel *filtered =
          gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (locals)), g_object_ref (self->filter));

      self->tree = gtk_tree_list_model_new (G_LIST_MODEL (filtered), FALSE, FALSE, create_children, self, NULL);
      shown = flatline_gradual_list_new (
          flatline_table_order_sort (self->order, g_object_ref (G_LIST_MODEL (self->tree)), FALSE));
      flatline_gradual_list_let_go_gradually (shown, flatline_column_view_get_place, self->view);
      g_signal_connect_object (shown, "items-changed", G_CALLBACK (on_rows_changed), self, G_CONNECT_SWAPPED);
    }
  gtk_single_selection_set_model (self->selection, shown);
  flatline_value_memory_restore (self->memory, self->selection);
  update_stack (self);
  flatline_row_focus_keep (GTK_WIDGET (self), shown != NULL, had_focus);
}

static FlatlineValue *
get_selected (FlatlineVariablesPane *self)
{
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (FlatlineValue) value = row ? gtk_tree_list_row_get_item (row) : NULL;

  return value; /* the row keeps it alive */
}

static void
on_activate (FlatlineVariablesPane *self, guint position)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  g_autoptr (FlatlineValue) value = gtk_tree_list_row_get_item (row);

  if (!value)
    return; /* its row is about to go */
  if (flatline_value_list_read_on (value))
    self->read_on_position = position;
  else if (gtk_tree_list_row_is_expandable (row))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
  else
    flatline_value_viewer_present (GTK_WIDGET (self), value, self->examiner);
}

/* Actions */

static void
action_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineVariablesPane *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  FlatlineValue *value = get_selected (self);
  g_autofree char *text = NULL;

  if (g_str_equal (name, "copy-all"))
    text = flatline_value_copying_dup_lines (self->frame ? self->frame->locals : NULL);
  else if (g_str_equal (name, "copy-all-json"))
    flatline_value_copying_begin_list (FLATLINE_VALUE_PROGRESS (self->copying),
                                       self->frame ? self->frame->locals : NULL);
  else if (!value)
    return;
  else if (g_str_equal (name, "view"))
    flatline_value_viewer_present (GTK_WIDGET (self), value, self->examiner);
  else if (g_str_equal (name, "copy-json"))
    flatline_value_copying_begin (FLATLINE_VALUE_PROGRESS (self->copying), value);
  else if (g_str_equal (name, "find"))
    flatline_items_viewer_present (GTK_WIDGET (self), value, self->examiner);
  else if (g_str_equal (name, "copy-expression"))
    text = flatline_value_path_dup (gtk_single_selection_get_selected_item (self->selection));
  else
    text = g_strdup (value->text);
  if (text)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
update_actions (FlatlineVariablesPane *self)
{
  GAction *find = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "find");
  GAction *copy = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "copy-expression");
  g_autofree char *path = flatline_value_path_dup (gtk_single_selection_get_selected_item (self->selection));

  g_simple_action_set_enabled (G_SIMPLE_ACTION (find),
                               flatline_items_viewer_is_possible (get_selected (self), self->examiner));
  g_simple_action_set_enabled (G_SIMPLE_ACTION (copy), path != NULL);
}

/* The variable of the selected row; of an attribute with its name. */
static void
ask_change (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineVariablesPane *self = user_data;
  GtkTreeListRow *row = gtk_single_selection_get_selected_item (self->selection);
  g_autoptr (GtkTreeListRow) parent = row ? gtk_tree_list_row_get_parent (row) : NULL;
  g_autoptr (FlatlineValue) holder = parent ? gtk_tree_list_row_get_item (parent) : NULL;
  FlatlineValue *value = get_selected (self);
  g_autofree char *name = NULL;

  if (!value || !value->name || !self->frame)
    return;
  name = holder ? g_strconcat (holder->name, ".", value->name, NULL) : g_strdup (value->name);
  g_signal_emit (self, signals[CHANGE_ASKED], 0, self->frame, name);
}

static const GActionEntry action_entries[] = {
  { .name = "change", .activate = ask_change },
  { .name = "view", .activate = action_activated },
  { .name = "find", .activate = action_activated },
  { .name = "copy", .activate = action_activated },
  { .name = "copy-expression", .activate = action_activated },
  { .name = "copy-json", .activate = action_activated },
  { .name = "copy-all", .activate = action_activated },
  { .name = "copy-all-json", .activate = action_activated },
};

static void
on_secondary_pressed (FlatlineVariablesPane *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  guint position = flatline_column_view_position_at (self->view, x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  flatline_context_menu_open (self->menu, GTK_WIDGET (self->view), x, y);
}

static void
set_frame (FlatlineVariablesPane *self, FlatlineFrame *frame)
{
  if (frame == self->frame)
    return;
  if (flatline_frame_is_same_call (self->frame, frame))
    {
      flatline_values_mark_changes (self->frame->locals, frame->locals);
      flatline_value_memory_remember (self->memory, self->selection);
    }
  else
    flatline_value_memory_forget (self->memory);
  g_set_object (&self->frame, frame);
  show_frame (self);
}

/* The menu has an entry for it only where there is a past. */
static void
set_has_past (FlatlineVariablesPane *self, gboolean has_past)
{
  if (has_past && !self->has_past)
    g_menu_prepend (self->menu_model, _ ("_Where It Became This"), "variable.change");
  self->has_past = has_past;
}

static void
flatline_variables_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  if (id == PROP_FRAME)
    set_frame (self, g_value_get_object (value));
  else if (id == PROP_HAS_PAST)
    set_has_past (self, g_value_get_boolean (value));
  else if (id == PROP_HAS_FILTER)
    self->has_filter = g_value_get_boolean (value);
  else
    {
      g_set_object (&self->examiner, g_value_get_object (value));
      update_actions (self);
    }
}

static void
flatline_variables_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  if (id == PROP_HAS_PAST)
    g_value_set_boolean (value, self->has_past);
  else if (id == PROP_HAS_FILTER)
    g_value_set_boolean (value, self->has_filter);
  else
    g_value_set_object (value, id == PROP_FRAME ? (gpointer)self->frame : (gpointer)self->examiner);
}

static gboolean
flatline_variables_pane_grab_focus (GtkWidget *widget)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (widget);

  if (gtk_widget_get_focusable (widget))
    return GTK_WIDGET_CLASS (flatline_variables_pane_parent_class)->grab_focus (widget);
  return flatline_row_focus_grab (GTK_WIDGET (self->view));
}

static void
flatline_variables_pane_dispose (GObject *object)
{
  FlatlineVariablesPane *self = FLATLINE_VARIABLES_PANE (object);

  g_clear_handle_id (&self->restore_source, g_source_remove);
  if (self->box)
    flatline_value_progress_cancel (FLATLINE_VALUE_PROGRESS (self->copying));
  g_clear_object (&self->tree);
  g_clear_object (&self->frame);
  g_clear_object (&self->examiner);
  g_clear_pointer (&self->memory, flatline_value_memory_free);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->actions);
  g_clear_object (&self->menu);
  g_clear_object (&self->menu_model);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_variables_pane_parent_class)->dispose (object);
}

static void
find_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (FLATLINE_VARIABLES_PANE (widget)->search_entry);
}

static void
flatline_variables_pane_class_init (FlatlineVariablesPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_variables_pane_set_property;
  object_class->get_property = flatline_variables_pane_get_property;
  object_class->dispose = flatline_variables_pane_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = flatline_variables_pane_grab_focus;
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_EXAMINER] =
      g_param_spec_object ("examiner", NULL, NULL, FLATLINE_TYPE_EXAMINER, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_HAS_PAST] =
      g_param_spec_boolean ("has-past", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_HAS_FILTER] = g_param_spec_boolean (
      "has-filter", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHANGE_ASKED] = g_signal_new ("change-asked", FLATLINE_TYPE_VARIABLES_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 2, FLATLINE_TYPE_FRAME, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "pane.find", NULL, find_activated);
}

static void
add_menu (FlatlineVariablesPane *self)
{
  GMenu *model = g_menu_new ();
  g_autoptr (GMenu) all = g_menu_new ();
  g_autoptr (GMenu) table = g_menu_new ();

  g_menu_append (model, _ ("_View"), "variable.view");
  g_menu_append (model, _ ("_Find Inside…"), "variable.find");
  g_menu_append (model, _ ("_Copy Value"), "variable.copy");
  g_menu_append (model, _ ("Copy _Expression"), "variable.copy-expression");
  g_menu_append (model, _ ("Copy as _JSON"), "variable.copy-json");
  g_menu_append (all, _ ("Copy _All"), "variable.copy-all");
  g_menu_append (all, _ ("Copy All a_s JSON"), "variable.copy-all-json");
  g_menu_append_submenu (table, _ ("S_ort By"), flatline_table_order_get_menu (self->order));
  g_menu_append_section (model, NULL, G_MENU_MODEL (all));
  g_menu_append_section (model, NULL, G_MENU_MODEL (table));
  self->menu_model = model;
  self->menu = flatline_context_menu_new (GTK_WIDGET (self), G_MENU_MODEL (model));
  flatline_context_menu_add_keys (self->menu, GTK_WIDGET (self->view));
}

static void
add_controllers (FlatlineVariablesPane *self)
{
  GtkGesture *gesture = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (gesture, "pressed", G_CALLBACK (on_secondary_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (gesture));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_c, GDK_CONTROL_MASK), gtk_named_action_new ("variable.copy")));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_b, GDK_CONTROL_MASK),
                                                          gtk_named_action_new ("variable.change")));
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
}

static GtkWidget *
create_view (FlatlineVariablesPane *self)
{
  GtkWidget *view = gtk_column_view_new (g_object_ref (GTK_SELECTION_MODEL (self->selection)));

  self->view = GTK_COLUMN_VIEW (view);
  gtk_widget_add_css_class (view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Variables"), -1);
  g_signal_connect_swapped (view, "activate", G_CALLBACK (on_activate), self);
  flatline_columns_append (self->view, &flatline_value_rows, flatline_value_columns, flatline_value_n_columns);
  self->order = flatline_table_order_add (GTK_WIDGET (self), self->view, "variable-order", &flatline_value_rows,
                                          flatline_value_columns, flatline_value_n_columns);
  flatline_column_view_add_tree_keys (self->view);
  add_controllers (self);
  return view;
}

static void
flatline_variables_pane_init (FlatlineVariablesPane *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "variable", G_ACTION_GROUP (self->actions));
  self->memory = flatline_value_memory_new ();
  self->selection = gtk_single_selection_new (NULL);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);
  update_actions (self);
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->search_entry = gtk_search_entry_new ();
  g_object_set (self->search_entry, "placeholder-text", _ ("Filter variables"), NULL);
  gtk_widget_add_css_class (self->search_entry, "pane-search");
  g_signal_connect_swapped (self->search_entry, "search-changed", G_CALLBACK (on_search_changed), self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), create_view (self));
  gtk_widget_set_vexpand (scrolled, TRUE);
  self->empty = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 12,
                              "margin-end", 12, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "dim-label");
  flatline_announce_when_shown (self->empty);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "tree");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->copying = flatline_value_progress_new (_ ("copying…"));
  gtk_box_append (GTK_BOX (self->box), self->search_entry);
  gtk_box_append (GTK_BOX (self->box), self->copying);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  add_menu (self);
  show_frame (self);
}
