/* SPDX-License-Identifier: MIT */
/* What is asked of the tracer, by whoever wants the process for a while, and how the watches are found. */
#include "flatline-exit-watch-private.h"

#include "flatline-exit-door.h"

#include <signal.h>

#define WAKE_AGAIN_US 1000
#define HOLD_US       (20 * 1000)

static GMutex registry_lock;
static GHashTable *registry; /* pid -> FlatlineExitWatch, not owned */

/* --- what is asked of the tracer --- */

static void
ignore_signal (int number)
{
}

static void
install_wake_signal (void)
{
  static gsize once;
  struct sigaction action = { .sa_handler = ignore_signal };

  if (g_once_init_enter (&once))
    {
      sigaction (FLATLINE_EXIT_WAKE_SIGNAL, &action, NULL);
      g_once_init_leave (&once, 1);
    }
}

/* With the lock held. A signal that comes just before the tracer goes to sleep is lost: it is sent again. */
static void
wait_until_clear (FlatlineExitWatch *self, gint64 max_us)
{
  const gint64 deadline_us = g_get_monotonic_time () + max_us;

  g_cond_broadcast (&self->changed);
  while (!self->is_clear && !self->is_over && g_get_monotonic_time () < deadline_us)
    {
      if (self->has_tracer)
        pthread_kill (self->tracer, FLATLINE_EXIT_WAKE_SIGNAL);
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + WAKE_AGAIN_US);
    }
}

static FlatlineExitWatch *
find_watch (gint64 pid)
{
  FlatlineExitWatch *self;

  g_mutex_lock (&registry_lock);
  self = registry ? g_hash_table_lookup (registry, GINT_TO_POINTER (pid)) : NULL;
  if (self)
    flatline_exit_watch_ref (self);
  g_mutex_unlock (&registry_lock);
  return self;
}

void
flatline_exit_watch_step_aside (gint64 pid)
{
  g_autoptr (FlatlineExitWatch) self = find_watch (pid);

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->n_aside++;
  if (self->wanted == FLATLINE_WANT_WATCH)
    self->wanted = FLATLINE_WANT_ASIDE;
  /* Who dies and is being read does not move anyway. */
  if (!self->is_holding)
    wait_until_clear (self, FLATLINE_EXIT_ASIDE_US);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_return (gint64 pid)
{
  g_autoptr (FlatlineExitWatch) self = find_watch (pid);

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  if (self->n_aside > 0 && --self->n_aside == 0 && self->wanted == FLATLINE_WANT_ASIDE)
    {
      self->wanted = FLATLINE_WANT_WATCH;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->lock);
}

/* With the lock held. It traces, and will come round to whoever asks. */
static gboolean
can_lend (FlatlineExitWatch *self)
{
  return self->has_begun && self->wanted == FLATLINE_WANT_WATCH && !self->is_clear && !self->is_over
         && !self->is_holding;
}

/* With the lock held. */
static gboolean
borrow (FlatlineExitWatch *self, FlatlineStop *stop)
{
  while (self->borrower && can_lend (self))
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + WAKE_AGAIN_US);
  if (self->borrower)
    return FALSE;
  self->borrower = stop;
  while (!self->is_lent && can_lend (self))
    {
      pthread_kill (self->tracer, FLATLINE_EXIT_WAKE_SIGNAL);
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + WAKE_AGAIN_US);
    }
  if (!self->is_lent)
    self->borrower = NULL;
  return self->is_lent;
}

FlatlineExitWatch *
flatline_exit_watch_lend (gint64 pid, FlatlineStop *stop)
{
  g_autoptr (FlatlineExitWatch) self = find_watch (pid);
  gboolean is_lent;

  if (!self)
    return NULL;
  g_mutex_lock (&self->lock);
  is_lent = borrow (self, stop);
  g_mutex_unlock (&self->lock);
  return is_lent ? g_steal_pointer (&self) : NULL;
}

void
flatline_exit_watch_take_back (FlatlineExitWatch *self, FlatlineStop *stop)
{
  g_mutex_lock (&self->lock);
  while (self->borrower == stop)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  flatline_exit_watch_unref (self);
}

void
flatline_exit_watch_hold (FlatlineExitWatch *self)
{
  const gint64 deadline_us = g_get_monotonic_time () + HOLD_US;

  g_mutex_lock (&self->lock);
  self->wants_hold = can_lend (self);
  while (self->wants_hold && can_lend (self) && g_get_monotonic_time () < deadline_us)
    {
      pthread_kill (self->tracer, FLATLINE_EXIT_WAKE_SIGNAL);
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + WAKE_AGAIN_US);
    }
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_let_go (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_let_go = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_lose_interest (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  self->is_unwanted = self->is_let_go = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* --- its life --- */

FlatlineExitWatch *
flatline_exit_watch_new (gint64 pid, FlatlineExitWatchFunc function, gpointer user_data, GDestroyNotify destroy)
{
  FlatlineExitWatch *self = g_new0 (FlatlineExitWatch, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->pid = pid;
  self->function = function;
  self->user_data = user_data;
  self->destroy = destroy;
  self->tracees = flatline_tracees_new (pid);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  install_wake_signal ();
  flatline_exit_door_open ();
  g_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (registry, GINT_TO_POINTER (pid), self);
  g_mutex_unlock (&registry_lock);
  self->thread = g_thread_new ("watch-exit", flatline_exit_tracer_run, flatline_exit_watch_ref (self));
  return self;
}

FlatlineExitWatch *
flatline_exit_watch_ref (FlatlineExitWatch *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
flatline_exit_watch_unref (FlatlineExitWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->destroy)
    self->destroy (self->user_data);
  flatline_tracees_free (self->tracees);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
flatline_exit_watch_wait_until_begun (FlatlineExitWatch *self)
{
  g_mutex_lock (&self->lock);
  while (!self->has_begun && !self->is_over)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
flatline_exit_watch_end (FlatlineExitWatch *self)
{
  g_mutex_lock (&registry_lock);
  if (g_hash_table_lookup (registry, GINT_TO_POINTER (self->pid)) == self)
    g_hash_table_remove (registry, GINT_TO_POINTER (self->pid));
  g_mutex_unlock (&registry_lock);
  g_mutex_lock (&self->lock);
  self->wanted = FLATLINE_WANT_END;
  wait_until_clear (self, FLATLINE_EXIT_ASIDE_US);
  g_mutex_unlock (&self->lock);
  if (self->thread)
    g_thread_unref (g_steal_pointer (&self->thread));
}
