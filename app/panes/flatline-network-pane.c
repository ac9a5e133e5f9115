/* SPDX-License-Identifier: MIT */
/*
 * FlatlineNetworkPane: the connections of the program and its children. With a session it shows the session's own list,
 * which Connections reads anew and Monitor keeps fresh, marking what changed; without, what a snapshot has kept.
 */
#include "config.h"

#include "flatline-network-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-columns.h"

struct _FlatlineNetworkPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  GListModel *connections;
  GtkFilter *filter;
  GtkSingleSelection *selection;
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
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineNetworkPane, flatline_network_pane, GTK_TYPE_WIDGET)

static char *
format_text (gpointer item, const char *text, gpointer user_data)
{
  return g_strdup (text ? text : "");
}

static char *
format_count (gpointer item, gint64 count, gpointer user_data)
{
  return count < 0 ? g_strdup ("–") : g_strdup_printf ("%" G_GINT64_FORMAT, count);
}

static char *
format_bytes (gpointer item, gint64 bytes, gpointer user_data)
{
  return bytes < 0 ? g_strdup ("–") : g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static char *
format_age (gpointer item, gint64 age_ms, gpointer user_data)
{
  gint64 seconds = age_ms / 1000;

  if (age_ms < 0)
    return g_strdup ("–");
  if (seconds < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT " s", seconds);
  if (seconds < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d", seconds / 60, (int)(seconds % 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                          (int)(seconds % 60));
}

static char *
format_peer (gpointer item, gint64 pid, gpointer user_data)
{
  return pid > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, pid) : g_strdup ("");
}

static char *
format_change (gpointer item, const char *change, gpointer user_data)
{
  if (g_strcmp0 (change, "new") == 0)
    return g_strdup (_ ("new"));
  if (g_strcmp0 (change, "changed") == 0)
    return g_strdup (_ ("changed"));
  if (g_strcmp0 (change, "gone") == 0)
    return g_strdup (_ ("gone"));
  return g_strdup ("");
}

static char **
row_classes (gpointer item, const char *change, gpointer user_data)
{
  const char *const classes[] = { g_strcmp0 (change, "new") == 0       ? "success"
                                  : g_strcmp0 (change, "gone") == 0    ? "dim-label"
                                  : g_strcmp0 (change, "changed") == 0 ? "changed-value"
                                                                       : NULL,
                                  NULL };

  return g_strdupv ((char **)classes);
}

static void
add_columns (GtkColumnView *view)
{
  GtkExpression *change = flatline_column_property (FLATLINE_TYPE_CONNECTION, "change", FALSE);

  static const struct
  {
    const char *title;
    const char *property;
    GCallback format;
    FlatlineColumnFlags flags;
  } columns[] = {
    { N_ ("Protocol"), "protocol", G_CALLBACK (format_text), FLATLINE_COLUMN_PLAIN },
    { N_ ("Local"), "local-address", G_CALLBACK (format_text), FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_ELLIPSIZE },
    { N_ ("Remote"), "remote-address", G_CALLBACK (format_text), FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_ELLIPSIZE },
    { N_ ("State"), "state", G_CALLBACK (format_text), FLATLINE_COLUMN_PLAIN },
    { N_ ("Process"), "process", G_CALLBACK (format_text), FLATLINE_COLUMN_PLAIN },
    { N_ ("PID"), "pid", G_CALLBACK (format_count), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Other End"), "peer-pid", G_CALLBACK (format_peer), FLATLINE_COLUMN_NUMERIC },
    { N_ ("To Be Read"), "receive-queue", G_CALLBACK (format_count), FLATLINE_COLUMN_NUMERIC },
    { N_ ("To Be Sent"), "send-queue", G_CALLBACK (format_count), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Received"), "bytes-received", G_CALLBACK (format_bytes), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Sent"), "bytes-sent", G_CALLBACK (format_bytes), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Sent Again"), "retransmits", G_CALLBACK (format_count), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Age"), "age-ms", G_CALLBACK (format_age), FLATLINE_COLUMN_NUMERIC },
    { N_ ("Change"), "change", G_CALLBACK (format_change), FLATLINE_COLUMN_PLAIN },
  };

  flatline_column_view_set_row_classes (
      view, gtk_cclosure_expression_new (G_TYPE_STRV, NULL, 1, &change, G_CALLBACK (row_classes), NULL, NULL));

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    flatline_column_append (
        view, _ (columns[i].title),
        flatline_column_format (flatline_column_property (FLATLINE_TYPE_CONNECTION, columns[i].property, FALSE),
                                columns[i].format),
        columns[i].flags);
}

/* The filter looks at all that a row says. */
static gboolean
matches (gpointer item, gpointer user_data)
{
  FlatlineNetworkPane *self = user_data;
  FlatlineConnection *connection = item;
  const char *wanted = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  g_autofree char *folded = g_utf8_casefold (wanted, -1);
  g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, connection->pid);
  const char *const texts[] = { connection->protocol,       connection->local_address,
                                connection->remote_address, connection->remote_name,
                                connection->state,          connection->process,
                                connection->change,         pid };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = texts[i] ? g_utf8_casefold (texts[i], -1) : NULL;

      if (text && strstr (text, folded))
        return TRUE;
    }
  return *wanted == '\0';
}

static void
update_stack (FlatlineNetworkPane *self)
{
  GListModel *shown = gtk_single_selection_get_model (self->selection);
  gboolean none = !self->connections || g_list_model_get_n_items (self->connections) == 0;
  gboolean nothing_found = !shown || g_list_model_get_n_items (shown) == 0;

  gtk_widget_set_visible (self->search_entry, !none);
  gtk_label_set_label (self->empty, !none           ? _ ("Nothing found")
                                    : self->session ? _ ("No connection known; Connections reads them, Monitor follows "
                                                         "them")
                                                    : _ ("The program had no connections"));
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
  g_autoptr (GtkFilterListModel) shown = NULL;

  if (self->session)
    connections = G_LIST_MODEL (flatline_session_get_connections (self->session));
  else if (self->snapshot && self->snapshot->connections)
    connections = G_LIST_MODEL (self->snapshot->connections);
  if (self->connections)
    g_signal_handlers_disconnect_by_data (self->connections, self);
  g_set_object (&self->connections, connections);
  if (connections)
    g_signal_connect_object (connections, "items-changed", G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
  if (connections)
    shown = gtk_filter_list_model_new (g_object_ref (connections), g_object_ref (self->filter));
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (shown));
  update_stack (self);
}

static void
flatline_network_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineNetworkPane *self = FLATLINE_NETWORK_PANE (object);

  if (id == PROP_SESSION)
    g_set_object (&self->session, g_value_get_object (value));
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

  if (self->connections)
    g_signal_handlers_disconnect_by_data (self->connections, self);
  g_clear_object (&self->connections);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_network_pane_parent_class)->dispose (object);
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
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
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
  add_columns (GTK_COLUMN_VIEW (view));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  self->empty = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER, "margin-start", 12,
                              "margin-end", 12, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "dim-label");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), scrolled, "table");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), self->search_entry);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  update_stack (self);
}
