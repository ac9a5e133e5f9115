/* SPDX-License-Identifier: MIT */
/*
 * Rules about reading and writing: the system call names the descriptor, the capture's descriptors and connections tell
 * what it is and who is at its other end. What only polls is in flatline-rules-polls.c, files in
 * flatline-rules-files.c, what was asked of the other end in flatline-asked-questions.c.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define READING_CALLS   "read readv pread64 preadv recvfrom recvmsg recvmmsg"
#define WRITING_CALLS   "write writev pwrite64 pwritev sendto sendmsg sendmmsg sendfile"
#define ACCEPTING_CALLS "accept accept4"

/* A silence shorter than this is nothing to speak of. */
#define SILENCE_MS 1000

/*
 * The one other thread of the process, while it is in a call on the other end of @connection: with a third one, that
 * might use the end instead.
 */
static FlatlineThread *
find_thread_at_other_end (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineConnection *connection)
{
  FlatlineConnection *end;
  FlatlineThread *other = NULL, *next;

  if (!connection->local_address || !connection->remote_address || connection->peer_pid != thread->pid)
    return NULL;
  for (guint i = 0; (next = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (next == thread || next->pid != thread->pid || flatline_thread_is_agent (next))
        continue;
      if (other)
        return NULL;
      other = next;
    }
  if (!other || !flatline_thread_in_syscall (other, READING_CALLS " " WRITING_CALLS))
    return NULL;
  end = flatline_diagnosis_find_connection (diagnosis, other->pid, flatline_thread_syscall_argument (other, 0));
  return end && g_strcmp0 (end->local_address, connection->remote_address) == 0
                 && g_strcmp0 (end->remote_address, connection->local_address) == 0
             ? other
             : NULL;
}

/* Of a process that is not of the tree no more is known than what its connection tells. */
static char *
dup_peer_process (FlatlineDiagnosis *diagnosis, FlatlineConnection *connection)
{
  if (connection->peer_process && !flatline_diagnosis_find_process (diagnosis, connection->peer_pid))
    return g_strdup_printf (_ ("process %d (%s)"), (int)connection->peer_pid, connection->peer_process);
  return flatline_diagnosis_dup_process_label (diagnosis, connection->peer_pid);
}

/* "10.0.0.2:80 (db.example)", "the Unix socket /run/x of process 12 (server)", "a peer". */
static char *
dup_peer (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineConnection *connection)
{
  g_autofree char *owner = NULL;
  const char *address = connection ? connection->remote_address : NULL;
  const gboolean is_unix = connection && g_strcmp0 (connection->protocol, "unix") == 0;

  if (!address && flatline_thread_in_syscall (thread, "connect"))
    address = thread->syscall_path;
  if (connection && connection->peer_pid > 0 && connection->peer_pid == connection->pid)
    {
      FlatlineThread *other = find_thread_at_other_end (diagnosis, thread, connection);

      owner = other ? flatline_thread_dup_label (other) : g_strdup (_ ("this very process"));
    }
  else if (connection && connection->peer_pid > 0)
    owner = dup_peer_process (diagnosis, connection);
  if (!address && !owner)
    return g_strdup (is_unix ? _ ("a Unix socket") : _ ("a socket without a known peer"));
  if (!address)
    return g_steal_pointer (&owner);
  if (connection && connection->remote_name && strcmp (connection->remote_name, address) != 0)
    return g_strdup_printf ("%s (%s)", address, connection->remote_name);
  if (owner)
    return g_strdup_printf ("%s, %s", address, owner);
  return g_strdup (address);
}

static void
add_connection_evidence (FlatlineFinding *finding, FlatlineConnection *connection)
{
  g_autofree char *to_read = connection ? g_format_size ((guint64)MAX (connection->receive_queue, 0)) : NULL;
  g_autofree char *to_send = connection ? g_format_size ((guint64)MAX (connection->send_queue, 0)) : NULL;

  if (!connection)
    return;
  flatline_finding_add_evidence (
      finding, "sock_diag, /proc/PID/fd",
      /* Translators: number, protocol, state, two addresses, two sizes ("12 kB") */
      _ ("Descriptor %d is a %s socket, %s, from %s to %s; waiting to be read: %s, to be sent: %s"),
      (int)connection->fd, connection->protocol ? connection->protocol : "?",
      connection->state ? connection->state : "?",
      connection->local_address ? connection->local_address : _ ("nowhere"),
      connection->remote_address ? connection->remote_address : _ ("nowhere"), to_read, to_send);
  flatline_finding_point (finding, flatline_reference_new_for_descriptor ("socket", connection->pid, connection->fd));
  if (connection->peer_pending > 0 && connection->peer_backlog > 0)
    flatline_finding_add_evidence (finding, "sock_diag",
                                   ngettext ("%d connection waits there to be accepted, and there is room for %d",
                                             "%d connections wait there to be accepted, and there is room for %d",
                                             (gulong)connection->peer_pending),
                                   (int)connection->peer_pending, (int)connection->peer_backlog);
}

/* Who is at the other end acts first; through its only thread the chain goes on. */
static void
set_peer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gint64 peer_pid)
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

