/* SPDX-License-Identifier: MIT */
/*
 * Rules about threads that wait as they should: asleep by their own wish, for a signal, or in an event loop with
 * nothing to do. An asyncio loop whose tasks wait for each other is the exception: it is idle and yet nothing can go
 * on.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define MAX_TASK_CHAIN 64

gboolean
flatline_rule_sleep (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  const gboolean select_without_descriptors = flatline_thread_in_syscall (thread, "select pselect6")
                                              && thread->syscall_args
                                              && flatline_thread_syscall_argument (thread, 0) == 0;
  g_autofree char *line = NULL;
  g_autofree char *call = NULL;

  if (!flatline_thread_in_syscall (thread, "clock_nanosleep nanosleep") && !select_without_descriptors)
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  call = flatline_source_dup_call (line, "sleep");
  flatline_finding_settle (finding, "sleep", FLATLINE_CONFIDENCE_CERTAIN,
                           call ? g_strdup_printf (_ ("sleeps in %s"), call) : g_strdup (_ ("sleeps")));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

gboolean
flatline_rule_signal (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_syscall (thread, "pause rt_sigtimedwait rt_sigsuspend"))
    return FALSE;
  flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN, g_strdup (_ ("waits for a signal")));
  finding->resource = g_strdup (_ ("a signal"));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* --- asyncio --- */

static FlatlineTask *
find_task (FlatlineDiagnosis *diagnosis, guint64 address)
{
  for (guint i = 0; address && i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      if (task->address == address)
        return task;
    }
  return NULL;
}

static gboolean
is_pending (FlatlineTask *task)
{
  return g_strcmp0 (task->state, "PENDING") == 0;
}

static char *
dup_task_label (FlatlineTask *task)
{
  if (task->name && task->coroutine)
    return g_strdup_printf (_ ("task ‘%s’ (%s)"), task->name, task->coroutine);
  if (task->name || task->coroutine)
    return g_strdup_printf (_ ("task ‘%s’"), task->name ? task->name : task->coroutine);
  return g_strdup (_ ("a task"));
}

/* TRUE when following who awaits whom from @task leads back to it. */
static gboolean
task_awaits_itself (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  FlatlineTask *next = find_task (diagnosis, task->awaits_address);

  for (guint i = 0; next && i < MAX_TASK_CHAIN; i++)
    {
      if (next == task)
        return TRUE;
      next = is_pending (next) ? find_task (diagnosis, next->awaits_address) : NULL;
    }
  return FALSE;
}

/* What a task waits for when only another task can end it: a lock, event, condition, semaphore or queue of asyncio. */
static const char *
find_task_obstacle (FlatlineTask *task, FlatlineFrame **place)
{
  const char *obstacle = NULL;

  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      if (flatline_frame_is_own (frame))
        {
          *place = frame;
          break;
        }
      if (!frame->file || !frame->function)
        continue;
      if (g_str_has_suffix (frame->file, "asyncio/queues.py"))
        obstacle = strcmp (frame->function, "put") == 0    ? _ ("room in a queue")
                   : strcmp (frame->function, "join") == 0 ? _ ("a queue to be worked off")
                                                           : _ ("an item from a queue");
      else if (g_str_has_suffix (frame->file, "asyncio/locks.py"))
        obstacle = strcmp (frame->function, "acquire") == 0 || strcmp (frame->function, "__aenter__") == 0
                       ? _ ("a lock")
                       : _ ("an event or a condition");
    }
  return obstacle;
}

static FlatlineFrame *
find_task_place (FlatlineTask *task)
{
  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      if (flatline_frame_is_own (frame))
        return frame;
    }
  return flatline_list_peek (task->frames, 0);
}

static gboolean
runs_in_asyncio (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once run_forever") != NULL
         || flatline_thread_find_frame (thread, "uvloop/__init__.py", "run") != NULL;
}

