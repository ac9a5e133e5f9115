/* SPDX-License-Identifier: MIT */
/*
 * Rule about a loop of asyncio or Trio with nothing to do: it is idle, and yet perhaps nothing can go on. Its tasks
 * tell: they wait for each other, for a lock or queue of the loop, for a peer that does not answer, for a child
 * process.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* trio/_core/_run.py sleeps for 86,400 seconds when it has no deadline. */
#define TRIO_FOR_EVER_MS 86000000

/* Evidence is read by people. */
#define MAX_TOLD_GREENLETS 4

typedef enum
{
  OBSTACLE_NONE,
  OBSTACLE_PUT,
  OBSTACLE_JOIN,
  OBSTACLE_GET,
  OBSTACLE_SEND,
  OBSTACLE_RECEIVE,
  OBSTACLE_LOCK,
  OBSTACLE_EVENT,
  OBSTACLE_LIMIT,
} Obstacle;

/* What a loop's library calls, and what it waits for then. Of a file the first line that has the function counts. */
static const struct
{
  const char *file;
  const char *functions; /* NULL: all others */
  Obstacle obstacle;
  const char *method; /* what the program's line calls, by which the object's name is found */
} obstacles[] = {
  /* It waits in a queue of its own for whichever task is done first: for those. */
  { "asyncio/tasks.py", "_wait_for_one", OBSTACLE_NONE, NULL },
  { "asyncio/queues.py", "put", OBSTACLE_PUT, "put" },
  { "asyncio/queues.py", "join", OBSTACLE_JOIN, "join" },
  { "asyncio/queues.py", NULL, OBSTACLE_GET, "get" },
  { "asyncio/locks.py", "acquire __aenter__", OBSTACLE_LOCK, "acquire" },
  { "asyncio/locks.py", NULL, OBSTACLE_EVENT, "wait" },
  { "trio/_channel.py", "send", OBSTACLE_SEND, "send" },
  { "trio/_channel.py", NULL, OBSTACLE_RECEIVE, "receive" },
  { "trio/_sync.py", "wait", OBSTACLE_EVENT, "wait" },
  { "trio/_sync.py", "acquire_on_behalf_of", OBSTACLE_LIMIT, "acquire" },
  { "trio/_sync.py", NULL, OBSTACLE_LOCK, "acquire" },
  { "anyio/streams/memory.py", "send", OBSTACLE_SEND, "send" },
  { "anyio/streams/memory.py", NULL, OBSTACLE_RECEIVE, "receive" },
  { "anyio/_backends/_asyncio.py", "acquire_on_behalf_of", OBSTACLE_LIMIT, "acquire" },
  { "anyio/_core/_synchronization.py", "wait", OBSTACLE_EVENT, "wait" },
  { "anyio/_core/_synchronization.py", NULL, OBSTACLE_LOCK, "acquire" },
};

static gboolean
has_word (const char *words, const char *word)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const char *const *)list, word);
}

/*
 * What a task waits for when only another task can end it: a lock, event, condition, semaphore, queue or channel of the
 * loop's library. @method: what the program's line calls.
 */
