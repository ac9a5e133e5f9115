/* SPDX-License-Identifier: MIT */
/*
 * A stack that is read while its thread runs may be put together from two moments: a caller as it was before, a callee
 * as it was after. So every page that a stack came from is read a second time. Where nothing changed, or the same calls
 * at the same instructions are found again, the stack is true. Where not, that thread alone is read again, its pages
 * twice within microseconds, until both readings agree. The innermost frame's own instruction may differ: it moves
 * without anything else doing so.
 */
#include "flatline-stacks.h"

#include "flatline-runners.h"
#include "flatline-thread-ids.h"

#define MAX_THREADS  65536
#define MAX_FRAMES   (1 << 21) /* of all threads */
#define MAX_TRIES    1500      /* of a few microseconds each */
#define AGREEMENTS   2         /* of two readings each */
#define TRIES_TO_NAP 50
#define NAP_US       200

FlatlineStacks *
flatline_stacks_new (void)
{
  FlatlineStacks *self = g_new0 (FlatlineStacks, 1);

  self->stacks = g_array_new (FALSE, FALSE, sizeof (FlatlineStack));
  self->frames = g_array_new (FALSE, FALSE, sizeof (FlatlineFrameState));
  self->stacks_before = g_array_new (FALSE, FALSE, sizeof (FlatlineStack));
  self->frames_before = g_array_new (FALSE, FALSE, sizeof (FlatlineFrameState));
  return self;
}

void
flatline_stacks_free (FlatlineStacks *self)
{
  g_array_unref (self->stacks);
  g_array_unref (self->frames);
  g_array_unref (self->stacks_before);
  g_array_unref (self->frames_before);
  g_free (self);
}

const FlatlineFrameState *
flatline_stacks_get_frames (const FlatlineStacks *self, const FlatlineStack *stack)
{
  return (const FlatlineFrameState *)(gpointer)self->frames->data + stack->first;
}

/* To its end, or to what was asked for. */
static gboolean
is_whole (const FlatlineStack *stack, guint max_frames)
{
  return stack->complete || stack->n_frames >= max_frames;
}

gboolean
flatline_stacks_are_whole (const FlatlineStacks *self)
{
  for (guint i = 0; i < self->stacks->len; i++)
    if (!is_whole (&g_array_index (self->stacks, FlatlineStack, i), self->max_frames))
      return FALSE;
  return TRUE;
}

/* Reads the frames of a thread behind those that are there. */
static void
read_stack (FlatlineStacks *self, FlatlineTarget *target, guint max_frames, FlatlineStack *stack)
{
  const guint room = self->frames->len < MAX_FRAMES ? MAX_FRAMES - self->frames->len : 0;

  stack->first = self->frames->len;
  stack->complete = flatline_frame_states_append (target, &stack->state, MIN (max_frames, room), self->frames);
  stack->n_frames = self->frames->len - stack->first;
}

/* Where a version has no pointer to the C stack, what the evaluator was called with is on it. */
static void
find_runners (FlatlineStacks *self, FlatlineTarget *target, GArray *states)
{
  for (guint i = 0; i < states->len; i++)
    {
      FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      const FlatlineStack *stack = &g_array_index (self->stacks, FlatlineStack, i);
      const FlatlineFrameState *frames = flatline_stacks_get_frames (self, stack);

      for (guint j = 0; j < stack->n_frames && state->c_stack == 0; j++)
        state->c_stack = frames[j].shim;
    }
  flatline_thread_states_find_runners (target, states);
  for (guint i = 0; i < states->len; i++)
    g_array_index (self->stacks, FlatlineStack, i).state = g_array_index (states, FlatlineThreadState, i);
}

static void
read_all (FlatlineStacks *self, FlatlineTarget *target, guint max_frames)
{
  g_autoptr (GArray) states = flatline_thread_states_read (target, MAX_THREADS);

  flatline_thread_states_find_native_ids (target, states);
  g_array_set_size (self->stacks, 0);
  g_array_set_size (self->frames, 0);
  for (guint i = 0; i < states->len; i++)
    {
      FlatlineStack stack = { .state = g_array_index (states, FlatlineThreadState, i) };

      read_stack (self, target, max_frames, &stack);
      g_array_append_val (self->stacks, stack);
    }
  find_runners (self, target, states);
}

