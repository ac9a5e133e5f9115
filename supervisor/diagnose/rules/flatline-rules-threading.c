/* SPDX-License-Identifier: MIT */
/*
 * Rules about the standard library's ways to wait for another thread: each is known by the functions of threading,
 * queue and concurrent.futures that stand on the stack above the program's own code.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* --- join --- */

/* threading.get_ident() of a Thread object: its field, or what its text ends in: "<Thread(x, started daemon 1401)>". */
static guint64
ident_of (FlatlineValue *object)
{
  FlatlineValue *ident = flatline_value_find_child (object, "_ident");
  const char *started = object && object->text ? strstr (object->text, ", started ") : NULL;

  if (ident && ident->text)
    return g_ascii_strtoull (ident->text, NULL, 10);
  return started ? g_ascii_strtoull (started + strcspn (started, "0123456789"), NULL, 10) : 0;
}

static FlatlineThread *
find_thread_by (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, FlatlineValue *object)
{
  FlatlineValue *native_id = flatline_value_find_child (object, "_native_id");
  FlatlineValue *name = flatline_value_find_child (object, "_name");
  const gint64 tid = native_id && native_id->text ? g_ascii_strtoll (native_id->text, NULL, 10) : 0;
  const guint64 number = ident_of (object);
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == waiting || thread->pid != waiting->pid)
        continue;
      if ((tid && thread->native_id == tid) || (number && thread->ident == number))
        return thread;
    }
  for (guint i = 0; name && name->text && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      g_autofree char *quoted = thread->name ? g_strdup_printf ("'%s'", thread->name) : NULL;

      if (thread != waiting && thread->pid == waiting->pid && quoted && strcmp (quoted, name->text) == 0)
        return thread;
    }
  return NULL;
}

/* At the end the interpreter waits for every thread that is no daemon: the first of them; alone it is the one. */
static FlatlineThread *
find_last_worker (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, guint *n_workers)
{
  FlatlineThread *first = NULL, *thread;

  *n_workers = 0;
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread == waiting || thread->pid != waiting->pid || !thread->is_python || thread->is_daemon || thread->is_main
          || flatline_thread_is_agent (thread))
        continue;
      (*n_workers)++;
      if (!first)
        first = thread;
    }
  return first;
}

gboolean
flatline_rule_join (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *join = flatline_thread_find_call (thread, "threading.py", "join");
  FlatlineFrame *shutdown = flatline_thread_find_call (thread, "threading.py", "_shutdown");
  FlatlineThread *target = NULL;
  FlatlineConfidence confidence = FLATLINE_CONFIDENCE_LIKELY;
  g_autofree char *label = NULL;
  guint n_workers = 0;

  if (!join && !shutdown)
    return FALSE;
  if (join)
    {
      target = find_thread_by (diagnosis, thread, flatline_frame_find_local (join, "self"));
      if (target && flatline_thread_in_syscall (thread, "futex") && flatline_thread_syscall_argument (thread, 3) == 0)
        confidence = FLATLINE_CONFIDENCE_CERTAIN;
    }
  /* 3.13 and later keep no more of a thread's identity in Python than its name. */
  if (!target)
    {
      FlatlineThread *only = find_last_worker (diagnosis, thread, &n_workers);
      target = shutdown || n_workers == 1 ? only : NULL;
    }
  if (target)
    label = flatline_thread_dup_label (target);
  else if (join)
    {
      g_autofree char *name = flatline_diagnosis_dup_object_name (diagnosis, thread, join, "join");
      label = name ? g_strdup_printf (_ ("thread ‘%s’"), name) : g_strdup (_ ("a thread"));
    }
  else
    label = g_strdup (_ ("a thread that is no daemon"));
  flatline_finding_settle (finding, "join-wait", confidence, g_strdup_printf (_ ("waits for the end of %s"), label));
  finding->resource = g_strdup_printf (_ ("the end of %s"), label);
  finding->holder = target ? target->native_id : 0;
  finding->names_holder = TRUE;
  flatline_finding_add_frame_evidence (finding, join ? join : shutdown);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/*
 * It has not come to wait yet, but is about to take the lock inside of the queue, event or condition: a signal handler
 * or a finalizer that uses one in the middle of the same thread's call does. The rules about locks know who holds it.
 */
static gboolean
takes_inner_lock (FlatlineThread *thread)
{
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);

  return innermost && innermost == flatline_thread_find_call (thread, "threading.py", "__enter__");
}

