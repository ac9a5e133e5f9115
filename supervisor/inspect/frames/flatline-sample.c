/* SPDX-License-Identifier: MIT */
/* FlatlineSample: two arrays, used again from look to look. Filled by flatline_inspector_sample(). */
#include "flatline-sample.h"

#include "flatline-code.h"
#include "flatline-stacks.h"

FlatlineSample *
flatline_sample_new (void)
{
  FlatlineSample *self = g_new0 (FlatlineSample, 1);

  self->threads = g_array_new (FALSE, FALSE, sizeof (FlatlineThreadSample));
  self->calls = g_ptr_array_new ();
  return self;
}

void
flatline_sample_free (FlatlineSample *self)
{
  g_array_unref (self->threads);
  g_ptr_array_unref (self->calls);
  g_clear_pointer (&self->places, flatline_code_cache_unref);
  g_free (self);
}

void
flatline_sample_clear (FlatlineSample *self)
{
  g_array_set_size (self->threads, 0);
  g_ptr_array_set_size (self->calls, 0);
}

static void
keep_places (FlatlineSample *self, FlatlineCodeCache *places)
{
  if (self->places == places)
    return;
  g_clear_pointer (&self->places, flatline_code_cache_unref);
  self->places = flatline_code_cache_ref (places);
}

/* Appends the places of the calls of @stack; what has no readable code is left out, and said. */
static FlatlineThreadSample
read_thread (FlatlineSample *self, FlatlineStacks *stacks, const FlatlineStack *stack, FlatlineCodeCache *codes)
{
  const FlatlineFrameState *frames = flatline_stacks_get_frames (stacks, stack);
  FlatlineThreadSample thread = {
    .native_id = stack->state.native_id,
    .stack_hash = G_GUINT64_CONSTANT (0xcbf29ce484222325), /* FNV-1a, a word at a time */
    .first = self->calls->len,
    .complete = stack->complete,
    .holds_gil = stack->state.holds_gil || stack->state.keeps_world,
  };
  const FlatlineCallPlace *place = NULL;

  for (guint i = 0; i < stack->n_frames; i++)
    {
      thread.stack_hash = (thread.stack_hash ^ frames[i].code) * G_GUINT64_CONSTANT (0x100000001b3);
      thread.stack_hash = (thread.stack_hash ^ (guint64)frames[i].offset) * G_GUINT64_CONSTANT (0x100000001b3);
      thread.stack_hash = (thread.stack_hash ^ (guint64)frames[i].line) * G_GUINT64_CONSTANT (0x100000001b3);
      /* In a recursion it is the one before. */
      if (!place || frames[i].code != frames[i - 1].code || frames[i].offset != frames[i - 1].offset
          || frames[i].line != frames[i - 1].line)
        {
          FlatlineCode *code = flatline_code_cache_find (codes, frames[i].code);

          place = code ? flatline_code_cache_find_place (codes, code, frames[i].offset, frames[i].line) : NULL;
        }
      if (place)
        g_ptr_array_add (self->calls, (gpointer)place);
      else
        thread.complete = FALSE;
    }
  thread.n_calls = self->calls->len - thread.first;
  return thread;
}

void
flatline_sample_fill (FlatlineSample *self, FlatlineStacks *stacks, FlatlineCodeCache *codes)
{
  keep_places (self, codes);
  for (guint i = 0; i < stacks->stacks->len; i++)
    {
      FlatlineThreadSample thread =
          read_thread (self, stacks, &g_array_index (stacks->stacks, FlatlineStack, i), codes);

      g_array_append_val (self->threads, thread);
    }
}

const FlatlineCallPlace *const *
flatline_sample_get_calls (const FlatlineSample *self, const FlatlineThreadSample *thread)
{
  return (const FlatlineCallPlace *const *)self->calls->pdata + thread->first;
}
