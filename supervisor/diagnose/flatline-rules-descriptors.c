/* SPDX-License-Identifier: MIT */
/*
 * Rules about descriptors: the system call names the descriptor, the capture's descriptors and connections tell what it
 * is and who is at its other end. poll hides its descriptors in the program's memory; there the stack has to help.
 */
#include "flatline-diagnosis.h"

#include <fcntl.h>
#include <string.h>

#define READING_CALLS   "read readv pread64 preadv recvfrom recvmsg recvmmsg"
#define WRITING_CALLS   "write writev pwrite64 pwritev sendto sendmsg sendmmsg sendfile"
#define ACCEPTING_CALLS "accept accept4"
#define FILE_CALLS                                                                                                     \
  "flock fcntl fsync fdatasync open openat openat2 close lseek ftruncate fallocate statfs copy_file_range"
#define POLL_CALLS "poll ppoll select pselect6"

static FlatlineDescriptor *
find_descriptor (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->descriptors); i++)
    {
      FlatlineDescriptor *descriptor = flatline_list_peek (diagnosis->snapshot->descriptors, i);

      if (descriptor->fd == fd && descriptor->pid == pid)
        return descriptor;
    }
  return NULL;
}

static FlatlineConnection *
find_connection (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->fd == fd && connection->pid == pid && g_strcmp0 (connection->change, "gone") != 0)
        return connection;
    }
  return NULL;
}

/* "10.0.0.2:80 (db.example)", "the Unix socket /run/x of process 12 (server)", "a peer". */
static char *
dup_peer (FlatlineDiagnosis *diagnosis, FlatlineConnection *connection)
{
  g_autofree char *owner = NULL;
  const char *address = connection ? connection->remote_address : NULL;
  const gboolean is_unix = connection && g_strcmp0 (connection->protocol, "unix") == 0;

  if (connection && connection->peer_pid > 0)
    owner = connection->peer_pid == connection->pid
                ? g_strdup ("this very process")
                : flatline_diagnosis_dup_process_label (diagnosis, connection->peer_pid);
  if (!address && !owner)
    return g_strdup (is_unix ? "a Unix socket" : "a socket without a known peer");
  if (!address)
    return g_steal_pointer (&owner);
  if (connection->remote_name && strcmp (connection->remote_name, address) != 0)
    return g_strdup_printf ("%s (%s)", address, connection->remote_name);
  if (owner)
    return g_strdup_printf ("%s, %s", address, owner);
  return g_strdup (address);
}

static void
add_connection_evidence (FlatlineFinding *finding, FlatlineConnection *connection)
{
  if (!connection)
    return;
  flatline_finding_add_evidence (finding, "sock_diag, /proc/PID/fd",
                                 "Descriptor %" G_GINT64_FORMAT " is a %s socket, %s, from %s to %s; %" G_GINT64_FORMAT
                                 " bytes wait to be read, %" G_GINT64_FORMAT " to be sent",
                                 connection->fd, connection->protocol ? connection->protocol : "?",
                                 connection->state ? connection->state : "?",
                                 connection->local_address ? connection->local_address : "nowhere",
                                 connection->remote_address ? connection->remote_address : "nowhere",
                                 connection->receive_queue, connection->send_queue);
}

static void
settle_socket (FlatlineDiagnosis *diagnosis,
               FlatlineFinding *finding,
               FlatlineConnection *connection,
               FlatlineConfidence confidence)
{
  FlatlineThread *thread = finding->thread;
  g_autofree char *peer = dup_peer (diagnosis, connection);
  const char *local = connection && connection->local_address ? connection->local_address : "a socket";
  const gboolean connecting =
      flatline_thread_in_syscall (thread, "connect") || (connection && g_strcmp0 (connection->state, "SYN_SENT") == 0);
  const gboolean listening = flatline_thread_in_syscall (thread, ACCEPTING_CALLS)
                             || (connection && g_strcmp0 (connection->state, "LISTEN") == 0);
  char *does;

  if (listening)
    does = g_strdup_printf ("waits for a client to connect to %s", local);
  else if (connecting)
    does = g_strdup_printf ("tries to connect to %s, which does not answer", peer);
  else if (flatline_thread_in_syscall (thread, WRITING_CALLS))
    does = g_strdup_printf ("writes to %s, which does not read", peer);
  else
    does = g_strdup_printf ("reads from %s, which sends nothing", peer);
  flatline_finding_settle (finding, "socket-wait", confidence, does);
  finding->resource = listening ? g_strdup_printf ("a client of %s", local) : g_strdup (peer);
  if (!listening && connection && connection->peer_pid > 0 && connection->peer_pid != connection->pid)
    {
      finding->other_holder = flatline_diagnosis_dup_process_label (diagnosis, connection->peer_pid);
      finding->other_holder_id = connection->peer_pid;
    }
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  add_connection_evidence (finding, connection);
}