/* --- what is waited for by an object's method --- */

gboolean
flatline_finding_settle_object (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineFrame *call,
                                const char *kind,
                                const char *named,
                                const char *nameless,
                                const char *methods)
{
  g_autofree char *name = flatline_diagnosis_dup_object_name (diagnosis, finding->thread, call, methods);

  finding->resource = name ? g_strdup_printf (named, name) : g_strdup (nameless);
  flatline_finding_settle (finding, kind, FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("waits for %s"), finding->resource));
  flatline_finding_add_frame_evidence (finding, call);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

void
flatline_finding_reword (FlatlineFinding *finding, const char *format, const char *plain_format)
{
  g_free (finding->does);
  g_free (finding->plainly);
  finding->does = g_strdup_printf (format, finding->resource);
  finding->plainly = plain_format ? g_strdup_printf (plain_format, finding->resource) : NULL;
}

/* @name NULL: what a library calls it says nothing to a person. */
static void
settle_simple_queue (FlatlineFinding *finding, const char *name)
{
  flatline_finding_settle (finding, "queue-wait", FLATLINE_CONFIDENCE_LIKELY, NULL);
  finding->resource = name ? g_strdup_printf (_ ("queue ‘%s’"), name) : g_strdup (_ ("a queue"));
  flatline_finding_reword (finding, _ ("waits for an item from %s, which is empty"), _ ("waits for an item from %s"));
}

/* Nothing is left in the queue, so whoever took the last items is still at them, or never called task_done(). */
static void
note_undone_items (FlatlineFinding *finding, FlatlineValue *queue)
{
  FlatlineValue *undone = flatline_value_find_child (queue, "unfinished_tasks");
  FlatlineValue *items = flatline_value_find_child (queue, "queue");
  const gint64 n_undone = undone && undone->text ? g_ascii_strtoll (undone->text, NULL, 10) : 0;
  g_autofree char *before = NULL;

  if (n_undone <= 0 || !items || items->size != 0)
    return;
  before = finding->does;
  finding->plainly = g_strdup (before);
  finding->does =
      /* Translators: "waits until all items of queue ‘q’ are done"; task_done() is a method of Python */
      g_strdup_printf (ngettext ("%s: it is empty, but for %d item that was taken task_done() has not been called",
                                 "%s: it is empty, but for %d items that were taken task_done() has not been called",
                                 (gulong)n_undone),
                       before, (int)n_undone);
}

