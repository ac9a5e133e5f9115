/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHistoryPane: the freezes of the past, newest first, a page at a time. Reading happens in the store's workers;
 * a reading that was overtaken by a newer one is cancelled. A deleted freeze leaves the list at once and the store when
 * its toast is gone, so that Undo is only a matter of the list.
 */
#include "config.h"

#include "flatline-history-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-export.h"
#include "flatline-freeze-row.h"

#define PAGE_LENGTH 50
#define UNDO_S      15 /* to have second thoughts in */

struct _FlatlineHistoryPane
{
  GtkWidget parent_instance;
  FlatlineStore *store;
  GCancellable *cancellable; /* of the reading under way */
  GHashTable *hidden;        /* ids being deleted */
  GListStore *freezes;
  GSimpleActionGroup *actions;
  GtkSingleSelection *selection;
  GtkWidget *box;
  GtkEditable *search_entry;
  GtkStack *stack;
  GtkLabel *empty_label;
  GtkListView *view;
  GMenuModel *history_menu;
  gboolean complete; /* the last page is loaded */
  gboolean appending;
  gboolean empty;
};

/* A deletion waiting for its toast to go. */
typedef struct
{
  FlatlineHistoryPane *pane;
  FlatlineStore *store;
  FlatlineFreeze *freeze;
  gboolean undone;
} Deletion;

enum
{
  PROP_0,
  PROP_STORE,
  PROP_EMPTY,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineHistoryPane, flatline_history_pane, GTK_TYPE_WIDGET)

static void
load (FlatlineHistoryPane *self, gboolean append);

static void
update_stack (FlatlineHistoryPane *self)
{
  gboolean searching = *gtk_editable_get_text (self->search_entry) != '\0';
  gboolean none = g_list_model_get_n_items (G_LIST_MODEL (self->freezes)) == 0;

  gtk_label_set_label (self->empty_label, searching ? _ ("Nothing found") : _ ("Freezes will be kept here"));
  gtk_widget_set_visible (GTK_WIDGET (self->search_entry), searching || !none);
  gtk_stack_set_visible_child_name (self->stack, none ? "empty" : "list");
  if (self->empty != (none && !searching))
    {
      self->empty = none && !searching;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EMPTY]);
    }
}

/* A row that goes while it has the focus takes the window's focus with it into nowhere (GTK 4.8). */
static void
leave_rows (FlatlineHistoryPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->view)))
    gtk_root_set_focus (root, NULL);
}

static gboolean
is_same (FlatlineFreeze *a, FlatlineFreeze *b)
{
  return a->id == b->id && a->ended_us == b->ended_us && g_strcmp0 (a->summary, b->summary) == 0;
}

/* Replaces only what differs, so that selection and focus stay where a person has put them. */
static void
show_freezes (FlatlineHistoryPane *self, GPtrArray *freezes)
{
  guint n_before = flatline_list_length (self->freezes);
  guint n_same = 0, n_same_end = 0;

  while (n_same < MIN (n_before, freezes->len)
         && is_same (flatline_list_peek (self->freezes, n_same), freezes->pdata[n_same]))
    n_same++;
  while (n_same_end < MIN (n_before, freezes->len) - n_same
         && is_same (flatline_list_peek (self->freezes, n_before - n_same_end - 1),
                     freezes->pdata[freezes->len - n_same_end - 1]))
    n_same_end++;
  if (n_before > n_same + n_same_end)
    leave_rows (self);
  g_list_store_splice (self->freezes, n_same, n_before - n_same - n_same_end, freezes->pdata + n_same,
                       freezes->len - n_same - n_same_end);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FlatlineHistoryPane *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = flatline_store_list_freezes_finish (FLATLINE_STORE (source), result, &error);
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->box)
    {
      g_object_unref (self);
      return;
    }
  if (list)
    {
      for (guint i = 0; i < list->len; i++)
        if (!g_hash_table_contains (self->hidden, &((FlatlineFreeze *)list->pdata[i])->id))
          g_ptr_array_add (shown, list->pdata[i]);
      if (self->appending)
        g_list_store_splice (self->freezes, flatline_list_length (self->freezes), 0, shown->pdata, shown->len);
      else
        show_freezes (self, shown);
      self->complete = list->len < PAGE_LENGTH;
    }
  update_stack (self);
  if (error)
    gtk_label_set_label (self->empty_label, error->message);
  g_clear_object (&self->cancellable);
  g_object_unref (self);
}

