/* SPDX-License-Identifier: MIT */
/* What is there is read in a worker; each change is told once. */
#include "config.h"

#include "flatline-console-connections.h"

#include "flatline-connections.h"

#include <glib/gi18n.h>

#define MAX_TOLD 20 /* of one look */

typedef struct
{
  FlatlineReportParts parts;
  FlatlineConsolePrintFunc print;
  gpointer user_data;
  GArray *pids;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *self = data;

  g_array_unref (self->pids);
  g_free (self);
}

static void
list (GTask *task, gpointer owner, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, flatline_connections_list (((Listing *)task_data)->pids),
                         (GDestroyNotify)g_ptr_array_unref);
}

static void
on_listed (GObject *owner, GAsyncResult *result, gpointer unused)
{
  Listing *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) connections = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new ("manual");
  g_autofree char *text = NULL;

  if (!connections || connections->len == 0)
    {
      flatline_console_print_line (self->print, self->user_data, _ ("The program has no connection open."));
      return;
    }
  for (guint i = 0; i < connections->len; i++)
    flatline_list_append (&snapshot->connections, g_object_ref (connections->pdata[i]));
  text = flatline_report_text (snapshot, self->parts | FLATLINE_REPORT_CONNECTIONS);
  self->print (text, self->user_data);
}

void
flatline_console_list_connections (FlatlineSession *session,
                                   FlatlineReportParts parts,
                                   FlatlineConsolePrintFunc print,
                                   gpointer user_data,
                                   GCancellable *cancellable,
                                   GObject *owner)
{
  g_autoptr (GTask) task = g_task_new (owner, cancellable, on_listed, NULL);
  Listing *self = g_new0 (Listing, 1);

  self->parts = parts;
  self->print = print;
  self->user_data = user_data;
  self->pids = flatline_process_tree_list_pids (flatline_session_get_process_tree (session));
  g_task_set_task_data (task, self, listing_free);
  g_task_run_in_thread (task, list);
}

static char *
dup_line (const FlatlineConnection *connection)
{
  const char *change = g_str_equal (connection->change, "new")    ? _ ("new")
                       : g_str_equal (connection->change, "gone") ? _ ("gone")
                                                                  : _ ("changed");

  return g_strdup_printf (
      "  %-8s %s %s → %s %s  (%s %" G_GINT64_FORMAT ")", change, connection->protocol ? connection->protocol : "",
      connection->local_address ? connection->local_address : "*",
      connection->remote_address ? connection->remote_address : "*", connection->state ? connection->state : "",
      connection->process ? connection->process : "?", connection->pid);
}

void
flatline_console_print_changes (GPtrArray *changes, FlatlineConsolePrintFunc print, gpointer user_data)
{
  const guint n_told = MIN (changes->len, MAX_TOLD);

  for (guint i = 0; i < n_told; i++)
    {
      g_autofree char *line = dup_line (changes->pdata[i]);

      flatline_console_print_line (print, user_data, line);
    }
  if (changes->len > n_told)
    {
      g_autofree char *rest =
          g_strdup_printf (ngettext ("  … and one more change", "  … and %u more changes", changes->len - n_told),
                           changes->len - n_told);

      flatline_console_print_line (print, user_data, rest);
    }
}
