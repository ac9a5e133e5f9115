/* SPDX-License-Identifier: MIT */
/*
 * Rules about locks of native code. A mutex of the C library says which thread has it, so that a circle of one and the
 * GIL is proven: the holder of the GIL waits for a mutex that a thread has which waits for the GIL. Other locks of C
 * have no name but the call that waits.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <linux/futex.h>
#include <string.h>

FlatlineLock *
flatline_diagnosis_find_awaited_mutex (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineLock *lock = flatline_diagnosis_find_awaited_lock (diagnosis, thread);

  return lock && g_strcmp0 (lock->type, "pthread_mutex_t") == 0 && flatline_thread_in_syscall (thread, "futex") ? lock
                                                                                                                : NULL;
}

void
flatline_finding_hold_mutex (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *mutex)
{
  FlatlineThread *owner = flatline_diagnosis_find_thread (diagnosis, mutex->owner);
  g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", mutex->address);
  g_autofree char *label = NULL;

  finding->resource = g_strdup_printf (_ ("a mutex of native code (at %s)"), address);
  flatline_finding_take_resource (finding, flatline_reference_new_for_lock (mutex, finding->resource));
  if (!owner)
    return;
  label = flatline_thread_dup_label (owner);
  finding->holder = owner->native_id;
  flatline_finding_add_evidence (finding, _ ("the owner field of the mutex"), _ ("%s is held by %s"), finding->resource,
                                 label);
  flatline_finding_point (finding, flatline_reference_new_for_thread (owner));
}

gboolean
flatline_rule_mutex (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineLock *mutex = flatline_diagnosis_find_awaited_mutex (diagnosis, thread);
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  g_autofree char *expression = mutex ? flatline_diagnosis_dup_expression (diagnosis, innermost) : NULL;

  if (!mutex)
    return FALSE;
  flatline_finding_hold_mutex (diagnosis, finding, mutex);
  flatline_finding_settle (finding, "lock-wait",
                           finding->holder ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY,
                           expression ? /* Translators: a piece of source text, "a mutex of native code (at 0x7f…)" */
                               g_strdup_printf (_ ("waits in ‘%s’ for %s"), expression, finding->resource)
                                      : g_strdup_printf (_ ("waits for %s"), finding->resource));
  flatline_finding_add_kernel_evidence (finding);
  if (innermost)
    flatline_finding_add_frame_evidence (finding, innermost);
  return TRUE;
}

/* "print(…)", "sys.stdout.write(…)": what takes the lock of a buffered stream. */
static gboolean
writes_to_stream (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  static const char *const calls[] = { "print(", ".write(", ".writelines(", ".flush(" };
  g_autofree char *expression = flatline_diagnosis_dup_expression (diagnosis, flatline_thread_find_innermost (thread));

  for (gsize i = 0; expression && i < G_N_ELEMENTS (calls); i++)
    if (strstr (expression, calls[i]))
      return TRUE;
  return FALSE;
}

/* The other thread that is in a write of its own, in such a call. */
static FlatlineThread *
find_writer (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting)
{
  FlatlineThread *thread, *only = NULL;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == waiting || thread->pid != waiting->pid || !flatline_thread_in_syscall (thread, "write writev")
          || !writes_to_stream (diagnosis, thread))
        continue;
      if (only)
        return NULL;
      only = thread;
    }
  return only;
}

static guint64
find_write_lock (FlatlineThread *thread)
{
  FlatlineFrame *feed = flatline_thread_find_frame (thread, "multiprocessing/queues.py", "_feed");
  FlatlineValue *lock = flatline_frame_find_local (feed, "writelock");

  return lock ? lock->address : 0;
}

/*
 * The thread that feeds a queue of multiprocessing waits until that of another process has put its item into the pipe
 * they share: who has the lock is who writes. Forked processes have it at one address, each its own.
 */
static gboolean
settle_feeder (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  const guint64 lock = g_strcmp0 (innermost->function, "_feed") == 0 ? find_write_lock (thread) : 0;
  FlatlineThread *other, *writer = NULL;
  g_autofree char *label = NULL;

  for (guint i = 0; lock && (other = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (other->pid != thread->pid && find_write_lock (other) == lock
        && flatline_thread_find_frame (other, "multiprocessing/connection.py", "_send"))
      {
        if (writer)
          return FALSE;
        writer = other;
      }
  if (!writer)
    return FALSE;
  label = flatline_diagnosis_dup_process_label (diagnosis, writer->pid);
  flatline_finding_settle (
      finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
      /* Translators: a process */
      g_strdup_printf (_ ("waits for its turn to write into the pipe of a queue, which %s has"), label));
  finding->resource = g_strdup (_ ("the pipe of a queue"));
  finding->holder = writer->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_evidence (finding, _ ("the other processes"), _ ("%s writes into the pipe of the queue"), label);
  flatline_finding_point (finding, flatline_reference_new_for_thread (writer));
  return TRUE;
}

/*
 * Tcl does what another thread asks of it in the thread of its loop, and lets that thread wait meanwhile.
 * Source: CPython, Modules/_tkinter.c, Tkapp_ThreadSend().
 */
static gboolean
settle_tk_call (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  FlatlineThread *other, *looping = NULL;
  g_autofree char *expression = NULL;
  g_autofree char *label = NULL;

  if (!innermost->file || !strstr (innermost->file, "/tkinter/"))
    return FALSE;
  for (guint i = 0; (other = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (other->pid == thread->pid
        && flatline_thread_find_frame (other, "tkinter/__init__.py", "mainloop wait_window wait_variable"))
      looping = other;
  if (!looping || looping == thread)
    return FALSE;
  expression = flatline_diagnosis_dup_expression (diagnosis, flatline_thread_find_place (thread));
  label = flatline_thread_dup_label (looping);
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_CERTAIN,
                           /* Translators: a thread; a piece of source text: "window.title('done')" */
                           g_strdup_printf (_ ("waits until the Tk loop of %s does ‘%s’"), label,
                                            expression ? expression : innermost->function));
  finding->resource = g_strdup_printf (_ ("the Tk loop of %s"), label);
  finding->holder = looping->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, innermost);
  return TRUE;
}

/* Of a free-threaded Python: whom all the others wait for that have stopped for a moment, or want all to. */
static FlatlineThread *
find_world_keeper (FlatlineDiagnosis *diagnosis, FlatlineThread *waiter)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != waiter && thread->keeps_world && thread->moves == 0 && thread->gil_looks == thread->looks)
        return thread;
    }
  return NULL;
}

