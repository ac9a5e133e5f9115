/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHistoryFilter: a menu button; its popover has one drop-down for each question. Each of them takes
 * milliseconds to make: they come one after the other when the button is there and there is nothing else to do.
 */
#include "config.h"

#include "flatline-history-filter.h"

#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-step-by-step.h"
#include "flatline-tooltip.h"

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

struct _FlatlineHistoryFilter
{
  GtkWidget parent_instance;
  GtkWidget *button;
  GtkGrid *grid;
  GtkDropDown *kind; /* as the others NULL until it is made */
  GtkDropDown *host;
  GtkDropDown *since;
  GtkDropDown *order;
  GtkStringList *hosts;
  GSettings *settings;
};

G_DEFINE_FINAL_TYPE (FlatlineHistoryFilter, flatline_history_filter, GTK_TYPE_WIDGET)

static guint changed_signal;

/* After "every kind": those that a person would name first are first. */
static const struct
{
  const char *kind, *name;
} kinds[] = {
  { "crash", N_ ("Crash") },
  { "exception", N_ ("Exception") },
  { "manual", N_ ("Captured by hand") },
  { "deadlock", N_ ("Deadlock") },
  { "self-deadlock", N_ ("Deadlock with itself") },
  { "lock-wait", N_ ("Waiting for a lock") },
  { "busy-loop", N_ ("Busy loop") },
  { "native-busy", N_ ("Busy in native code") },
  { "gil-held", N_ ("GIL held by native code") },
  { "socket-wait", N_ ("Waiting for a socket") },
  { "pipe-wait", N_ ("Waiting for a pipe") },
  { "stdin-wait", N_ ("Waiting for input") },
  { "file-wait", N_ ("Waiting for a file") },
  { "child-wait", N_ ("Waiting for a child process") },
  { "join-wait", N_ ("Waiting for a thread to end") },
  { "queue-wait", N_ ("Waiting for a queue") },
  { "condition-wait", N_ ("Waiting for a condition") },
  { "event-wait", N_ ("Waiting for an event") },
  { "semaphore-wait", N_ ("Waiting for a semaphore") },
  { "async-wait", N_ ("Waiting in asyncio") },
  { "sleep", N_ ("Sleeping") },
  { "disk-wait", N_ ("Waiting for a disk") },
  { "stopped", N_ ("Stopped") },
  { "startup-hang", N_ ("Hanging at the start") },
  { "shutdown-hang", N_ ("Hanging at the end") },
  { "unknown", N_ ("Unknown") },
};

static const gint64 ages_us[] = { 0, HOUR_US, 24 * HOUR_US, 7 * 24 * HOUR_US, 30 * 24 * HOUR_US };

static const FlatlineStoreOrder orders[] = { FLATLINE_STORE_ORDER_NEWEST, FLATLINE_STORE_ORDER_OLDEST,
                                             FLATLINE_STORE_ORDER_MOST_FREQUENT };

/* Of one that is not there yet the first choice counts, which is none. */
static guint
get_choice (GtkDropDown *drop_down)
{
  return drop_down ? gtk_drop_down_get_selected (drop_down) : 0;
}

static guint
get_order (FlatlineHistoryFilter *self)
{
  return self->order ? gtk_drop_down_get_selected (self->order)
                     : (guint)g_settings_get_int (self->settings, "history-order");
}

gboolean
flatline_history_filter_is_set (FlatlineHistoryFilter *self)
{
  return get_choice (self->kind) > 0 || get_choice (self->host) > 0 || get_choice (self->since) > 0;
}

void
flatline_history_filter_fill (FlatlineHistoryFilter *self, FlatlineStoreFilter *filter)
{
  const guint kind = get_choice (self->kind), host = get_choice (self->host);
  const guint since = get_choice (self->since), order = get_order (self);

  if (kind > 0 && kind <= G_N_ELEMENTS (kinds))
    filter->kind = kinds[kind - 1].kind;
  if (host > 0 && host != GTK_INVALID_LIST_POSITION)
    filter->host = gtk_string_list_get_string (self->hosts, host);
  if (since > 0 && since < G_N_ELEMENTS (ages_us))
    filter->from_us = g_get_real_time () - ages_us[since];
  if (order < G_N_ELEMENTS (orders))
    filter->order = orders[order];
}

static void
on_selected (FlatlineHistoryFilter *self)
{
  if (flatline_history_filter_is_set (self))
    gtk_widget_add_css_class (self->button, "accent");
  else
    gtk_widget_remove_css_class (self->button, "accent");
  g_signal_emit (self, changed_signal, 0);
}