/* Anew from the top: as much as was shown, so that a freeze arriving does not shorten what a person scrolled through.
 */
static void
load (FlatlineHistoryPane *self, gboolean append)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->freezes));
  g_autoptr (FlatlineFreeze) last =
      append && n_items > 0 ? g_list_model_get_item (G_LIST_MODEL (self->freezes), n_items - 1) : NULL;
  const char *text = gtk_editable_get_text (self->search_entry);
  FlatlineStoreFilter filter = {
    .text = *text ? text : NULL,
    .before_id = last ? last->id : 0,
    .limit = append ? PAGE_LENGTH : MAX (PAGE_LENGTH, n_items),
  };

  if (!self->store)
    return;
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_set_object (&self->cancellable, NULL);
  self->cancellable = g_cancellable_new ();
  self->appending = append;
  flatline_store_list_freezes_async (self->store, &filter, self->cancellable, on_listed, g_object_ref (self));
}

static void
reload (FlatlineHistoryPane *self)
{
  load (self, FALSE);
}

static void
on_edge_reached (FlatlineHistoryPane *self, GtkPositionType edge)
{
  if (edge == GTK_POS_BOTTOM && !self->complete && !self->cancellable)
    load (self, TRUE);
}

static void
open_freeze (FlatlineHistoryPane *self, FlatlineFreeze *freeze)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-freeze", "x", freeze->id);
}

static void
on_activate (FlatlineHistoryPane *self, guint position)
{
  g_autoptr (FlatlineFreeze) freeze = g_list_model_get_item (G_LIST_MODEL (self->freezes), position);

  if (freeze)
    open_freeze (self, freeze);
}

static void
say (FlatlineHistoryPane *self, AdwToast *toast)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);

  if (overlay)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
  else
    g_object_unref (g_object_ref_sink (toast));
}

static void
on_exportable (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineHistoryPane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineSnapshot) snapshot = flatline_store_load_snapshot_finish (FLATLINE_STORE (source), result, &error);

  if (!self->box)
    return;
  if (snapshot)
    flatline_export_ask (GTK_WIDGET (self), snapshot);
  else
    say (self, adw_toast_new (error->message));
}

static void
deletion_free (Deletion *deletion)
{
  g_object_unref (deletion->pane);
  g_object_unref (deletion->store);
  g_object_unref (deletion->freeze);
  g_free (deletion);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Deletion *deletion = user_data;
  g_autoptr (GError) error = NULL;

  if (!flatline_store_delete_freeze_finish (FLATLINE_STORE (source), result, &error) && deletion->pane->box)
    {
      g_hash_table_remove (deletion->pane->hidden, &deletion->freeze->id);
      say (deletion->pane, adw_toast_new (error->message));
      reload (deletion->pane);
    }
  deletion_free (deletion);
}

static void
on_undo (AdwToast *toast, Deletion *deletion)
{
  deletion->undone = TRUE;
  g_hash_table_remove (deletion->pane->hidden, &deletion->freeze->id);
  if (deletion->pane->box)
    reload (deletion->pane);
}

static void
on_toast_dismissed (AdwToast *toast, Deletion *deletion)
{
  if (deletion->undone)
    deletion_free (deletion);
  else
    flatline_store_delete_freeze_async (deletion->store, deletion->freeze->id, NULL, on_deleted, deletion);
}

static void
delete_freeze (FlatlineHistoryPane *self, FlatlineFreeze *freeze)
{
  Deletion *deletion = g_new0 (Deletion, 1);
  AdwToast *toast = adw_toast_new (_ ("Freeze deleted"));
  guint position;

  deletion->pane = g_object_ref (self);
  deletion->store = g_object_ref (self->store);
  deletion->freeze = g_object_ref (freeze);
  g_hash_table_add (self->hidden, g_memdup2 (&freeze->id, sizeof freeze->id));
  leave_rows (self);
  if (g_list_store_find (self->freezes, freeze, &position))
    g_list_store_remove (self->freezes, position);
  update_stack (self);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_signal_connect (toast, "button-clicked", G_CALLBACK (on_undo), deletion);
  g_signal_connect (toast, "dismissed", G_CALLBACK (on_toast_dismissed), deletion);
  say (self, toast);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineHistoryPane *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  g_autoptr (FlatlineFreeze) freeze = NULL;

  g_set_object (&freeze, gtk_single_selection_get_selected_item (self->selection));
  if (!freeze)
    return;
  if (g_str_equal (name, "open"))
    open_freeze (self, freeze);
  else if (g_str_equal (name, "delete"))
    delete_freeze (self, freeze);
  else
    flatline_store_load_snapshot_async (self->store, freeze->id, NULL, on_exportable, g_object_ref (self));
}