static Obstacle
find_task_obstacle (FlatlineTask *task, FlatlineFrame **place, const char **method)
{
  Obstacle obstacle = OBSTACLE_NONE;

  *place = NULL;
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
      for (gsize j = 0; j < G_N_ELEMENTS (obstacles); j++)
        if (g_str_has_suffix (frame->file, obstacles[j].file)
            && (!obstacles[j].functions || has_word (obstacles[j].functions, frame->function)))
          {
            /* `async with` a limiter comes to it by the code of all locks. */
            if (obstacle != OBSTACLE_LIMIT || obstacles[j].obstacle != OBSTACLE_LOCK)
              obstacle = obstacles[j].obstacle;
            *method = obstacles[j].method;
            break;
          }
      if (obstacle == OBSTACLE_LOCK && frame->qualified_name
          && g_str_has_prefix (frame->qualified_name, "CapacityLimiter"))
        obstacle = OBSTACLE_LIMIT;
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
    [OBSTACLE_SEND] = { N_ ("somebody to take what it sends to channel ‘%s’"),
                        N_ ("somebody to take what it sends to a channel") },
    [OBSTACLE_RECEIVE] = { N_ ("an item from channel ‘%s’"), N_ ("an item from a channel") },
    [OBSTACLE_LOCK] = { N_ ("lock or semaphore ‘%s’"), N_ ("a lock or a semaphore") },
    [OBSTACLE_EVENT] = { N_ ("event or condition ‘%s’"), N_ ("an event or a condition") },
    [OBSTACLE_LIMIT] = { N_ ("a place in limiter ‘%s’, all of which are taken"),
                         N_ ("a place in a limiter of its loop’s library, all of which are taken") },
  };

  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  g_autofree char *name = flatline_source_dup_object (line, method);

  return name ? g_strdup_printf (_ (texts[obstacle].named), name) : g_strdup (_ (texts[obstacle].nameless));
}

static gboolean
runs_in_asyncio (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once run_forever") != NULL
         || flatline_thread_find_frame (thread, "uvloop/__init__.py", "run") != NULL;
}

/* Trio sleeps until the next deadline of any task, or for a day. One may free a task from what it waits for. */
static gboolean
has_deadlines (FlatlineThread *thread)
{
  const char *timeout_ms =
      thread->syscall_args && g_strv_length (thread->syscall_args) > 3 ? thread->syscall_args[3] : NULL;

  return !timeout_ms || g_ascii_strtoull (timeout_ms, NULL, 16) < TRIO_FOR_EVER_MS;
}

static void
settle_task (FlatlineDiagnosis *diagnosis,
             FlatlineFinding *finding,
             FlatlineTask *task,
             FlatlineConfidence confidence,
             char *does)
{
  g_autofree char *label = flatline_task_dup_label (task);

  flatline_finding_settle (finding, "async-wait", confidence, does);
  finding->place = flatline_task_find_place (task);
  finding->resource = g_strdup (label);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_task_evidence (finding, task, label);
  flatline_finding_take_resource (finding, flatline_reference_new_for_task (task, finding->thread->pid, label));
}

/* Pending tasks of the loop of @thread, one after the other, @position being where to go on; NULL after the last. */
static FlatlineTask *
next_pending (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint *position)
{
  while (*position < flatline_list_length (diagnosis->snapshot->tasks))
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, (*position)++);

      if (flatline_task_is_pending (task) && (task->thread == 0 || task->thread == thread->native_id))
        return task;
    }
  return NULL;
}

static gboolean
settle_circle (FlatlineDiagnosis *diagnosis,
               FlatlineFinding *finding,
               FlatlineConfidence confidence,
               const char *format)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      g_autofree char *label = NULL;
      g_autofree char *next = NULL;

      if (!flatline_task_awaits_itself (diagnosis, task))
        continue;
      label = flatline_task_dup_label (task);
      next = flatline_task_dup_label (flatline_diagnosis_find_task (diagnosis, task->awaits_address));
      settle_task (diagnosis, finding, task, confidence, g_strdup_printf (format, label, next));
      flatline_finding_add_task_links (diagnosis, finding, task);
      return TRUE;
    }
  return FALSE;
}

/*
 * Trio's locks know their owner. Those of asyncio do not, but the task that is inside of `async with` has it; a
 * semaphore may have other holders as well. @label, @what: the task that waits, and for what.
 */
