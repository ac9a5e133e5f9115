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
#include "flatline-gradual-list.h"

struct _FlatlineNetworkPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  GListModel *connections;
  GListModel *found; /* those that the filter lets through */
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
  PROP_REFERENCE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineNetworkPane, flatline_network_pane, GTK_TYPE_WIDGET)

/* The texts of the columns */

static char *
protocol_text (gpointer record)
{
  return g_strdup (((FlatlineConnection *)record)->protocol);
}

static char *
local_text (gpointer record)
{
  return g_strdup (((FlatlineConnection *)record)->local_address);
}

static char *
remote_text (gpointer record)
{
  FlatlineConnection *connection = record;
  const char *port = connection->remote_address ? strrchr (connection->remote_address, ':') : NULL;

  if (connection->remote_name && port)
    return g_strconcat (connection->remote_name, port, NULL);
  return g_strdup (connection->remote_address);
}

/* The address beside the name. */
static char *
remote_tooltip (gpointer record)
{
  FlatlineConnection *connection = record;

  if (connection->remote_name)
    return g_strdup_printf ("%s (%s)", connection->remote_name, connection->remote_address);
  return g_strdup (connection->remote_address);
}

static char *
connection_state_text (gpointer record)
{
  return g_strdup (((FlatlineConnection *)record)->state);
}

static char *
process_text (gpointer record)
{
  FlatlineConnection *connection = record;

  return g_strdup_printf ("%s (%" G_GINT64_FORMAT ")", connection->process ? connection->process : "?",
                          connection->pid);
}

static char *
other_end_text (gpointer record)
{
  FlatlineConnection *connection = record;

  if (connection->peer_pid <= 0)
    return NULL;
  return g_strdup_printf ("%s (%" G_GINT64_FORMAT ")", connection->peer_process ? connection->peer_process : "?",
                          connection->peer_pid);
}

static char *
count_text (gint64 count)
{
  return count < 0 ? g_strdup ("–") : g_strdup_printf ("%" G_GINT64_FORMAT, count);
}

static char *
to_read_text (gpointer record)
{
  return count_text (((FlatlineConnection *)record)->receive_queue);
}

static char *
to_send_text (gpointer record)
{
  return count_text (((FlatlineConnection *)record)->send_queue);
}

static char *
sent_again_text (gpointer record)
{
  return count_text (((FlatlineConnection *)record)->retransmits);
}

