/* SPDX-License-Identifier: MIT */
/* Signals that end the window; see the header. */
#include "config.h"

#include "flatline-ending-signals.h"

#include <glib-unix.h>
#include <signal.h>

struct _FlatlineEndingSignals
{
  GApplication *application;
  FlatlineSessionKeeper *keeper;
  guint sources[3];
  gboolean came; /* one has come */
};

static gboolean
take (FlatlineEndingSignals *self, int number)
{
  if (self->came)
    {
      flatline_session_keeper_kill_all (self->keeper);
      signal (number, SIG_DFL);
      raise (number);
    }
  self->came = TRUE;
  g_application_quit (self->application);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer self)
{
  return take (self, SIGTERM);
}

static gboolean
on_interrupt (gpointer self)
{
  return take (self, SIGINT);
}

static gboolean
on_hangup (gpointer self)
{
  return take (self, SIGHUP);
}

FlatlineEndingSignals *
flatline_ending_signals_new (GApplication *application, FlatlineSessionKeeper *keeper)
{
  FlatlineEndingSignals *self = g_new0 (FlatlineEndingSignals, 1);

  self->application = application;
  self->keeper = keeper;
  self->sources[0] = g_unix_signal_add (SIGTERM, on_terminate, self);
  self->sources[1] = g_unix_signal_add (SIGINT, on_interrupt, self);
  self->sources[2] = g_unix_signal_add (SIGHUP, on_hangup, self);
  return self;
}

void
flatline_ending_signals_free (FlatlineEndingSignals *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_source_remove (self->sources[i]);
  g_free (self);
}
