/* SPDX-License-Identifier: MIT */
/* Sessions that live as long as their programs; see the header. */
#include "config.h"

#include "flatline-session-keeper.h"

#define ABANDONED      "flatline-abandoned"
#define CLOSE_LIMIT_MS 10000 /* of ending all, when the grace of Close is longer than a person or a logout waits */

struct _FlatlineSessionKeeper
{
  GApplication *application; /* borrowed: it owns this */
  GPtrArray *sessions;
};

FlatlineSessionKeeper *
flatline_session_keeper_new (GApplication *application)
{
  FlatlineSessionKeeper *self = g_new0 (FlatlineSessionKeeper, 1);

  self->application = application;
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
flatline_session_keeper_free (FlatlineSessionKeeper *self)
{
  g_ptr_array_unref (self->sessions);
  g_free (self);
}

void
flatline_session_keeper_add (FlatlineSessionKeeper *self, FlatlineSession *session)
{
  g_ptr_array_add (self->sessions, session);
}

FlatlineSession *
flatline_session_keeper_find (FlatlineSessionKeeper *self, const char *run_uid)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      FlatlineRun *run = flatline_session_get_run (self->sessions->pdata[i]);

      if (run && g_strcmp0 (run->uid, run_uid) == 0)
        return self->sessions->pdata[i];
    }
  return NULL;
}

static void
on_abandoned_state (FlatlineSession *session, GParamSpec *pspec, FlatlineSessionKeeper *self)
{
  FlatlineSessionState state = flatline_session_get_state (session);

  if (state != FLATLINE_SESSION_EXITED && state != FLATLINE_SESSION_CRASHED && state != FLATLINE_SESSION_IDLE)
    return;
  g_signal_handlers_disconnect_by_func (session, on_abandoned_state, self);
  if (g_ptr_array_remove (self->sessions, session))
    g_application_release (self->application);
}

void
flatline_session_keeper_abandon (FlatlineSessionKeeper *self, FlatlineSession *session)
{
  /* Closing may end it at once, and our own reference with it. */
  g_autoptr (FlatlineSession) held = g_object_ref (session);

  if (g_object_get_data (G_OBJECT (session), ABANDONED))
    return;
  g_object_set_data (G_OBJECT (session), ABANDONED, GINT_TO_POINTER (TRUE));
  g_application_hold (self->application);
  g_signal_connect (session, "notify::state", G_CALLBACK (on_abandoned_state), self);
  flatline_session_close (session);
  on_abandoned_state (session, NULL, self);
}

static gboolean
on_time_up (gpointer up)
{
  *(gboolean *)up = TRUE;
  return G_SOURCE_CONTINUE;
}

void
flatline_session_keeper_kill_all (FlatlineSessionKeeper *self)
{
  g_autoptr (GPtrArray) all = g_ptr_array_copy (self->sessions, (GCopyFunc)(void (*) (void))g_object_ref, NULL);

  g_ptr_array_set_free_func (all, g_object_unref);
  for (guint i = 0; i < all->len; i++)
    flatline_session_kill (all->pdata[i]);
}

void
flatline_session_keeper_end_all (FlatlineSessionKeeper *self, guint kill_ms)
{
  g_autoptr (GPtrArray) all = g_ptr_array_copy (self->sessions, (GCopyFunc)(void (*) (void))g_object_ref, NULL);
  gboolean time_is_up = FALSE;
  guint source = g_timeout_add (CLOSE_LIMIT_MS, on_time_up, &time_is_up);

  g_ptr_array_set_free_func (all, g_object_unref);
  for (guint i = 0; i < all->len; i++)
    flatline_session_keeper_abandon (self, all->pdata[i]);
  while (self->sessions->len > 0 && !time_is_up)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
  /* All at once first, so that they end beside each other. */
  flatline_session_keeper_kill_all (self);
  for (guint i = 0; i < all->len; i++)
    flatline_session_shutdown (all->pdata[i], kill_ms);
}
