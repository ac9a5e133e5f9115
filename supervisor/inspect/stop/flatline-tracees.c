/* SPDX-License-Identifier: MIT */
/* The tracees' table, and the calls of ptrace(2) and waitid(2) that go over all of them. */
#include "flatline-tracees.h"

#include "flatline-interrupted-call.h"
#include "flatline-seizing.h"
#include "flatline-stop-private.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL_OPTIONS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
#define NAP_US      100
#define SEIZE_US    (50 * 1000) /* a process that becomes another program cannot be seized until then */

/* One thread of the process. */
typedef struct
{
  gboolean is_greeted; /* it is ours, and has its options */
  gboolean is_stopped; /* and we know it */
  int status;          /* for what, as waitid(2) tells it; 0: for something that has been dealt with */
} Tracee;

struct _FlatlineTracees
{
  gint64 pid;
  GHashTable *table; /* tid -> Tracee */
};

FlatlineTracees *
flatline_tracees_new (gint64 pid)
{
  FlatlineTracees *self = g_new0 (FlatlineTracees, 1);

  self->pid = pid;
  self->table = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
flatline_tracees_free (FlatlineTracees *self)
{
  g_hash_table_unref (self->table);
  g_free (self);
}

guint
flatline_tracees_get_n (FlatlineTracees *self)
{
  return g_hash_table_size (self->table);
}

static Tracee *
find_tracee (FlatlineTracees *self, pid_t tid)
{
  return g_hash_table_lookup (self->table, GINT_TO_POINTER (tid));
}

static Tracee *
add_tracee (FlatlineTracees *self, pid_t tid)
{
  Tracee *tracee = find_tracee (self, tid);

  if (!tracee)
    {
      tracee = g_new0 (Tracee, 1);
      g_hash_table_insert (self->table, GINT_TO_POINTER (tid), tracee);
    }
  return tracee;
}

/* Only the first thread's exit is asked for: at every other's the program goes on. */
static unsigned long
get_options (FlatlineTracees *self, pid_t tid)
{
  return tid == self->pid ? ALL_OPTIONS | PTRACE_O_TRACEEXIT : ALL_OPTIONS;
}

/* /proc/TID/status, NULL when it is gone. Transfer full. */
static char *
read_status (gint64 tid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" PRId64 "/status", tid);
  char *text = NULL;

  return g_file_get_contents (file, &text, NULL, NULL) ? text : NULL;
}

/* What follows "\nNAME:\t"; "" when there is no such line. */
static const char *
find_line (const char *status, const char *name)
{
  static const char nothing[] = "";
  const char *line = status ? strstr (status, name) : NULL;

  return line ? line + strlen (name) : nothing;
}

gboolean
flatline_tracees_are_kept (FlatlineTracees *self)
{
  g_autofree char *status = read_status (self->pid);

  return *find_line (status, "\nState:\t") == 'T'
         || g_ascii_strtoll (find_line (status, "\nTracerPid:\t"), NULL, 10) > 0;
}

static void
take_ends (gpointer data)
{
  FlatlineTracees *self = data;
  GHashTableIter iter;
  gpointer tid;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, NULL))
    if (GPOINTER_TO_INT (tid) != self->pid && flatline_seizing_take_end (GPOINTER_TO_INT (tid)))
      g_hash_table_iter_remove (&iter);
}

static guint
seize_listed (FlatlineTracees *self, FlatlineSeizing *seizing, int *why_not)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" PRId64 "/task", self->pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;
  guint n_new = 0;

  while (dir && *why_not != EAGAIN && (entry = g_dir_read_name (dir)))
    {
      const pid_t tid = (pid_t)g_ascii_strtoll (entry, NULL, 10);
      int failed;

      if (tid <= 0 || find_tracee (self, tid))
        continue;
      failed = flatline_seizing_ask (seizing, tid, get_options (self, tid), g_get_monotonic_time () + SEIZE_US);
      if (failed == 0)
        {
          add_tracee (self, tid)->is_greeted = TRUE;
          n_new++;
        }
      else if (failed != ESRCH)
        *why_not = failed;
    }
  return n_new;
}

gboolean
flatline_tracees_seize (FlatlineTracees *self)
{
  FlatlineSeizing seizing;
  int why_not = 0;

  flatline_seizing_begin (&seizing, take_ends, self);
  while (why_not == 0 && seize_listed (self, &seizing, &why_not) > 0)
    continue;
  flatline_seizing_end (&seizing);
  return why_not != EAGAIN;
}

