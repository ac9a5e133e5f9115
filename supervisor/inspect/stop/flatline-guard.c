/* SPDX-License-Identifier: MIT */
/*
 * See flatline-guard.h. The timer is shared with the guard, and armed with the earliest of the deadlines. Whom the
 * guard woke in the middle of a pause stops itself again at its end, before anything else is done with what was read.
 */
#include "flatline-guard.h"

#include "flatline-paths.h"
#include "guard/flatline-guard-shared.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Under load the holder is late without being stopped. */
#define SLACK_US (20 * 1000)
#define TICK_NS  (5 * 1000 * 1000)

static GMutex lock; /* for all below */
static gboolean is_started;
static int timer = -1; /* -1: nobody is there */
static FlatlineGuardShared *shared;
static GArray *deadlines; /* gint64 */

/* Out of the way of the numbers that the guard has them at. */
static int
move_up (int fd)
{
  const int moved = fd < 0 ? -1 : fcntl (fd, F_DUPFD_CLOEXEC, 10);

  if (fd >= 0)
    close (fd);
  return moved;
}

/* In a session of its own: what the terminal sends to us is not for it. It holds nothing open that others wait for. */
static gboolean
spawn_guard (int reader, int memory)
{
  g_autofree char *program = flatline_paths_dup_guard ();
  char number[16];
  char *const argv[] = { (char *)"flatline-guard", number, NULL };
  char *const no_environment[] = { NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  pid_t pid;
  int failed;

  snprintf (number, sizeof number, "%d", (int)getpid ());
  sigemptyset (&none);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawn_file_actions_init (&actions);
  for (int fd = 0; fd <= 2; fd++)
    posix_spawn_file_actions_addopen (&actions, fd, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2 (&actions, timer, FLATLINE_GUARD_TIMER_FD);
  posix_spawn_file_actions_adddup2 (&actions, reader, FLATLINE_GUARD_READER_FD);
  posix_spawn_file_actions_adddup2 (&actions, memory, FLATLINE_GUARD_MEMORY_FD);
  posix_spawn_file_actions_addclosefrom_np (&actions, FLATLINE_GUARD_MEMORY_FD + 1);
  posix_spawn_file_actions_addchdir_np (&actions, "/");
  failed = posix_spawn (&pid, program, &actions, &attributes, argv, no_environment);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return !failed;
}

/* Under the lock. */
static void
start (void)
{
  const int reader = move_up ((int)syscall (SYS_pidfd_open, getpid (), 0));
  const int memory = move_up (memfd_create ("flatline-guard", MFD_CLOEXEC));

  deadlines = g_array_new (FALSE, FALSE, sizeof (gint64));
  timer = move_up (timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (reader >= 0 && timer >= 0 && memory >= 0 && ftruncate (memory, sizeof *shared) == 0)
    shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (timer >= 0 && (!shared || shared == MAP_FAILED || !spawn_guard (reader, memory)))
    {
      close (timer);
      timer = -1;
    }
  if (reader >= 0)
    close (reader);
  if (memory >= 0)
    close (memory);
}

void
flatline_guard_start (void)
{
  g_mutex_lock (&lock);
  if (!is_started)
    start ();
  is_started = TRUE;
  g_mutex_unlock (&lock);
}

/* Under the lock. */
static void
set_timer (void)
{
  struct itimerspec spec = { 0 };
  gint64 earliest_us = G_MAXINT64;

  if (timer < 0)
    return;
  for (guint i = 0; i < deadlines->len; i++)
    earliest_us = MIN (earliest_us, g_array_index (deadlines, gint64, i));
  if (deadlines->len > 0)
    {
      spec.it_value.tv_sec = (earliest_us + SLACK_US) / G_USEC_PER_SEC;
      spec.it_value.tv_nsec = (earliest_us + SLACK_US) % G_USEC_PER_SEC * 1000;
      spec.it_interval.tv_nsec = TICK_NS;
    }
  timerfd_settime (timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

void
flatline_guard_watch (gint64 deadline_us)
{
  g_return_if_fail (is_started);

  g_mutex_lock (&lock);
  if (timer >= 0 && deadlines->len == 0)
    atomic_fetch_add (&shared->pause, 1);
  g_array_append_val (deadlines, deadline_us);
  set_timer ();
  g_mutex_unlock (&lock);
}

gboolean
flatline_guard_unwatch (gint64 deadline_us)
{
  gboolean is_to_stop;

  g_mutex_lock (&lock);
  for (guint i = 0; i < deadlines->len; i++)
    if (g_array_index (deadlines, gint64, i) == deadline_us)
      {
        g_array_remove_index_fast (deadlines, i);
        break;
      }
  set_timer ();
  is_to_stop = timer >= 0 && deadlines->len == 0 && atomic_load (&shared->woken) == atomic_load (&shared->pause);
  g_mutex_unlock (&lock);
  return is_to_stop;
}

void
flatline_guard_stop_again (void)
{
  kill (getpid (), SIGSTOP);
}
