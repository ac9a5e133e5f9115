/* SPDX-License-Identifier: MIT */
/*
 * What a task of asyncio or Trio, or a greenlet, waits for outside of its loop: a peer at the other end of a socket, a
 * child process, a call in another thread. The frames of the task have the socket, wrapped in objects of libraries, or
 * there is but one.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* From a frame's variable to the socket: stream, transport, socket; libraries wrap these once or twice more. */
#define MAX_OBJECT_DEPTH 5

static gboolean
waits_in (FlatlineTask *task, const char *file, const char *functions)
{
  g_auto (GStrv) words = g_strsplit (functions, " ", -1);

  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      if (flatline_frame_is_own (frame))
        return FALSE;
      if (frame->file && frame->function && g_str_has_suffix (frame->file, file)
          && (!*words || g_strv_contains ((const char *const *)words, frame->function)))
        return TRUE;
    }
  return FALSE;
}

/* The connection to somebody else that the loop of @thread waits to read from or write to as number @index of them. */
static FlatlineConnection *
find_served_connection (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint index, FlatlineDirection *direction)
{
  gboolean writes = FALSE;
  gint64 fd = flatline_thread_polled_descriptor (thread, index, &writes);
  FlatlineConnection *connection = fd >= 0 ? flatline_diagnosis_find_connection (diagnosis, thread->pid, fd) : NULL;

  *direction = writes ? FLATLINE_DIRECTION_WRITE : FLATLINE_DIRECTION_READ;
  /* A loop has a pair of sockets to wake itself. */
  if (!connection || g_strcmp0 (connection->protocol, "pipe") == 0
      || (g_strcmp0 (connection->protocol, "unix") == 0 && connection->peer_pid == thread->pid
          && !connection->remote_address))
    return NULL;
  return connection;
}

gboolean
flatline_diagnosis_is_server (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineDirection direction;

  for (guint i = 0; flatline_thread_polled_descriptor (thread, i, NULL) >= 0; i++)
    {
      FlatlineConnection *connection = find_served_connection (diagnosis, thread, i, &direction);

      if (connection && g_strcmp0 (connection->state, "LISTEN") == 0)
        return TRUE;
    }
  return FALSE;
}

/*
 * The number of a descriptor that an object of a library keeps, or its text shows: <socket.socket fd=5, family=…>, also
 * in that of a stream of asyncio: <StreamReader transport=<_SelectorSocketTransport fd=5 …>>, whose attributes may not
 * have been read for want of time.
 */
static gint64
descriptor_of_value (FlatlineValue *value)
{
  const char *at;

  if (!value->text)
    return -1;
  if ((g_strcmp0 (value->name, "_sock_fd") == 0 || g_strcmp0 (value->name, "_fileno") == 0)
      && g_ascii_isdigit (value->text[0]))
    return g_ascii_strtoll (value->text, NULL, 10);
  at = value->type && strstr (value->type, "socket") ? strstr (value->text, "fd=") : NULL;
  if (!at && value->type && g_str_has_prefix (value->type, "asyncio.streams.Stream"))
    {
      at = strstr (value->text, "Transport fd=");
      at = at ? at + strlen ("Transport ") : NULL;
    }
  return at && g_ascii_isdigit (at[3]) ? g_ascii_strtoll (at + 3, NULL, 10) : -1;
}

/* TRUE when @value has to do with descriptor @fd; a loop has to do with all of them. */
static gboolean
leads_to_descriptor (FlatlineValue *value, gint64 fd, guint depth)
{
  if (descriptor_of_value (value) == fd)
    return TRUE;
  if (depth == 0 || (value->name && (strcmp (value->name, "_loop") == 0 || strcmp (value->name, "loop") == 0)))
    return FALSE;
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    if (leads_to_descriptor (flatline_list_peek (value->children, i), fd, depth - 1))
      return TRUE;
  return FALSE;
}

static gboolean
task_leads_to_descriptor (FlatlineTask *task, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      /* What the program's own frames have may be for later. */
      if (flatline_frame_is_own (frame))
        return FALSE;
      for (guint j = 0; j < flatline_list_length (frame->locals); j++)
        if (leads_to_descriptor (flatline_list_peek (frame->locals, j), fd, MAX_OBJECT_DEPTH))
          return TRUE;
    }
  return FALSE;
}

