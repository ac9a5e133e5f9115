/* SPDX-License-Identifier: MIT */
/* What a table of connections says in each column, and what it is sorted by there. */
#include "config.h"

#include "flatline-connection-columns.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-records.h"

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

static double
to_read_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->receive_queue;
}

static char *
to_send_text (gpointer record)
{
  return count_text (((FlatlineConnection *)record)->send_queue);
}

static double
to_send_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->send_queue;
}

static char *
sent_again_text (gpointer record)
{
  return count_text (((FlatlineConnection *)record)->retransmits);
}

static double
sent_again_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->retransmits;
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

static double
received_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->bytes_received;
}

static char *
sent_text (gpointer record)
{
  return bytes_text (((FlatlineConnection *)record)->bytes_sent);
}

static double
sent_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->bytes_sent;
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

static double
rate_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->bytes_per_second;
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

static double
age_number (gpointer record)
{
  return (double)((FlatlineConnection *)record)->age_ms;
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

const FlatlineRows flatline_connection_rows = { .in_tree = FALSE, .get_class = get_class, .class_property = "change" };

/* What changes first is what a person came for; what fits a narrow window comes first. */
const FlatlineColumn flatline_connection_columns[] = {
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
  { N_ ("Throughput"), rate_text, { "bytes-per-second" }, 10, FLATLINE_COLUMN_NUMERIC, NULL, rate_number },
  { N_ ("To Be Read"), to_read_text, { "receive-queue" }, 8, FLATLINE_COLUMN_NUMERIC, NULL, to_read_number },
  { N_ ("To Be Sent"), to_send_text, { "send-queue" }, 8, FLATLINE_COLUMN_NUMERIC, NULL, to_send_number },
  { N_ ("Received"), received_text, { "bytes-received" }, 9, FLATLINE_COLUMN_NUMERIC, NULL, received_number },
  { N_ ("Sent"), sent_text, { "bytes-sent" }, 9, FLATLINE_COLUMN_NUMERIC, NULL, sent_number },
  { N_ ("Sent Again"), sent_again_text, { "retransmits" }, 8, FLATLINE_COLUMN_NUMERIC, NULL, sent_again_number },
  { N_ ("Age"), age_text, { "age-ms" }, 6, FLATLINE_COLUMN_NUMERIC, NULL, age_number },
};

const guint flatline_connection_n_columns = G_N_ELEMENTS (flatline_connection_columns);