static void
note_holding_task (FlatlineDiagnosis *diagnosis,
                   FlatlineFinding *finding,
                   FlatlineTask *task,
                   FlatlineFrame *place,
                   const char *label,
                   const char *what)
{
  const gboolean in_trio = flatline_thread_runs_trio (finding->thread);
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  g_autofree char *name = flatline_source_dup_object (line, "acquire");
  FlatlineFrame *frame = NULL;
  FlatlineTask *owner = flatline_diagnosis_find_task (diagnosis, task->awaits_address);
  FlatlineTask *holder =
      owner || !name ? owner : flatline_diagnosis_find_async_lock_holder (diagnosis, place, name, &frame);
  g_autofree char *its_label = holder ? flatline_task_dup_label (holder) : NULL;
  g_autofree char *location = frame ? flatline_frame_dup_location (frame) : NULL;

  if (!holder)
    return;
  g_free (finding->does);
  if (holder == task)
    /* Translators: a task, what it waits for ("lock or semaphore ‘table’") */
    finding->does = g_strdup_printf (
        in_trio ? _ ("runs a Trio loop in which %s waits for %s, which it has taken itself before")
                : _ ("runs an asyncio loop in which %s waits for %s, which it has taken itself before"),
        label, what);
  else
    /* Translators: a task, what it waits for ("lock or semaphore ‘table’"), another task */
    finding->does = g_strdup_printf (in_trio ? _ ("runs a Trio loop in which %s waits for %s, taken by %s")
                                             : _ ("runs an asyncio loop in which %s waits for %s, taken by %s"),
                                     label, what, its_label);
  if (owner)
    {
      flatline_finding_add_task_evidence (finding, owner, its_label);
      return;
    }
  flatline_finding_add_evidence (
      finding, in_trio ? _ ("the tasks of Trio and the source") : _ ("the tasks of asyncio and the source"),
      _ ("%s has taken lock ‘%s’ around %s"), its_label, name, location);
  flatline_finding_point (finding, flatline_reference_new_for_task (holder, finding->thread->pid, its_label));
}

/* The program's own `await future`, by the name that it has there; nobody else may ever set its result. */
static gboolean
settle_future (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, 0);
      g_autofree char *label = NULL;
      g_autofree char *what = NULL;

      for (guint j = 0; frame && flatline_frame_is_own (frame) && j < flatline_list_length (frame->locals) && !what;
           j++)
        {
          FlatlineValue *value = flatline_list_peek (frame->locals, j);

          if (task->awaits_address && value->address == task->awaits_address && value->type
              && g_str_has_suffix (value->type, "asyncio.Future"))
            what = g_strdup_printf (_ ("future ‘%s’"), value->name);
        }
      if (!what)
        continue;
      label = flatline_task_dup_label (task);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   g_strdup_printf (_ ("runs an asyncio loop in which %s waits for %s"), label, what));
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}

/* The program's own `await`, of a task that has nothing else on its stack: a library that makes futures, as zmq does.
 */
static gboolean
settle_own_await (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, 0);
      g_autofree char *expression = NULL;
      g_autofree char *label = NULL;

      if (!frame || !flatline_frame_is_own (frame) || !task->awaits || !g_str_has_prefix (task->awaits, "Future"))
        continue;
      expression = flatline_diagnosis_dup_expression (diagnosis, frame);
      if (!expression)
        continue;
      label = flatline_task_dup_label (task);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   g_strdup_printf (_ ("runs an asyncio loop in which %s waits in ‘%s’"), label, expression));
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}

/*
 * A server that serves in the background keeps its first task waiting for an event that says when to end. Which task of
 * Trio that is, is not known.
 */
static gboolean
keeps_server_alive (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineTask *task)
{
  FlatlineFrame *run = flatline_thread_find_frame (thread, "asyncio/base_events.py", "run_until_complete");
  FlatlineValue *first = flatline_frame_find_local (run, "future");

  return (flatline_thread_runs_trio (thread) || (first && first->address != 0 && first->address == task->address))
         && flatline_diagnosis_is_server (diagnosis, thread);
}

