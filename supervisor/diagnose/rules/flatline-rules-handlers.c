/* SPDX-License-Identifier: MIT */
/*
 * What an idle main thread does not explain: a server's request, a pool's job, a worker process that does not come
 * back. The main thread waits for more work, as it should; who asks for a verdict waits for the answer of what it
 * handed out. Such a handler is code of the program that a library has called, in a thread, a task or a process of its
 * own. One that asks the very server that called it waits for ever.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <inttypes.h>
#include <string.h>

/* How threads, processes and programs begin; to be called by these is nothing special. */
static gboolean
is_bootstrap (FlatlineFrame *frame)
{
  static const char *const ends[] = { "/threading.py",         "/runpy.py",           "/multiprocessing/process.py",
                                      "/popen_fork.py",        "/spawn.py",           "/forkserver.py",
                                      "/popen_spawn_posix.py", "/popen_forkserver.py" };

  if (!frame->file || g_str_has_prefix (frame->file, "<frozen "))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (frame->file, ends[i]))
      return TRUE;
  return FALSE;
}

/* The outermost frame of the program's own code that was called by a library; NULL when there is none. */
static FlatlineFrame *
find_handler (GListStore *frames)
{
  FlatlineFrame *called_by = NULL;

  for (guint i = flatline_list_length (frames); i > 0; i--)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i - 1);

      if (!flatline_frame_is_python (frame))
        continue;
      if (flatline_frame_is_own (frame))
        {
          if (called_by)
            return frame;
        }
      else
        called_by = is_bootstrap (frame) ? NULL : frame;
    }
  return NULL;
}

/* Waiting for the next word of a client is what a server's thread does; the connection is to where it listens. */
static gboolean
waits_for_client (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  const gint64 fd = thread->syscall_args ? (gint32)flatline_thread_syscall_argument (thread, 0) : -1;
  FlatlineConnection *connection = flatline_diagnosis_find_connection (diagnosis, thread->pid, fd);
  const char *port = connection && connection->local_address ? strrchr (connection->local_address, ':') : NULL;

  for (guint i = 0; port && i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *other = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (g_strcmp0 (other->state, "LISTEN") == 0 && other->local_address
          && g_str_has_suffix (other->local_address, port))
        return TRUE;
    }
  return FALSE;
}

static const char *const stuck[] = { "lock-wait", "disk-wait", "deadlock", "self-deadlock", "stopped", NULL };
static const char *const stuck_at_work[] = { "socket-wait", "pipe-wait",  "child-wait",     "condition-wait",
                                             "queue-wait",  "event-wait", "semaphore-wait", "file-wait",
                                             "join-wait",   "busy-loop",  "native-busy",    NULL };

/* Whether what @other tells of its thread is likely to last; @briefly: for the time that a handler may take. */
static gboolean
is_stuck (FlatlineDiagnosis *diagnosis, FlatlineFinding *other, gboolean briefly)
{
  static const char *const with_time_out[] = { "lock-wait",  "file-wait", "semaphore-wait", "sleep", "socket-wait",
                                               "child-wait", NULL };
  FlatlineThread *thread = other->thread;
  const gboolean runs = strcmp (other->kind, "busy-loop") == 0 || strcmp (other->kind, "native-busy") == 0;
  const gboolean moves = flatline_thread_was_watched (thread) && !flatline_thread_stands_still (thread);

  if (other->confidence == FLATLINE_CONFIDENCE_GUESS)
    return FALSE;
  if (strcmp (other->kind, "socket-wait") == 0 && waits_for_client (diagnosis, thread))
    return FALSE;
  if (briefly)
    return find_handler (thread->frames) && g_strv_contains (with_time_out, other->kind);
  if (other->timed || (moves && !runs))
    return FALSE;
  return g_strv_contains (stuck, other->kind)
         || (g_strv_contains (stuck_at_work, other->kind) && find_handler (thread->frames));
}

/* A thread of this process, or of one that was made for work: it runs code of the program. */
static gboolean
is_candidate (FlatlineFinding *finding, FlatlineFinding *other, gboolean in_process)
{
  FlatlineThread *thread = other->thread;
  FlatlineFrame *place = flatline_thread_find_place (thread);

  return other != finding && thread->is_python && place && flatline_frame_is_own (place)
         && (thread->pid == finding->thread->pid) == in_process && (in_process || find_handler (thread->frames));
}

