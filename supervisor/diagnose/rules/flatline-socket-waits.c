/* SPDX-License-Identifier: MIT */
/*
 * Waiting at a socket: who is at its other end, what that one has not done, and since when. What was asked of it is in
 * flatline-asked-questions.c.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

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
  if (!other || !flatline_thread_in_syscall (other, FLATLINE_READING_CALLS " " FLATLINE_WRITING_CALLS))
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
  const gboolean listening = flatline_thread_in_syscall (thread, FLATLINE_ACCEPTING_CALLS)
                             || (connection && g_strcmp0 (connection->state, "LISTEN") == 0);

  flatline_finding_set_peer (diagnosis, finding, !listening && connection ? connection->peer_pid : 0);
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
