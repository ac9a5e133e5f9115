/* SPDX-License-Identifier: MIT */
/*
 * Rule about calls of another program over the network whose library waits in machine code of its own: gRPC polls a set
 * of descriptors that says nothing to a person, other threads wait for the one that polls. Who is called, and what for,
 * is in the variables of the Python around it (grpc/_channel.py). Celery waits for results by many ways. ZeroMQ has a
 * thread of its own for the network, and its callers wait for a word of that.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* 127.0.0.1:80 of the bytes b'127.0.0.1:80'. Transfer full, NULL: nothing readable. */
static char *
dup_bytes_text (FlatlineValue *value)
{
  const char *text = value && value->text ? value->text : "";
  const gsize length = strlen (text);

  return length > 3 && g_str_has_prefix (text, "b'") && text[length - 1] == '\'' ? g_strndup (text + 2, length - 3)
                                                                                 : NULL;
}

/* The connection to @target, which names an address where it names no host. */
static FlatlineConnection *
find_connection_to (FlatlineDiagnosis *diagnosis, gint64 pid, const char *target)
{
  const char *slash = strrchr (target, '/');
  const char *address = slash ? slash + 1 : target;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->pid == pid && g_strcmp0 (connection->remote_address, address) == 0)
        return connection;
    }
  return NULL;
}

/* --- ZeroMQ --- */

/* The call of pyzmq that does not return, of the program or of pyzmq's own; NULL: it is another library's wait. */
static FlatlineFrame *
find_zmq_call (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  static const char *const methods[] = { "recv", "send", "recv_multipart", "send_multipart", "poll", "term", NULL };
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  g_autofree char *line = NULL;

  if (!innermost || !innermost->file)
    return NULL;
  if (strstr (innermost->file, "/zmq/"))
    return innermost;
  line = flatline_diagnosis_dup_source_line (diagnosis, innermost);
  for (gsize i = 0; methods[i]; i++)
    {
      g_autofree char *name = flatline_source_dup_object (line, methods[i]);
      FlatlineValue *object = name ? flatline_frame_find_local (innermost, name) : NULL;

      if (object && object->type && g_str_has_prefix (object->type, "zmq."))
        return innermost;
    }
  return NULL;
}

/* Connections of the process to others; *only is one of them, NULL when there is none. */
static guint
count_established (FlatlineDiagnosis *diagnosis, gint64 pid, FlatlineConnection **only)
{
  guint n = 0;

  *only = NULL;
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->pid != pid || g_strcmp0 (connection->state, "ESTABLISHED") != 0 || !connection->remote_address)
        continue;
      *only = connection;
      n++;
    }
  return n;
}

static char *
dup_zmq_deed (FlatlineThread *thread, const char *expression)
{
  if (flatline_thread_find_call (thread, "zmq/sugar/context.py", "term destroy __exit__")
      || strstr (expression, ".term("))
    return g_strdup_printf (
        _ ("waits in ‘%s’ until all sockets of ZeroMQ are closed and what was sent by them is gone"), expression);
  if (flatline_thread_find_call (thread, "zmq/sugar/poll.py", "poll") || strstr (expression, ".poll("))
    return g_strdup_printf (_ ("waits in ‘%s’ for something to happen on its sockets of ZeroMQ"), expression);
  if (flatline_thread_find_call (thread, "zmq/sugar/socket.py",
                                 "send send_multipart send_string send_json send_pyobj send_serialized")
      || strstr (expression, ".send"))
    return g_strdup_printf (_ ("waits in ‘%s’ until ZeroMQ has somebody to take the message, or room for it"),
                            expression);
  return g_strdup_printf (_ ("waits in ‘%s’ for a message of ZeroMQ"), expression);
}