static void
tell_of_thread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFinding *other, const char *source)
{
  FlatlineFrame *place = flatline_thread_find_place (other->thread);
  g_autofree char *label = flatline_thread_dup_label (other->thread);
  g_autofree char *deed = flatline_diagnosis_dup_deed (diagnosis, other);
  g_autofree char *location = flatline_frame_dup_short_location (place);

  g_free (finding->aside);
  /* Translators: a thread, what it does, a place: "thread ‘w’" "waits for lock ‘a’" "app.py:12" */
  finding->aside = g_strdup_printf (_ ("meanwhile %s %s (%s)"), label, deed, location);
  flatline_finding_add_evidence (finding, source, "%s: %s", label, deed);
  flatline_finding_point (finding, flatline_reference_new_for_frame (place, other->thread->pid));
}

static gboolean
note_thread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_process, gboolean briefly)
{
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFinding *other = g_hash_table_lookup (diagnosis->findings, thread);

      if (!other || !is_candidate (finding, other, in_process) || !is_stuck (diagnosis, other, briefly))
        continue;
      tell_of_thread (diagnosis, finding, other, in_process ? _ ("the other threads") : _ ("the other processes"));
      return TRUE;
    }
  return FALSE;
}

/* Of several children any of which may end: the first that is stuck itself. */
static gboolean
note_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, finding->thread->pid);

  if (strcmp (finding->kind, "child-wait") != 0 || finding->holder || finding->other_holder)
    return FALSE;
  for (guint i = 0; process && i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);
      FlatlineThread *thread = flatline_diagnosis_find_thread (diagnosis, child->pid);
      FlatlineFinding *other = thread ? g_hash_table_lookup (diagnosis->findings, thread) : NULL;

      if (!other || other->timed || other->confidence == FLATLINE_CONFIDENCE_GUESS
          || !flatline_thread_find_place (thread)
          || !(g_strv_contains (stuck, other->kind) || g_strv_contains (stuck_at_work, other->kind)))
        continue;
      tell_of_thread (diagnosis, finding, other, _ ("the other processes"));
      return TRUE;
    }
  return FALSE;
}

/* A lock of C that says nothing of itself: a thread that C has made may be what it waits for. */
static gboolean
is_mute (FlatlineFinding *finding)
{
  return strcmp (finding->kind, "lock-wait") == 0 && finding->confidence == FLATLINE_CONFIDENCE_GUESS
         && !finding->holder;
}

/* The only other thread of the process with code of the program on its stack that stands still, whoever called it. */
static gboolean
note_any_thread (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFinding *only = NULL;
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFinding *other = g_hash_table_lookup (diagnosis->findings, thread);

      if (!other || !is_candidate (finding, other, TRUE))
        continue;
      if (only)
        return FALSE;
      only = other;
    }
  if (!only || only->timed || !flatline_thread_stands_still (only->thread))
    return FALSE;
  tell_of_thread (diagnosis, finding, only, _ ("the other threads"));
  return TRUE;
}

/* A thread of the package that the program has called and that waits for it: what it waits for itself. */
static gboolean
note_thread_of_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  static const char *const kinds[] = { "socket-wait", "pipe-wait", "child-wait", "async-wait", NULL };
  gboolean is_program;
  g_autofree char *package = finding->in_package ? flatline_thread_dup_package (finding->thread, &is_program) : NULL;
  FlatlineThread *thread;

  for (guint i = 0; package && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFinding *other = g_hash_table_lookup (diagnosis->findings, thread);
      g_autofree char *its_package = NULL;

      if (!other || other == finding || thread->pid != finding->thread->pid || !g_strv_contains (kinds, other->kind)
          || waits_for_client (diagnosis, thread))
        continue;
      its_package = flatline_thread_dup_package (thread, &is_program);
      if (!is_program || g_strcmp0 (its_package, package) != 0)
        continue;
      tell_of_thread (diagnosis, finding, other, _ ("the other threads"));
      return TRUE;
    }
  return FALSE;
}

/* "task ‘t’ (handle)", of another process with that. Transfer full. */
static char *
dup_task_label (FlatlineDiagnosis *diagnosis, FlatlineTask *task, gboolean in_process)
{
  FlatlineThread *thread = in_process ? NULL : flatline_diagnosis_find_thread (diagnosis, task->thread);
  g_autofree char *label = flatline_task_dup_label (task);
  g_autofree char *process = thread ? flatline_diagnosis_dup_process_label (diagnosis, thread->pid) : NULL;

  /* Translators: a task, its process: "task ‘t’ (handle)" "process 12 (python3 serve.py)" */
  return process ? g_strdup_printf (_ ("%s of %s"), label, process) : g_steal_pointer (&label);
}

/*
 * A task or greenlet of @finding's thread, or of other processes, that a package has begun for the program's own code,
 * as servers do.
 */
