/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHistoryPane: the past, a page at a time: freezes, groups of the same verdict at the same place, or runs of
 * all hosts, live ones with their hearts. A group and a run open as the list of their freezes. Two freezes are compared
 * by choosing one, then the other. On a server others write too, so what is on the screen is read again every few
 * seconds.
 */
#include "config.h"

#include "flatline-history-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-announcement.h"
#include "flatline-comparison-window.h"
#include "flatline-context-menu.h"
#include "flatline-export.h"
#include "flatline-freeze-deletion.h"
#include "flatline-freeze-row.h"
#include "flatline-gradual-list.h"
#include "flatline-history-filter.h"
#include "flatline-history-focus.h"
#include "flatline-history-loader.h"
#include "flatline-row-focus.h"
#include "flatline-run-row.h"
#include "flatline-rows-in-view.h"
#include "flatline-shown-text.h"
#include "flatline-tab-key.h"
#include "flatline-toast.h"
#include "flatline-tooltip.h"

#define REFRESH_S 5

struct _FlatlineHistoryPane
{
  GtkWidget parent_instance;
  FlatlineStore *store;
  FlatlineHistoryLoader *loader;
  GListStore *items;
  GSimpleActionGroup *actions;
  GtkSingleSelection *selection;
  GtkWidget *box;
  GtkWidget *bar;
  GtkDropDown *kind;
  FlatlineHistoryFilter *filter;
  GtkEditable *search_entry;
  GtkWidget *restriction;
  GtkLabel *restriction_label;
  GtkWidget *comparison;
  GtkLabel *comparison_label;
  GtkStack *stack;
  GtkLabel *empty_label;
  GtkWidget *empty_page;
  GtkListView *view;
  GMenuModel *history_menu;
  FlatlineContextMenu *menu;
  FlatlineFreeze *compared; /* the first of two */
  char *signature;          /* only freezes of this group */
  gint64 run_id;            /* only freezes of this run */
  guint refresh_source;
  gboolean empty;
};

enum
{
  PROP_0,
  PROP_STORE,
  PROP_EMPTY,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineHistoryPane, flatline_history_pane, GTK_TYPE_WIDGET)

static FlatlineHistoryKind
get_kind (FlatlineHistoryPane *self)
{
  return (FlatlineHistoryKind)gtk_drop_down_get_selected (self->kind);
}

/* Whether there may be more than is shown. */
static gboolean
is_restricted (FlatlineHistoryPane *self)
{
  return *gtk_editable_get_text (self->search_entry) != '\0' || flatline_history_filter_is_set (self->filter)
         || self->signature || self->run_id;
}

static void
update_stack (FlatlineHistoryPane *self)
{
  const gboolean restricted = is_restricted (self);
  const gboolean runs = get_kind (self) == FLATLINE_HISTORY_RUNS;
  const gboolean none = g_list_model_get_n_items (G_LIST_MODEL (self->items)) == 0;
  const gboolean empty = none && !restricted && get_kind (self) == FLATLINE_HISTORY_FREEZES;

  gtk_label_set_label (self->empty_label, restricted ? _ ("Nothing found")
                                          : runs     ? _ ("Runs will be listed here")
                                                     : _ ("Freezes will be kept here"));
  gtk_widget_set_visible (self->bar, !empty || (self->store && flatline_store_has_clock (self->store)));
  gtk_stack_set_visible_child_name (self->stack, none ? "empty" : "list");
  if (self->empty != empty)
    {
      self->empty = empty;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EMPTY]);
    }
}

static void
leave_rows (FlatlineHistoryPane *self)
{
  flatline_history_focus_leave (self->view);
}

static void
on_loaded (FlatlineHistoryPane *self, const char *error)
{
  if (!self->box)
    return;
  update_stack (self);
  if (error)
    gtk_label_set_label (self->empty_label, error);
  flatline_history_focus_return (self->view, GTK_WIDGET (self));
}

