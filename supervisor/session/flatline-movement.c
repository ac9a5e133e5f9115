/* SPDX-License-Identifier: MIT */
/* See flatline-movement.h. */
#include "config.h"

#include "flatline-movement.h"

#include "flatline-process.h"

#include <string.h>

#define LOOKS       6
#define WINDOW_US   (50 * 1000)
#define MAX_THREADS 256
#define MAX_FRAMES  200

/* A thread that demands less is not asked where it goes round. */
#define ROUND_PERCENT 30

typedef struct
{
  FlatlineThread *thread; /* borrowed */
  FlatlineThreadClock clock;
  gboolean has_clock;
} Watched;

struct _FlatlineMovement
{
  FlatlineInspector *inspector; /* borrowed */
  gint64 pid;
  GArray *watched;  /* Watched */
  GPtrArray *looks; /* FlatlineSnapshot */
  gint64 began_us;
  gboolean blind; /* the stacks cannot be read */
};

FlatlineMovement *
flatline_movement_begin (FlatlineInspector *inspector, FlatlineSnapshot *snapshot)
{
  FlatlineMovement *self = g_new0 (FlatlineMovement, 1);

  self->inspector = inspector;
  self->pid = snapshot->program->pid;
  self->watched = g_array_new (FALSE, TRUE, sizeof (Watched));
  self->looks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < MIN (flatline_list_length (snapshot->threads), MAX_THREADS); i++)
    {
      Watched watched = { .thread = flatline_list_peek (snapshot->threads, i) };

      watched.has_clock = flatline_thread_read_clock (self->pid, watched.thread->native_id, &watched.clock);
      g_array_append_val (self->watched, watched);
    }
  self->began_us = g_get_monotonic_time ();
  return self;
}

void
flatline_movement_look (FlatlineMovement *self)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (FlatlineSnapshot) look = NULL;

  if (self->blind)
    return;
  budget.pause = FALSE;
  budget.locals = FALSE;
  budget.native = FALSE;
  budget.max_frames = MAX_FRAMES;
  budget.max_ms = 50;
  look = flatline_snapshot_new ("look");
  if (flatline_inspector_capture (self->inspector, &budget, look, NULL, NULL))
    g_ptr_array_add (self->looks, g_steal_pointer (&look));
  else
    self->blind = TRUE;
}

/* --- the same place --- */

static gboolean
is_same_call (FlatlineFrame *one, FlatlineFrame *other)
{
  return g_strcmp0 (one->function, other->function) == 0 && g_strcmp0 (one->file, other->file) == 0;
}

static gboolean
is_same_place (FlatlineFrame *one, FlatlineFrame *other)
{
  return is_same_call (one, other) && one->line == other->line && one->column == other->column
         && one->end_line == other->end_line && one->end_column == other->end_column;
}

/* Native frames come and go with the kind of look. */
static GPtrArray *
list_python_frames (FlatlineThread *thread)
{
  GPtrArray *frames = g_ptr_array_new ();

  for (guint i = 0; thread && i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (g_strcmp0 (frame->kind, "native") != 0)
        g_ptr_array_add (frames, frame);
    }
  return frames;
}

/* Compares as much as both have, from the innermost: the looks do not read the whole of a deep stack. */
static gboolean
is_same_stack (GPtrArray *one, GPtrArray *other)
{
  const guint n = MIN (one->len, other->len);

  if (one->len != other->len && n < MAX_FRAMES)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!is_same_place (g_ptr_array_index (one, i), g_ptr_array_index (other, i)))
      return FALSE;
  return TRUE;
}

/* --- going round --- */

/* The frame @depth calls in from the outermost. */
static FlatlineFrame *
frame_at (GPtrArray *frames, guint depth)
{
  return depth < frames->len ? g_ptr_array_index (frames, frames->len - 1 - depth) : NULL;
}

/* How many calls, from the outermost, all @stacks have in common: the last of them may be at different lines. */
static guint
count_shared_calls (GPtrArray *stacks)
{
  GPtrArray *first = g_ptr_array_index (stacks, 0);

  for (guint depth = 0; depth < first->len; depth++)
    {
      FlatlineFrame *frame = frame_at (first, depth);
      gboolean moves = FALSE;

      for (guint i = 1; i < stacks->len; i++)
        {
          FlatlineFrame *other = frame_at (g_ptr_array_index (stacks, i), depth);

          if (!other || !is_same_call (frame, other))
            return depth;
          moves |= frame->line != other->line;
        }
      if (moves)
        return depth + 1;
    }
  return first->len;
}

