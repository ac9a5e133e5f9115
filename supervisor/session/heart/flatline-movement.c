/* SPDX-License-Identifier: MIT */
/* See flatline-movement.h. */
#include "config.h"

#include "flatline-movement.h"

#include "flatline-endless-sleep.h"
#include "flatline-process.h"

#include <string.h>

#define LOOKS       6
#define WINDOW_US   (50 * 1000)
#define MAX_THREADS 65536
#define MAX_CALLS   200

/* One that others leave no processor is given so much time, or until it has run so long. */
#define STARVED_US     (500 * 1000)
#define STARVED_RAN_US (10 * 1000)

/* A thread that demands less is not asked where it goes round. */
#define ROUND_PERCENT 30

typedef struct
{
  FlatlineThread *thread; /* borrowed */
  FlatlineThreadClock clock;
  gboolean has_clock;
  FlatlineThreadClock now; /* as last read; its wakes tell whether it ran since */
  gint64 rests;            /* of one that computed at the capture, else -1 */
} Watched;

struct _FlatlineMovement
{
  FlatlineInspector *inspector; /* borrowed */
  gint64 pid;
  GArray *watched;  /* Watched */
  GPtrArray *looks; /* FlatlineSample */
  GPtrArray *index; /* of each look, native id -> FlatlineThreadSample */
  gint64 began_us;
  guint n_hidden;   /* threads of the agent, which are not watched */
  gboolean blind;   /* the stacks cannot be read */
  gboolean settled; /* nothing can move any more */
};

FlatlineMovement *
flatline_movement_begin (FlatlineInspector *inspector, FlatlineSnapshot *snapshot, guint n_hidden)
{
  FlatlineMovement *self = g_new0 (FlatlineMovement, 1);

  self->inspector = inspector;
  self->pid = snapshot->program->pid;
  self->n_hidden = n_hidden;
  self->watched = g_array_new (FALSE, TRUE, sizeof (Watched));
  self->looks = g_ptr_array_new_with_free_func ((GDestroyNotify)flatline_sample_free);
  for (guint i = 0; i < MIN (flatline_list_length (snapshot->threads), MAX_THREADS); i++)
    {
      Watched watched = { .thread = flatline_list_peek (snapshot->threads, i) };

      watched.has_clock = flatline_thread_read_clock (self->pid, watched.thread->native_id, &watched.clock);
      watched.now = watched.clock;
      if (watched.thread->syscall || !flatline_thread_read_rests (self->pid, watched.thread->native_id, &watched.rests))
        watched.rests = -1;
      g_array_append_val (self->watched, watched);
    }
  self->began_us = g_get_monotonic_time ();
  return self;
}

static void
look_once (FlatlineMovement *self)
{
  g_autoptr (FlatlineSample) look = flatline_sample_new ();

  if (flatline_inspector_sample (self->inspector, MAX_CALLS, look, NULL))
    g_ptr_array_add (self->looks, g_steal_pointer (&look));
  else
    self->blind = TRUE;
}

/* --- the same place --- */

/* The calls of one thread at one look, innermost first. */
typedef struct
{
  const FlatlineCallPlace *const *calls;
  guint n_calls;
  guint64 hash; /* of the instructions; 0 when the look did not read them */
} Stack;

static gboolean
is_same_call (const FlatlineCallPlace *one, const FlatlineCallPlace *other)
{
  return one == other || (g_strcmp0 (one->function, other->function) == 0 && g_strcmp0 (one->file, other->file) == 0);
}

static gboolean
is_same_place (const FlatlineCallPlace *one, const FlatlineCallPlace *other)
{
  return one == other
         || (is_same_call (one, other) && one->line == other->line && one->column == other->column
             && one->end_line == other->end_line && one->end_column == other->end_column);
}

/* The calls of a thread as the capture has them. Native frames come and go with the kind of look. */
static GArray *
list_captured_calls (FlatlineThread *thread)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (FlatlineCallPlace));

  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      FlatlineCallPlace place = {
        .file = frame->file,
        .function = frame->function,
        .qualified_name = frame->qualified_name,
        .line = (gint)frame->line,
        .end_line = (gint)frame->end_line,
        .column = (gint)frame->column,
        .end_column = (gint)frame->end_column,
      };

      if (g_strcmp0 (frame->kind, "native") != 0)
        g_array_append_val (places, place);
    }
  return places;
}

/* Compares as much as both have, from the innermost: the looks do not read the whole of a deep stack. */
static gboolean
is_same_stack (const Stack *one, const Stack *other)
{
  const guint n = MIN (one->n_calls, other->n_calls);

  if (one->n_calls != other->n_calls && n < MAX_CALLS)
    return FALSE;
  /* Before 3.11 no columns are known, and a loop of one line is always at the same one. */
  if (n > 0 && one->calls[0]->column == 0 && one->hash && other->hash && one->hash != other->hash)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!is_same_place (one->calls[i], other->calls[i]))
      return FALSE;
  return TRUE;
}

