/* SPDX-License-Identifier: MIT */
/* What a look must see, and the words, for each cause of a freeze. Silence alone is none: who waits for a person or for
 * events is silent and well. */
#include "config.h"

#include "flatline-freeze-cause.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
is_one_of (const char *kind, const char *const *kinds)
{
  return kind && g_strv_contains (kinds, kind);
}

gboolean
flatline_freeze_cause_is_confirmed (FlatlineFreezeCause cause, const FlatlineLook *look)
{
  static const char *const waits_for_events[] = { "idle", "async-wait", NULL };
  static const char *const rests[] = { "idle", "async-wait", "stdin-wait", "sleep", "unknown", NULL };
  static const char *const deadlocks[] = { "deadlock", "self-deadlock", NULL };
  const char *kind = look->kind;
  gboolean waits_for_person = g_strcmp0 (kind, "stdin-wait") == 0;

  switch (cause)
    {
    case FLATLINE_CAUSE_STOPPED:
      return TRUE;
    case FLATLINE_CAUSE_DISK:
      return g_strcmp0 (kind, "disk-wait") == 0;
    case FLATLINE_CAUSE_SHUTDOWN:
      return !waits_for_person;
    case FLATLINE_CAUSE_LOOP:
    case FLATLINE_CAUSE_PROGRAM:
      return look->strict_beats || (!waits_for_person && !is_one_of (kind, waits_for_events));
    case FLATLINE_CAUSE_INTERPRETER:
      return !waits_for_person && !is_one_of (kind, waits_for_events);
    case FLATLINE_CAUSE_STARTUP:
      /* An interpreter that is up may be at work in silence for as long as it likes, but for an import that hangs. */
      return look->has_agent ? g_strcmp0 (kind, "startup-hang") == 0 : kind && !is_one_of (kind, rests);
    case FLATLINE_CAUSE_DIAGNOSIS:
      /* An agent would have fallen silent: without one, time tells a short call that keeps the GIL from a long one. */
      return (is_one_of (kind, deadlocks) && look->is_certain)
             || (g_strcmp0 (kind, "gil-held") == 0 && look->stood_long);
    case FLATLINE_CAUSE_NONE:
    case FLATLINE_N_CAUSES:
      return FALSE;
    }
  g_assert_not_reached ();
}

static const char *
text_of (FlatlineFreezeCause cause, gboolean has_agent, const char *diagnosis)
{
  static const char *const texts[FLATLINE_N_CAUSES] = {
    [FLATLINE_CAUSE_NONE] = N_ ("fine for %.1f s"),
    [FLATLINE_CAUSE_STOPPED] = N_ ("process stopped for %.1f s"),
    [FLATLINE_CAUSE_DISK] = N_ ("process waiting for a disk for %.1f s"),
    [FLATLINE_CAUSE_SHUTDOWN] = N_ ("interpreter still shutting down after %.1f s"),
    [FLATLINE_CAUSE_LOOP] = N_ ("event loop silent for %.1f s"),
    [FLATLINE_CAUSE_INTERPRETER] = N_ ("interpreter silent for %.1f s"),
    [FLATLINE_CAUSE_PROGRAM] = N_ ("program beats silent for %.1f s"),
    [FLATLINE_CAUSE_STARTUP] = N_ ("interpreter not up %.1f s after the start"),
    [FLATLINE_CAUSE_DIAGNOSIS] = N_ ("a deadlock, seen %.1f s after the start"),
  };

  if (cause == FLATLINE_CAUSE_STARTUP && has_agent)
    return N_ ("silent in an import for %.1f s");
  if (cause == FLATLINE_CAUSE_DIAGNOSIS && g_strcmp0 (diagnosis, "gil-held") == 0)
    return N_ ("a thread keeps the GIL and nothing has moved for %.1f s");
  return texts[cause];
}

char *
flatline_freeze_cause_dup_text (FlatlineFreezeCause cause, gboolean has_agent, const char *diagnosis, double seconds)
{
  return g_strdup_printf (_ (text_of (cause, has_agent, diagnosis)), seconds);
}
