/* SPDX-License-Identifier: MIT */
/* What the program leaves running when it ends: a daemon that it became, or helpers that it forgot. */
#include "config.h"

#include "flatline-session-private.h"

#include "flatline-orphan-reaper.h"
#include "flatline-program-name.h"

#include <glib/gi18n.h>
#include <inttypes.h>

/* Helpers that end with the program (resource trackers, pagers) have that long. */
#define PATIENCE_US (G_USEC_PER_SEC / 2)
#define MAX_TOLD    3

static void
tell_of (FlatlineSession *self, gint64 pid)
{
  g_autoptr (FlatlineProgram) program = flatline_process_read_command (pid);
  g_autofree char *name = flatline_program_name_dup_of_arguments ((const char *const *)program->argv);

  if (name)
    flatline_session_message (self, "warning", /* Translators: a process id, its name, the process id */
                              _ ("The program has ended, but process %" PRId64
                                 " (%s) that it started goes on, unwatched: “flatline-cli dump %" PRId64
                                 "” shows what it does"),
                              pid, name, pid);
}

static GArray *
list_orphans (FlatlineSession *self)
{
  return flatline_orphan_reaper_list (flatline_launcher_get_terminal_session (self->launcher),
                                      flatline_relay_get_token (self->relay));
}

gboolean
flatline_session_remains_may_end (FlatlineSession *self)
{
  g_autoptr (GArray) orphans = NULL;

  if (self->closing != FLATLINE_CLOSING_NOT)
    return FALSE;
  orphans = list_orphans (self);
  if (orphans->len == 0 && !flatline_orphan_reaper_sees_ending ())
    {
      /* A daemon forks twice: who ended in the midst of the first look has left its own to us by now. */
      g_array_unref (orphans);
      orphans = list_orphans (self);
      if (orphans->len == 0)
        return FALSE;
    }
  if (self->remains_until_us == 0)
    self->remains_until_us = g_get_monotonic_time () + PATIENCE_US;
  if (g_get_monotonic_time () < self->remains_until_us)
    return TRUE;
  for (guint i = 0; i < MIN (orphans->len, MAX_TOLD); i++)
    tell_of (self, g_array_index (orphans, gint64, i));
  return FALSE;
}