static void
settle_task (FlatlineDiagnosis *diagnosis,
             FlatlineFinding *finding,
             FlatlineTask *task,
             FlatlineConfidence confidence,
             char *does)
{
  g_autofree char *label = dup_task_label (task);
  g_autofree char *location = flatline_frame_dup_location (find_task_place (task));

  flatline_finding_settle (finding, "async-wait", confidence, does);
  finding->resource = g_strdup (label);
  flatline_finding_add_kernel_evidence (finding);
  if (location)
    /* Translators: a task, a place ("app.py:12 in work"), what it awaits */
    flatline_finding_add_evidence (finding, _ ("the tasks of asyncio"), _ ("%s waits at %s, awaiting %s"), label,
                                   location, task->awaits ? task->awaits : _ ("something unknown"));
  else
    flatline_finding_add_evidence (finding, _ ("the tasks of asyncio"), _ ("%s waits, awaiting %s"), label,
                                   task->awaits ? task->awaits : _ ("something unknown"));
}

/*
 * The loop sleeps and has nothing to do. Tasks in a circle prove that they never will; the first task (the main one)
 * blocked on a lock or queue of asyncio is likely why the program is silent.
 */
gboolean
flatline_rule_async (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!runs_in_asyncio (thread)
      || !flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 poll select pselect6"))
    return FALSE;
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);
      g_autofree char *label = dup_task_label (task);

      if (is_pending (task) && (task->thread == 0 || task->thread == thread->native_id)
          && task_awaits_itself (diagnosis, task))
        {
          settle_task (
              diagnosis, finding, task, FLATLINE_CONFIDENCE_CERTAIN,
              g_strdup_printf (_ ("runs an asyncio loop in which %s awaits, through other tasks, itself"), label));
          return TRUE;
        }
    }
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);
      FlatlineFrame *place = NULL;
      const char *obstacle;
      g_autofree char *label = NULL;

      if (!is_pending (task) || (task->thread && task->thread != thread->native_id))
        continue;
      obstacle = find_task_obstacle (task, &place);
      if (!obstacle)
        continue;
      label = dup_task_label (task);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   g_strdup_printf (_ ("runs an asyncio loop in which %s waits for %s"), label, obstacle));
      return TRUE;
    }
  return FALSE;
}

/* --- event loops --- */

static const struct
{
  const char *file;
  const char *functions;
  const char *loop;
} loops[] = {
  { "asyncio/base_events.py", "_run_once run_forever", "asyncio" },
  { "gi/overrides/GLib.py", "run", "GLib" },
  { "gi/overrides/Gio.py", "run", "GLib" },
  { "gi/overrides/Gtk.py", "main run", "GTK" },
  { "tkinter/__init__.py", "mainloop wait_window wait_variable", "Tk" },
  { "socketserver.py", "serve_forever", "server" },
  { "selectors.py", "select", "selectors" },
  { "asyncore.py", "loop poll poll2", "asyncore" },
  { "trio/_core/_run.py", "unrolled_run run", "Trio" },
};

static const char *
find_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  static const char *const words[] = { ".mainloop(",   ".exec(",         ".exec_(",      ".run(",   "Gtk.main(",
                                       "run_forever(", "serve_forever(", ".wait_event(", "app.run", ".iteration(" };
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (loops); i++)
    if (flatline_thread_find_call (thread, loops[i].file, loops[i].functions))
      return loops[i].loop;
  /* A loop in C shows nothing but the line that entered it. */
  if (!place || place != flatline_thread_find_innermost (thread))
    return NULL;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  for (gsize i = 0; line && i < G_N_ELEMENTS (words); i++)
    if (strstr (line, words[i]))
      return "main";
  return NULL;
}

gboolean
flatline_rule_idle (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean in_epoll = flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 io_uring_enter");
  const gboolean in_poll = flatline_thread_in_syscall (thread, "poll ppoll select pselect6");
  const char *loop = find_loop (diagnosis, thread);

  if (!in_epoll && !in_poll && !(loop && thread->syscall))
    return FALSE;
  if (loop)
    flatline_finding_settle (finding, "idle", FLATLINE_CONFIDENCE_LIKELY,
                             g_strdup_printf (_ ("is idle: its %s loop waits for something to happen"), loop));
  else
    flatline_finding_settle (
        finding, "idle", FLATLINE_CONFIDENCE_GUESS,
        g_strdup_printf (_ ("waits in %s for something to happen on its descriptors"), thread->syscall));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_innermost (thread));
  return TRUE;
}