static void
settle_input (FlatlineFinding *finding, FlatlineConfidence confidence, const char *what)
{
  flatline_finding_settle (finding, "stdin-wait", confidence, g_strdup_printf ("waits for input from %s", what));
  finding->resource = g_strdup_printf ("input from %s", what);
  flatline_finding_add_kernel_evidence (finding);
}

static void
settle_pipe (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineDescriptor *descriptor, gint64 peer_pid)
{
  const gboolean writing = flatline_thread_in_syscall (finding->thread, WRITING_CALLS);
  g_autofree char *peer = NULL;

  if (peer_pid == finding->thread->pid)
    peer = g_strdup ("this very process");
  else if (peer_pid > 0)
    peer = flatline_diagnosis_dup_process_label (diagnosis, peer_pid);
  if (writing)
    flatline_finding_settle (finding, "pipe-wait", FLATLINE_CONFIDENCE_CERTAIN,
                             peer ? g_strdup_printf ("writes to a full pipe that %s does not read", peer)
                                  : g_strdup ("writes to a full pipe that nobody reads"));
  else
    flatline_finding_settle (finding, "pipe-wait", FLATLINE_CONFIDENCE_CERTAIN,
                             peer ? g_strdup_printf ("reads from an empty pipe that %s could write to", peer)
                                  : g_strdup ("reads from an empty pipe"));
  finding->resource = g_strdup (writing ? "room in a pipe" : "bytes from a pipe");
  finding->names_holder = TRUE;
  finding->other_holder = g_strdup (peer);
  finding->other_holder_id = peer ? peer_pid : 0;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_evidence (finding, "/proc/PID/fd", "Descriptor %" G_GINT64_FORMAT " is %s", descriptor->fd,
                                 descriptor->target ? descriptor->target : "a pipe");
}

/* Calls on a file that block: a lock held elsewhere, a named pipe without another end, a slow file system. */
static gboolean
settle_file (FlatlineFinding *finding, FlatlineDescriptor *descriptor)
{
  FlatlineThread *thread = finding->thread;
  const char *target = descriptor && descriptor->target ? descriptor->target : "a file";
  const guint64 command = flatline_thread_syscall_argument (thread, 1);
  const gboolean locking =
      flatline_thread_in_syscall (thread, "flock")
      || (flatline_thread_in_syscall (thread, "fcntl") && (command == F_SETLKW || command == F_OFD_SETLKW));

  if (locking)
    {
      flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_CERTAIN,
                               g_strdup_printf ("waits for the file lock of %s, which is held elsewhere", target));
      finding->resource = g_strdup_printf ("the file lock of %s", target);
    }
  else if (flatline_thread_in_syscall (thread, "open openat openat2"))
    {
      flatline_finding_settle (
          finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
          g_strdup ("waits for a file to open (a named pipe without another end, or a slow disk)"));
      finding->resource = g_strdup ("a file to open");
    }
  else
    {
      flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf ("waits in %s for %s", thread->syscall, target));
      finding->resource = g_strdup (target);
    }
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

gboolean
flatline_rule_descriptor (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean transfers = flatline_thread_in_syscall (thread, READING_CALLS " " WRITING_CALLS);
  const gboolean socket_only =
      flatline_thread_in_syscall (thread, ACCEPTING_CALLS " connect recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg");
  const gint64 fd = (gint32)flatline_thread_syscall_argument (thread, 0);
  FlatlineDescriptor *descriptor;
  FlatlineConnection *connection;

  if (!transfers && !socket_only && !flatline_thread_in_syscall (thread, FILE_CALLS))
    return FALSE;
  if (flatline_thread_in_syscall (thread, "open openat openat2"))
    return settle_file (finding, NULL);
  descriptor = find_descriptor (diagnosis, thread->pid, fd);
  connection = find_connection (diagnosis, thread->pid, fd);
  if (socket_only || (transfers && descriptor && g_strcmp0 (descriptor->kind, "socket") == 0))
    {
      settle_socket (diagnosis, finding, connection,
                     connection ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY);
      return TRUE;
    }
  if (!transfers)
    return settle_file (finding, descriptor);
  if (flatline_thread_in_syscall (thread, READING_CALLS)
      && (fd == 0 || (descriptor && g_strcmp0 (descriptor->kind, "tty") == 0)))
    {
      settle_input (finding, FLATLINE_CONFIDENCE_CERTAIN, fd == 0 ? "its standard input" : "the terminal");
      return TRUE;
    }
  if (descriptor && g_strcmp0 (descriptor->kind, "pipe") == 0)
    {
      settle_pipe (diagnosis, finding, descriptor,
                   descriptor->peer_pid ? descriptor->peer_pid
                   : connection         ? connection->peer_pid
                                        : 0);
      return TRUE;
    }
  if (!descriptor && connection)
    {
      settle_socket (diagnosis, finding, connection, FLATLINE_CONFIDENCE_LIKELY);
      return TRUE;
    }
  return settle_file (finding, descriptor);
}