static void
keep_order (FlatlineHistoryFilter *self)
{
  const guint order = get_order (self);

  if (order < G_N_ELEMENTS (orders))
    g_settings_set_int (self->settings, "history-order", (int)order);
}

static GtkDropDown *
add_drop_down (FlatlineHistoryFilter *self, const char *title, GtkStringList *choices, guint selected)
{
  GtkWidget *drop_down = gtk_drop_down_new (G_LIST_MODEL (choices), NULL);
  GtkWidget *label = gtk_label_new (title);

  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop_down), selected);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (drop_down, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_grid_attach_next_to (self->grid, label, NULL, GTK_POS_BOTTOM, 1, 1);
  gtk_grid_attach_next_to (self->grid, drop_down, label, GTK_POS_RIGHT, 1, 1);
  g_signal_connect_object (drop_down, "notify::selected", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
  return GTK_DROP_DOWN (drop_down);
}

static GtkStringList *
make_kinds (void)
{
  GtkStringList *list = gtk_string_list_new (NULL);

  gtk_string_list_append (list, _ ("Every kind"));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    gtk_string_list_append (list, _ (kinds[i].name));
  return list;
}

static void
make_button (gpointer filter)
{
  FlatlineHistoryFilter *self = filter;
  GtkWidget *popover = gtk_popover_new ();

  self->grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_column_spacing (self->grid, 9);
  gtk_grid_set_row_spacing (self->grid, 6);
  gtk_popover_set_child (GTK_POPOVER (popover), GTK_WIDGET (self->grid));
  self->button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->button), "view-more-symbolic");
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), popover);
  flatline_tooltip_set (self->button, _ ("Filter and Order"));
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
}

static void
add_kind (gpointer filter)
{
  FlatlineHistoryFilter *self = filter;

  self->kind = add_drop_down (self, _ ("Kind"), make_kinds (), 0);
}

static void
add_host (gpointer filter)
{
  FlatlineHistoryFilter *self = filter;

  self->host = add_drop_down (self, _ ("Host"), g_object_ref (self->hosts), 0);
}

static void
add_since (gpointer filter)
{
  FlatlineHistoryFilter *self = filter;
  const char *const ages[] = { _ ("Any time"),    _ ("Last hour"),    _ ("Last 24 hours"),
                               _ ("Last 7 days"), _ ("Last 30 days"), NULL };

  self->since = add_drop_down (self, _ ("Time"), gtk_string_list_new (ages), 0);
}

static void
add_order (gpointer filter)
{
  FlatlineHistoryFilter *self = filter;
  const char *const names[] = { _ ("Newest first"), _ ("Oldest first"), _ ("Most frequent first"), NULL };

  self->order = add_drop_down (self, _ ("Order"), gtk_string_list_new (names), get_order (self));
  g_signal_connect_object (self->order, "notify::selected", G_CALLBACK (keep_order), self, G_CONNECT_SWAPPED);
}

void
flatline_history_filter_set_hosts (FlatlineHistoryFilter *self, const char *const *hosts)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->hosts));
  const guint n_new = g_strv_length ((char **)hosts);
  gboolean same = n == n_new + 1;

  for (guint i = 0; same && i < n_new; i++)
    same = g_str_equal (gtk_string_list_get_string (self->hosts, i + 1), hosts[i]);
  /* New ones would take the choice away. */
  if (same || get_choice (self->host) > 0)
    return;
  gtk_string_list_splice (self->hosts, 1, n - 1, hosts);
}

static void
flatline_history_filter_dispose (GObject *object)
{
  FlatlineHistoryFilter *self = FLATLINE_HISTORY_FILTER (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  g_clear_object (&self->hosts);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (flatline_history_filter_parent_class)->dispose (object);
}

static void
flatline_history_filter_class_init (FlatlineHistoryFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_history_filter_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  changed_signal =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_history_filter_init (FlatlineHistoryFilter *self)
{
  static const FlatlineStep steps[] = { make_button, add_kind,  add_host,
                                        add_since,   add_order, (FlatlineStep)flatline_accessible_names_give,
                                        NULL };
  const char *const every_host[] = { _ ("Every host"), NULL };

  self->hosts = gtk_string_list_new (every_host);
  self->settings = g_settings_new ("org.flatline.Flatline");
  flatline_step_by_step (GTK_WIDGET (self), steps);
}