static void
on_hosts_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineHistoryPane) self = user_data;
  g_autoptr (GPtrArray) hosts = flatline_store_list_finish (FLATLINE_STORE (source), result, NULL);

  if (!hosts || !self->box)
    return;
  g_ptr_array_add (hosts, NULL);
  flatline_history_filter_set_hosts (self->filter, (const char *const *)hosts->pdata);
}

/* What a person asked for, from the top. */
static void
load (FlatlineHistoryPane *self)
{
  const char *text = gtk_editable_get_text (self->search_entry);
  FlatlineStoreFilter filter = { .text = *text ? text : NULL };

  if (!self->store)
    return;
  flatline_history_filter_fill (self->filter, &filter);
  if (get_kind (self) == FLATLINE_HISTORY_FREEZES)
    {
      filter.signature = self->signature;
      filter.run_id = self->run_id;
    }
  flatline_history_loader_load (self->loader, get_kind (self), &filter);
  flatline_store_list_hosts_async (self->store, NULL, on_hosts_listed, g_object_ref (self));
}

static void
lift_restriction (FlatlineHistoryPane *self)
{
  g_clear_pointer (&self->signature, g_free);
  self->run_id = 0;
  gtk_widget_set_visible (self->restriction, FALSE);
}

static void
load_unrestricted (FlatlineHistoryPane *self)
{
  lift_restriction (self);
  load (self);
}

/* Freezes only of a group or of a run, until that is closed. */
static void
restrict_to (FlatlineHistoryPane *self, const char *signature, gint64 run_id, const char *words)
{
  g_signal_handlers_block_by_func (self->kind, load_unrestricted, self);
  gtk_drop_down_set_selected (self->kind, FLATLINE_HISTORY_FREEZES);
  g_signal_handlers_unblock_by_func (self->kind, load_unrestricted, self);
  lift_restriction (self);
  self->signature = g_strdup (signature);
  self->run_id = run_id;
  flatline_shown_text_set (self->restriction_label, words);
  flatline_tooltip_set (GTK_WIDGET (self->restriction_label), words);
  gtk_widget_set_visible (self->restriction, TRUE);
  load (self);
}

static void
reload (FlatlineHistoryPane *self)
{
  flatline_history_loader_reload (self->loader);
}

static void
on_edge_reached (FlatlineHistoryPane *self, GtkPositionType edge)
{
  if (edge == GTK_POS_BOTTOM)
    flatline_history_loader_load_more (self->loader);
}

static void
end_comparison (FlatlineHistoryPane *self)
{
  g_clear_object (&self->compared);
  gtk_widget_set_visible (self->comparison, FALSE);
}

static void
begin_comparison (FlatlineHistoryPane *self, FlatlineFreeze *freeze)
{
  g_autofree char *time = flatline_format_time (freeze->time_us);
  g_autofree char *words = NULL;

  /* Translators: script, time */
  words = g_strdup_printf (_ ("Open the freeze to compare with “%s”, %s"), freeze->title ? freeze->title : "", time);
  g_set_object (&self->compared, freeze);
  flatline_shown_text_set (self->comparison_label, words);
  gtk_widget_set_visible (self->comparison, TRUE);
}

static void
open_freeze (FlatlineHistoryPane *self, FlatlineFreeze *freeze)
{
  if (!self->compared)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.open-freeze", "x", freeze->id);
      return;
    }
  flatline_comparison_window_present (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->store, self->compared,
                                      freeze);
  end_comparison (self);
}

static void
open_item (FlatlineHistoryPane *self, gpointer item)
{
  if (FLATLINE_IS_FREEZE (item))
    open_freeze (self, item);
  else if (FLATLINE_IS_RUN (item))
    {
      FlatlineRun *run = item;
      /* Translators: script, host */
      g_autofree char *words = g_strdup_printf (_ ("Freezes of this run of %s on %s"), run->title, run->host);

      restrict_to (self, NULL, run->id, words);
    }
  else if (FLATLINE_IS_FREEZE_GROUP (item))
    {
      FlatlineFreezeGroup *group = item;

      restrict_to (self, group->signature, 0, group->newest->summary ? group->newest->summary : group->signature);
    }
}

static void
on_activate (FlatlineHistoryPane *self, guint position)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  open_item (self, item);
}