static gboolean
note_task (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_process)
{
  GListStore *tasks = in_process ? diagnosis->snapshot->tasks : diagnosis->snapshot->relative_tasks;

  for (guint i = 0; i < flatline_list_length (tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (tasks, i);
      FlatlineFrame *outermost = flatline_list_peek (task->frames, flatline_list_length (task->frames) - 1);
      FlatlineFrame *place = flatline_task_find_place (task);
      g_autofree char *label = NULL;
      g_autofree char *location = NULL;
      g_autofree char *expression = NULL;

      if ((in_process && task->thread != 0 && task->thread != finding->thread->native_id)
          || !flatline_task_is_pending (task) || !place || !flatline_frame_is_own (place) || !outermost
          || !flatline_frame_is_of_package (outermost))
        continue;
      label = dup_task_label (diagnosis, task, in_process);
      location = flatline_frame_dup_short_location (place);
      expression = flatline_diagnosis_dup_expression (diagnosis, place);
      g_free (finding->aside);
      finding->aside = expression /* Translators: a task, a piece of source text, a place: "task ‘t’ (handle)"
                                     "ev.wait()" "a.py:2" */
                           ? g_strdup_printf (_ ("meanwhile %s waits in ‘%s’ (%s)"), label, expression, location)
                           : /* Translators: a task, a place: "task ‘t’ (handle)" "app.py:12" */
                           g_strdup_printf (_ ("meanwhile %s waits (%s)"), label, location);
      if (in_process)
        flatline_finding_add_task_evidence (finding, task, label);
      else
        flatline_finding_add_evidence (finding, _ ("the other processes"), "%s: %s", label,
                                       expression ? expression : location);
      return TRUE;
    }
  return FALSE;
}

/* A thread that waits for work, not for something that is its own: it is idle, or in a framework's loop. */
static gboolean
waits_for_work (FlatlineFinding *finding)
{
  static const char *const kinds[] = { "queue-wait", "sleep",      "pipe-wait", "socket-wait",
                                       "event-wait", "child-wait", NULL };
  FlatlineFrame *place = flatline_thread_find_place (finding->thread);

  if (strcmp (finding->kind, "idle") == 0)
    return TRUE;
  return finding->thread->is_main && g_strv_contains (kinds, finding->kind) && place && !finding->holder
         && (flatline_frame_is_of_package (place) || finding->in_package);
}

void
flatline_diagnosis_note_stuck_handler (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  if (finding->aside && !finding->in_package)
    return;
  if (note_child (diagnosis, finding))
    return;
  if (!waits_for_work (finding))
    {
      if (!is_mute (finding) || !note_any_thread (diagnosis, finding))
        note_thread_of_package (diagnosis, finding);
      return;
    }
  if (note_thread (diagnosis, finding, TRUE, FALSE) || note_task (diagnosis, finding, TRUE)
      || note_thread (diagnosis, finding, FALSE, FALSE) || note_task (diagnosis, finding, FALSE)
      || note_thread (diagnosis, finding, TRUE, TRUE) || note_thread (diagnosis, finding, FALSE, TRUE))
    return;
  note_thread_of_package (diagnosis, finding);
}

/* --- a handler that asks its own server --- */

/* "0.0.0.0:80" and "[::]:80" are every address of this machine: one that the connection comes from as well. */
static gboolean
is_where (const char *listens, FlatlineConnection *connection)
{
  const char *remote = connection->remote_address, *local = connection->local_address;
  const char *port = strrchr (remote, ':');
  const gsize host = port ? port - remote : 0;

  if (!listens || !port)
    return FALSE;
  if (strcmp (listens, remote) == 0)
    return TRUE;
  return g_str_has_suffix (listens, port)
         && (g_str_has_prefix (listens, "0.0.0.0:") || g_str_has_prefix (listens, "[::]:")) && local
         && strncmp (local, remote, host + 1) == 0;
}

/* The socket of @thread's process that @connection leads to, if nobody else has it; NULL when there is none. */
static FlatlineConnection *
find_own_listener (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineConnection *connection)
{
  FlatlineConnection *own = NULL;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *other = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (g_strcmp0 (other->state, "LISTEN") != 0 || !is_where (other->local_address, connection))
        continue;
      if (other->pid != thread->pid)
        return NULL;
      own = other;
    }
  return own;
}

static gboolean
names_descriptor (FlatlineValue *value, gint64 fd)
{
  g_autofree char *words = g_strdup_printf ("fd=%" PRId64 ",", fd);

  return value && value->text && strstr (value->text, words);
}

