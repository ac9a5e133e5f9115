/* SPDX-License-Identifier: MIT */
/*
 * All asleep: when every thread of a process waits without end for another thread of the same process (a private
 * futex), nothing inside is left that could wake one, whoever holds what. That proves a circle of locks which only the
 * source tells of, with acquire() and release() by hand. What a signal's handler might do is not known: a program that
 * has any of its own proves nothing. It proves as well that a lock that nobody is seen to hold will not be released.
 * Of processes that wait for each other the capture has found the same (flatline-forsaken.h).
 *
 * Source: futex(2), FUTEX_PRIVATE_FLAG.
 */
#include "config.h"

#include "flatline-all-asleep.h"

#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <glib/gi18n.h>
#include <linux/futex.h>
#include <string.h>

#define MAX_STEPS 16

/* @at_once: what is known of the threads is of one moment, so that the one look is enough. */
static gboolean
is_asleep (FlatlineThread *thread, gboolean at_once)
{
  return flatline_thread_in_syscall (thread, "futex") && flatline_thread_waits_for_ever (thread)
         && (flatline_thread_syscall_argument (thread, 1) & FUTEX_PRIVATE_FLAG)
         && (flatline_thread_stands_still (thread) || (at_once && !flatline_thread_was_watched (thread)));
}

static guint
count_threads (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineThread *thread;
  guint n = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    n += thread->pid == pid && !flatline_thread_is_agent (thread);
  return n;
}

/*
 * How many threads sleep so, if all of the process do; else 0. A core is of one moment; of another process, which is
 * given one look, it is enough where there is no other thread.
 */
static guint
count_if_all_asleep (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  const guint n = count_threads (diagnosis, pid);
  const gboolean is_core = flatline_diagnosis_is_of_core (diagnosis);
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (thread->pid == pid && !flatline_thread_is_agent (thread)
        && !is_asleep (thread, is_core || (n == 1 && flatline_diagnosis_is_relative (diagnosis, thread))))
      return 0;
  return n;
}

static void
add_proof (FlatlineFinding *finding)
{
  flatline_finding_add_evidence (finding, _ ("the stacks of all threads"),
                                 _ ("Every thread of the process waits without end for another of its threads"));
}

static void
prove_forsaken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  guint n_asleep;

  if (strcmp (finding->kind, "lock-wait") != 0 || finding->holder || finding->other_holder || finding->names_holder
      || !finding->resource || finding->confidence == FLATLINE_CONFIDENCE_GUESS
      || flatline_diagnosis_has_signal_handlers (diagnosis))
    return;
  n_asleep = count_if_all_asleep (diagnosis, finding->thread->pid);
  if (n_asleep == 0)
    return;
  g_free (finding->does);
  g_clear_pointer (&finding->plainly, g_free);
  /* Translators: "lock ‘a’" */
  finding->does = g_strdup_printf (_ ("waits for %s, and no thread is left that could release it"), finding->resource);
  finding->kind = n_asleep == 1 ? "self-deadlock" : "deadlock";
  finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  add_proof (finding);
}

static void
add_proof_of_processes (FlatlineFinding *finding)
{
  flatline_finding_add_evidence (
      finding, _ ("the system calls of all threads"),
      _ ("Every process that could end the wait was looked at: each of their threads waits, without end, for another "
         "of them"));
}

/* Its parent is no better off, and what that waits for tells more than a worker that has nothing to do. */
static gboolean
is_parent_forsaken (FlatlineDiagnosis *diagnosis)
{
  FlatlineProcess *root = flatline_list_peek (diagnosis->snapshot->processes, 0);
  FlatlineThread *parent = root ? flatline_diagnosis_find_thread (diagnosis, root->ppid) : NULL;

  return parent && parent->forsaken;
}

static guint
count_forsaken (FlatlineDiagnosis *diagnosis)
{
  FlatlineThread *thread;
  guint n = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    n += thread->forsaken && !flatline_thread_is_agent (thread);
  return n;
}

/*
 * Whatever it waits for, no process is left that could give it. Who waits for an event may be meant to wait until
 * somebody presses Ctrl+C.
 */
static gboolean
prove_forsaken_by_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  char *does;

  if (!finding->thread->forsaken || !finding->does || !finding->resource || finding->holder || finding->workers
      || finding->timed || finding->moved || strcmp (finding->kind, "idle") == 0
      || g_str_has_suffix (finding->kind, "deadlock") || finding->confidence == FLATLINE_CONFIDENCE_GUESS
      || is_parent_forsaken (diagnosis) || flatline_diagnosis_has_signal_handlers (diagnosis)
      || (strcmp (finding->kind, "event-wait") == 0 && !flatline_diagnosis_is_relative (diagnosis, finding->thread)))
    return FALSE;
  /* Translators: "waits for an item from queue ‘q’" */
  does = g_strdup_printf (_ ("%s, and nothing is left in the program that could end that"), finding->does);
  g_free (finding->does);
  finding->does = does;
  /* That it comes at the end is what the watchdog goes by, and says more. */
  if (strcmp (finding->kind, "shutdown-hang") != 0)
    finding->kind = count_forsaken (diagnosis) == 1 ? "self-deadlock" : "deadlock";
  add_proof_of_processes (finding);
  return TRUE;
}

static gboolean
is_empty (FlatlineValue *loop, const char *name)
{
  FlatlineValue *value = flatline_value_find_child (loop, name);

  return value && value->size == 0;
}

/* A loop of asyncio learns by it that a child has ended. */
static gboolean
is_pidfd (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd)
{
  FlatlineDescriptor *descriptor = flatline_diagnosis_find_descriptor (diagnosis, pid, fd);

  return descriptor && g_strcmp0 (descriptor->kind, "pidfd") == 0;
}