gboolean
flatline_tracees_wait (FlatlineTracees *self, int flags, siginfo_t *info)
{
  siginfo_t taken = { 0 };

  memset (info, 0, sizeof *info);
  errno = 0;
  if (waitid (P_ALL, 0, info, WSTOPPED | WEXITED | WNOWAIT | __WALL | __WNOTHREAD | flags) != 0 || info->si_pid == 0)
    return FALSE;
  if (info->si_code == CLD_TRAPPED || info->si_code == CLD_STOPPED)
    {
      /* SIGKILL may have taken it into another stop meanwhile: what is taken counts. */
      if (waitid (P_PID, (id_t)info->si_pid, &taken, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) == 0
          && taken.si_pid == info->si_pid)
        *info = taken;
    }
  else if (info->si_pid != self->pid)
    waitid (P_PID, (id_t)info->si_pid, &taken, WEXITED | WNOHANG | __WALL | __WNOTHREAD);
  return TRUE;
}

gboolean
flatline_tracees_is_end (const siginfo_t *info)
{
  return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED;
}

/* What is on its way to the thread, if it stopped for that. */
static int
get_signal_on_its_way (const Tracee *tracee)
{
  return tracee->status >> 8 == 0 ? tracee->status & 0xff : 0;
}

void
flatline_tracees_forget (FlatlineTracees *self, pid_t tid)
{
  g_hash_table_remove (self->table, GINT_TO_POINTER (tid));
}

/* It is traced by this thread, dead or alive. */
static gboolean
is_tracee (pid_t tid)
{
  siginfo_t info;

  return waitid (P_PID, (id_t)tid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) == 0;
}

/*
 * SIGKILL takes a thread out of its stop, and then there is nothing to let go of: it is on its way to its end, where
 * the first one stops once more and would stand for ever if nobody were to expect it.
 */
static void
detach_stopped (FlatlineTracees *self)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const pid_t tid = GPOINTER_TO_INT (key);
      Tracee *tracee = value;

      if (!tracee->is_stopped)
        continue;
      flatline_interrupted_call_resume (tid);
      if (ptrace (PTRACE_DETACH, tid, NULL, GINT_TO_POINTER (get_signal_on_its_way (tracee))) == 0 || !is_tracee (tid))
        {
          g_hash_table_iter_remove (&iter);
          continue;
        }
      tracee->is_stopped = FALSE;
      tracee->status = 0;
    }
}

void
flatline_tracees_note_stop (FlatlineTracees *self, pid_t tid, int status)
{
  Tracee *tracee = add_tracee (self, tid);

  tracee->is_stopped = TRUE;
  tracee->status = status;
}

/* It stopped once more since it was asked last, and that is still to be taken. */
static gboolean
has_new_stop (pid_t tid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) == 0
         && info.si_pid == tid;
}

void
flatline_tracees_go_on (FlatlineTracees *self, pid_t tid, int number)
{
  Tracee *tracee = find_tracee (self, tid);

  if (tracee)
    tracee->is_stopped = FALSE;
  /* SIGKILL may have taken the first thread on to its exit meanwhile: to let it go on from there is to miss its end. */
  if (tid == self->pid && has_new_stop (tid))
    return;
  flatline_interrupted_call_resume (tid);
  ptrace (PTRACE_CONT, tid, NULL, GINT_TO_POINTER (number));
}

/* SIGKILL alone takes a thread out of one stop, and into another. */
static int
get_newest_status (pid_t tid, int status)
{
  siginfo_t info = { 0 };

  if (waitid (P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) == 0 && info.si_pid == tid)
    return info.si_status;
  return status;
}

gboolean
flatline_tracees_take_stop (FlatlineTracees *self, pid_t *tid, int *status)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      Tracee *tracee = value;

      if (!tracee->is_stopped)
        continue;
      *tid = GPOINTER_TO_INT (key);
      *status = get_newest_status (*tid, tracee->status);
      tracee->is_stopped = FALSE;
      tracee->status = 0;
      return TRUE;
    }
  return FALSE;
}

GArray *
flatline_tracees_list (FlatlineTracees *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GHashTableIter iter;
  gpointer tid;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, NULL))
    {
      const gint64 id = GPOINTER_TO_INT (tid);

      g_array_append_val (ids, id);
    }
  return ids;
}

