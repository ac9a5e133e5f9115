/* SPDX-License-Identifier: MIT */
/*
 * FlatlineNetworkPane: the connections of the program and its children. With a session it shows the session's own list,
 * which Connections reads anew and Monitor keeps fresh, marking what changed; without, what a snapshot has kept.
 */
#include "config.h"

#include "flatline-network-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-announcement.h"
#include "flatline-columns.h"
#include "flatline-connection-columns.h"
#include "flatline-context-menu.h"
#include "flatline-found-list.h"
#include "flatline-gradual-list.h"
#include "flatline-row-places.h"
#include "flatline-table-order.h"
#include "flatline-table-row.h"

struct _FlatlineNetworkPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  GListModel *connections;
  GListModel *found; /* those that the filter lets through */
  GtkFilter *filter;
  GtkSingleSelection *selection;
  GSimpleActionGroup *actions;
  FlatlineTableOrder *order; /* borrowed: the view has it */
  GtkColumnView *view;
  FlatlineContextMenu *menu;
  GtkWidget *box;
  GtkWidget *search_entry;
  GtkWidget *stack;
  GtkLabel *empty;
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  PROP_REFERENCE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineNetworkPane, flatline_network_pane, GTK_TYPE_WIDGET)

/* The filter looks at all that a row says. */
static gboolean
matches (gpointer item, gpointer user_data)
{
  FlatlineNetworkPane *self = user_data;
  FlatlineConnection *connection = item;
  const char *wanted = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  g_autofree char *folded = *wanted ? g_utf8_casefold (wanted, -1) : NULL;
  g_autofree char *pid = folded ? g_strdup_printf ("%" G_GINT64_FORMAT, connection->pid) : NULL;
  const char *const texts[] = { connection->protocol,       connection->local_address,
                                connection->remote_address, connection->remote_name,
                                connection->state,          connection->process,
                                connection->change,         pid };

  for (guint i = 0; folded && i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = texts[i] ? g_utf8_casefold (texts[i], -1) : NULL;

      if (text && strstr (text, folded))
        return TRUE;
    }
  return folded == NULL;
}

/* Why there is nothing to be seen. */
static const char *
get_empty_text (FlatlineNetworkPane *self)
{
  gboolean known = TRUE, lives = FALSE;

  if (self->session)
    g_object_get (self->session, "connections-known", &known, "can-signal", &lives, NULL);
  if (!known)
    return _ ("Connections appear here while the program runs");
  return lives ? _ ("The program has no connections") : _ ("The program had no connections");
}

/* Who looks wants to see something: what nobody has read yet is read. */
static void
read_when_first_seen (FlatlineNetworkPane *self)
{
  gboolean known = TRUE, lives = FALSE;

  if (self->session && gtk_widget_get_mapped (GTK_WIDGET (self)))
    g_object_get (self->session, "connections-known", &known, "can-signal", &lives, NULL);
  if (!known && lives)
    flatline_session_refresh_connections (self->session);
}

static void
update_stack (FlatlineNetworkPane *self)
{
  gboolean none = !self->connections || g_list_model_get_n_items (self->connections) == 0;
  gboolean nothing_found = !self->found || g_list_model_get_n_items (self->found) == 0;

  gtk_widget_set_visible (self->search_entry, !none);
  gtk_label_set_label (self->empty, none ? get_empty_text (self) : _ ("Nothing found"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), none || nothing_found ? "empty" : "table");
}

static void
on_search_changed (FlatlineNetworkPane *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_stack (self);
}

static void
show_connections (FlatlineNetworkPane *self)
{
  GListModel *connections = NULL;
  g_autoptr (GListModel) shown = NULL;
  g_autoptr (GListModel) found = NULL;

  if (self->session)
    connections = G_LIST_MODEL (flatline_session_get_connections (self->session));
  else if (self->snapshot && self->snapshot->connections)
    connections = G_LIST_MODEL (self->snapshot->connections);
  if (connections == self->connections)
    return;
  if (self->found)
    g_signal_handlers_disconnect_by_data (self->found, self);
  g_set_object (&self->connections, connections);
  if (connections)
    {
      found = flatline_found_list_new (g_object_ref (connections), g_object_ref (self->filter));
      shown = flatline_table_order_sort (self->order, g_object_ref (found), TRUE);
      shown = flatline_gradual_list_new (shown);
      g_signal_connect_object (found, "items-changed", G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
    }
  g_set_object (&self->found, found);
  flatline_table_order_set_live (self->order, self->session != NULL);
  gtk_single_selection_set_model (self->selection, shown);
  update_stack (self);
}

/* The menu of a row */

static void
on_secondary_pressed (FlatlineNetworkPane *self, int n_press, double x, double y)
{
  guint position = flatline_column_view_position_at (self->view, x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_single_selection_set_selected (self->selection, position);
  flatline_context_menu_open (self->menu, GTK_WIDGET (self->view), x, y);
}

static void
copy_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineNetworkPane *self = user_data;
  FlatlineTableRow *row = gtk_single_selection_get_selected_item (self->selection);
  FlatlineConnection *connection = row ? flatline_table_row_get_record (row) : NULL;
  gboolean local = g_str_equal (g_action_get_name (G_ACTION (action)), "copy-local");
  const char *address = !connection ? NULL : local ? connection->local_address : connection->remote_address;

  if (address)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), address);
}

