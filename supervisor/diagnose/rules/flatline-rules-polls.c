/* SPDX-License-Identifier: MIT */
/*
 * Rules about poll, select and epoll: a socket with a time-out waits in poll on that one descriptor, readline in select
 * on the terminal, a look-up of a name on the socket to the name server. Which descriptors are polled is a fact of the
 * capture; where it is missing the variables on the stack have to help.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define POLL_CALLS  "poll ppoll select pselect6"
#define EPOLL_CALLS "epoll_wait epoll_pwait epoll_pwait2"

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
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

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

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

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

/* The descriptor that the call waits for, when it is but one; -1 otherwise. */
static gint64
find_only_polled (FlatlineThread *thread, FlatlineDirection *direction)
{
  gboolean writes = FALSE;
  const gint64 fd = flatline_thread_polled_descriptor (thread, 0, &writes);

  *direction = writes ? FLATLINE_DIRECTION_WRITE : FLATLINE_DIRECTION_READ;
  return flatline_thread_polled_descriptor (thread, 1, NULL) < 0 ? fd : -1;
}

/* --- looking up a name --- */

/* "orders.example" out of socket.getaddrinfo("orders.example", 80), or out of the library's frame that has it. */
static char *
dup_looked_up_name (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *call = flatline_thread_find_call (thread, "socket.py", "getaddrinfo create_connection getfqdn");
  FlatlineValue *host = flatline_frame_find_local (call, "host");
  g_autofree char *line = NULL;
  const char *begin;

  if (!host)
    host = flatline_frame_find_local (call, "name");
  if (host && host->text && strlen (host->text) > 2)
    return g_strndup (host->text + 1, strlen (host->text) - 2);
  line = flatline_diagnosis_dup_source_line (diagnosis, flatline_thread_find_place (thread));
  begin = line ? strpbrk (line, "'\"") : NULL;
  if (!begin || !strchr (begin + 1, *begin))
    return NULL;
  return g_strndup (begin + 1, strcspn (begin + 1, "'\""));
}

static gboolean
settle_name_lookup (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineConnection *connection)
{
  g_autofree char *name = NULL;

  if (!connection || !connection->remote_address || !g_str_has_suffix (connection->remote_address, ":53")
      || !g_str_has_prefix (connection->protocol ? connection->protocol : "", "udp"))
    return FALSE;
  flatline_finding_settle_socket (diagnosis, finding, connection, FLATLINE_DIRECTION_READ, FLATLINE_CONFIDENCE_LIKELY);
  name = dup_looked_up_name (diagnosis, finding->thread);
  g_free (finding->does);
  g_clear_pointer (&finding->plainly, g_free);
  finding->does = name ? g_strdup_printf (_ ("looks up the address of ‘%s’; the name server %s does not answer"), name,
                                          connection->remote_address)
                       : g_strdup_printf (_ ("looks up the address of a host name; the name server %s does not answer"),
                                          connection->remote_address);
  return TRUE;
}

/* --- the rules --- */

static gboolean
is_no_socket (FlatlineDescriptor *descriptor)
{
  return descriptor && g_strcmp0 (descriptor->kind, "socket") != 0;
}

/* A socket with a time-out waits in poll on that one descriptor. */
gboolean
flatline_rule_socket_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *call = find_socket_call (thread);
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineDirection direction;
  g_autofree char *line = NULL;
  FlatlineConnection *connection = NULL;
  gint64 fd;

  if (!flatline_thread_in_syscall (thread, "poll ppoll") || flatline_thread_syscall_argument (thread, 1) != 1)
    return FALSE;
  fd = find_only_polled (thread, &direction);
  if (fd >= 0)
    connection = flatline_diagnosis_find_connection (diagnosis, thread->pid, fd);
  if (settle_name_lookup (diagnosis, finding, connection))
    return TRUE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  if (!call && !(place && place == flatline_thread_find_innermost (thread) && line_speaks_of_sockets (line)))
    return FALSE;
  /* What is called so is no socket of the system: that of a message queue, whose library polls a descriptor of its own.
   */
  if (!call && fd >= 0 && is_no_socket (flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd)))
    return FALSE;
  if (fd < 0)
    fd = find_socket_in_locals (thread);
  if (!connection && fd >= 0)
    connection = flatline_diagnosis_find_connection (diagnosis, thread->pid, fd);
  if (!connection)
    connection = find_only_connection (diagnosis, thread->pid);
  flatline_finding_settle_socket (diagnosis, finding, connection, direction, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_note_own_server (diagnosis, finding, connection);
  flatline_finding_note_statement (diagnosis, finding);
  flatline_finding_add_frame_evidence (finding, call ? call : place);
  return TRUE;
}

