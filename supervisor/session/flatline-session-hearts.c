/* SPDX-License-Identifier: MIT */
/* Which processes of the tree beat: each one that has beaten says so in the tree, once a second with its reading. */
#include "config.h"

#include "flatline-session-private.h"

/* An agent beats four times a second; one that was held up for a moment is not silent. */
#define SILENT_US (2 * G_USEC_PER_SEC)

void
flatline_session_hear (FlatlineSession *self, gint64 pid)
{
  gint64 *heard_us = g_hash_table_lookup (self->hearts, &pid);

  if (!heard_us)
    {
      heard_us = g_new (gint64, 1);
      g_hash_table_insert (self->hearts, g_memdup2 (&pid, sizeof pid), heard_us);
    }
  *heard_us = g_get_monotonic_time ();
}

static void
on_refreshed (FlatlineSession *self)
{
  gint64 now_us = g_get_monotonic_time ();
  GHashTableIter iter;
  gint64 *pid, *heard_us;

  g_hash_table_iter_init (&iter, self->hearts);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&heard_us))
    {
      gboolean silent = now_us - *heard_us > SILENT_US;
      const char *heart = *pid == flatline_session_get_heart (self)->pid && self->state == FLATLINE_SESSION_FROZEN
                              ? "flatlined"
                          : silent ? "silent"
                                   : "beating";

      if (!flatline_process_tree_set_heart (self->tree, *pid, heart) && silent)
        g_hash_table_iter_remove (&iter);
    }
}

void
flatline_session_listen_to_hearts (FlatlineSession *self)
{
  self->hearts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_signal_connect_object (self->tree, "refreshed", G_CALLBACK (on_refreshed), self, G_CONNECT_SWAPPED);
}
