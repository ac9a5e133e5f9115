/* SPDX-License-Identifier: MIT */
/* Each change is told once. */
#include "config.h"

#include "flatline-console-changes.h"

#include <glib/gi18n.h>

#define MAX_TOLD 20 /* of one look */

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
