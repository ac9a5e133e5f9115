/* SPDX-License-Identifier: MIT */
/* Waiting at a pipe: which one it is, who has its other end, and that one as who has to act first. */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

void
flatline_finding_set_peer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gint64 peer_pid)
{
  FlatlineThread *thread;

  finding->names_holder = TRUE;
  if (peer_pid <= 0 || peer_pid == finding->thread->pid)
    return;
  finding->other_holder = flatline_diagnosis_dup_process_label (diagnosis, peer_pid);
  finding->other_holder_id = peer_pid;
  thread = flatline_diagnosis_find_only_thread (diagnosis, peer_pid);
  finding->holder = thread ? thread->native_id : 0;
}

/* "its standard output, the named pipe /run/x"; NULL for a pipe that has no name. */
static char *
dup_pipe_name (FlatlineDescriptor *descriptor)
{
  static const char *const standard[] = { N_ ("its standard input"), N_ ("its standard output"),
                                          N_ ("its standard error") };
  const char *which = descriptor->fd >= 0 && descriptor->fd < 3 ? _ (standard[descriptor->fd]) : NULL;
  g_autofree char *named = descriptor->target && descriptor->target[0] == '/'
                               ? g_strdup_printf (_ ("the named pipe %s"), descriptor->target)
                               : NULL;

  if (which && named)
    /* Translators: "its standard output", "the named pipe /run/x" */
    return g_strdup_printf (_ ("%s, %s"), which, named);
  return named ? g_steal_pointer (&named) : g_strdup (which);
}

/* @pipe and @peer NULL: not known. */
static char *
dup_pipe_deed (gboolean writing, const char *pipe, const char *peer)
{
  if (!peer)
    peer = writing ? _ ("nobody: it has no reader") : _ ("a writer that is not known");
  if (!pipe)
    /* Translators: who is at the other end: a thread, a process, "nobody: it has no reader", "a writer that …" */
    return writing ? g_strdup_printf (_ ("writes to a full pipe to %s"), peer)
                   : g_strdup_printf (_ ("reads from an empty pipe from %s"), peer);
  /* Translators: "its standard output"; who is at the other end */
  return writing ? g_strdup_printf (_ ("writes to %s, a full pipe to %s"), pipe, peer)
                 : g_strdup_printf (_ ("reads from %s, an empty pipe from %s"), pipe, peer);
}

/* TRUE when a third process of the tree has the pipe open as well and might act in the peer's place. */
static gboolean
others_have_pipe (FlatlineDiagnosis *diagnosis, FlatlineConnection *own, gint64 peer_pid)
{
  for (guint i = 0; own && i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *other = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (other->inode == own->inode && g_strcmp0 (other->protocol, "pipe") == 0 && other->pid != own->pid
          && other->pid != peer_pid && g_strcmp0 (other->state, own->state) != 0)
        return TRUE;
    }
  return FALSE;
}

void
flatline_finding_settle_pipe (FlatlineDiagnosis *diagnosis,
                              FlatlineFinding *finding,
                              FlatlineDescriptor *descriptor,
                              FlatlineDirection direction,
                              FlatlineConfidence confidence)
{
  const gboolean writing = direction == FLATLINE_DIRECTION_WRITE;
  FlatlineConnection *connection = flatline_diagnosis_find_connection (diagnosis, finding->thread->pid, descriptor->fd);
  const gint64 peer_pid = descriptor->peer_pid ? descriptor->peer_pid : connection ? connection->peer_pid : 0;
  g_autofree char *pipe = dup_pipe_name (descriptor);
  g_autofree char *peer = NULL;

  if (peer_pid > 0 && peer_pid == finding->thread->pid)
    /* Translators: who is at the other end of a pipe: "reads from an empty pipe from …" */
    peer = g_strdup (_ ("itself: nobody else has its other end"));
  else if (peer_pid > 0)
    {
      FlatlineThread *thread = flatline_diagnosis_find_only_thread (diagnosis, peer_pid);

      peer = thread ? flatline_thread_dup_label (thread) : flatline_diagnosis_dup_process_label (diagnosis, peer_pid);
    }
  flatline_finding_settle (finding, "pipe-wait", confidence, dup_pipe_deed (writing, pipe, peer));
  finding->resource = g_strdup (writing ? _ ("room in a pipe") : _ ("bytes from a pipe"));
  flatline_finding_set_peer (diagnosis, finding, peer_pid);
  if (finding->holder && others_have_pipe (diagnosis, connection, peer_pid))
    finding->confidence = MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_evidence (finding, "/proc/PID/fd", _ ("Descriptor %d is %s"), (int)descriptor->fd,
                                 descriptor->target ? descriptor->target : _ ("a pipe"));
  flatline_finding_point (finding,
                          flatline_reference_new_for_descriptor ("pipe", finding->thread->pid, descriptor->fd));
  flatline_finding_take_resource (finding,
                                  flatline_reference_new_for_descriptor ("pipe", finding->thread->pid, descriptor->fd));
}
