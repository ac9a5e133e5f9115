/* SPDX-License-Identifier: MIT */
/*
 * Rules about reading and writing: the system call names the descriptor, the capture's descriptors and connections tell
 * what it is. What waiting at a socket or a pipe means is in flatline-socket-waits.c and flatline-pipe-waits.c; what
 * only polls is in flatline-rules-polls.c, files in flatline-rules-files.c.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

/* pdb, and what is made of it: a breakpoint() or set_trace() that was left in the program. */
static gboolean
is_in_debugger (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "bdb.py",
                                     "trace_dispatch dispatch_line dispatch_opcode dispatch_call "
                                     "dispatch_return dispatch_exception set_trace")
         || flatline_thread_find_frame (thread, "pdb.py", "interaction cmdloop");
}

void
flatline_finding_settle_input (FlatlineFinding *finding, FlatlineConfidence confidence, const char *what)
{
  flatline_finding_settle (
      finding, "stdin-wait", confidence,
      is_in_debugger (finding->thread)
          ? /* Translators: "its standard input", "the terminal"; breakpoint() is a function of Python */
          g_strdup_printf (_ ("has come to a breakpoint(): Python’s debugger waits for a command from %s"), what)
          : g_strdup_printf (_ ("waits for input from %s"), what));
  finding->resource = g_strdup_printf (_ ("input from %s"), what);
  flatline_finding_add_kernel_evidence (finding);
}

/* Of another process only the ends of pipes and sockets are known. */
static FlatlineDescriptor *
stand_in_for_pipe (FlatlineConnection *connection)
{
  FlatlineDescriptor *descriptor = g_object_new (FLATLINE_TYPE_DESCRIPTOR, NULL);

  descriptor->pid = connection->pid;
  descriptor->fd = connection->fd;
  descriptor->kind = g_strdup ("pipe");
  descriptor->target = g_strdup (connection->local_address);
  descriptor->peer_pid = connection->peer_pid;
  return descriptor;
}

static gboolean
is_pipe (FlatlineDescriptor *descriptor)
{
  return descriptor && g_strcmp0 (descriptor->kind, "pipe") == 0;
}

/* In which end the process itself has the pipe does not matter: who writes to its own input waits for nobody. */
static gboolean
is_standard_input (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, gint64 fd, FlatlineDescriptor *descriptor)
{
  if (descriptor && g_strcmp0 (descriptor->kind, "tty") == 0)
    return descriptor->peer_pid == 0;
  if (fd != 0)
    return FALSE;
  /* Fed by a process of the same tree it is a pipe like others. */
  return !is_pipe (descriptor) || !flatline_diagnosis_find_process (diagnosis, descriptor->peer_pid);
}

/* Descriptors of the kernel's own that somebody reads from until something happens. */
static gboolean
settle_anonymous (FlatlineFinding *finding, FlatlineDescriptor *descriptor)
{
  static const struct
  {
    const char *target;
    const char *awaited;
  } kinds[] = {
    { "anon_inode:[signalfd]", N_ ("a signal (signalfd)") },
    { "anon_inode:[timerfd]", N_ ("a timer (timerfd)") },
    { "anon_inode:inotify", N_ ("a change of the files that it watches (inotify)") },
    { "anon_inode:[fanotify]", N_ ("a change of the files that it watches (fanotify)") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (descriptor->target, kinds[i].target) == 0)
      {
        flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN,
                                 g_strdup_printf (_ ("waits for %s"), _ (kinds[i].awaited)));
        finding->resource = g_strdup (_ (kinds[i].awaited));
        flatline_finding_add_kernel_evidence (finding);
        return TRUE;
      }
  return FALSE;
}

gboolean
flatline_rule_descriptor (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean transfers = flatline_thread_in_syscall (thread, FLATLINE_READING_CALLS " " FLATLINE_WRITING_CALLS);
  const gboolean socket_only = flatline_thread_in_syscall (
      thread, FLATLINE_ACCEPTING_CALLS " connect recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg");
  const FlatlineDirection direction =
      flatline_thread_in_syscall (thread, FLATLINE_WRITING_CALLS) ? FLATLINE_DIRECTION_WRITE : FLATLINE_DIRECTION_READ;
  const gint64 fd = (gint32)flatline_thread_syscall_argument (thread, 0);
  FlatlineConnection *connection;
  g_autoptr (FlatlineDescriptor) descriptor = NULL;

  if (!transfers && !socket_only)
    return FALSE;
  connection = flatline_diagnosis_find_connection (diagnosis, thread->pid, fd);
  g_set_object (&descriptor, flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd));
  if (!descriptor && connection && g_strcmp0 (connection->protocol, "pipe") == 0)
    descriptor = stand_in_for_pipe (connection);
  if (flatline_thread_in_syscall (thread, FLATLINE_READING_CALLS)
      && is_standard_input (diagnosis, thread, fd, descriptor) && !socket_only
      && !(descriptor && g_strcmp0 (descriptor->kind, "socket") == 0))
    {
      flatline_finding_settle_input (finding, FLATLINE_CONFIDENCE_CERTAIN,
                                     fd == 0 ? _ ("its standard input") : _ ("the terminal"));
      return TRUE;
    }
  if (is_pipe (descriptor))
    {
      flatline_finding_settle_pipe (diagnosis, finding, descriptor, direction, FLATLINE_CONFIDENCE_CERTAIN);
      return TRUE;
    }
  if (descriptor && g_strcmp0 (descriptor->kind, "tty") == 0 && descriptor->peer_pid
      && direction == FLATLINE_DIRECTION_READ)
    {
      flatline_finding_settle_terminal (diagnosis, finding, descriptor->peer_pid, FLATLINE_CONFIDENCE_CERTAIN);
      return TRUE;
    }
  if (descriptor && g_strcmp0 (descriptor->kind, "eventfd") == 0)
    {
      flatline_finding_settle (
          finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN,
          g_strdup_printf (_ ("waits until somebody signals the event descriptor %d (eventfd)"), (int)fd));
      finding->resource = g_strdup_printf (_ ("the event descriptor %d"), (int)fd);
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (descriptor && settle_anonymous (finding, descriptor))
    return TRUE;
  if (socket_only || connection || (descriptor && g_strcmp0 (descriptor->kind, "socket") == 0))
    {
      flatline_finding_settle_socket (diagnosis, finding, connection, direction,
                                      connection ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY);
      flatline_finding_note_own_server (diagnosis, finding, connection);
      flatline_finding_note_manager (diagnosis, finding);
      flatline_finding_note_statement (diagnosis, finding);
      return TRUE;
    }
  return FALSE;
}

/* Message queues of the system, which are no descriptors. */
gboolean
flatline_rule_ipc (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean receives = flatline_thread_in_syscall (thread, "msgrcv mq_timedreceive");

  if (!receives && !flatline_thread_in_syscall (thread, "msgsnd mq_timedsend"))
    return FALSE;
  flatline_finding_settle (
      finding, "queue-wait", FLATLINE_CONFIDENCE_CERTAIN,
      receives ? g_strdup_printf (_ ("waits in %s for a message from a message queue of the system"), thread->syscall)
               : g_strdup_printf (_ ("waits in %s for room in a message queue of the system"), thread->syscall));
  finding->resource = g_strdup (_ ("a message queue of the system"));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (thread));
  return TRUE;
}