static char *
dup_silence (FlatlineConnection *connection)
{
  if (!connection || connection->silent_ms < SILENCE_MS)
    return g_strdup ("");
  return g_strdup_printf (_ (" for %.1f s"), (double)connection->silent_ms / 1000);
}

/*
 * The kernel makes a connection before the server accepts it, as long as there is room in the queue. A connect() to a
 * Unix socket waits for nothing but that room. NULL when neither is the case.
 */
static char *
dup_unaccepted_deed (FlatlineThread *thread,
                     FlatlineConnection *connection,
                     FlatlineDirection direction,
                     const char *peer)
{
  const gboolean connects =
      flatline_thread_in_syscall (thread, "connect") || (connection && g_strcmp0 (connection->state, "SYN_SENT") == 0);
  const gboolean is_unix = connection && g_strcmp0 (connection->protocol, "unix") == 0;

  if (!connection || !(connection->peer_pending > 0 || (is_unix && connects)))
    return NULL;
  if (connects)
    return g_strdup_printf (_ ("tries to connect to %s, which accepts nobody: its queue is full"), peer);
  return direction == FLATLINE_DIRECTION_WRITE
             ? g_strdup_printf (_ ("writes to %s, which has not accepted the connection yet"), peer)
             : g_strdup_printf (_ ("reads from %s, which has not accepted the connection yet"), peer);
}

/* @plainly: the same without a claim that is only true of one moment, where there is such a claim. */
static char *
dup_socket_deed (FlatlineDiagnosis *diagnosis,
                 FlatlineFinding *finding,
                 FlatlineConnection *connection,
                 FlatlineDirection direction,
                 char **plainly)
{
  FlatlineThread *thread = finding->thread;
  g_autofree char *peer = dup_peer (diagnosis, thread, connection);
  g_autofree char *unaccepted = dup_unaccepted_deed (thread, connection, direction, peer);
  g_autofree char *silence = dup_silence (connection);
  const char *protocol = connection && connection->protocol ? connection->protocol : "";

  if (flatline_thread_in_syscall (thread, "connect") || (connection && g_strcmp0 (connection->state, "SYN_SENT") == 0))
    {
      *plainly = g_strdup_printf (_ ("tries to connect to %s"), peer);
      if (finding->holder)
        return g_strdup (*plainly);
      return unaccepted ? g_steal_pointer (&unaccepted)
                        : g_strdup_printf (_ ("tries to connect to %s, which does not answer"), peer);
    }
  if (direction != FLATLINE_DIRECTION_WRITE && !finding->holder && connection && g_str_has_prefix (protocol, "udp")
      && !connection->remote_address)
    return g_strdup_printf (_ ("waits for a datagram on %s"),
                            connection->local_address ? connection->local_address : _ ("a socket"));
  *plainly = direction == FLATLINE_DIRECTION_WRITE ? g_strdup_printf (_ ("writes to %s"), peer)
                                                   : g_strdup_printf (_ ("reads from %s"), peer);
  /* What the peer does instead is told by its own finding. */
  if (finding->holder)
    return g_strdup (*plainly);
  if (unaccepted)
    return g_steal_pointer (&unaccepted);
  if (direction == FLATLINE_DIRECTION_WRITE)
    return g_strdup_printf (_ ("writes to %s, which does not read"), peer);
  /* What was sent and never acknowledged tells a dead host or network from a slow answer. */
  if (connection && connection->send_queue > 0 && g_str_has_prefix (protocol, "tcp"))
    return g_strdup_printf (/* Translators: an address; then " for 3.1 s" or nothing */
                            _ ("reads from %s, which has sent nothing%s and has not acknowledged what was sent to it: "
                               "the host or the network may be gone"),
                            peer, silence);
  /* Since when is not known of all sockets, nor whether anything came before. */
  if (!*silence)
    return g_strdup_printf (_ ("reads from %s, which sends nothing"), peer);
  /* Translators: an address; then " for 3.1 s" */
  return g_strdup_printf (_ ("reads from %s, which has sent nothing%s"), peer, silence);
}