/* --- going round --- */

/* The call @depth calls in from the outermost. */
static const FlatlineCallPlace *
call_at (const Stack *stack, guint depth)
{
  return depth < stack->n_calls ? stack->calls[stack->n_calls - 1 - depth] : NULL;
}

/* How many calls, from the outermost, all @stacks have in common: the last of them may be at different lines. */
static guint
count_shared_calls (GArray *stacks)
{
  const Stack *first = &g_array_index (stacks, Stack, 0);

  for (guint depth = 0; depth < first->n_calls; depth++)
    {
      const FlatlineCallPlace *call = call_at (first, depth);
      gboolean moves = FALSE;

      for (guint i = 1; i < stacks->len; i++)
        {
          const FlatlineCallPlace *other = call_at (&g_array_index (stacks, Stack, i), depth);

          if (!other || !is_same_call (call, other))
            return depth;
          moves |= call->line != other->line;
        }
      if (moves)
        return depth + 1;
    }
  return first->n_calls;
}

static gint
compare_by_line (gconstpointer a, gconstpointer b, gpointer unused)
{
  const FlatlineFrame *one = a, *other = b;

  return (one->line > other->line) - (one->line < other->line);
}

static void
fill_round (FlatlineThread *thread, GArray *stacks)
{
  const guint shared = count_shared_calls (stacks);

  g_clear_object (&thread->round);
  for (guint i = 0; shared > 0 && i < stacks->len; i++)
    {
      const FlatlineCallPlace *call = call_at (&g_array_index (stacks, Stack, i), shared - 1);
      gboolean known = FALSE;
      FlatlineFrame *frame;

      for (guint j = 0; j < flatline_list_length (thread->round) && !known; j++)
        known = ((FlatlineFrame *)flatline_list_peek (thread->round, j))->line == call->line;
      if (known)
        continue;
      frame = g_object_new (FLATLINE_TYPE_FRAME, "kind", "python", "function", call->function, "qualified-name",
                            call->qualified_name, "file", call->file, "line", (gint64)call->line, NULL);
      flatline_list_append (&thread->round, frame);
    }
  if (thread->round)
    g_list_store_sort (thread->round, compare_by_line, NULL);
}

/* --- the end --- */

static void
fill_stacks (FlatlineMovement *self, FlatlineThread *thread)
{
  g_autoptr (GArray) captured = list_captured_calls (thread);
  g_autoptr (GPtrArray) first = g_ptr_array_new ();
  g_autoptr (GArray) stacks = g_array_new (FALSE, TRUE, sizeof (Stack));
  Stack stack;

  for (guint i = 0; i < captured->len; i++)
    g_ptr_array_add (first, &g_array_index (captured, FlatlineCallPlace, i));
  stack = (Stack){ (const FlatlineCallPlace *const *)first->pdata, first->len, 0 };
  g_array_append_val (stacks, stack);
  for (guint i = 0; i < self->looks->len; i++)
    {
      const FlatlineSample *look = g_ptr_array_index (self->looks, i);
      const FlatlineThreadSample *then =
          g_hash_table_lookup (g_ptr_array_index (self->index, i), GSIZE_TO_POINTER (thread->native_id));
      const Stack before = stack;

      stack = then ? (Stack){ flatline_sample_get_calls (look, then), then->n_calls, then->stack_hash } : (Stack){ 0 };
      g_array_append_val (stacks, stack);
      thread->looks++;
      thread->moves += !is_same_stack (&before, &stack);
      thread->gil_looks += then && then->holds_gil;
    }
  if (thread->demand_percent >= ROUND_PERCENT && stacks->len > 1)
    fill_round (thread, stacks);
  /* It ran at the moment of the capture by chance; what it sleeps in ever since says more. */
  else if (!thread->syscall && thread->looks > 0 && thread->moves == 0)
    flatline_thread_read_kernel_facts (thread);
}

/* It computed at the capture and has not waited for anything but a processor since. */
static gboolean
wants_to_run (FlatlineMovement *self, Watched *watched)
{
  gint64 rests;

  return watched->rests >= 0 && flatline_thread_read_rests (self->pid, watched->thread->native_id, &rests)
         && rests == watched->rests;
}

static void
fill_clock (FlatlineMovement *self, Watched *watched, gboolean settled)
{
  FlatlineThread *thread = watched->thread;
  FlatlineThreadClock now = watched->now;
  double elapsed_us;

  thread->cpu_percent = thread->demand_percent = -1;
  thread->wakes = -1;
  if (!watched->has_clock || (!settled && !flatline_thread_read_clock (self->pid, thread->native_id, &now)))
    return;
  elapsed_us = (double)MAX (now.read_at_us - watched->clock.read_at_us, 1);
  thread->wakes = now.wakes - watched->clock.wakes;
  thread->cpu_percent = CLAMP (100.0 * (double)(now.ran_us - watched->clock.ran_us) / elapsed_us, 0, 100);
  thread->demand_percent =
      CLAMP (thread->cpu_percent + 100.0 * (double)(now.waited_us - watched->clock.waited_us) / elapsed_us, 0, 100);
  /* Whoever waits for a processor still is not counted yet. */
  if (wants_to_run (self, watched))
    thread->demand_percent = 100;
}

