/* SPDX-License-Identifier: MIT */
/*
 * The thread that holds a target, from its beginning to its end. It is there before it is needed, and starts the guard
 * meanwhile: on a busy machine a new thread, and a new process, wait longer for a processor than one that sleeps.
 */
#include "flatline-stop-private.h"

#include "flatline-guard.h"
#include "flatline-inspect-error.h"

#include <glib/gi18n.h>
#include <inttypes.h>

static gpointer
hold_when_asked (gpointer data)
{
  FlatlineStop *self = data;
  gboolean is_to_hold;

  pthread_setname_np (pthread_self (), "hold");
  flatline_guard_start ();
  g_mutex_lock (&self->lock);
  while (!self->is_asked && !self->is_dismissed)
    g_cond_wait (&self->changed, &self->lock);
  is_to_hold = self->is_asked;
  g_mutex_unlock (&self->lock);
  if (is_to_hold)
    flatline_stop_hold (self, NULL);
  return NULL;
}

/* Where that is allowed it goes before others from its first moment on, and so does the guard that it starts. */
static gboolean
start_before_others (FlatlineStop *self)
{
  const struct sched_param priority = { .sched_priority = 1 };
  pthread_attr_t attributes;
  int failed;

  pthread_attr_init (&attributes);
  pthread_attr_setinheritsched (&attributes, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy (&attributes, SCHED_FIFO);
  pthread_attr_setschedparam (&attributes, &priority);
  failed = pthread_create (&self->holder, &attributes, hold_when_asked, self);
  pthread_attr_destroy (&attributes);
  return failed == 0;
}

void
flatline_stop_prepare (FlatlineStop *self)
{
  if (!self->has_holder)
    self->has_holder = (!self->is_patient && start_before_others (self))
                       || pthread_create (&self->holder, NULL, hold_when_asked, self) == 0;
}

gboolean
flatline_stop_ask_holder (FlatlineStop *self, GError **error)
{
  flatline_stop_prepare (self);
  if (!self->has_holder)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   _ ("no thread could be started that would hold process %" PRId64
                      ": too many run on this machine, or of this user"),
                   self->pid);
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  self->is_asked = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

void
flatline_stop_go_back (FlatlineStop *self)
{
  if (self->was_woken)
    flatline_guard_stop_again ();
  self->was_woken = FALSE;
}

void
flatline_stop_join_holder (FlatlineStop *self)
{
  pthread_join (self->holder, NULL);
  self->has_holder = self->is_asked = FALSE;
  flatline_stop_go_back (self);
}

void
flatline_stop_dismiss_holder (FlatlineStop *self)
{
  if (!self->has_holder)
    return;
  g_mutex_lock (&self->lock);
  self->is_dismissed = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  flatline_stop_join_holder (self);
}