/* A package's pool has nothing to give, for which the task waits by the loop's queues and locks. */
static gboolean
settle_task_pool (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task, FlatlineFrame *place)
{
  FlatlineFrame *pool = NULL;
  g_autofree char *resource = NULL;
  g_autofree char *label = flatline_task_dup_label (task);
  g_autofree char *deed = flatline_diagnosis_dup_pool_deed (diagnosis, task->frames, place, &pool, &resource);

  if (!deed)
    return FALSE;
  settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
               g_strdup_printf (flatline_thread_runs_trio (finding->thread) ? _ ("runs a Trio loop in which %s %s")
                                                                            : _ ("runs an asyncio loop in which %s %s"),
                                label, deed));
  flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
  return TRUE;
}

/* A library's own lock or event is told only when nothing else is known. */
static gboolean
settle_obstacle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_libraries)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = NULL;
      const char *method = NULL;
      Obstacle obstacle = find_task_obstacle (task, &place, &method);
      g_autofree char *label = NULL;
      g_autofree char *what = NULL;

      if (!obstacle || flatline_task_waits_in_package (task) != in_libraries
          || (obstacle == OBSTACLE_EVENT && keeps_server_alive (diagnosis, finding->thread, task)))
        continue;
      /* A limit of threads is what they are at, where those are seen. */
      if (obstacle == OBSTACLE_LIMIT && flatline_finding_settle_outside (diagnosis, finding, task))
        return TRUE;
      label = flatline_task_dup_label (task);
      if (in_libraries && place && settle_task_pool (diagnosis, finding, task, place))
        return TRUE;
      what = dup_obstacle_text (diagnosis, obstacle, place, method);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   /* Translators: a task, what it waits for */
                   g_strdup_printf (flatline_thread_runs_trio (finding->thread)
                                        ? _ ("runs a Trio loop in which %s waits for %s")
                                        : _ ("runs an asyncio loop in which %s waits for %s"),
                                    label, what));
      if (obstacle == OBSTACLE_LOCK && place)
        note_holding_task (diagnosis, finding, task, place, label, what);
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}

/* A package has its own ways to wait, of which nothing more is known than what was asked of it. */
static gboolean
settle_in_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);
      g_autofree char *expression = NULL;
      g_autofree char *label = NULL;

      if (!place || !flatline_frame_is_own (place) || !flatline_task_waits_in_package (task))
        continue;
      expression = flatline_diagnosis_dup_expression (diagnosis, place);
      if (!expression)
        continue;
      label = flatline_task_dup_label (task);
      settle_task (diagnosis, finding, task, FLATLINE_CONFIDENCE_LIKELY,
                   /* Translators: a task, a piece of source text: "await session.get(url)" */
                   g_strdup_printf (_ ("runs an asyncio loop in which %s waits in ‘%s’"), label, expression));
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}

/* @own: a task with code of the program on its stack, of which there may be others for the library's ends. */
static gboolean
settle_outside (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean own)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);

      if ((place && flatline_frame_is_own (place)) != own)
        continue;
      if (flatline_finding_settle_outside (diagnosis, finding, task))
        return TRUE;
    }
  return FALSE;
}

static FlatlineFrame *
find_called_by (FlatlineTask *task, FlatlineFrame *caller)
{
  for (guint i = 1; i < flatline_list_length (task->frames); i++)
    if (flatline_list_peek (task->frames, i) == caller)
      return flatline_list_peek (task->frames, i - 1);
  return NULL;
}

/*
 * The hub of gevent or eventlet has the thread, and the program's first greenlet was switched out where it waits: that
 * is where the program is. Other greenlets are told as facts.
 */