/* The same calls, all but the innermost at the same instruction. */
static gboolean
is_same_stack (const FlatlineStack *one,
               const FlatlineFrameState *frames,
               const FlatlineStack *other,
               const FlatlineFrameState *other_frames)
{
  if (one->n_frames != other->n_frames || !one->complete != !other->complete)
    return FALSE;
  for (guint i = 0; i < one->n_frames; i++)
    if (frames[i].address != other_frames[i].address || frames[i].code != other_frames[i].code
        || (i > 0 && (frames[i].offset != other_frames[i].offset || frames[i].line != other_frames[i].line)))
      return FALSE;
  return TRUE;
}

/* Reads the thread of @stack as it was a moment ago and a moment later; TRUE when both are the same. */
static gboolean
read_twice (FlatlineStacks *self, FlatlineTarget *target, guint max_frames, FlatlineStack *stack, gboolean *gone)
{
  const gboolean is_same = flatline_memory_refresh_twice (target->memory);
  FlatlineStack again;

  *gone = !flatline_thread_state_renew (target, &stack->state);
  if (*gone)
    return FALSE;
  read_stack (self, target, max_frames, stack);
  if (is_same)
    return TRUE;
  flatline_memory_show_second (target->memory);
  again = *stack;
  *gone = !flatline_thread_state_renew (target, &again.state);
  if (*gone)
    return FALSE;
  read_stack (self, target, max_frames, &again);
  return is_same_stack (stack, flatline_stacks_get_frames (self, stack), &again,
                        flatline_stacks_get_frames (self, &again));
}

/*
 * Reads one thread until readings agree that follow each other. Two are not enough: of one that calls and returns all
 * the time both may have come upon the same two moments.
 */
static gboolean
settle (FlatlineStacks *self, FlatlineTarget *target, guint max_frames, FlatlineStack *stack)
{
  const guint first = self->frames->len;
  guint n_agreed = 0;
  gboolean gone;

  flatline_memory_begin_use (target->memory);
  /* Which pages it takes is known once they were used. */
  if (!flatline_thread_state_renew (target, &stack->state))
    return FALSE;
  read_stack (self, target, max_frames, stack);
  for (guint i = 1; i <= MAX_TRIES; i++)
    {
      FlatlineStack before = *stack;

      /* Those that agreed stay until the next have been compared with them. */
      if (n_agreed == 0)
        g_array_set_size (self->frames, first);
      if (read_twice (self, target, max_frames, stack, &gone) && is_whole (stack, max_frames)
          && flatline_memory_is_of_one_moment (target->memory)
          && (n_agreed == 0
              || is_same_stack (stack, flatline_stacks_get_frames (self, stack), &before,
                                flatline_stacks_get_frames (self, &before))))
        {
          if (++n_agreed == AGREEMENTS)
            return TRUE;
          continue;
        }
      if (gone)
        return FALSE;
      n_agreed = 0;
      /* The interpreter's own steps between two frames are few, but the thread may have lost its processor there. */
      if (i % TRIES_TO_NAP == 0)
        g_usleep (NAP_US);
    }
  stack->complete = FALSE;
  return TRUE;
}

/* The same thread in the reading before, mostly at the same place of the list; NULL: it is new. */
static const FlatlineStack *
find_before (const FlatlineStacks *self, guint i, guint64 address)
{
  const FlatlineStack *before = (const FlatlineStack *)(gpointer)self->stacks_before->data;

  if (i < self->stacks_before->len && before[i].state.address == address)
    return &before[i];
  for (guint j = 0; j < self->stacks_before->len; j++)
    if (before[j].state.address == address)
      return &before[j];
  return NULL;
}

static void
swap_readings (FlatlineStacks *self)
{
  GArray *stacks = self->stacks, *frames = self->frames;

  self->stacks = self->stacks_before;
  self->frames = self->frames_before;
  self->stacks_before = stacks;
  self->frames_before = frames;
}