static void
say (FlatlineHistoryPane *self, AdwToast *toast)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);

  if (overlay)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
  else
    g_object_unref (toast);
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
    say (self, flatline_toast_new (error->message));
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineHistoryPane *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  g_autoptr (GObject) item = NULL;

  g_set_object (&item, gtk_single_selection_get_selected_item (self->selection));
  if (!item)
    return;
  if (g_str_equal (name, "open"))
    open_item (self, item);
  else if (!FLATLINE_IS_FREEZE (item))
    return;
  else if (g_str_equal (name, "compare"))
    begin_comparison (self, FLATLINE_FREEZE (item));
  else if (g_str_equal (name, "delete"))
    {
      leave_rows (self);
      flatline_freeze_deletion_begin (GTK_WIDGET (self), self->store, self->loader, self->items,
                                      FLATLINE_FREEZE (item));
      update_stack (self);
      flatline_history_focus_return (self->view, GTK_WIDGET (self));
    }
  else
    flatline_store_load_snapshot_async (self->store, FLATLINE_FREEZE (item)->id, NULL, on_exportable,
                                        g_object_ref (self));
}

static void
undo_delete (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FlatlineHistoryPane *self = user_data;

  flatline_freeze_deletion_undo (GTK_WIDGET (self), self->loader);
}

/* Of the row that is selected, and what needs none. */
static const GActionEntry action_entries[] = {
  { .name = "open", .activate = on_action },
  { .name = "compare", .activate = on_action },
  { .name = "export", .activate = on_action },
  { .name = "delete", .activate = on_action },
};
static const GActionEntry pane_action_entries[] = {
  { .name = "undo-delete", .activate = undo_delete },
};

/* Whoever looks at the top sees the newest: the view would stay with the row that was there. */
static void
on_rows_changed (FlatlineHistoryPane *self, guint position, guint removed, guint added)
{
  GtkAdjustment *place = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view));

  if (position == 0 && added > 0 && place && gtk_adjustment_get_value (place) < 1)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", 0);
}

static void
on_selection_changed (FlatlineHistoryPane *self)
{
  gpointer item = gtk_single_selection_get_selected_item (self->selection);

  for (guint i = 0; i < G_N_ELEMENTS (action_entries); i++)
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), action_entries[i].name)),
        item && (FLATLINE_IS_FREEZE (item) || g_str_equal (action_entries[i].name, "open")));
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

  /* The view may make its rows anew for the selection. */
  gtk_widget_translate_coordinates (row, GTK_WIDGET (self), x, y, &x, &y);
  gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (list_item));
  flatline_context_menu_open (self->menu, GTK_WIDGET (self), x, y);
}

/* Rows are of two kinds: made when it is known for what. One for freezes shows another one when it is scrolled. */
static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  gpointer item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  GtkGesture *gesture;

  if (!FLATLINE_IS_RUN (item) && row && FLATLINE_IS_FREEZE_ROW (row))
    {
      g_object_set (row, "freeze", item, NULL);
      return;
    }
  row = FLATLINE_IS_RUN (item) ? flatline_run_row_new (item) : flatline_freeze_row_new ();
  gesture = gtk_gesture_click_new ();
  if (!FLATLINE_IS_RUN (item))
    g_object_set (row, "freeze", item, NULL);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "pressed", G_CALLBACK (on_row_pressed), list_item);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (gesture));
  gtk_list_item_set_child (list_item, row);
}

static gboolean
refresh (gpointer data)
{
  FlatlineHistoryPane *self = data;

  /* A file's freezes change through this program, which tells; hearts stop by themselves. */
  if (self->store && (flatline_store_has_clock (self->store) || get_kind (self) == FLATLINE_HISTORY_RUNS))
    reload (self);
  return G_SOURCE_CONTINUE;
}

static void
flatline_history_pane_map (GtkWidget *widget)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (widget);

  GTK_WIDGET_CLASS (flatline_history_pane_parent_class)->map (widget);
  if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add_seconds (REFRESH_S, refresh, self);
}