/* The sockets that gevent and eventlet put in the place of Python's. */
static gboolean
waits_in_greenlet_socket (FlatlineTask *task)
{
  return waits_in (task, "gevent/_socketcommon.py", "") || waits_in (task, "gevent/_socket3.py", "")
         || waits_in (task, "gevent/ssl.py", "") || waits_in (task, "eventlet/greenio/base.py", "")
         || waits_in (task, "eventlet/green/ssl.py", "");
}

/*
 * The connection that @task waits for: by what its frames have, else one to the only peer there is. NULL when that is
 * not clear, or when what it waits for is something else.
 */
static FlatlineConnection *
find_awaited_connection (FlatlineDiagnosis *diagnosis,
                         FlatlineThread *thread,
                         FlatlineTask *task,
                         FlatlineDirection *direction)
{
  const gboolean transfers = waits_in (task, "asyncio/streams.py", "")
                             || waits_in (task, "asyncio/selector_events.py",
                                          "sock_recv sock_recv_into sock_recvfrom sock_recvfrom_into sock_sendall "
                                          "sock_sendto sock_connect _sock_connect")
                             || waits_in (task, "trio/_core/_io_epoll.py", "") || waits_in_greenlet_socket (task);
  FlatlineConnection *only = NULL;
  FlatlineDirection its_direction = FLATLINE_DIRECTION_READ;
  guint n_peers = 0;

  const gboolean by_greenlets = flatline_thread_find_hub (thread) != NULL;

  /* All that greenlets wait for is code of packages. */
  if (!transfers && (by_greenlets || !flatline_task_waits_in_package (task)))
    return NULL;
  for (guint i = 0; flatline_thread_polled_descriptor (thread, i, NULL) >= 0; i++)
    {
      FlatlineConnection *connection = find_served_connection (diagnosis, thread, i, direction);

      if (!connection)
        continue;
      if (task_leads_to_descriptor (task, connection->fd))
        return connection;
      /* Of several to one server any will do. */
      n_peers +=
          !only || !connection->remote_address || g_strcmp0 (only->remote_address, connection->remote_address) != 0;
      only = connection;
      its_direction = *direction;
    }
  *direction = its_direction;
  return n_peers == 1 ? only : NULL;
}

/* A client that nobody answers. A server waits for whoever comes, and is idle. */
static gboolean
settle_task_on_socket (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  FlatlineDirection direction = FLATLINE_DIRECTION_READ;
  FlatlineConnection *connection = find_awaited_connection (diagnosis, finding->thread, task, &direction);

  if (!connection)
    return FALSE;
  flatline_finding_settle_socket (diagnosis, finding, connection, direction, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_tell_of_task (diagnosis, finding, task);
  return TRUE;
}

static gboolean
settle_task_on_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  const gint64 child = flatline_diagnosis_find_only_child (diagnosis, finding->thread->pid);

  if (child == 0
      || !(waits_in (task, "asyncio/subprocess.py", "communicate wait _read_stream _feed_stdin")
           || waits_in (task, "asyncio/base_subprocess.py", "_wait")
           || waits_in (task, "trio/_subprocess.py", "wait run_process")
           || waits_in (task, "gevent/subprocess.py", "wait communicate")
           || waits_in (task, "eventlet/green/subprocess.py", "wait communicate")))
    return FALSE;
  flatline_finding_settle_process (diagnosis, finding, child, FLATLINE_CONFIDENCE_LIKELY);
  flatline_finding_tell_of_task (diagnosis, finding, task);
  return TRUE;
}

/* A thread of a pool that has work. */
static gboolean
is_working (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "concurrent/futures/thread.py", "run")
         || flatline_thread_find_frame (thread, "trio/_core/_thread_cache.py", "_handle_job")
         || (flatline_thread_find_frame (thread, "anyio/_backends/_asyncio.py", "run")
             && !flatline_thread_find_frame (thread, "queue.py", "get"));
}

