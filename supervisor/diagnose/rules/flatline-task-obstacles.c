/* SPDX-License-Identifier: MIT */
/*
 * What a task of asyncio or Trio waits for that only another task of its loop can end: a lock, an event, room in a
 * queue or an item from one, a channel, a limiter. The functions of the loop's library on its stack tell which; the
 * program's line has the name.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

/* Each step looks at all tasks. */
#define MAX_LOCK_STEPS   64
#define MAX_LOCK_WAITERS 32

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
  OBSTACLE_BARRIER,
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
      if (obstacle == OBSTACLE_EVENT && g_strcmp0 (frame->qualified_name, "Barrier.wait") == 0)
        obstacle = OBSTACLE_BARRIER;
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
    [OBSTACLE_BARRIER] = { N_ ("the others at barrier ‘%s’"), N_ ("the others at a barrier") },
    [OBSTACLE_LIMIT] = { N_ ("a place in limiter ‘%s’, all of which are taken"),
                         N_ ("a place in a limiter of its loop’s library, all of which are taken") },
  };

  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  g_autofree char *name = flatline_source_dup_object (line, method);

  return name ? g_strdup_printf (_ (texts[obstacle].named), name) : g_strdup (_ (texts[obstacle].nameless));
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
  flatline_finding_settle_task (finding, task, FLATLINE_CONFIDENCE_LIKELY,
                                g_strdup_printf (flatline_thread_runs_trio (finding->thread)
                                                     ? _ ("runs a Trio loop in which %s %s")
                                                     : _ ("runs an asyncio loop in which %s %s"),
                                                 label, deed));
  flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
  return TRUE;
}

/* A library's own lock or event is told only when nothing else is known. */
gboolean
flatline_finding_settle_obstacle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_libraries)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
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
      flatline_finding_settle_task (finding, task, FLATLINE_CONFIDENCE_LIKELY,
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

/*
 * The task that has the lock of asyncio that @task waits for; NULL when it waits for none, or nobody is seen to have
 * it. Clears @is_proven where another might have it as well, or it may be let go within the block.
 */
static FlatlineTask *
find_lock_holder (FlatlineDiagnosis *diagnosis, FlatlineTask *task, gboolean *is_proven)
{
  FlatlineFrame *innermost = flatline_list_peek (task->frames, 0);
  FlatlineFrame *place = NULL, *frame = NULL;
  const char *method = NULL;
  const gboolean waits = find_task_obstacle (task, &place, &method) == OBSTACLE_LOCK && place;
  g_autofree char *line = waits ? flatline_diagnosis_dup_source_line (diagnosis, place) : NULL;
  g_autofree char *name = flatline_source_dup_object (line, method);
  FlatlineTask *holder = name ? flatline_diagnosis_find_async_lock_holder (diagnosis, place, name, &frame) : NULL;

  if (holder
      && (g_strcmp0 (innermost->qualified_name, "Lock.acquire") != 0
          || flatline_diagnosis_releases_by_hand (diagnosis, name)))
    *is_proven = FALSE;
  return holder;
}

/* From the holder of what a task waits for to the holder of what that waits for, back to the first. */
static gboolean
is_in_lock_circle (FlatlineDiagnosis *diagnosis, FlatlineTask *task, gboolean *is_proven)
{
  FlatlineTask *next = task;

  *is_proven = TRUE;
  for (guint i = 0; next && i < MAX_LOCK_STEPS; i++)
    {
      FlatlineTask *awaited = flatline_diagnosis_find_task (diagnosis, next->awaits_address);

      next = awaited && flatline_task_is_pending (awaited) ? awaited : find_lock_holder (diagnosis, next, is_proven);
      if (next == task)
        return TRUE;
    }
  return FALSE;
}

gboolean
flatline_finding_settle_lock_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;
  guint n_waiters = 0;

  for (guint i = 0;
       n_waiters < MAX_LOCK_WAITERS && (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = NULL;
      const char *method = NULL;
      const gboolean waits = find_task_obstacle (task, &place, &method) == OBSTACLE_LOCK;
      gboolean is_proven = TRUE;
      FlatlineTask *holder = waits ? find_lock_holder (diagnosis, task, &is_proven) : NULL;
      g_autofree char *label = NULL;
      g_autofree char *what = NULL;

      n_waiters += waits;
      if (!holder || !is_in_lock_circle (diagnosis, task, &is_proven))
        continue;
      label = flatline_task_dup_label (task);
      what = dup_obstacle_text (diagnosis, OBSTACLE_LOCK, place, method);
      flatline_finding_settle_task (finding, task, FLATLINE_CONFIDENCE_LIKELY, NULL);
      note_holding_task (diagnosis, finding, task, place, label, what);
      finding->kind = holder == task ? "self-deadlock" : "deadlock";
      if (holder != task)
        {
          g_autofree char *does = finding->does;

          /* Translators: "runs an asyncio loop in which task ‘a’ waits for lock ‘x’, taken by task ‘b’" */
          finding->does = g_strdup_printf (_ ("%s, which in the end waits for the first"), does);
        }
      for (FlatlineTask *step = holder; step && step != task;)
        {
          FlatlineTask *next = find_lock_holder (diagnosis, step, &is_proven);
          g_autofree char *its_label = flatline_task_dup_label (step);

          flatline_finding_add_task_evidence (finding, step, its_label);
          step = next ? next : flatline_diagnosis_find_task (diagnosis, step->awaits_address);
        }
      /* A timer may be a time-out. */
      if (is_proven && !flatline_thread_has_timers (finding->thread))
        finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}