static gboolean
says_of_itself (FlatlineConnection *connection, const char *server, const char *words)
{
  return connection && connection->peer_process && g_str_has_prefix (connection->peer_process, server)
         && strstr (connection->peer_process, words);
}

/*
 * PostgreSQL gives each connection a process, which says what it does: "UPDATE waiting" is for a lock. A transaction
 * that the program has left open in another connection may be what keeps it.
 */
static void
note_open_transactions (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineConnection *connection)
{
  if (!says_of_itself (connection, "postgres:", " waiting"))
    return;
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *other = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (other->pid != connection->pid || !says_of_itself (other, "postgres:", " idle in transaction"))
        continue;
      if (!finding->aside)
        finding->aside = g_strdup_printf (
            /* Translators: a number */
            _ ("the program’s own connection at descriptor %d has a transaction open, which may keep the lock"),
            (int)other->fd);
      flatline_finding_add_evidence (finding, "sock_diag, /proc/PID/cmdline",
                                     /* Translators: a number, a number, what a server calls itself */
                                     _ ("At the other end of descriptor %d is process %d (%s)"), (int)other->fd,
                                     (int)other->peer_pid, other->peer_process);
      flatline_finding_point (finding, flatline_reference_new_for_descriptor ("socket", other->pid, other->fd));
    }
}

void
flatline_finding_settle_socket (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineConnection *connection,
                                FlatlineDirection direction,
                                FlatlineConfidence confidence)
{
  FlatlineThread *thread = finding->thread;
  const char *local = connection && connection->local_address ? connection->local_address : _ ("a socket");
  FlatlineThread *at_other_end;
  char *plainly = NULL;
  const gboolean listening = flatline_thread_in_syscall (thread, ACCEPTING_CALLS)
                             || (connection && g_strcmp0 (connection->state, "LISTEN") == 0);

  set_peer (diagnosis, finding, !listening && connection ? connection->peer_pid : 0);
  at_other_end = !listening && connection ? find_thread_at_other_end (diagnosis, thread, connection) : NULL;
  if (at_other_end)
    finding->holder = at_other_end->native_id;
  flatline_finding_settle (finding, "socket-wait", confidence,
                           listening ? g_strdup_printf (_ ("waits for a client to connect to %s"), local)
                                     : dup_socket_deed (diagnosis, finding, connection, direction, &plainly));
  finding->plainly = plainly;
  finding->resource =
      listening ? g_strdup_printf (_ ("a client of %s"), local) : dup_peer (diagnosis, thread, connection);
  if (finding->other_holder_id && !flatline_diagnosis_find_process (diagnosis, finding->other_holder_id))
    {
      g_free (finding->other_holder);
      finding->other_holder = dup_peer_process (diagnosis, connection);
    }
  if (connection)
    flatline_finding_take_resource (finding,
                                    flatline_reference_new_for_descriptor ("socket", connection->pid, connection->fd));
  flatline_finding_add_kernel_evidence (finding);
  add_connection_evidence (finding, connection);
  note_open_transactions (diagnosis, finding, connection);
}

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
  set_peer (diagnosis, finding, peer_pid);
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
  const gboolean transfers = flatline_thread_in_syscall (thread, READING_CALLS " " WRITING_CALLS);
  const gboolean socket_only =
      flatline_thread_in_syscall (thread, ACCEPTING_CALLS " connect recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg");
  const FlatlineDirection direction =
      flatline_thread_in_syscall (thread, WRITING_CALLS) ? FLATLINE_DIRECTION_WRITE : FLATLINE_DIRECTION_READ;
  const gint64 fd = (gint32)flatline_thread_syscall_argument (thread, 0);
  FlatlineConnection *connection;
  g_autoptr (FlatlineDescriptor) descriptor = NULL;

  if (!transfers && !socket_only)
    return FALSE;
  connection = flatline_diagnosis_find_connection (diagnosis, thread->pid, fd);
  g_set_object (&descriptor, flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd));
  if (!descriptor && connection && g_strcmp0 (connection->protocol, "pipe") == 0)
    descriptor = stand_in_for_pipe (connection);
  if (flatline_thread_in_syscall (thread, READING_CALLS) && is_standard_input (diagnosis, thread, fd, descriptor)
      && !socket_only && !(descriptor && g_strcmp0 (descriptor->kind, "socket") == 0))
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