/* select over descriptors below 1 can only mean descriptor 0: so readline waits for a key. */
gboolean
flatline_rule_terminal_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineDirection direction;
  g_autofree char *line = NULL;

  if (!flatline_thread_in_syscall (thread, POLL_CALLS))
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  if ((flatline_thread_in_syscall (thread, "select pselect6") && flatline_thread_syscall_argument (thread, 0) == 1)
      || find_only_polled (thread, &direction) == 0
      || flatline_thread_find_call (thread, "_pyrepl/unix_console.py", "wait get_event")
      || (line && (strstr (line, "input(") || strstr (line, "sys.stdin"))
          && place == flatline_thread_find_innermost (thread)))
    {
      flatline_finding_settle_input (finding, FLATLINE_CONFIDENCE_LIKELY, _ ("its standard input"));
      flatline_finding_add_frame_evidence (finding, place);
      return TRUE;
    }
  return FALSE;
}

static gboolean
runs_a_loop (FlatlineThread *thread)
{
  return flatline_thread_find_call (thread, "asyncio/base_events.py", "_run_once run_forever")
         || flatline_thread_find_call (thread, "socketserver.py", "serve_forever")
         || flatline_thread_find_call (thread, "asyncore.py", "loop poll poll2")
         || flatline_thread_find_call (thread, "tkinter/__init__.py", "mainloop wait_window wait_variable");
}

/* A package that is called, and waits by poll for a single descriptor, as drivers of databases do in C. */
static gboolean
is_called_package (FlatlineThread *thread)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);

  return innermost && flatline_thread_in_syscall (thread, POLL_CALLS) && flatline_frame_is_of_package (innermost);
}

/* The other side of a terminal among what is polled: pexpect, pty.spawn(). */
static FlatlineDescriptor *
find_polled_terminal (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  gint64 fd;

  for (guint i = 0; (fd = flatline_thread_polled_descriptor (thread, i, NULL)) >= 0; i++)
    {
      FlatlineDescriptor *descriptor = flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd);

      if (descriptor && g_strcmp0 (descriptor->kind, "tty") == 0 && descriptor->peer_pid > 0)
        return descriptor;
    }
  return NULL;
}

/* Who waits for a terminal and a person at once passes on what either says, and idles as long as both are silent. */
static gboolean
settle_terminal (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineDescriptor *terminal = find_polled_terminal (diagnosis, thread);
  g_autofree char *label = NULL;

  if (!terminal)
    return FALSE;
  if (flatline_thread_polled_descriptor (thread, 1, NULL) < 0)
    {
      flatline_finding_settle_terminal (diagnosis, finding, terminal->peer_pid, FLATLINE_CONFIDENCE_LIKELY);
      return TRUE;
    }
  if (flatline_thread_polled_descriptor (thread, 0, NULL) != 0)
    return FALSE;
  label = flatline_diagnosis_dup_process_label (diagnosis, terminal->peer_pid);
  flatline_finding_settle_input (finding, FLATLINE_CONFIDENCE_LIKELY, _ ("its standard input"));
  g_free (finding->does);
  finding->does = g_strdup_printf (_ ("waits for input, or for output in the terminal of %s"), label);
  flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, terminal->peer_pid));
  return TRUE;
}

/* An epoll without time-out whose descriptors were all closed: nothing but a signal can end it. */
static gboolean
settle_nothing_watched (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  const char *word = thread->polled ? thread->polled[0] : NULL;

  if (!word || !g_str_has_prefix (word, "-1 ") || !flatline_thread_waits_for_ever (thread))
    return FALSE;
  flatline_finding_settle (
      finding, "event-wait", FLATLINE_CONFIDENCE_LIKELY,
      g_strdup_printf (_ ("waits in %s for ever: nothing that it watches is open any more"), thread->syscall));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_evidence (finding, "/proc/PID/fdinfo",
                                 strstr (word, "closed")
                                     ? _ ("The descriptors that epoll watches have been closed in this process")
                                     : _ ("This epoll watches no descriptor: it has none, or they were closed"));
  return TRUE;
}