static const GActionEntry action_entries[] = {
  { .name = "open", .activate = on_action },
  { .name = "export", .activate = on_action },
  { .name = "delete", .activate = on_action },
};

static void
on_selection_changed (FlatlineHistoryPane *self)
{
  gboolean selected = gtk_single_selection_get_selected_item (self->selection) != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (action_entries); i++)
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), action_entries[i].name)), selected);
}

/* Whoever comes by keyboard has something selected, so that Delete and Enter mean it. */
static void
on_focus_entered (FlatlineHistoryPane *self)
{
  if (gtk_single_selection_get_selected (self->selection) == GTK_INVALID_LIST_POSITION)
    gtk_single_selection_set_selected (self->selection, 0);
}

static void
on_row_pressed (GtkGestureClick *gesture, int n_press, double x, double y, GtkListItem *list_item)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (gtk_widget_get_ancestor (row, FLATLINE_TYPE_HISTORY_PANE));

  gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (list_item));
  flatline_freeze_row_popup_menu (FLATLINE_FREEZE_ROW (row), self->history_menu, x, y);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *row = flatline_freeze_row_new ();
  GtkGesture *gesture = gtk_gesture_click_new ();

  gtk_expression_bind (gtk_property_expression_new (GTK_TYPE_LIST_ITEM, NULL, "item"), row, "freeze", list_item);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "pressed", G_CALLBACK (on_row_pressed), list_item);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (gesture));
  gtk_list_item_set_child (list_item, row);
}

static void
set_store (FlatlineHistoryPane *self, FlatlineStore *store)
{
  if (self->store)
    g_signal_handlers_disconnect_by_func (self->store, reload, self);
  g_set_object (&self->store, store);
  if (!store)
    return;
  g_signal_connect_object (store, "freezes-changed", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  reload (self);
}

static void
flatline_history_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  set_store (FLATLINE_HISTORY_PANE (object), g_value_get_object (value));
}

static void
flatline_history_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (object);

  if (id == PROP_STORE)
    g_value_set_object (value, self->store);
  else
    g_value_set_boolean (value, self->empty);
}

static gboolean
flatline_history_pane_grab_focus (GtkWidget *widget)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (widget);

  if (g_list_model_get_n_items (G_LIST_MODEL (self->freezes)) == 0)
    return gtk_widget_child_focus (widget, GTK_DIR_TAB_FORWARD);
  return gtk_widget_child_focus (GTK_WIDGET (self->view), GTK_DIR_TAB_FORWARD);
}

static void
flatline_history_pane_dispose (GObject *object)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->store);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_history_pane_parent_class)->dispose (object);
}

static void
flatline_history_pane_finalize (GObject *object)
{
  g_hash_table_unref (FLATLINE_HISTORY_PANE (object)->hidden);
  G_OBJECT_CLASS (flatline_history_pane_parent_class)->finalize (object);
}

static void
flatline_history_pane_class_init (FlatlineHistoryPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_history_pane_set_property;
  object_class->get_property = flatline_history_pane_get_property;
  object_class->dispose = flatline_history_pane_dispose;
  object_class->finalize = flatline_history_pane_finalize;
  widget_class->grab_focus = flatline_history_pane_grab_focus;
  properties[PROP_STORE] =
      g_param_spec_object ("store", NULL, NULL, FLATLINE_TYPE_STORE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_EMPTY] = g_param_spec_boolean ("empty", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FLATLINE_TYPE_FREEZE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-history-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, box);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, empty_label);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, view);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, selection);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, freezes);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, history_menu);
  gtk_widget_class_bind_template_callback (widget_class, reload);
  gtk_widget_class_bind_template_callback (widget_class, on_edge_reached);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
flatline_history_pane_init (FlatlineHistoryPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->hidden = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->empty = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "history", G_ACTION_GROUP (self->actions));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  gtk_list_view_set_factory (self->view, factory);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (on_focus_entered), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), focus);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selection_changed), self);
  on_selection_changed (self);
  update_stack (self);
}