/* Makes @outer the whole stack: what the thread calls from there in @inner comes first. */
static void
join (FlatlineStacks *self, FlatlineStack *outer, const FlatlineStack *inner)
{
  const guint first = self->frames->len;
  const guint n_frames = inner->n_frames + outer->n_frames;

  outer->state.holds_gil |= inner->state.holds_gil;
  outer->state.keeps_world |= inner->state.keeps_world;
  outer->complete &= inner->complete;
  if (inner->n_frames == 0)
    return;
  g_array_set_size (self->frames, first + n_frames);
  for (guint i = 0; i < n_frames; i++)
    g_array_index (self->frames, FlatlineFrameState, first + i) =
        i < inner->n_frames ? g_array_index (self->frames, FlatlineFrameState, inner->first + i)
                            : g_array_index (self->frames, FlatlineFrameState, outer->first + i - inner->n_frames);
  outer->first = first;
  outer->n_frames = n_frames;
  outer->state.frame = inner->state.frame;
  outer->state.interpreter = inner->state.interpreter;
  outer->state.gil = inner->state.gil;
  outer->state.collecting = inner->state.collecting;
}

/*
 * A thread that runs a sub-interpreter has a state in each of its interpreters. The list begins with the interpreter
 * made last, which is the one that the others called.
 */
static void
join_interpreters (FlatlineStacks *self)
{
  const FlatlineStack *stacks = (const FlatlineStack *)(gpointer)self->stacks->data;
  g_autoptr (GHashTable) known = NULL; /* native id to index */
  guint n = 0;

  if (self->stacks->len < 2 || stacks[0].state.interp == stacks[self->stacks->len - 1].state.interp)
    return;
  known = g_hash_table_new (g_direct_hash, g_direct_equal);
  for (guint i = 0; i < self->stacks->len; i++)
    {
      FlatlineStack stack = g_array_index (self->stacks, FlatlineStack, i);
      gpointer key = GSIZE_TO_POINTER (stack.state.native_id);
      gpointer index;

      if (stack.state.native_id > 0 && g_hash_table_lookup_extended (known, key, NULL, &index))
        {
          join (self, &stack, &g_array_index (self->stacks, FlatlineStack, GPOINTER_TO_UINT (index)));
          g_array_index (self->stacks, FlatlineStack, GPOINTER_TO_UINT (index)) = stack;
          continue;
        }
      g_hash_table_insert (known, key, GUINT_TO_POINTER (n));
      g_array_index (self->stacks, FlatlineStack, n++) = stack;
    }
  g_array_set_size (self->stacks, n);
}

/* The innermost call is at the same instruction, too. */
static gboolean
rests (const FlatlineFrameState *frames, const FlatlineFrameState *frames_before, guint n_frames)
{
  return n_frames == 0 || frames[0].offset == frames_before[0].offset;
}

/* Reads those again that a second reading found elsewhere than the first did. */
static void
settle_all (FlatlineStacks *self, FlatlineTarget *target, guint max_frames)
{
  for (guint i = 0; i < self->stacks->len; i++)
    {
      FlatlineStack *stack = &g_array_index (self->stacks, FlatlineStack, i);
      const FlatlineStack *before = find_before (self, i, stack->state.address);
      const FlatlineFrameState *frames_before = (const FlatlineFrameState *)(gpointer)self->frames_before->data;

      if (before && is_whole (stack, max_frames)
          && is_same_stack (stack, flatline_stacks_get_frames (self, stack), before, frames_before + before->first)
          && rests (flatline_stacks_get_frames (self, stack), frames_before + before->first, stack->n_frames))
        continue;
      self->is_still = FALSE;
      if (!settle (self, target, max_frames, stack))
        g_array_remove_index (self->stacks, i--);
    }
}

void
flatline_stacks_read (FlatlineStacks *self, FlatlineTarget *target, guint max_frames, FlatlineStacksTarget how)
{
  const gboolean is_second = how == FLATLINE_STACKS_AGAIN && self->max_frames == max_frames;

  self->is_still = TRUE;
  self->max_frames = max_frames;
  if (is_second)
    swap_readings (self);
  read_all (self, target, max_frames);
  if (!is_second && how != FLATLINE_STACKS_HELD && !flatline_memory_verify (target->memory))
    {
      swap_readings (self);
      flatline_memory_show_second (target->memory);
      read_all (self, target, max_frames);
      settle_all (self, target, max_frames);
    }
  else if (is_second)
    settle_all (self, target, max_frames);
  join_interpreters (self);
}

void
flatline_stacks_forget (FlatlineStacks *self)
{
  g_array_set_size (self->stacks, 0);
  g_array_set_size (self->frames, 0);
  self->max_frames = 0;
  self->is_still = FALSE;
}