/* Both ends are the process's own: so libraries wake their loops. */
static gboolean
leads_to_itself (FlatlineDiagnosis *diagnosis, FlatlineConnection *connection)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *other = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (other->pid == connection->pid && other->remote_address && connection->local_address
          && strcmp (other->remote_address, connection->local_address) == 0
          && g_strcmp0 (other->local_address, connection->remote_address) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_polled (FlatlineThread *thread, gint64 fd, FlatlineDirection *direction)
{
  gboolean writes = FALSE;
  gint64 polled;

  for (guint i = 0; (polled = flatline_thread_polled_descriptor (thread, i, &writes)) >= 0; i++)
    if (polled == fd)
      {
        *direction = writes ? FLATLINE_DIRECTION_WRITE : FLATLINE_DIRECTION_READ;
        return TRUE;
      }
  return !thread->polled;
}

/*
 * Of what a package, or a program that is not Python, polls: the only connection to somebody else. What a program polls
 * whose memory was not read is not known: then of all it has. NULL for none, for several, and for who serves clients.
 */
static FlatlineConnection *
find_only_peer (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineDirection *direction)
{
  FlatlineConnection *only = NULL;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->pid != thread->pid || !is_polled (thread, connection->fd, direction))
        continue;
      if (g_strcmp0 (connection->state, "LISTEN") == 0)
        return NULL;
      if (!connection->remote_address || g_strcmp0 (connection->protocol, "pipe") == 0
          || leads_to_itself (diagnosis, connection))
        continue;
      if (only)
        return NULL;
      only = connection;
    }
  return only;
}

/* A package's own loop of selectors, and programs like curl and ssh, watch more than the one who is to answer. */
static gboolean
settle_only_peer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineDirection direction = FLATLINE_DIRECTION_READ;
  FlatlineConnection *connection;
  g_autofree char *line = NULL;

  if (innermost ? !flatline_frame_is_of_package (innermost) || !flatline_frame_is_own (place) : thread->is_python)
    return FALSE;
  line = innermost ? flatline_diagnosis_dup_source_line (diagnosis, place) : NULL;
  if (flatline_source_enters_loop (line))
    return FALSE;
  connection = find_only_peer (diagnosis, thread, &direction);
  if (!connection)
    return FALSE;
  flatline_finding_settle_socket (diagnosis, finding, connection, direction, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_note_own_server (diagnosis, finding, connection);
  flatline_finding_note_statement (diagnosis, finding);
  if (place)
    flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

/* Between the program's own line and the call there is code of a package: what leads to itself is how that is woken. */
static gboolean
calls_package (FlatlineThread *thread, FlatlineFrame *place)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (frame == place)
        return FALSE;
      if (flatline_frame_is_of_package (frame))
        return TRUE;
    }
  return FALSE;
}

/* The program itself polls one socket or pipe: who is at its other end is what it waits for. A server's loop is idle.
 */
gboolean
flatline_rule_plain_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineDirection direction;
  FlatlineConnection *connection;
  FlatlineDescriptor *descriptor;
  gint64 fd;

  if (!flatline_thread_in_syscall (thread, POLL_CALLS " " EPOLL_CALLS))
    return FALSE;
  if (!runs_a_loop (thread) && settle_only_peer (diagnosis, finding))
    return TRUE;
  if (!place || !flatline_frame_is_own (place) || runs_a_loop (thread)
      || (place != flatline_thread_find_innermost (thread) && !is_called_package (thread)
          && !flatline_thread_find_call (thread, "selectors.py", "select")
          && !flatline_thread_find_call (thread, "pty.py", "_copy")
          && !flatline_thread_find_call (thread, "multiprocessing/connection.py", "wait poll _poll")))
    return FALSE;
  if (settle_nothing_watched (finding) || settle_terminal (diagnosis, finding))
    {
      flatline_finding_add_frame_evidence (finding, place);
      return TRUE;
    }
  fd = find_only_polled (thread, &direction);
  connection = fd >= 0 ? flatline_diagnosis_find_connection (diagnosis, thread->pid, fd) : NULL;
  descriptor = fd >= 0 ? flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd) : NULL;
  if (descriptor && g_strcmp0 (descriptor->kind, "pidfd") == 0 && descriptor->peer_pid)
    flatline_finding_settle_process (diagnosis, finding, descriptor->peer_pid, FLATLINE_CONFIDENCE_CERTAIN);
  else if (descriptor && g_strcmp0 (descriptor->kind, "pipe") == 0)
    flatline_finding_settle_pipe (diagnosis, finding, descriptor, direction, FLATLINE_CONFIDENCE_LIKELY);
  /* What C code polls may be a channel of its own, of which a person knows nothing. */
  else if (connection && g_strcmp0 (connection->state, "LISTEN") != 0 && g_strcmp0 (connection->protocol, "pipe") != 0
           && (connection->remote_address || connection->peer_pid > 0)
           && !(connection->peer_pid == thread->pid && calls_package (thread, place)))
    {
      flatline_finding_settle_socket (diagnosis, finding, connection, direction, FLATLINE_CONFIDENCE_LIKELY);
      flatline_finding_note_statement (diagnosis, finding);
    }
  else
    return FALSE;
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}