/* --- poll and select --- */

/* The number behind "fd=" in what a socket looks like as text: <socket.socket fd=5, family=…>. */
static gint64
fd_in_text (const char *text)
{
  const char *at = text ? strstr (text, "fd=") : NULL;

  return at && g_ascii_isdigit (at[3]) ? g_ascii_strtoll (at + 3, NULL, 10) : -1;
}

static gint64
find_socket_in_locals (FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      for (guint j = 0; j < flatline_list_length (frame->locals); j++)
        {
          FlatlineValue *value = flatline_list_peek (frame->locals, j);

          if (value->type && strstr (value->type, "socket") && fd_in_text (value->text) >= 0)
            return fd_in_text (value->text);
        }
      if (flatline_frame_is_own (frame))
        break;
    }
  return -1;
}

/* The only open connection of the process to somebody else. */
static FlatlineConnection *
find_only_connection (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineConnection *only = NULL;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->pid != pid || !connection->remote_address || g_strcmp0 (connection->protocol, "unix") == 0
          || g_strcmp0 (connection->protocol, "pipe") == 0)
        continue;
      if (only)
        return NULL;
      only = connection;
    }
  return only;
}

static gboolean
line_speaks_of_sockets (const char *line)
{
  static const char *const words[] = {
    ".recv(",    ".recv_into(", ".recvfrom(",    ".recvmsg(",          ".accept(",  ".connect(",     ".send(",
    ".sendall(", "urlopen(",    ".getresponse(", "create_connection(", "requests.", ".do_handshake("
  };

  for (gsize i = 0; line && i < G_N_ELEMENTS (words); i++)
    if (strstr (line, words[i]))
      return TRUE;
  return FALSE;
}

static FlatlineFrame *
find_socket_call (FlatlineThread *thread)
{
  static const char *const files[] = { "socket.py",         "ssl.py",     "http/client.py",
                                       "urllib/request.py", "smtplib.py", "ftplib.py" };

  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (!flatline_frame_is_python (frame))
        continue;
      if (flatline_frame_is_own (frame))
        return NULL;
      for (gsize j = 0; frame->file && j < G_N_ELEMENTS (files); j++)
        if (g_str_has_suffix (frame->file, files[j]))
          return frame;
      return NULL;
    }
  return NULL;
}

/* A socket with a time-out waits in poll on that one descriptor. */
gboolean
flatline_rule_socket_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *call = find_socket_call (thread);
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;
  FlatlineConnection *connection;
  gint64 fd;

  if (!flatline_thread_in_syscall (thread, "poll ppoll") || flatline_thread_syscall_argument (thread, 1) != 1)
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  if (!call && !(place && place == flatline_thread_find_innermost (thread) && line_speaks_of_sockets (line)))
    return FALSE;
  fd = find_socket_in_locals (thread);
  connection = fd >= 0 ? find_connection (diagnosis, thread->pid, fd) : NULL;
  if (!connection)
    connection = find_only_connection (diagnosis, thread->pid);
  settle_socket (diagnosis, finding, connection, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_add_frame_evidence (finding, call ? call : place);
  return TRUE;
}

/* select over descriptors below 1 can only mean descriptor 0: so readline waits for a key. */
gboolean
flatline_rule_terminal_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;

  if (!flatline_thread_in_syscall (thread, POLL_CALLS))
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  if ((flatline_thread_in_syscall (thread, "select pselect6") && flatline_thread_syscall_argument (thread, 0) == 1)
      || (line && (strstr (line, "input(") || strstr (line, "sys.stdin"))
          && place == flatline_thread_find_innermost (thread)))
    {
      settle_input (finding, FLATLINE_CONFIDENCE_LIKELY, "its standard input");
      flatline_finding_add_frame_evidence (finding, place);
      return TRUE;
    }
  return FALSE;
}