/* Whoever is not there any more, and was not said to end, is not waited for. */
static void
forget_gone (FlatlineTracees *self)
{
  GHashTableIter iter;
  gpointer tid, tracee;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, &tracee))
    if (!((Tracee *)tracee)->is_stopped && !is_tracee (GPOINTER_TO_INT (tid)))
      g_hash_table_iter_remove (&iter);
}

gboolean
flatline_tracees_stop (FlatlineTracees *self, gint64 max_us, gboolean detaches)
{
  const gint64 deadline_us = g_get_monotonic_time () + max_us;
  GHashTableIter iter;
  gpointer tid, tracee;
  siginfo_t info;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, &tracee))
    if (!((Tracee *)tracee)->is_stopped)
      ptrace (PTRACE_INTERRUPT, GPOINTER_TO_INT (tid), NULL, NULL);
  do
    {
      guint n_running = 0;

      while (flatline_tracees_wait (self, WNOHANG, &info))
        {
          if (flatline_tracees_is_end (&info) && info.si_pid == self->pid)
            return TRUE;
          if (flatline_tracees_is_end (&info))
            {
              flatline_tracees_forget (self, info.si_pid);
              continue;
            }
          flatline_tracees_note_stop (self, info.si_pid, info.si_status);
          if (info.si_status >> 8 == PTRACE_EVENT_EXIT && !detaches)
            return TRUE;
        }
      /* Its parent has taken note of its end before we did. */
      if (errno == ECHILD)
        {
          g_hash_table_remove_all (self->table);
          return TRUE;
        }
      if (detaches)
        detach_stopped (self);
      g_hash_table_iter_init (&iter, self->table);
      while (g_hash_table_iter_next (&iter, &tid, &tracee))
        n_running += !((Tracee *)tracee)->is_stopped;
      if (n_running == 0)
        return FALSE;
      g_usleep (NAP_US);
    }
  while (g_get_monotonic_time () < deadline_us);
  forget_gone (self);
  return FALSE;
}

gboolean
flatline_tracees_are_due (FlatlineTracees *self)
{
  GHashTableIter iter;
  gpointer tid, tracee;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, &tracee))
    if (!((Tracee *)tracee)->is_stopped && !flatline_pause_is_uninterruptible (self->pid, GPOINTER_TO_INT (tid)))
      return TRUE;
  return FALSE;
}

gboolean
flatline_tracees_is_deadly (pid_t tid, int number)
{
  g_autofree char *status = NULL;
  guint64 handled;

  if (number <= 0 || number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH
      || number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
    return FALSE;
  status = read_status (tid);
  handled = g_ascii_strtoull (find_line (status, "\nSigCgt:\t"), NULL, 16)
            | g_ascii_strtoull (find_line (status, "\nSigIgn:\t"), NULL, 16);
  return status && !((handled >> (number - 1)) & 1);
}

GArray *
flatline_tracees_read_registers (FlatlineTracees *self)
{
  GArray *held = g_array_new (FALSE, FALSE, sizeof (FlatlineHeldThread));
  GHashTableIter iter;
  gpointer tid, tracee;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &tid, &tracee))
    {
      FlatlineHeldThread thread = { .tid = GPOINTER_TO_INT (tid) };

      if (((Tracee *)tracee)->is_stopped && flatline_registers_read ((pid_t)thread.tid, &thread.registers))
        g_array_append_val (held, thread);
    }
  return held;
}

/* A clone() may also have made a process of its own: that is not ours. */
static gboolean
is_of_process (FlatlineTracees *self, pid_t tid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" PRId64 "/task/%d", self->pid, (int)tid);

  return access (folder, F_OK) == 0;
}

void
flatline_tracees_greet (FlatlineTracees *self, pid_t tid)
{
  Tracee *tracee = add_tracee (self, tid);

  if (!tracee->is_greeted && !is_of_process (self, tid))
    {
      flatline_tracees_forget (self, tid);
      ptrace (PTRACE_DETACH, tid, NULL, NULL);
      return;
    }
  if (!tracee->is_greeted)
    ptrace (PTRACE_SETOPTIONS, tid, NULL, (void *)get_options (self, tid));
  tracee->is_greeted = TRUE;
  flatline_tracees_go_on (self, tid, 0);
}

void
flatline_tracees_forget_all_but (FlatlineTracees *self, pid_t tid)
{
  g_hash_table_remove_all (self->table);
  add_tracee (self, tid);
}
