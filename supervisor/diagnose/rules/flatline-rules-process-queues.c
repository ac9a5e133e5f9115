/* SPDX-License-Identifier: MIT */
/*
 * Rule about the queues of multiprocessing: a pipe with a lock for who reads from it and, of a JoinableQueue, a count
 * of what is not done yet.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

static gboolean
is_only_python_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineThread *other;

  for (guint i = 0; (other = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (other != thread && other->pid == thread->pid && other->is_python && !flatline_thread_is_agent (other))
      return FALSE;
  return TRUE;
}

/* Whose descriptors may not be read may have anything. */
static gboolean
may_read_children (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);

  for (guint i = 0; process && i < flatline_list_length (process->children); i++)
    if (((FlatlineProcess *)flatline_list_peek (process->children, i))->open_files < 0)
      return FALSE;
  return process != NULL;
}

/*
 * A queue of multiprocessing is a pipe of which everybody has both ends: that a worker has died does not end the wait
 * of who was to get its item.
 */
static void
note_widowed (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  const gint64 fd = flatline_thread_in_syscall (thread, "read") ? (gint32)flatline_thread_syscall_argument (thread, 0)
                                                                : flatline_thread_polled_descriptor (thread, 0, NULL);
  FlatlineConnection *pipe = fd >= 0 ? flatline_diagnosis_find_connection (diagnosis, thread->pid, fd) : NULL;

  if (!pipe || g_strcmp0 (pipe->protocol, "pipe") != 0 || pipe->peer_pid != thread->pid
      || !is_only_python_thread (diagnosis, thread) || !may_read_children (diagnosis, thread->pid))
    return;
  flatline_finding_reword (finding, _ ("waits for an item from %s, which is empty and which no other process has"),
                           NULL);
  flatline_finding_add_evidence (
      finding, "/proc/PID/fd",
      _ ("No other process has descriptor %d open: who should put an item has ended, or never "
         "had the queue"),
      (int)fd);
  flatline_finding_point (finding, flatline_reference_new_for_descriptor ("pipe", thread->pid, fd));
  if (!flatline_thread_waits_for_ever (thread) || !flatline_thread_stands_still (thread)
      || flatline_diagnosis_has_signal_handlers (diagnosis))
    return;
  finding->kind = "self-deadlock";
  finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
}

/* Who has its turn reads from the pipe: that it is empty is what all the others wait for, too. */
static gboolean
is_at_its_turn (FlatlineThread *owner)
{
  return flatline_thread_find_call (owner, "multiprocessing/queues.py", "get")
         && !flatline_thread_in_state (owner, 'T');
}

/* The queue may be full, and yet nobody gets anything: who had its turn has ended with it, or does not go on. */
static gboolean
settle_turn (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *get)
{
  FlatlineThread *thread = finding->thread;
  FlatlineLock *lock =
      flatline_thread_in_syscall (thread, "futex") ? flatline_diagnosis_find_awaited_lock (diagnosis, thread) : NULL;
  FlatlineThread *owner = lock ? flatline_diagnosis_find_thread (diagnosis, lock->owner) : NULL;

  if (!lock || (!lock->forsaken && (!owner || is_at_its_turn (owner))))
    return FALSE;
  flatline_finding_settle_object (diagnosis, finding, get, "lock-wait", _ ("the read lock of queue ‘%s’"),
                                  _ ("the read lock of a queue"), "get");
  if (lock->forsaken)
    flatline_finding_tell_forsaken (diagnosis, finding, lock, "_rlock");
  else
    finding->holder = owner->native_id;
  return TRUE;
}

/* "<Semaphore(value=3)>"; 0 when it is not known. */
static guint
count_undone (FlatlineValue *queue)
{
  static const char begin[] = "<Semaphore(value=";
  FlatlineValue *undone = flatline_value_find_child (queue, "_unfinished_tasks");

  return undone && undone->text && g_str_has_prefix (undone->text, begin)
             ? g_ascii_strtoull (undone->text + strlen (begin), NULL, 10)
             : 0;
}

static gboolean
settle_join (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *join)
{
  const guint n_undone = count_undone (flatline_frame_find_local (join, "self"));

  flatline_finding_settle_object (diagnosis, finding, join, "queue-wait", _ ("queue ‘%s’"), _ ("a queue"), "join");
  flatline_finding_reword (finding, _ ("waits until all items of %s are done"), NULL);
  if (n_undone == 0)
    return TRUE;
  finding->plainly = g_steal_pointer (&finding->does);
  finding->does =
      /* Translators: "waits until all items of queue ‘q’ are done"; task_done() is a method of Python */
      g_strdup_printf (ngettext ("%s: for %u item task_done() has not been called yet",
                                 "%s: for %u items task_done() has not been called yet", n_undone),
                       finding->plainly, n_undone);
  return TRUE;
}

gboolean
flatline_rule_process_queue (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *get = flatline_thread_find_call (thread, "multiprocessing/queues.py", "get");
  FlatlineFrame *join = flatline_thread_find_call (thread, "multiprocessing/queues.py", "join");

  if (join)
    return settle_join (diagnosis, finding, join);
  if (!get)
    return FALSE;
  if (settle_turn (diagnosis, finding, get))
    return TRUE;
  flatline_finding_settle_object (diagnosis, finding, get, "queue-wait", _ ("queue ‘%s’"), _ ("a queue"), "get");
  flatline_finding_reword (finding, _ ("waits for an item from %s, which is empty"), _ ("waits for an item from %s"));
  note_widowed (diagnosis, finding);
  return TRUE;
}
