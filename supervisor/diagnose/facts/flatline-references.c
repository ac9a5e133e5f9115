/* SPDX-License-Identifier: MIT */
/* What a finding is about, as references that a pane can follow: threads, processes, locks, sockets, places. */
#include "flatline-diagnosis.h"

#include <string.h>

static FlatlineReference *
new_reference (const char *kind, gint64 pid, char *label)
{
  FlatlineReference *reference = g_object_new (FLATLINE_TYPE_REFERENCE, NULL);

  reference->kind = g_strdup (kind);
  reference->pid = pid;
  reference->label = label;
  return reference;
}

FlatlineReference *
flatline_reference_new_for_thread (FlatlineThread *thread)
{
  FlatlineReference *reference = new_reference ("thread", thread->pid, flatline_thread_dup_label (thread));

  reference->thread = thread->native_id;
  return reference;
}

FlatlineReference *
flatline_reference_new_for_process (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  return new_reference ("process", pid, flatline_diagnosis_dup_process_label (diagnosis, pid));
}

FlatlineReference *
flatline_reference_new_for_lock (FlatlineLock *lock, const char *label)
{
  FlatlineReference *reference = new_reference ("lock", lock->pid, g_strdup (label));

  reference->address = lock->address;
  return reference;
}

FlatlineReference *
flatline_reference_new_for_task (FlatlineTask *task, gint64 pid, const char *label)
{
  FlatlineReference *reference = new_reference ("task", pid, g_strdup (label));

  reference->thread = task->thread;
  reference->address = task->address;
  return reference;
}

FlatlineReference *
flatline_reference_new_for_descriptor (const char *kind, gint64 pid, gint64 fd)
{
  const gboolean is_pipe = strcmp (kind, "pipe") == 0;
  FlatlineReference *reference = new_reference (
      kind, pid, g_strdup_printf (is_pipe ? _ ("pipe, descriptor %d") : _ ("socket, descriptor %d"), (int)fd));

  reference->fd = fd;
  return reference;
}

FlatlineReference *
flatline_reference_new_for_frame (FlatlineFrame *frame, gint64 pid)
{
  FlatlineReference *reference = new_reference ("source", pid, flatline_frame_dup_location (frame));

  reference->file = g_strdup (frame->file);
  reference->line = frame->line;
  return reference;
}