/* Of threads that share an id, not known yet, the first counts. */
static GPtrArray *
index_looks (FlatlineMovement *self)
{
  GPtrArray *index = g_ptr_array_new_with_free_func ((GDestroyNotify)g_hash_table_unref);

  for (guint i = 0; i < self->looks->len; i++)
    {
      const FlatlineSample *look = g_ptr_array_index (self->looks, i);
      GHashTable *threads = g_hash_table_new (NULL, NULL);

      for (guint j = look->threads->len; j-- > 0;)
        {
          FlatlineThreadSample *thread = &g_array_index (look->threads, FlatlineThreadSample, j);

          g_hash_table_insert (threads, GSIZE_TO_POINTER (thread->native_id), thread);
        }
      g_ptr_array_add (index, threads);
    }
  return index;
}

/* FALSE when it has run since its count was read last, or when something but a thread of its process may wake it. */
static gboolean
sleeps_on (FlatlineMovement *self, Watched *watched)
{
  const gint64 tid = watched->thread->native_id;
  const gint64 wakes_before = watched->now.wakes;
  FlatlineThreadClock now;

  /* The count last: one that falls asleep again between the two has another. */
  if (!flatline_thread_sleeps_endlessly (self->pid, tid) || !flatline_thread_read_clock (self->pid, tid, &now))
    return FALSE;
  watched->now = now;
  return now.wakes > 0 && now.wakes == wakes_before;
}

/*
 * Where each thread sleeps until another one of the process wakes it, and none has run since the counts were read,
 * there was a moment between the two readings at which all slept so. Nothing can move from then on, and more looks
 * would tell no more. What the agent's threads do is not the program's doing, but they are known by their number.
 */
static gboolean
is_settled (FlatlineMovement *self)
{
  g_autoptr (GArray) native_ids = NULL;

  if (self->looks->len == 0)
    return FALSE;
  for (guint i = 0; i < self->watched->len; i++)
    if (!sleeps_on (self, &g_array_index (self->watched, Watched, i)))
      return FALSE;
  native_ids = flatline_process_list_threads (self->pid);
  return native_ids->len == self->watched->len + self->n_hidden && !flatline_process_expects_signals (self->pid);
}

static gboolean
is_enough (FlatlineMovement *self)
{
  if (self->blind || self->settled || self->looks->len >= LOOKS)
    return TRUE;
  return self->settled = is_settled (self);
}

/* One that computes has not come to run: what it does then was not seen. */
static gboolean
is_starved (FlatlineMovement *self)
{
  for (guint i = 0; i < self->watched->len; i++)
    {
      Watched *watched = &g_array_index (self->watched, Watched, i);
      FlatlineThreadClock now;

      if (watched->rests >= 0 && watched->has_clock
          && flatline_thread_read_clock (self->pid, watched->thread->native_id, &now)
          && now.ran_us - watched->clock.ran_us < STARVED_RAN_US && wants_to_run (self, watched))
        return TRUE;
    }
  return FALSE;
}

static void
wait_for_starved (FlatlineMovement *self)
{
  while (g_get_monotonic_time () - self->began_us < STARVED_US && is_starved (self))
    {
      g_usleep (WINDOW_US);
      if (!self->blind)
        look_once (self);
    }
}

void
flatline_movement_look (FlatlineMovement *self)
{
  if (!is_enough (self))
    look_once (self);
}

void
flatline_movement_finish (FlatlineMovement *self)
{
  while (!is_enough (self))
    {
      const gint64 due_us = self->began_us + WINDOW_US * (self->looks->len + 1) / LOOKS;

      g_usleep (CLAMP (due_us - g_get_monotonic_time (), 1000, WINDOW_US));
      look_once (self);
    }
  /* What the scheduler counts takes its time, too. */
  if (self->blind)
    g_usleep (CLAMP (self->began_us + WINDOW_US - g_get_monotonic_time (), 1, WINDOW_US));
  wait_for_starved (self);
  self->index = index_looks (self);
  for (guint i = 0; i < self->watched->len; i++)
    {
      Watched *watched = &g_array_index (self->watched, Watched, i);

      /* Who sleeps for ever has not run since it was asked. */
      fill_clock (self, watched, self->settled);
      fill_stacks (self, watched->thread);
    }
  g_array_unref (self->watched);
  g_ptr_array_unref (self->index);
  g_ptr_array_unref (self->looks);
  g_free (self);
}
