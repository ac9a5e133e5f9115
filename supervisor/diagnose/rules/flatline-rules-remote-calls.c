/* SPDX-License-Identifier: MIT */
/*
 * Rule about calls of another program over the network whose library waits in machine code of its own: gRPC polls a set
 * of descriptors that says nothing to a person, other threads wait for the one that polls. Who is called, and what for,
 * is in the variables of the Python around it (grpc/_channel.py). Celery waits for results by many ways.
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

gboolean
flatline_rule_remote_call (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *call = flatline_thread_find_call (thread, "grpc/_channel.py", "_blocking");
  FlatlineValue *self = flatline_frame_find_local (call, "self");
  FlatlineValue *timeout = flatline_frame_find_local (call, "timeout");
  g_autofree char *target = dup_bytes_text (flatline_value_find_child (self, "_target"));
  g_autofree char *method = dup_bytes_text (flatline_value_find_child (self, "_method"));
  FlatlineConnection *connection = target ? find_connection_to (diagnosis, thread->pid, target) : NULL;

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