static gboolean
settle_world_kept (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *keeper = find_world_keeper (diagnosis, finding->thread);
  g_autofree char *label = keeper ? flatline_thread_dup_label (keeper) : NULL;

  if (!keeper || finding->thread->moves > 0)
    return FALSE;
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY, /* Translators: a thread */
                           g_strdup_printf (_ ("waits until %s stops for a moment, as all threads are to"), label));
  /* Translators: what is waited for; a thread */
  finding->resource = g_strdup_printf (_ ("%s to stop for a moment"), label);
  finding->holder = keeper->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* What only its own threads can end, in a process that has but this one, and without a time-out. */
static gboolean
is_forsaken (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, thread->pid);
  FlatlineThread *other;
  gint64 n_agents = 0;

  for (guint i = 0; (other = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    n_agents += other->pid == thread->pid && flatline_thread_is_agent (other);
  return process && process->threads == 1 + n_agents
         && (flatline_thread_syscall_argument (thread, 1) & FUTEX_PRIVATE_FLAG)
         && flatline_thread_syscall_argument (thread, 3) == 0;
}

/* The object @name, dotted, of the program's line that @frame is at; 0: not known. */
static guint64
address_of (FlatlineFrame *frame, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);
  FlatlineValue *value = parts[0] ? flatline_frame_find_local (frame, parts[0]) : NULL;

  for (guint i = 1; value && parts[i]; i++)
    value = flatline_value_find_child (value, parts[i]);
  return value ? value->address : 0;
}

/* Threads of Qt are objects, too: run() of one begins its stack, and wait() waits for the end of that. */
static gboolean
settle_thread_object (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *frame)
{
  FlatlineThread *waiting = finding->thread;
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, frame);
  g_autofree char *name = flatline_source_dup_object (line, "wait");
  const guint64 address = name ? address_of (frame, name) : 0;
  FlatlineThread *thread;

  for (guint i = 0; address && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *run = flatline_thread_find_outermost (thread);
      FlatlineValue *self = flatline_frame_find_local (run, "self");
      g_autofree char *label = NULL;

      if (thread == waiting || thread->pid != waiting->pid || !self || self->address != address
          || g_strcmp0 (run->function, "run") != 0)
        continue;
      label = flatline_thread_dup_label (thread);
      flatline_finding_settle (finding, "join-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf (_ ("waits for the end of %s"), label));
      finding->resource = g_strdup_printf (_ ("the end of %s"), label);
      finding->holder = thread->native_id;
      finding->names_holder = TRUE;
      flatline_finding_add_kernel_evidence (finding);
      flatline_finding_add_frame_evidence (finding, frame);
      return TRUE;
    }
  return FALSE;
}

/*
 * Sleeping in futex at a call of C code: its lock or semaphore has no name but the call's. The last rule for locks,
 * when no other knew.
 */
gboolean
flatline_rule_native_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  FlatlineThread *writer;
  g_autofree char *expression = NULL;

  if (!flatline_thread_in_syscall (thread, "futex") || !innermost)
    return FALSE;
  if (settle_tk_call (diagnosis, finding) || settle_feeder (diagnosis, finding)
      || settle_world_kept (diagnosis, finding) || settle_thread_object (diagnosis, finding, innermost))
    return TRUE;
  expression = flatline_diagnosis_dup_expression (diagnosis, innermost);
  if (!expression || !(strchr (expression, '(') || g_str_has_prefix (expression, "with ")))
    return FALSE;
  writer = writes_to_stream (diagnosis, thread) ? find_writer (diagnosis, thread) : NULL;
  if (writer)
    {
      flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf (_ ("waits in ‘%s’ for the lock of the output stream"), expression));
      finding->resource = g_strdup (_ ("the lock of the output stream"));
      finding->holder = writer->native_id;
    }
  /* Of one that went on since, the call and the sleep may be of two moments. */
  else if (flatline_thread_was_watched (thread) && thread->moves > 0)
    return FALSE;
  else
    {
      const gboolean forsaken = is_forsaken (diagnosis, thread);

      flatline_finding_settle (
          finding, "lock-wait", forsaken ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_GUESS,
          g_strdup_printf (_ ("waits inside ‘%s’ for a lock or a semaphore that Python does not know"), expression));
      finding->resource = g_strdup_printf (_ ("a lock inside ‘%s’"), expression);
      if (forsaken)
        flatline_finding_add_evidence (
            finding, "/proc/PID/status",
            _ ("The process has no other thread; a forked child has none of its parent’s but "
               "the one that forked"));
    }
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, innermost);
  return TRUE;
}