static const GActionEntry action_entries[] = {
  { .name = "copy-local", .activate = copy_activated },
  { .name = "copy-remote", .activate = copy_activated },
};

static void
add_menu (FlatlineNetworkPane *self)
{
  g_autoptr (GMenu) model = g_menu_new ();
  g_autoptr (GMenu) copies = g_menu_new ();
  g_autoptr (GMenu) table = g_menu_new ();
  GtkGesture *gesture = gtk_gesture_click_new ();

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "connection", G_ACTION_GROUP (self->actions));
  g_menu_append (copies, _ ("Copy _Local Address"), "connection.copy-local");
  g_menu_append (copies, _ ("Copy _Remote Address"), "connection.copy-remote");
  g_menu_append_submenu (table, _ ("S_ort By"), flatline_table_order_get_menu (self->order));
  g_menu_append_section (model, NULL, G_MENU_MODEL (copies));
  g_menu_append_section (model, NULL, G_MENU_MODEL (table));
  self->menu = flatline_context_menu_new (GTK_WIDGET (self), G_MENU_MODEL (model));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (gesture, "pressed", G_CALLBACK (on_secondary_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (gesture));
  flatline_context_menu_add_keys (self->menu, GTK_WIDGET (self->view));
}

/* Selects the socket or pipe that @reference is about; a filter that hides it is cleared first. */
static void
show_reference (FlatlineNetworkPane *self, FlatlineReference *reference)
{
  GListModel *shown = gtk_single_selection_get_model (self->selection);

  if (!reference || !shown || (g_strcmp0 (reference->kind, "socket") != 0 && g_strcmp0 (reference->kind, "pipe") != 0))
    return;
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  for (guint i = 0; i < g_list_model_get_n_items (shown); i++)
    {
      g_autoptr (FlatlineTableRow) row = g_list_model_get_item (shown, i);
      FlatlineConnection *connection = flatline_table_row_get_record (row);

      if (connection->pid != reference->pid || connection->fd != reference->fd)
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return;
    }
}

static void
on_session_changed (FlatlineNetworkPane *self)
{
  read_when_first_seen (self);
  update_stack (self);
}

static void
follow_session (FlatlineNetworkPane *self, FlatlineSession *session)
{
  if (!g_set_object (&self->session, session) || !session)
    return;
  g_signal_connect_object (session, "notify::connections-known", G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::can-signal", G_CALLBACK (on_session_changed), self, G_CONNECT_SWAPPED);
}

static void
flatline_network_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineNetworkPane *self = FLATLINE_NETWORK_PANE (object);

  if (id == PROP_REFERENCE)
    {
      show_reference (self, g_value_get_object (value));
      return;
    }
  if (id == PROP_SESSION)
    follow_session (self, g_value_get_object (value));
  else
    g_set_object (&self->snapshot, g_value_get_object (value));
  show_connections (self);
}

static void
flatline_network_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineNetworkPane *self = FLATLINE_NETWORK_PANE (object);

  g_value_set_object (value, id == PROP_SESSION ? (gpointer)self->session : (gpointer)self->snapshot);
}

static void
flatline_network_pane_dispose (GObject *object)
{
  FlatlineNetworkPane *self = FLATLINE_NETWORK_PANE (object);

  if (self->found)
    g_signal_handlers_disconnect_by_data (self->found, self);
  g_clear_object (&self->connections);
  g_clear_object (&self->found);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->actions);
  g_clear_object (&self->menu);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_network_pane_parent_class)->dispose (object);
}

static void
find_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (FLATLINE_NETWORK_PANE (widget)->search_entry);
}

static void
flatline_network_pane_class_init (FlatlineNetworkPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_network_pane_set_property;
  object_class->get_property = flatline_network_pane_get_property;
  object_class->dispose = flatline_network_pane_dispose;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REFERENCE] =
      g_param_spec_object ("reference", NULL, NULL, FLATLINE_TYPE_REFERENCE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (klass), "pane.find", NULL, find_activated);
}

static void
flatline_network_pane_init (FlatlineNetworkPane *self)
{
  GtkWidget *view = gtk_column_view_new (NULL);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->selection = gtk_single_selection_new (NULL);
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->search_entry = gtk_search_entry_new ();
  g_object_set (self->search_entry, "placeholder-text", _ ("Filter connections"), "visible", FALSE, NULL);
  gtk_widget_add_css_class (self->search_entry, "pane-search");
  g_signal_connect_swapped (self->search_entry, "search-changed", G_CALLBACK (on_search_changed), self);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (view), GTK_SELECTION_MODEL (self->selection));
  gtk_widget_add_css_class (view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Connections"), -1);
  self->view = GTK_COLUMN_VIEW (view);
  flatline_columns_append (self->view, &flatline_connection_rows, flatline_connection_columns,
                           flatline_connection_n_columns);
  self->order = flatline_table_order_add (GTK_WIDGET (self), self->view, "connection-order", &flatline_connection_rows,
                                          flatline_connection_columns, flatline_connection_n_columns);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  self->empty = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 12,
                              "margin-end", 12, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "dim-label");
  flatline_announce_when_shown (self->empty);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "table");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), self->search_entry);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  add_menu (self);
  g_signal_connect (self, "map", G_CALLBACK (read_when_first_seen), NULL);
  update_stack (self);
}