static char *
bytes_text (gint64 bytes)
{
  return bytes < 0 ? g_strdup ("–") : g_format_size_full ((guint64)bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static char *
received_text (gpointer record)
{
  return bytes_text (((FlatlineConnection *)record)->bytes_received);
}

static char *
sent_text (gpointer record)
{
  return bytes_text (((FlatlineConnection *)record)->bytes_sent);
}

/* Both ways together, since the reading before. */
static char *
rate_text (gpointer record)
{
  gint64 rate = ((FlatlineConnection *)record)->bytes_per_second;
  g_autofree char *bytes = rate > 0 ? bytes_text (rate) : NULL;

  if (rate < 0)
    return g_strdup ("–");
  /* Translators: an amount of data in each second, "1.5 KiB/s" */
  return rate == 0 ? g_strdup ("0") : g_strdup_printf (_ ("%s/s"), bytes);
}

static char *
duration_text (gint64 duration_ms)
{
  gint64 seconds = duration_ms / 1000;

  if (duration_ms < 0)
    return g_strdup ("–");
  if (seconds < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT " s", seconds);
  if (seconds < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d", seconds / 60, (int)(seconds % 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                          (int)(seconds % 60));
}

static char *
age_text (gpointer record)
{
  return duration_text (((FlatlineConnection *)record)->age_ms);
}

static char *
change_text (gpointer record)
{
  const char *change = ((FlatlineConnection *)record)->change;

  if (g_strcmp0 (change, "new") == 0)
    return g_strdup (_ ("new"));
  if (g_strcmp0 (change, "changed") == 0)
    return g_strdup (_ ("changed"));
  if (g_strcmp0 (change, "gone") == 0)
    return g_strdup (_ ("gone"));
  return NULL;
}

static const char *
get_class (gpointer record)
{
  const char *change = ((FlatlineConnection *)record)->change;

  return g_strcmp0 (change, "new") == 0       ? "success"
         : g_strcmp0 (change, "gone") == 0    ? "dim-label"
         : g_strcmp0 (change, "changed") == 0 ? "changed-value"
                                              : NULL;
}

static const FlatlineRows rows = { .in_tree = FALSE, .get_class = get_class, .class_property = "change" };

/* What changes first is what a person came for; what fits a narrow window comes first. */
static const FlatlineColumn columns[] = {
  { N_ ("Change"), change_text, { "change" }, 8, FLATLINE_COLUMN_PLAIN, change_text },
  { N_ ("Protocol"), protocol_text, { NULL }, 6, FLATLINE_COLUMN_PLAIN, NULL },
  { N_ ("Local"), local_text, { "local-address" }, 16, FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_MIDDLE, NULL },
  { N_ ("Remote"),
    remote_text,
    { "remote-address", "remote-name" },
    16,
    FLATLINE_COLUMN_EXPAND | FLATLINE_COLUMN_MIDDLE,
    remote_tooltip },
  { N_ ("State"), connection_state_text, { "state" }, 12, FLATLINE_COLUMN_PLAIN, connection_state_text },
  { N_ ("Process"), process_text, { NULL }, 14, FLATLINE_COLUMN_PLAIN, process_text },
  { N_ ("Other End"), other_end_text, { "peer-pid", "peer-process" }, 14, FLATLINE_COLUMN_PLAIN, other_end_text },
  { N_ ("Throughput"), rate_text, { "bytes-per-second" }, 10, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("To Be Read"), to_read_text, { "receive-queue" }, 8, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("To Be Sent"), to_send_text, { "send-queue" }, 8, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("Received"), received_text, { "bytes-received" }, 9, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("Sent"), sent_text, { "bytes-sent" }, 9, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("Sent Again"), sent_again_text, { "retransmits" }, 8, FLATLINE_COLUMN_NUMERIC, NULL },
  { N_ ("Age"), age_text, { "age-ms" }, 6, FLATLINE_COLUMN_NUMERIC, NULL },
};

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

static void
update_stack (FlatlineNetworkPane *self)
{
  gboolean none = !self->connections || g_list_model_get_n_items (self->connections) == 0;
  gboolean nothing_found = !self->found || g_list_model_get_n_items (self->found) == 0;

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
  g_autoptr (GListModel) shown = NULL;
  g_autoptr (GtkFilterListModel) found = NULL;

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
      found = gtk_filter_list_model_new (g_object_ref (connections), g_object_ref (self->filter));
      /* Thousands are not looked at in one turn of the main loop. */
      gtk_filter_list_model_set_incremental (found, TRUE);
      shown = flatline_gradual_list_new (g_object_ref (G_LIST_MODEL (found)));
      g_signal_connect_object (found, "items-changed", G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
    }
  g_set_object (&self->found, G_LIST_MODEL (found));
  gtk_single_selection_set_model (self->selection, shown);
  update_stack (self);
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
      g_autoptr (FlatlineConnection) connection = g_list_model_get_item (shown, i);

      if (connection->pid != reference->pid || connection->fd != reference->fd)
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return;
    }
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

  if (self->found)
    g_signal_handlers_disconnect_by_data (self->found, self);
  g_clear_object (&self->connections);
  g_clear_object (&self->found);
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
  properties[PROP_REFERENCE] =
      g_param_spec_object ("reference", NULL, NULL, FLATLINE_TYPE_REFERENCE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
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
  flatline_columns_append (GTK_COLUMN_VIEW (view), &rows, columns, G_N_ELEMENTS (columns));
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
