/* SPDX-License-Identifier: MIT */
/*
 * What a capture sees of Flatline's agent in the program, which is not the program's: its thread, the frames in which a
 * thread of the program waits for us, hooks. It is left out.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-code-path.h"
#include "flatline-paths.h"
#include "flatline-proc-stat.h"

#include <string.h>

#define AGENT_THREAD_NAME "flatline-agent" /* agent/native/flatline-ticker.h */

void
flatline_thread_forget_system_call (FlatlineThread *thread)
{
  g_clear_pointer (&thread->syscall, g_free);
  g_clear_pointer (&thread->syscall_args, g_strfreev);
  g_clear_pointer (&thread->syscall_path, g_free);
  g_clear_pointer (&thread->polled, g_strfreev);
  g_clear_pointer (&thread->wait_channel, g_free);
}

static gboolean
is_agent_frame (FlatlineFrame *frame, const char *folder)
{
  return frame->file && flatline_path_is_in_agent (frame->file, folder);
}

gboolean
flatline_capture_is_agent (gint64 pid, gint64 native_id)
{
  FlatlineProcStat stat;

  return pid != native_id && flatline_proc_stat_read_thread (pid, native_id, &stat)
         && strcmp (stat.comm, AGENT_THREAD_NAME) == 0;
}

/* The agent's own thread is not the program's. */
static gboolean
is_agent_thread (FlatlineThread *thread, const char *folder)
{
  if (!thread->is_main && g_strcmp0 (thread->name, AGENT_THREAD_NAME) == 0)
    return TRUE;
  for (guint i = flatline_list_length (thread->frames); i-- > 0 && !thread->is_main;)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (g_strcmp0 (frame->kind, "native") != 0)
        return is_agent_frame (frame, folder) && g_strcmp0 (frame->function, "_run") == 0;
    }
  return FALSE;
}

/* What the agent does in a thread of the program's (it waits for us) is not the program's, either. */
static void
hide_agent_frames (FlatlineThread *thread, const char *folder)
{
  guint n_frames = flatline_list_length (thread->frames);
  guint n_agent = 0;

  for (guint i = 0; i < n_frames; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (is_agent_frame (frame, folder))
        n_agent = i + 1;
      else if (g_strcmp0 (frame->kind, "native") != 0)
        break;
    }
  if (n_agent == 0)
    return;
  g_list_store_splice (thread->frames, 0, n_agent, NULL, 0);
  flatline_thread_forget_system_call (thread);
}

/* Before Python 3.12 a function that is traced is called by ours, and that by code in its place: two frames that nobody
 * wrote, further out than the innermost. */
static void
hide_hooks (FlatlineThread *thread, const char *folder)
{
  gboolean is_next = FALSE; /* the code in its place */

  for (guint i = 0; i < flatline_list_length (thread->frames);)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      const gboolean is_hook = is_agent_frame (frame, folder) && strstr (frame->file, "/live/swapped.py");

      if (is_hook || (is_next && g_strcmp0 (frame->kind, "native") != 0))
        {
          is_next = is_hook;
          g_list_store_remove (thread->frames, i);
        }
      else
        i++;
    }
}

guint
flatline_capture_hide_agent (FlatlineSnapshot *snapshot)
{
  g_autofree char *folder = flatline_paths_dup_agent_dir ();
  guint n_hidden = 0;

  for (guint i = flatline_list_length (snapshot->threads); i-- > 0;)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (is_agent_thread (thread, folder))
        {
          g_list_store_remove (snapshot->threads, i);
          n_hidden++;
        }
      else
        {
          hide_agent_frames (thread, folder);
          hide_hooks (thread, folder);
        }
    }
  return n_hidden;
}