static gint
compare_by_line (gconstpointer a, gconstpointer b, gpointer unused)
{
  const FlatlineFrame *one = a, *other = b;

  return (one->line > other->line) - (one->line < other->line);
}

static void
fill_round (FlatlineThread *thread, GPtrArray *stacks)
{
  const guint shared = count_shared_calls (stacks);

  g_clear_object (&thread->round);
  for (guint i = 0; shared > 0 && i < stacks->len; i++)
    {
      FlatlineFrame *frame = frame_at (g_ptr_array_index (stacks, i), shared - 1);
      gboolean known = FALSE;
      FlatlineFrame *copy;

      for (guint j = 0; j < flatline_list_length (thread->round) && !known; j++)
        known = ((FlatlineFrame *)flatline_list_peek (thread->round, j))->line == frame->line;
      if (known)
        continue;
      copy = g_object_new (FLATLINE_TYPE_FRAME, "kind", frame->kind, "function", frame->function, "qualified-name",
                           frame->qualified_name, "file", frame->file, "line", frame->line, NULL);
      flatline_list_append (&thread->round, copy);
    }
  if (thread->round)
    g_list_store_sort (thread->round, compare_by_line, NULL);
}

/* --- the end --- */

static void
fill_stacks (FlatlineMovement *self, FlatlineThread *thread)
{
  g_autoptr (GPtrArray) stacks = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);

  g_ptr_array_add (stacks, list_python_frames (thread));
  for (guint i = 0; i < self->looks->len; i++)
    {
      FlatlineThread *then = flatline_snapshot_find_thread (g_ptr_array_index (self->looks, i), thread->native_id);
      GPtrArray *before = g_ptr_array_index (stacks, stacks->len - 1);
      GPtrArray *now = list_python_frames (then);

      g_ptr_array_add (stacks, now);
      thread->looks++;
      thread->moves += !is_same_stack (before, now);
      thread->gil_looks += then && then->holds_gil;
    }
  if (thread->demand_percent >= ROUND_PERCENT && stacks->len > 1)
    fill_round (thread, stacks);
  /* It ran at the moment of the capture by chance; what it sleeps in ever since says more. */
  else if (!thread->syscall && thread->looks > 0 && thread->moves == 0)
    flatline_thread_read_kernel_facts (thread);
}

static void
fill_clock (FlatlineMovement *self, Watched *watched)
{
  FlatlineThread *thread = watched->thread;
  FlatlineThreadClock now;
  double elapsed_us;

  thread->cpu_percent = thread->demand_percent = -1;
  thread->wakes = -1;
  if (!watched->has_clock || !flatline_thread_read_clock (self->pid, thread->native_id, &now))
    return;
  elapsed_us = (double)MAX (now.read_at_us - watched->clock.read_at_us, 1);
  thread->wakes = now.wakes - watched->clock.wakes;
  thread->cpu_percent = CLAMP (100.0 * (double)(now.ran_us - watched->clock.ran_us) / elapsed_us, 0, 100);
  thread->demand_percent =
      CLAMP (thread->cpu_percent + 100.0 * (double)(now.waited_us - watched->clock.waited_us) / elapsed_us, 0, 100);
}

void
flatline_movement_finish (FlatlineMovement *self)
{
  while (self->looks->len < LOOKS && !self->blind)
    {
      const gint64 due_us = self->began_us + WINDOW_US * (self->looks->len + 1) / LOOKS;

      g_usleep (CLAMP (due_us - g_get_monotonic_time (), 1000, WINDOW_US));
      flatline_movement_look (self);
    }
  for (guint i = 0; i < self->watched->len; i++)
    {
      Watched *watched = &g_array_index (self->watched, Watched, i);

      fill_clock (self, watched);
      fill_stacks (self, watched->thread);
    }
  g_array_unref (self->watched);
  g_ptr_array_unref (self->looks);
  g_free (self);
}