/* Whether the selector of a loop has it: "6: SelectorKey(…, fd=6, events=1, …". */
static gboolean
loop_has_descriptor (FlatlineValue *value, gint64 fd, guint depth)
{
  g_autofree char *words = g_strdup_printf (" fd=%" PRId64 ", events=", fd);

  if (value && value->text && strstr (value->text, words))
    return TRUE;
  for (guint i = 0; value && depth > 0 && i < flatline_list_length (value->children); i++)
    if (loop_has_descriptor (flatline_list_peek (value->children, i), fd, depth - 1))
      return TRUE;
  return FALSE;
}

/* Of several processes that were forked to serve together, another one may take the client. */
static gboolean
is_one_of_many (FlatlineThread *thread)
{
  FlatlineFrame *process = flatline_thread_find_frame (thread, "socketserver.py", "process_request");

  if (flatline_frame_find_local (process, "pid"))
    return TRUE;
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      const char *file = flatline_thread_peek_frame (thread, i)->file;

      if (file && (strstr (file, "/multiprocessing/") || strstr (file, "/gunicorn/") || strstr (file, "/billiard/")))
        return TRUE;
    }
  return FALSE;
}

/* Whether @thread is in the midst of what the server has called that takes clients from @fd, one after the other. */
static gboolean
is_in_handler_of (FlatlineThread *thread, gint64 fd)
{
  FlatlineFrame *once = flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once");
  FlatlineFrame *request = flatline_thread_find_frame (thread, "socketserver.py", "_handle_request_noblock");
  FlatlineValue *loop = flatline_frame_find_local (once, "self");

  return names_descriptor (flatline_value_find_child (flatline_frame_find_local (request, "self"), "socket"), fd)
         || loop_has_descriptor (flatline_value_find_child (loop, "_selector"), fd, 2);
}

/* Whether @thread takes clients from descriptor @fd, or from what it polls. */
static gboolean
accepts (FlatlineThread *thread, gint64 fd)
{
  if (flatline_thread_in_syscall (thread, "accept accept4")
      && (gint32)flatline_thread_syscall_argument (thread, 0) == fd)
    return TRUE;
  for (guint i = 0; flatline_thread_polled_descriptor (thread, i, NULL) >= 0; i++)
    if (flatline_thread_polled_descriptor (thread, i, NULL) == fd)
      return TRUE;
  return FALSE;
}

/* The thread that takes clients from @fd and is at one, @asking first; NULL when another one may take the next. */
static FlatlineThread *
find_serving (FlatlineDiagnosis *diagnosis, FlatlineThread *asking, gint64 fd)
{
  FlatlineThread *serving = is_in_handler_of (asking, fd) ? asking : NULL;
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == asking || thread->pid != asking->pid)
        continue;
      if (accepts (thread, fd))
        return NULL;
      if (!serving && is_in_handler_of (thread, fd))
        serving = thread;
    }
  return serving && !is_one_of_many (serving) ? serving : NULL;
}

void
flatline_finding_note_own_server (FlatlineDiagnosis *diagnosis,
                                  FlatlineFinding *finding,
                                  FlatlineConnection *connection)
{
  FlatlineThread *thread = finding->thread;
  FlatlineConnection *listener =
      connection && connection->remote_address ? find_own_listener (diagnosis, thread, connection) : NULL;
  FlatlineThread *serving = listener && !finding->holder ? find_serving (diagnosis, thread, listener->fd) : NULL;
  g_autofree char *label = serving ? flatline_thread_dup_label (serving) : NULL;

  if (!serving)
    return;
  finding->holder = serving->native_id;
  finding->names_holder = TRUE;
  finding->confidence = MIN (finding->confidence, FLATLINE_CONFIDENCE_LIKELY);
  g_clear_pointer (&finding->plainly, g_free);
  g_free (finding->does);
  finding->does =
      serving == thread
          ? /* Translators: an address; goes on from the name of a thread */
          g_strdup_printf (_ ("waits for an answer of %s, which is the server that this very thread serves: it "
                              "takes the next client when it is done with this one"),
                           connection->remote_address)
          /* Translators: an address, a thread */
          : g_strdup_printf (_ ("waits for an answer of %s, where one client after the other is served by %s"),
                             connection->remote_address, label);
  flatline_finding_add_evidence (finding, "sock_diag, /proc/PID/fd", _ ("Descriptor %d listens at %s"),
                                 (int)listener->fd, listener->local_address);
  flatline_finding_point (finding, flatline_reference_new_for_descriptor ("socket", listener->pid, listener->fd));
}
