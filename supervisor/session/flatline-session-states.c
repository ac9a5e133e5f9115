/* SPDX-License-Identifier: MIT */
/* The states of a session: names for people, JSON and GObject. */
#include "config.h"

#include "flatline-session.h"

#include <glib/gi18n.h>

GType
flatline_session_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { FLATLINE_SESSION_IDLE, "FLATLINE_SESSION_IDLE", "idle" },
    { FLATLINE_SESSION_STARTING, "FLATLINE_SESSION_STARTING", "starting" },
    { FLATLINE_SESSION_RUNNING, "FLATLINE_SESSION_RUNNING", "running" },
    { FLATLINE_SESSION_FROZEN, "FLATLINE_SESSION_FROZEN", "frozen" },
    { FLATLINE_SESSION_EXITING, "FLATLINE_SESSION_EXITING", "exiting" },
    { FLATLINE_SESSION_EXITED, "FLATLINE_SESSION_EXITED", "exited" },
    { FLATLINE_SESSION_CRASHED, "FLATLINE_SESSION_CRASHED", "crashed" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("FlatlineSessionState", values));
  return type;
}

gboolean
flatline_session_state_is_live (FlatlineSessionState state)
{
  return state == FLATLINE_SESSION_STARTING || state == FLATLINE_SESSION_RUNNING || state == FLATLINE_SESSION_FROZEN
         || state == FLATLINE_SESSION_EXITING;
}

const char *
flatline_session_state_to_string (FlatlineSessionState state)
{
  static const char *const names[] = { N_ ("idle"),    N_ ("starting"), N_ ("running"), N_ ("frozen"),
                                       N_ ("exiting"), N_ ("exited"),   N_ ("crashed") };

  g_return_val_if_fail (state < G_N_ELEMENTS (names), "unknown");
  return names[state];
}