/* One of @n_workers, the first that stands still if any does. */
static FlatlineThread *
find_worker (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, guint *n_workers)
{
  FlatlineThread *thread, *best = NULL;

  *n_workers = 0;
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread->pid != waiting->pid || thread == waiting || !is_working (thread))
        continue;
      (*n_workers)++;
      if (!best || (!flatline_thread_stands_still (best) && flatline_thread_stands_still (thread)))
        best = thread;
    }
  return best;
}

static gboolean
settle_task_on_thread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  guint n_workers = 0;
  FlatlineThread *worker = find_worker (diagnosis, finding->thread, &n_workers);
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, flatline_task_find_place (task));
  g_autofree char *label = NULL;

  if (!worker
      || !(waits_in (task, "asyncio/threads.py", "to_thread")
           || waits_in (task, "trio/_threads.py", "to_thread_run_sync")
           || waits_in (task, "anyio/to_thread.py", "run_sync")
           /* asyncio.run() ends when the calls do that were begun in its threads. */
           || waits_in (task, "asyncio/base_events.py", "shutdown_default_executor")
           || (line && strstr (line, "run_in_executor("))))
    return FALSE;
  label = flatline_thread_dup_label (worker);
  /* Which of several has the call, or whether it still waits for one of them to be free, no memory of theirs says. */
  flatline_finding_settle (
      finding, "async-wait", FLATLINE_CONFIDENCE_LIKELY,
      n_workers == 1
          ? g_strdup_printf (_ ("waits for a call in %s"), label)
          : g_strdup_printf (ngettext ("waits for a call in a pool with %u thread at work, among them %s",
                                       "waits for a call in a pool with %u threads at work, among them %s", n_workers),
                             n_workers, label));
  finding->resource = g_strdup_printf (_ ("a call in %s"), label);
  finding->holder = worker->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_tell_of_task (diagnosis, finding, task);
  return TRUE;
}

/* A stream of asyncio that was laid over the program's own standard input, which the loop watches with the rest. */
static gboolean
settle_task_on_input (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  FlatlineThread *thread = finding->thread;
  FlatlineDirection direction;
  gboolean watched = FALSE;
  gint64 fd;

  if (!waits_in (task, "asyncio/streams.py", ""))
    return FALSE;
  for (guint i = 0; (fd = flatline_thread_polled_descriptor (thread, i, NULL)) >= 0; i++)
    {
      if (fd != 0 && find_served_connection (diagnosis, thread, i, &direction))
        return FALSE;
      watched |= fd == 0;
    }
  if (!watched)
    return FALSE;
  flatline_finding_settle_input (finding, FLATLINE_CONFIDENCE_LIKELY, _ ("its standard input"));
  flatline_finding_tell_of_task (diagnosis, finding, task);
  return TRUE;
}

/* SQLAlchemy runs its code in a greenlet, which the task waits for: it keeps that in a variable. NULL: it has none. */
static FlatlineTask *
find_greenlet (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);
      FlatlineValue *context =
          g_strcmp0 (frame->function, "greenlet_spawn") == 0 ? flatline_frame_find_local (frame, "context") : NULL;

      if (context)
        return flatline_diagnosis_find_task (diagnosis, context->address);
    }
  return NULL;
}

/* The pool that its greenlet asks has nothing to give; that the program has connections to a server says nothing then.
 */
static gboolean
settle_task_on_pool (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  FlatlineTask *greenlet = waits_in (task, "asyncio/queues.py", "get") ? find_greenlet (diagnosis, task) : NULL;
  FlatlineFrame *place = flatline_task_find_place (task);
  FlatlineFrame *pool = NULL;
  char *resource = NULL;
  char *deed = greenlet && place
                   ? flatline_diagnosis_dup_pool_deed (diagnosis, greenlet->frames, place, &pool, &resource)
                   : NULL;

  if (!deed)
    return FALSE;
  flatline_finding_settle (finding, "semaphore-wait", FLATLINE_CONFIDENCE_LIKELY, deed);
  finding->resource = resource;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_tell_of_task (diagnosis, finding, task);
  return TRUE;
}

gboolean
flatline_finding_settle_outside (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  return settle_task_on_pool (diagnosis, finding, task) || settle_task_on_child (diagnosis, finding, task)
         || settle_task_on_thread (diagnosis, finding, task) || settle_task_on_input (diagnosis, finding, task)
         || settle_task_on_socket (diagnosis, finding, task);
}