/*
 * Nothing is ready in the loop of @thread or will be at some time, of descriptors it waits for none but the one by
 * which other threads and signals wake it, and there are neither. @but_children: the end of a child may still wake it.
 */
static gboolean
has_nothing_to_come (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, gboolean but_children)
{
  FlatlineFrame *once = flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once");
  FlatlineValue *loop = flatline_frame_find_local (once, "self");
  FlatlineValue *own = flatline_value_find_child (loop, "_internal_fds");
  guint n_descriptors = 0;
  gint64 fd;

  for (guint i = 0; (fd = flatline_thread_polled_descriptor (thread, i, NULL)) >= 0; i++)
    n_descriptors += !(but_children && is_pidfd (diagnosis, thread->pid, fd));
  return own && g_strcmp0 (own->text, "1") == 0 && n_descriptors == 1 && is_empty (loop, "_ready")
         && is_empty (loop, "_signal_handlers") && !flatline_thread_has_timers (thread)
         && (but_children ? flatline_diagnosis_find_only_thread (diagnosis, thread->pid) == thread
                          : count_threads (diagnosis, thread->pid) == 1)
         && !flatline_diagnosis_has_signal_handlers (diagnosis);
}

gboolean
flatline_diagnosis_is_stranded (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  return has_nothing_to_come (diagnosis, thread, FALSE);
}

gboolean
flatline_diagnosis_hangs_on_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  return strcmp (finding->kind, "async-wait") == 0 && finding->other_holder_id > 0
         && finding->other_holder_id == flatline_diagnosis_find_only_child (diagnosis, finding->thread->pid)
         && has_nothing_to_come (diagnosis, finding->thread, TRUE);
}

static gboolean
prove_stranded (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  char *does;

  if (strcmp (finding->kind, "async-wait") != 0 || finding->holder
      || !flatline_diagnosis_is_stranded (diagnosis, finding->thread))
    return FALSE;
  /* Translators: "runs an asyncio loop in which task ‘Task-1’ (main) waits for event ‘e’" */
  does = g_strdup_printf (_ ("%s, and nothing is left in the program that could end that"), finding->does);
  g_free (finding->does);
  finding->does = does;
  finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  flatline_finding_add_evidence (finding, _ ("the loop’s own lists and descriptors"),
                                 _ ("Nothing is ready in the loop, no timer runs, no other thread and no peer could "
                                    "wake it"));
  return TRUE;
}

/* From @finding, which leads to one that waits for what will never come, to that. */
static void
make_certain (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  for (guint steps = 0; finding && steps <= MAX_STEPS && finding->thread->forsaken; steps++)
    {
      finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
      finding = flatline_diagnosis_find_holder (diagnosis, finding);
    }
}

void
flatline_diagnosis_prove_forsaken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFinding *start = finding;
  gboolean is_stranded;

  for (guint steps = 0; finding && steps < MAX_STEPS; steps++)
    {
      prove_forsaken (diagnosis, finding);
      if (prove_forsaken_by_processes (diagnosis, finding))
        make_certain (diagnosis, start);
      is_stranded = prove_stranded (diagnosis, finding);
      flatline_finding_note_failed_tasks (diagnosis, finding);
      if (is_stranded)
        finding->kind = "deadlock";
      finding = flatline_diagnosis_find_holder (diagnosis, finding);
    }
}

/* A circle through processes, each of which the capture has found to wait for the others alone. */
static gboolean
prove_circle_of_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle)
{
  FlatlineFinding *step = circle;

  do
    if (!step->thread->forsaken)
      return FALSE;
  while ((step = flatline_diagnosis_find_holder (diagnosis, step)) != circle);
  do
    step->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  while ((step = flatline_diagnosis_find_holder (diagnosis, step)) != circle);
  add_proof_of_processes (circle);
  return TRUE;
}

/* A task waits for the end of a child that writes to a pipe to us, which the loop does not read: wait() beside PIPE. */
static gboolean
prove_unread (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle)
{
  FlatlineFinding *next = flatline_diagnosis_find_holder (diagnosis, circle);
  FlatlineFinding *loop = strcmp (circle->kind, "async-wait") == 0 ? circle : next;
  FlatlineFinding *child = loop == circle ? next : circle;

  if (flatline_diagnosis_find_holder (diagnosis, next) != circle || !flatline_diagnosis_hangs_on_child (diagnosis, loop)
      || strcmp (child->kind, "pipe-wait") != 0 || child->confidence != FLATLINE_CONFIDENCE_CERTAIN
      || !flatline_thread_in_syscall (child->thread, "write writev"))
    return FALSE;
  loop->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  flatline_finding_add_evidence (loop, _ ("the loop’s own lists and descriptors"),
                                 _ ("The loop does not read the pipe; nothing is ready in it, no timer runs, and "
                                    "nothing but the end of the process could wake it"));
  return TRUE;
}

void
flatline_diagnosis_prove_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle)
{
  FlatlineFinding *step = circle;
  gboolean is_proven = TRUE;

  if (prove_circle_of_processes (diagnosis, circle) || prove_unread (diagnosis, circle))
    return;
  do
    {
      is_proven = is_proven && step->confidence == FLATLINE_CONFIDENCE_CERTAIN;
      if (step->thread->pid != circle->thread->pid
          || (strcmp (step->kind, "lock-wait") != 0 && strcmp (step->kind, "join-wait") != 0))
        return;
      step = flatline_diagnosis_find_holder (diagnosis, step);
    }
  while (step != circle);
  if (is_proven || count_if_all_asleep (diagnosis, circle->thread->pid) == 0
      || flatline_diagnosis_has_signal_handlers (diagnosis))
    return;
  do
    step->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  while ((step = flatline_diagnosis_find_holder (diagnosis, step)) != circle);
  add_proof (circle);
}