static gboolean
settle_zmq (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *call = find_zmq_call (diagnosis, thread);
  g_autofree char *expression = NULL;
  FlatlineConnection *only = NULL;
  guint n;

  if (!call || !flatline_thread_in_syscall (thread, "poll ppoll"))
    return FALSE;
  expression = flatline_diagnosis_dup_expression (diagnosis, flatline_thread_find_place (thread));
  if (!expression)
    return FALSE;
  flatline_finding_settle (finding, "socket-wait", FLATLINE_CONFIDENCE_LIKELY, dup_zmq_deed (thread, expression));
  finding->resource = g_strdup (_ ("a socket of ZeroMQ"));
  n = count_established (diagnosis, thread->pid, &only);
  if (n == 0)
    finding->aside = g_strdup (_ ("the process has no connection that is established"));
  else if (n == 1)
    finding->aside = g_strdup_printf (/* Translators: an address */
                                      _ ("the only connection of the process is to %s"), only->remote_address);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, call);
  return TRUE;
}

/* --- the rule --- */

gboolean
flatline_rule_remote_call (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *call = flatline_thread_find_call (thread, "grpc/_channel.py", "_blocking");
  FlatlineValue *self = flatline_frame_find_local (call, "self");
  FlatlineValue *timeout = flatline_frame_find_local (call, "timeout");
  g_autofree char *target = dup_bytes_text (flatline_value_find_child (self, "_target"));
  g_autofree char *method = dup_bytes_text (flatline_value_find_child (self, "_method"));
  FlatlineConnection *connection = target ? find_connection_to (diagnosis, thread->pid, target) : NULL;

  if (!call && settle_zmq (diagnosis, finding))
    return TRUE;
  if (!call || !flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait poll futex"))
    return FALSE;
  if (connection)
    flatline_finding_settle_socket (diagnosis, finding, connection, FLATLINE_DIRECTION_READ,
                                    FLATLINE_CONFIDENCE_LIKELY);
  else
    {
      flatline_finding_settle (finding, "socket-wait", FLATLINE_CONFIDENCE_LIKELY,
                               target ? /* Translators: the address of a server */
                                   g_strdup_printf (_ ("waits for the answer of the gRPC server %s"), target)
                                      : g_strdup (_ ("waits for the answer of a gRPC server")));
      finding->resource = g_strdup (target ? target : _ ("a gRPC server"));
      flatline_finding_add_kernel_evidence (finding);
    }
  if (method)
    /* Translators: a method of a server: "/shop.Orders/Place" */
    flatline_finding_add_evidence (finding, _ ("the variables of grpc"),
                                   timeout && g_strcmp0 (timeout->text, "None") == 0
                                       ? _ ("The call is %s of gRPC, and was given no time-out")
                                       : _ ("The call is %s of gRPC"),
                                   method);
  flatline_finding_add_frame_evidence (finding, call);
  /* Of a server on this machine a handler that is stuck says why no answer comes. */
  finding->in_package = TRUE;
  return TRUE;
}

static void
tell_result (char **does, const char *id)
{
  g_autofree char *before = *does;

  if (before)
    *does = id ? /* Translators: what names a task; "sleeps" or "reads from 10.0.0.2:6379, which has sent nothing" */
                g_strdup_printf (_ ("waits for the result of Celery task %s, which no worker has given yet: it %s"), id,
                                 before)
               : g_strdup_printf (_ ("waits for the result of a Celery task, which no worker has given yet: it %s"),
                                  before);
}

/* AsyncResult.get() asks its broker or database by whatever way that has: what for says more than from whom. */
void
flatline_finding_note_task_result (FlatlineFinding *finding)
{
  static const char *const kinds[] = { "socket-wait", "sleep", "idle", "condition-wait", "event-wait", NULL };
  FlatlineFrame *call = flatline_thread_find_call (finding->thread, "celery/result.py", "get");
  FlatlineValue *id = flatline_value_find_child (flatline_frame_find_local (call, "self"), "id");
  const gsize length = id && id->text ? strlen (id->text) : 0;
  g_autofree char *name = length > 2 && id->text[0] == '\'' ? g_strndup (id->text + 1, length - 2) : NULL;

  if (!call || !finding->does || !g_strv_contains (kinds, finding->kind))
    return;
  tell_result (&finding->does, name);
  tell_result (&finding->plainly, name);
  flatline_finding_add_frame_evidence (finding, call);
}