static void
flatline_history_pane_unmap (GtkWidget *widget)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (widget);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  GTK_WIDGET_CLASS (flatline_history_pane_parent_class)->unmap (widget);
}

static void
set_store (FlatlineHistoryPane *self, FlatlineStore *store)
{
  if (self->store)
    g_signal_handlers_disconnect_by_func (self->store, reload, self);
  g_set_object (&self->store, store);
  flatline_history_loader_set_store (self->loader, store);
  if (!store)
    return;
  g_signal_connect_object (store, "freezes-changed", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  load (self);
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

  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) == 0)
    /* The pane itself would ask here again, for ever; and a box hands on what it was not asked for by itself. */
    return gtk_widget_child_focus (self->box, GTK_DIR_TAB_FORWARD) || gtk_widget_grab_focus (self->empty_page);
  return flatline_row_focus_grab (GTK_WIDGET (self->view));
}

static void
flatline_history_pane_dispose (GObject *object)
{
  FlatlineHistoryPane *self = FLATLINE_HISTORY_PANE (object);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  if (self->store)
    set_store (self, NULL);
  g_clear_object (&self->compared);
  g_clear_object (&self->loader);
  g_clear_object (&self->actions);
  g_clear_object (&self->menu);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_history_pane_parent_class)->dispose (object);
}

static void
flatline_history_pane_finalize (GObject *object)
{
  g_free (FLATLINE_HISTORY_PANE (object)->signature);
  G_OBJECT_CLASS (flatline_history_pane_parent_class)->finalize (object);
}

static void
find_activated (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (FLATLINE_HISTORY_PANE (widget)->search_entry));
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
  widget_class->map = flatline_history_pane_map;
  widget_class->unmap = flatline_history_pane_unmap;
  widget_class->grab_focus = flatline_history_pane_grab_focus;
  properties[PROP_STORE] =
      g_param_spec_object ("store", NULL, NULL, FLATLINE_TYPE_STORE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_EMPTY] = g_param_spec_boolean ("empty", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_install_action (widget_class, "pane.find", NULL, find_activated);
  g_type_ensure (FLATLINE_TYPE_RECORD);
  g_type_ensure (FLATLINE_TYPE_HISTORY_FILTER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/flatline/Flatline/panes/flatline-history-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, box);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, bar);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, kind);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, filter);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, restriction);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, restriction_label);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, comparison);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, comparison_label);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, empty_label);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, empty_page);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, view);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, selection);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, items);
  gtk_widget_class_bind_template_child (widget_class, FlatlineHistoryPane, history_menu);
  gtk_widget_class_bind_template_callback (widget_class, load);
  gtk_widget_class_bind_template_callback (widget_class, load_unrestricted);
  gtk_widget_class_bind_template_callback (widget_class, end_comparison);
  gtk_widget_class_bind_template_callback (widget_class, on_edge_reached);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
flatline_history_pane_init (FlatlineHistoryPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GListModel) shown = NULL;
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->empty = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  flatline_announce_when_shown (self->empty_label);
  flatline_tab_key_leaves (GTK_WIDGET (self->view));
  flatline_rows_in_view_follow (GTK_WIDGET (self->view));
  self->loader = flatline_history_loader_new (self->items);
  g_signal_connect_object (self->loader, "changing", G_CALLBACK (leave_rows), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->loader, "loaded", G_CALLBACK (on_loaded), self, G_CONNECT_SWAPPED);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), pane_action_entries,
                                   G_N_ELEMENTS (pane_action_entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "history", G_ACTION_GROUP (self->actions));
  self->menu = flatline_context_menu_new (GTK_WIDGET (self), self->history_menu);
  flatline_context_menu_add_keys (self->menu, GTK_WIDGET (self->view));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  gtk_list_view_set_factory (self->view, factory);
  shown = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (self->items)));
  gtk_single_selection_set_model (self->selection, shown);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (on_focus_entered), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), focus);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selection_changed), self);
  /* Connected after the view has, so that its place is known by now. */
  g_signal_connect_swapped (self->selection, "items-changed", G_CALLBACK (on_rows_changed), self);
  on_selection_changed (self);
  update_stack (self);
}
