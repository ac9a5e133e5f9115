/* SPDX-License-Identifier: MIT */
/*
 * DB mode: while a server keeps the beats, it is asked once a poll interval how old the program's newest one is by its
 * clock, and the watchdog takes its word. Whenever it has none, memory decides, and the session says so, once.
 */
#include "config.h"

#include "flatline-session-private.h"

#include <glib/gi18n.h>

#define LOOK_BACK_US (60 * G_USEC_PER_SEC) /* no older beat matters to a freeze that is yet to come */

static void
tell (FlatlineSession *self, gint64 now_us)
{
  const gboolean missing = flatline_watchdog_database_is_missing (self->home.watchdog, now_us);

  if (missing == self->database_missing)
    return;
  self->database_missing = missing;
  if (missing)
    flatline_session_message (self, "warning",
                              _ ("The database does not keep up: this computer’s own clock decides about freezes"));
  else
    flatline_session_message (self, "info", _ ("The database’s clock decides about freezes again"));
}

static void
on_age_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineSession) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 age_us = flatline_store_read_newest_beat_age_finish (FLATLINE_STORE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->home.watchdog)
    return;
  self->asking_database = FALSE;
  if (error)
    flatline_watchdog_database_failed (self->home.watchdog);
  else
    flatline_watchdog_database_answered (self->home.watchdog, g_get_monotonic_time (), age_us);
  tell (self, g_get_monotonic_time ());
}

void
flatline_session_ask_database (FlatlineSession *self, gint64 now_us)
{
  if (!self->store || !flatline_store_has_clock (self->store))
    {
      flatline_watchdog_database_failed (self->home.watchdog);
      return;
    }
  tell (self, now_us);
  if (self->asking_database || self->last_program_beat_us == 0
      || !flatline_watchdog_wants_database (self->home.watchdog, now_us))
    return;
  self->asking_database = TRUE;
  flatline_watchdog_database_asked (self->home.watchdog, now_us);
  flatline_store_read_newest_beat_age_async (self->store, self->run->uid, self->home.pid,
                                             self->last_program_beat_us - LOOK_BACK_US, self->cancellable, on_age_read,
                                             g_object_ref (self));
}
