/* SPDX-License-Identifier: MIT */
/*
 * Rules about threads that wait as they should: asleep by their own wish, for a signal, or in an event loop with
 * nothing to do. An asyncio loop whose tasks wait for each other is the exception: it is idle and yet nothing can go
 * on.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define MAX_TASK_CHAIN    64
#define MAX_NAMED_SIGNALS 5

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
  g_autofree char *names = NULL;

  if (!flatline_thread_in_syscall (thread, "pause rt_sigtimedwait rt_sigsuspend"))
    return FALSE;
  if (thread->awaited_signals && g_strv_length (thread->awaited_signals) <= MAX_NAMED_SIGNALS)
    {
      g_autofree char *list = g_strjoinv (", ", thread->awaited_signals);

      names = thread->awaited_signals[1] ? /* Translators: "SIGUSR1, SIGUSR2" */
                  g_strdup_printf (_ ("one of the signals %s"), list)
                                         : g_strdup_printf (_ ("the signal %s"), list);
    }
  else
    names = g_strdup (_ ("a signal"));
  flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN,
                           g_strdup_printf (_ ("waits for %s"), names));
  finding->resource = g_steal_pointer (&names);
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

char *
flatline_task_dup_label (FlatlineTask *task)
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

typedef enum
{
  OBSTACLE_NONE,
  OBSTACLE_PUT,
  OBSTACLE_JOIN,
  OBSTACLE_GET,
  OBSTACLE_LOCK,
  OBSTACLE_EVENT,
} Obstacle;

/*
 * What a task waits for when only another task can end it: a lock, event, condition, semaphore or queue of asyncio.
 * @method: what the program's line calls, by which the object's name is found.
 */
static Obstacle
find_task_obstacle (FlatlineTask *task, FlatlineFrame **place, const char **method)
{
  Obstacle obstacle = OBSTACLE_NONE;

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
        {
          *method = strcmp (frame->function, "put") == 0    ? "put"
                    : strcmp (frame->function, "join") == 0 ? "join"
                                                            : "get";
          obstacle = strcmp (frame->function, "put") == 0    ? OBSTACLE_PUT
                     : strcmp (frame->function, "join") == 0 ? OBSTACLE_JOIN
                                                             : OBSTACLE_GET;
        }
      else if (g_str_has_suffix (frame->file, "asyncio/locks.py"))
        {
          const gboolean acquires =
              strcmp (frame->function, "acquire") == 0 || strcmp (frame->function, "__aenter__") == 0;

          *method = acquires ? "acquire" : "wait";
          obstacle = acquires ? OBSTACLE_LOCK : OBSTACLE_EVENT;
        }
    }
  return obstacle;
}

/* "lock or semaphore ‘self.lock’". Transfer full. */
static char *
dup_obstacle_text (FlatlineDiagnosis *diagnosis, Obstacle obstacle, FlatlineFrame *place, const char *method)
{
  static const struct
  {
    const char *named;
    const char *nameless;
  } texts[] = {
    [OBSTACLE_PUT] = { N_ ("room in queue ‘%s’"), N_ ("room in a queue") },
    [OBSTACLE_JOIN] = { N_ ("all items of queue ‘%s’ to be done"), N_ ("a queue to be worked off") },
    [OBSTACLE_GET] = { N_ ("an item from queue ‘%s’"), N_ ("an item from a queue") },
    [OBSTACLE_LOCK] = { N_ ("lock or semaphore ‘%s’"), N_ ("a lock or a semaphore") },
    [OBSTACLE_EVENT] = { N_ ("event or condition ‘%s’"), N_ ("an event or a condition") },
  };

  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  g_autofree char *name = flatline_source_dup_object (line, method);

  return name ? g_strdup_printf (_ (texts[obstacle].named), name) : g_strdup (_ (texts[obstacle].nameless));
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
  g_autofree char *label = flatline_task_dup_label (task);
  FlatlineFrame *place = find_task_place (task);
  g_autofree char *location = flatline_frame_dup_location (place);

  flatline_finding_settle (finding, "async-wait", confidence, does);
  finding->place = place;
  finding->resource = g_strdup (label);
  flatline_finding_add_kernel_evidence (finding);
  if (location)
    /* Translators: a task, a place ("app.py:12 in work"), what it awaits */
    flatline_finding_add_evidence (finding, _ ("the tasks of asyncio"), _ ("%s waits at %s, awaiting %s"), label,
                                   location, task->awaits ? task->awaits : _ ("something unknown"));
  else
    flatline_finding_add_evidence (finding, _ ("the tasks of asyncio"), _ ("%s waits, awaiting %s"), label,
                                   task->awaits ? task->awaits : _ ("something unknown"));
  flatline_finding_point (finding, flatline_reference_new_for_task (task, finding->thread->pid, label));
  flatline_finding_take_resource (finding, flatline_reference_new_for_task (task, finding->thread->pid, label));
}