gboolean
flatline_finding_settle_greenlet (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *loop)
{
  FlatlineTask *task;
  gboolean is_server;
  g_autofree char *expression = NULL;

  for (guint i = 0; !expression && (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *outermost = flatline_list_peek (task->frames, flatline_list_length (task->frames) - 1);
      FlatlineFrame *place = flatline_task_find_place (task);

      if (!outermost || g_strcmp0 (outermost->function, "<module>") != 0 || !flatline_frame_is_own (place)
          || flatline_frame_is_launcher (place, find_called_by (task, place)))
        continue;
      expression = flatline_diagnosis_dup_expression (diagnosis, place);
      finding->place = place;
    }
  if (!expression)
    return FALSE;
  is_server = flatline_diagnosis_is_server (diagnosis, finding->thread);
  flatline_finding_settle (
      finding, is_server ? "idle" : "async-wait", FLATLINE_CONFIDENCE_LIKELY,
      /* Translators: a piece of source text; a kind of event loop ("gevent") */
      g_strdup_printf (_ ("waits in ‘%s’; its %s loop serves others meanwhile"), expression, loop));
  flatline_finding_add_kernel_evidence (finding);
  for (guint i = 0, n = 0; n < MAX_TOLD_GREENLETS && (task = next_pending (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);
      g_autofree char *label = NULL;

      if (!place || !flatline_frame_is_own (place))
        continue;
      /* A call of compiled code leaves no frame that would name it. */
      if (!task->awaits)
        task->awaits = flatline_diagnosis_dup_expression (diagnosis, place);
      label = flatline_task_dup_label (task);
      flatline_finding_add_task_evidence (finding, task, label);
      n++;
    }
  return TRUE;
}

/*
 * At its end asyncio.run() cancels what is left and waits for it: a task that catches CancelledError and goes on keeps
 * the program from its end, whatever it waits for now.
 */
static gboolean
settle_cancelled (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *cancel = flatline_thread_find_frame (finding->thread, "asyncio/runners.py", "_cancel_all_tasks");
  FlatlineTask *task, *left = NULL;
  g_autofree char *label = NULL;

  for (guint i = 0; cancel && (task = next_pending (diagnosis, finding->thread, &i));)
    if (!left || !flatline_frame_is_own (flatline_task_find_place (left)))
      left = task;
  if (!left)
    return FALSE;
  label = flatline_task_dup_label (left);
  settle_task (diagnosis, finding, left, FLATLINE_CONFIDENCE_CERTAIN,
               /* Translators: a task; asyncio.run() is Python's */
               g_strdup_printf (_ ("is at the end of asyncio.run() and waits for %s, which was cancelled and has not "
                                   "ended: it may have caught CancelledError"),
                                label));
  flatline_finding_add_frame_evidence (finding, cancel);
  return TRUE;
}

/*
 * The loop sleeps and has nothing to do. Tasks in a circle prove that they never will; the first task (the main one)
 * blocked on a lock or queue of asyncio, by a peer or by a child is likely why the program is silent. Of a server
 * nothing is told but what its own code waits for.
 */
gboolean
flatline_rule_async (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 poll select pselect6"))
    return FALSE;
  if (flatline_thread_runs_trio (thread))
    return settle_circle (diagnosis, finding,
                          has_deadlines (thread) ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_CERTAIN,
                          /* Translators: a task, another task */
                          _ ("runs a Trio loop in which %s awaits %s, which in the end awaits the first"))
           || settle_obstacle (diagnosis, finding, FALSE)
           || (!flatline_diagnosis_is_server (diagnosis, thread)
               && (settle_outside (diagnosis, finding, TRUE) || settle_outside (diagnosis, finding, FALSE)));
  if (!runs_in_asyncio (thread))
    return FALSE;
  if (flatline_finding_settle_unwoken (diagnosis, finding) || settle_cancelled (diagnosis, finding)
      || settle_circle (diagnosis, finding, FLATLINE_CONFIDENCE_CERTAIN,
                        /* Translators: a task, another task */
                        _ ("runs an asyncio loop in which %s awaits %s, which in the end awaits the first"))
      || settle_obstacle (diagnosis, finding, FALSE))
    return TRUE;
  return !flatline_diagnosis_is_server (diagnosis, thread)
         && (settle_outside (diagnosis, finding, TRUE) || settle_outside (diagnosis, finding, FALSE)
             || settle_obstacle (diagnosis, finding, TRUE) || settle_future (diagnosis, finding)
             || settle_in_package (diagnosis, finding) || settle_own_await (diagnosis, finding));
}
