/* SPDX-License-Identifier: MIT */
/* Locks are found in the variables, tasks by their address, threads where the program's own code is. */
#include "config.h"

#include "flatline-stack-reference.h"

#include "flatline-stack-entry.h"
#include "flatline-thread-facts.h"

static gboolean
has_value_at (GListStore *values, guint64 address, guint depth)
{
  for (guint i = 0; i < flatline_list_length (values); i++)
    {
      FlatlineValue *value = flatline_list_peek (values, i);

      if (value->address == address || (depth > 0 && has_value_at (value->children, address, depth - 1)))
        return TRUE;
    }
  return FALSE;
}

/* The frame with a variable that holds the lock, which the variables then show; else where the verdict points to. */
static FlatlineFrame *
find_frame_with_lock (FlatlineSnapshot *snapshot, guint64 address)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      for (guint j = 0; j < flatline_list_length (thread->frames); j++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, j);

          if (flatline_frame_is_own (frame) && has_value_at (frame->locals, address, 1))
            return frame;
        }
    }
  return flatline_stack_entries_find_frame (snapshot);
}

static FlatlineFrame *
find_frame_of_task (FlatlineSnapshot *snapshot, guint64 address)
{
  for (guint i = 0; i < flatline_list_length (snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (snapshot->tasks, i);

      if (task->address == address)
        return flatline_list_peek (task->frames, 0);
    }
  return NULL;
}

FlatlineFrame *
flatline_stack_reference_find_frame (FlatlineSnapshot *snapshot, FlatlineReference *reference)
{
  FlatlineThread *thread = flatline_snapshot_find_thread (snapshot, reference->thread);

  if (g_strcmp0 (reference->kind, "lock") == 0)
    return find_frame_with_lock (snapshot, reference->address);
  if (g_strcmp0 (reference->kind, "task") == 0)
    return find_frame_of_task (snapshot, reference->address);
  return g_strcmp0 (reference->kind, "thread") == 0 && thread ? flatline_thread_find_place (thread) : NULL;
}