/* Who awaits whom, from @task inwards, as links of the verdict's chain. */
static void
add_task_links (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  if (!finding->links)
    finding->links = g_ptr_array_new_with_free_func (g_object_unref);
  while (task && g_hash_table_add (seen, task) && finding->links->len < MAX_TASK_CHAIN)
    {
      FlatlineTask *next = find_task (diagnosis, task->awaits_address);
      FlatlineWaitLink *link = g_object_new (FLATLINE_TYPE_WAIT_LINK, NULL);

      link->waiter = flatline_task_dup_label (task);
      link->resource = next ? flatline_task_dup_label (next) : g_strdup (task->awaits);
      link->location = flatline_frame_dup_location (find_task_place (task));
      link->waiter_at = flatline_reference_new_for_task (task, finding->thread->pid, link->waiter);
      if (next)
        link->resource_at = flatline_reference_new_for_task (next, finding->thread->pid, link->resource);
      g_ptr_array_add (finding->links, link);
      task = next;
    }
}

/* The task at the outer end of who awaits whom: the one that the program as a whole waits for. */
static FlatlineTask *
find_outermost_waiter (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  for (guint steps = 0; steps < MAX_TASK_CHAIN; steps++)
    {
      FlatlineTask *waiter = NULL;

      for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks) && !waiter; i++)
        {
          FlatlineTask *other = flatline_list_peek (diagnosis->snapshot->tasks, i);

          if (other != task && other->awaits_address == task->address && is_pending (other))
            waiter = other;
        }
      if (!waiter)
        break;
      task = waiter;
    }
  return task;
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
      g_autofree char *label = flatline_task_dup_label (task);

      if (is_pending (task) && (task->thread == 0 || task->thread == thread->native_id)
          && task_awaits_itself (diagnosis, task))
        {
          settle_task (
              diagnosis, finding, task, FLATLINE_CONFIDENCE_CERTAIN,
              g_strdup_printf (_ ("runs an asyncio loop in which %s awaits, through other tasks, itself"), label));
          add_task_links (diagnosis, finding, task);
          return TRUE;
        }
    }
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);
      FlatlineFrame *place = NULL;
      Obstacle obstacle;
      const char *method = NULL;
      g_autofree char *label = NULL;
      g_autofree char *what = NULL;

      if (!is_pending (task) || (task->thread && task->thread != thread->native_id))
        continue;
      obstacle = find_task_obstacle (task, &place, &method);
      if (!obstacle)
        continue;
      label = flatline_task_dup_label (task);
      what = dup_obstacle_text (diagnosis, obstacle, place, method);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   /* Translators: a task, what it waits for */
                   g_strdup_printf (_ ("runs an asyncio loop in which %s waits for %s"), label, what));
      add_task_links (diagnosis, finding, find_outermost_waiter (diagnosis, task));
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

/*
 * A dialog that waits for its answer in a loop of its own: the loop is idle, yet the callback that began it does not
 * return. NULL when the loop is the only one.
 */
static char *
dup_nested_loop (FlatlineThread *thread)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *callback = NULL;
  gboolean inside = TRUE;

  for (guint i = 0; place && flatline_frame_is_own (place) && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      inside &= frame != place;
      if (inside)
        continue;
      if (flatline_frame_is_own (frame))
        {
          callback = frame;
          continue;
        }
      for (gsize j = 0; j < G_N_ELEMENTS (loops); j++)
        if (frame->file && g_str_has_suffix (frame->file, loops[j].file) && strcmp (loops[j].file, "selectors.py") != 0)
          /* Translators: a function, a function, a kind of event loop ("GTK") */
          return g_strdup_printf (
              _ ("is idle in a loop of its own that ‘%s’ has begun: it waits for an answer, and ‘%s’, "
                 "which the %s loop called, does not return before"),
              place->qualified_name ? place->qualified_name : place->function,
              callback->qualified_name ? callback->qualified_name : callback->function, loops[j].loop);
    }
  return NULL;
}

gboolean
flatline_rule_idle (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean in_epoll = flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 io_uring_enter");
  const gboolean in_poll = flatline_thread_in_syscall (thread, "poll ppoll select pselect6");
  const char *loop = find_loop (diagnosis, thread);
  g_autofree char *nested = NULL;

  if (!in_epoll && !in_poll && !(loop && thread->syscall))
    return FALSE;
  nested = loop ? dup_nested_loop (thread) : NULL;
  if (nested)
    flatline_finding_settle (finding, "idle", FLATLINE_CONFIDENCE_LIKELY, g_steal_pointer (&nested));
  else if (loop)
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