gboolean
flatline_rule_queue (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *get = flatline_thread_find_call (thread, "queue.py", "get");
  FlatlineFrame *put = flatline_thread_find_call (thread, "queue.py", "put");
  FlatlineFrame *join = flatline_thread_find_call (thread, "queue.py", "join");
  g_autofree char *line = NULL;
  g_autofree char *name = NULL;

  if (takes_inner_lock (thread))
    return FALSE;
  if (get)
    {
      flatline_finding_settle_object (diagnosis, finding, get, "queue-wait", _ ("queue ‘%s’"), _ ("a queue"), "get");
      flatline_finding_reword (finding, _ ("waits for an item from %s, which is empty"),
                               _ ("waits for an item from %s"));
      return TRUE;
    }
  if (put)
    {
      flatline_finding_settle_object (diagnosis, finding, put, "queue-wait", _ ("queue ‘%s’"), _ ("a queue"), "put");
      flatline_finding_reword (finding, _ ("waits for room in %s, which is full"), _ ("waits for room in %s"));
      flatline_finding_note_taker (diagnosis, finding, flatline_frame_find_local (put, "self"));
      return TRUE;
    }
  if (join)
    {
      flatline_finding_settle_object (diagnosis, finding, join, "queue-wait", _ ("queue ‘%s’"), _ ("a queue"), "join");
      flatline_finding_reword (finding, _ ("waits until all items of %s are done"), NULL);
      note_undone_items (finding, flatline_frame_find_local (join, "self"));
      return TRUE;
    }
  /* queue.SimpleQueue is written in C and leaves no frame; the worker of a thread pool waits on one. */
  if (!flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  if (flatline_thread_find_innermost (thread)
      && flatline_thread_find_innermost (thread)
             == flatline_thread_find_call (thread, "concurrent/futures/thread.py", "_worker"))
    {
      flatline_finding_settle (finding, "queue-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup (_ ("waits for work as part of a thread pool")));
      finding->resource = g_strdup (_ ("work for the thread pool"));
      flatline_finding_add_frame_evidence (finding, flatline_thread_find_innermost (thread));
      return TRUE;
    }
  line = flatline_diagnosis_dup_source_line (diagnosis, flatline_thread_find_innermost (thread));
  name = flatline_source_dup_object (line, "get");
  if (!name)
    return FALSE;
  settle_simple_queue (finding,
                       flatline_thread_find_innermost (thread) == flatline_thread_find_place (thread) ? name : NULL);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_innermost (thread));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

gboolean
flatline_rule_semaphore (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *acquire = flatline_thread_find_call (thread, "threading.py", "acquire");

  if (acquire && !takes_inner_lock (thread) && flatline_thread_find_call (thread, "threading.py", "wait wait_for"))
    return flatline_finding_settle_object (diagnosis, finding, acquire, "semaphore-wait", _ ("semaphore ‘%s’"),
                                           _ ("a semaphore"), "acquire");
  if (flatline_thread_in_syscall (thread, "semop semtimedop"))
    {
      flatline_finding_settle (finding, "semaphore-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup (_ ("waits for a semaphore of the system")));
      finding->resource = g_strdup (_ ("a semaphore of the system"));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  return FALSE;
}

/* Event.wait calls Condition.wait: from 3.11 the qualified name tells, before that the type of `self` or a second
 * frame. */
static FlatlineFrame *
find_event_wait (FlatlineThread *thread)
{
  guint n_waits = 0;
  FlatlineFrame *outer = NULL;

  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      FlatlineValue *self;

      if (!flatline_frame_is_python (frame))
        continue;
      if (flatline_frame_is_own (frame))
        break;
      if (!frame->file || !frame->function || strcmp (frame->function, "wait") != 0
          || !(g_str_has_suffix (frame->file, "/threading.py")
               || g_str_has_suffix (frame->file, "/multiprocessing/synchronize.py")))
        continue;
      self = flatline_frame_find_local (frame, "self");
      if (g_strcmp0 (frame->qualified_name, "Event.wait") == 0
          || (self && self->type && g_str_has_suffix (self->type, "Event")))
        return frame;
      n_waits++;
      outer = frame;
    }
  /* So does Barrier.wait, by way of _wait. */
  return n_waits >= 2 && !flatline_thread_find_call (thread, "threading.py", "_wait _enter") ? outer : NULL;
}

/* A threading.Timer waits for the event that would cancel it, for as long as it was told to. */
static gboolean
settle_timer (FlatlineFinding *finding)
{
  static const char begin[] = "<function ";
  FlatlineFrame *run = flatline_thread_find_call (finding->thread, "threading.py", "run");
  FlatlineValue *self = flatline_frame_find_local (run, "self");
  FlatlineValue *interval = flatline_value_find_child (self, "interval");
  FlatlineValue *function = flatline_value_find_child (self, "function");
  g_autofree char *name = NULL;

  if (!interval || !interval->text || !function || !function->text)
    return FALSE;
  if (g_str_has_prefix (function->text, begin))
    name = g_strndup (function->text + strlen (begin), strcspn (function->text + strlen (begin), " "));
  flatline_finding_settle (
      finding, "sleep", FLATLINE_CONFIDENCE_CERTAIN,
      name ? /* Translators: a number of seconds, a function */
          g_strdup_printf (_ ("is a timer that waits %s s before it calls ‘%s’"), interval->text, name)
           : g_strdup_printf (_ ("is a timer of %s s"), interval->text));
  flatline_finding_add_frame_evidence (finding, run);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* socketserver's shutdown() waits until serve_forever() has ended: for ever where that has called it, in a handler. */
static gboolean
settle_shutdown_of_own_server (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *shutdown = flatline_thread_find_call (thread, "socketserver.py", "shutdown");
  FlatlineValue *server = flatline_frame_find_local (shutdown, "self");

  for (guint i = 0; server && i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      FlatlineValue *self = flatline_frame_find_local (frame, "self");

      if (g_strcmp0 (frame->function, "serve_forever") != 0 || !frame->file
          || !g_str_has_suffix (frame->file, "/socketserver.py") || !self || self->address != server->address)
        continue;
      flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_CERTAIN,
                               g_strdup (_ ("waits for the end of serve_forever(), which runs this very call: "
                                            "shutdown() has to be called by another thread")));
      finding->resource = g_strdup (_ ("the end of serve_forever()"));
      finding->holder = thread->native_id;
      finding->names_holder = TRUE;
      flatline_finding_add_frame_evidence (finding, shutdown);
      flatline_finding_add_frame_evidence (finding, frame);
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  return FALSE;
}

gboolean
flatline_rule_event (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *started = flatline_thread_find_call (thread, "threading.py", "start");
  FlatlineFrame *event = find_event_wait (thread);

  if (!event || takes_inner_lock (thread))
    return FALSE;
  if (settle_timer (finding) || settle_shutdown_of_own_server (finding))
    return TRUE;
  if (started)
    {
      flatline_finding_settle (finding, "event-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup (_ ("waits for a new thread to start")));
      finding->resource = g_strdup (_ ("the start of a thread"));
      flatline_finding_add_frame_evidence (finding, started);
      return TRUE;
    }
  flatline_finding_settle_object (diagnosis, finding, event, "event-wait", _ ("event ‘%s’"), _ ("an event"), "wait");
  flatline_finding_reword (finding, _ ("waits for %s, which nobody sets"), _ ("waits for %s"));
  return TRUE;
}

/* How many threads a barrier waits for, and how many are there. */
static void
note_parties (FlatlineFinding *finding, FlatlineValue *barrier)
{
  FlatlineValue *parties = flatline_value_find_child (barrier, "_parties");
  FlatlineValue *count = flatline_value_find_child (barrier, "_count");
  g_autofree char *before = NULL;

  if (!parties || !parties->text || !count || !count->text)
    return;
  before = finding->does;
  finding->plainly = g_strdup (before);
  /* Translators: "waits at barrier ‘b’ for the other threads", two numbers */
  finding->does = g_strdup_printf (_ ("%s; %s of %s are there"), before, count->text, parties->text);
}

gboolean
flatline_rule_condition (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *barrier = flatline_thread_find_call (thread, "threading.py", "_wait _enter");
  FlatlineFrame *wait = flatline_thread_find_call (thread, "threading.py", "wait");

  if (!wait)
    wait = flatline_thread_find_call (thread, "multiprocessing/synchronize.py", "wait");
  if (!wait || takes_inner_lock (thread))
    return FALSE;
  if (barrier)
    {
      flatline_finding_settle_object (diagnosis, finding, barrier, "condition-wait", _ ("barrier ‘%s’"),
                                      _ ("a barrier"), "wait");
      flatline_finding_reword (finding, _ ("waits at %s for the other threads"), NULL);
      note_parties (finding, flatline_frame_find_local (barrier, "self"));
      return TRUE;
    }
  flatline_finding_settle_object (diagnosis, finding, wait, "condition-wait", _ ("condition ‘%s’"), _ ("a condition"),
                                  "wait wait_for");
  flatline_finding_reword (finding, _ ("waits for %s, which nobody notifies"), _ ("waits for %s"));
  return TRUE;
}
