/* SPDX-License-Identifier: MIT */
/*
 * FlatlineInspector: from a process to records. The target, its code objects and types are kept between captures; each
 * capture begins with fresh pages. With pause, one thread of ours holds the target's threads still, reads and lets go;
 * it ends with the capture, so that the kernel lets go of whatever it could not.
 */
#include "flatline-inspector.h"

#include "flatline-code.h"
#include "flatline-dicts.h"
#include "flatline-locks.h"
#include "flatline-objects.h"
#include "flatline-stack-walk.h"
#include "flatline-stop.h"
#include "flatline-strings.h"
#include "flatline-thread-names.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS        65536
#define MAX_GLOBALS_FACTOR 4

G_DEFINE_QUARK (flatline - inspect - error, flatline_inspect_error)

struct _FlatlineInspector
{
  GObject parent_instance;
  gint64 pid;
  FlatlineTarget *target;
  FlatlineCodeCache *codes;
  FlatlineTypeCache *types;
  FlatlineObjectReader *objects;
};

G_DEFINE_FINAL_TYPE (FlatlineInspector, flatline_inspector, G_TYPE_OBJECT)

static void
forget_target (FlatlineInspector *self)
{
  g_clear_pointer (&self->objects, flatline_object_reader_free);
  g_clear_pointer (&self->types, flatline_type_cache_free);
  g_clear_pointer (&self->codes, flatline_code_cache_free);
  g_clear_pointer (&self->target, flatline_target_free);
}

static void
flatline_inspector_finalize (GObject *object)
{
  forget_target (FLATLINE_INSPECTOR (object));
  G_OBJECT_CLASS (flatline_inspector_parent_class)->finalize (object);
}

static void
flatline_inspector_class_init (FlatlineInspectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_inspector_finalize;
}

static void
flatline_inspector_init (FlatlineInspector *self)
{
}

FlatlineInspector *
flatline_inspector_new (gint64 pid)
{
  FlatlineInspector *self = g_object_new (FLATLINE_TYPE_INSPECTOR, NULL);

  self->pid = pid;
  return self;
}

/* Finds the interpreter, or finds that the one we knew is still there (a process may exec another program). */
static gboolean
ensure_target (FlatlineInspector *self, GError **error)
{
  if (self->target)
    {
      flatline_memory_drop_pages (self->target->memory);
      if (flatline_target_is_plausible (self->target->memory, &self->target->layout, self->target->runtime))
        return TRUE;
      forget_target (self);
    }
  self->target = flatline_target_find (self->pid, flatline_memory_new_for_process (self->pid), error);
  if (!self->target)
    return FALSE;
  self->codes = flatline_code_cache_new (self->target);
  self->types = flatline_type_cache_new (self->target);
  self->objects = flatline_object_reader_new (self->target, self->types);
  return TRUE;
}

/* One capture under way. */
typedef struct
{
  FlatlineInspector *inspector;
  const FlatlineCaptureBudget *budget;
  FlatlineSnapshot *snapshot;
  GCancellable *cancellable;
  FlatlineStop *stop; /* NULL: the target runs */
  FlatlineLockSearch *locks;
  gboolean lock_wait; /* some thread sleeps in the kernel as one that waits for a lock does */
  gint64 deadline_us;
  GError *error;
  gboolean fine;
} Capture;

/* Lets the target go when it has been held for as long as it may be. */
static void
check_pause (Capture *capture)
{
  gint64 held_us;

  if (!capture->stop)
    return;
  held_us = g_get_monotonic_time () - flatline_stop_get_begin_us (capture->stop);
  if (held_us < (gint64)capture->budget->max_pause_ms * 1000)
    return;
  capture->snapshot->pause_us = flatline_stop_end (g_steal_pointer (&capture->stop));
  flatline_snapshot_add_limit (capture->snapshot,
                               "The pause was as long as it may be: the rest was read while the program ran");
}

typedef struct
{
  Capture *capture;
  FlatlineFrame *frame;
  guint n;
  gboolean definitions; /* this time functions, classes and modules; the other time all else */
} Names;

static gboolean
is_definition (FlatlineFamily family)
{
  return family == FLATLINE_FAMILY_FUNCTION || family == FLATLINE_FAMILY_MODULE || family == FLATLINE_FAMILY_TYPE
         || family == FLATLINE_FAMILY_BUILTIN;
}

static gboolean
add_name (guint64 key, guint64 value, gpointer user_data)
{
  Names *names = user_data;
  FlatlineInspector *self = names->capture->inspector;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, value);
  g_autofree char *name = NULL;

  if (!type || is_definition (type->family) != names->definitions)
    return TRUE;
  name = flatline_string_dup (self->target, key, 256);
  if (!name || (g_str_has_prefix (name, "__") && g_str_has_suffix (name, "__")))
    return TRUE;
  if (names->n++ >= names->capture->budget->max_items * MAX_GLOBALS_FACTOR)
    {
      flatline_snapshot_add_limit (names->capture->snapshot, "Not all names of a module or class body are shown");
      return FALSE;
    }
  check_pause (names->capture);
  flatline_list_append (&names->frame->locals, flatline_object_reader_read (self->objects, value, name, "local"));
  return TRUE;
}

/* Module level, class bodies, exec: the names live in a dict. What the program computes with comes first. */
static void
read_names (Capture *capture, FlatlineFrame *frame, guint64 dict)
{
  FlatlineInspector *self = capture->inspector;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, dict);
  Names names = { .capture = capture, .frame = frame };

  if (!type || type->family != FLATLINE_FAMILY_DICT)
    return;
  flatline_dict_foreach (self->target, dict, add_name, &names);
  names.definitions = TRUE;
  flatline_dict_foreach (self->target, dict, add_name, &names);
}

static const char *
name_of_kind (guint8 kind)
{
  if (kind & FLATLINE_KIND_FREE)
    return "free";
  return kind & FLATLINE_KIND_CELL ? "cell" : "local";
}

static void
read_locals (Capture *capture, const FlatlineFrameState *state, FlatlineCode *code, FlatlineFrame *frame)
{
  FlatlineInspector *self = capture->inspector;
  const FlatlineLayout *layout = &self->target->layout;

  if (!flatline_code_cache_read_names (self->codes, code))
    {
      frame->incomplete = TRUE;
      return;
    }
  for (gint i = 0; i < code->n_locals; i++)
    {
      const FlatlineTypeInfo *type;
      guint64 object = 0;

      check_pause (capture);
      if (!flatline_memory_read_u64 (self->target->memory, state->locals + (guint64)i * 8, &object))
        {
          frame->incomplete = TRUE;
          return;
        }
      object = flatline_untag (object);
      if (object == 0)
        continue;
      type = flatline_type_cache_find_of (self->types, object);
      if ((code->kinds[i] & (FLATLINE_KIND_CELL | FLATLINE_KIND_FREE)) && type && type->family == FLATLINE_FAMILY_CELL
          && (!flatline_memory_read_u64 (self->target->memory, object + layout->cell_value, &object) || object == 0))
        continue;
      flatline_list_append (&frame->locals, flatline_object_reader_read (self->objects, object, code->names[i],
                                                                         name_of_kind (code->kinds[i])));
    }
  if (state->names != 0)
    read_names (capture, frame, state->names);
}

static FlatlineFrame *
make_frame (Capture *capture, const FlatlineFrameState *state, FlatlineCode *code)
{
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);
  FlatlinePlace place;

  frame->kind = g_strdup ("python");
  frame->address = state->address;
  frame->function = g_strdup (code->name);
  frame->qualified_name = g_strdup (code->qualified_name ? code->qualified_name : code->name);
  frame->file = g_strdup (code->file);
  if (!flatline_lines_find (capture->inspector->target->layout.lines, code->line_table, code->line_table_length,
                            code->first_line, state->offset, &place))
    frame->incomplete = TRUE;
  frame->line = place.line;
  frame->end_line = place.end_line;
  frame->column = place.column;
  frame->end_column = place.end_column;
  return frame;
}

static void
read_frames (Capture *capture, const FlatlineThreadState *state, FlatlineThread *thread)
{
  FlatlineInspector *self = capture->inspector;
  g_autoptr (GArray) frames = g_array_new (FALSE, TRUE, sizeof (FlatlineFrameState));
  gboolean complete;

  capture->lock_wait |= g_strcmp0 (thread->syscall, "futex") == 0;

  flatline_frame_states_read (self->target, state, capture->budget->max_frames, frames, &complete);
  if (frames->len >= capture->budget->max_frames)
    flatline_snapshot_add_limit (capture->snapshot, "A stack is deeper than what is shown");
  else if (!complete)
    thread->incomplete = TRUE;
  for (guint i = 0; i < frames->len; i++)
    {
      FlatlineFrameState *frame_state = &g_array_index (frames, FlatlineFrameState, i);
      FlatlineCode *code = flatline_code_cache_find (self->codes, frame_state->code);
      FlatlineFrame *frame;

      check_pause (capture);
      if (!code)
        {
          thread->incomplete = TRUE;
          continue;
        }
      frame = make_frame (capture, frame_state, code);
      if (capture->budget->locals)
        read_locals (capture, frame_state, code, frame);
      flatline_list_append (&thread->frames, frame);
    }
  flatline_lock_search_add_thread (capture->locks, thread, frames);
}

/* The record of a thread that the kernel's list already brought, or a new one. */
static FlatlineThread *
find_thread (Capture *capture, GHashTable *known, gint64 native_id)
{
  FlatlineThread *thread = native_id > 0 ? g_hash_table_lookup (known, &native_id) : NULL;

  if (thread && !thread->is_python)
    return thread;
  thread = g_object_new (FLATLINE_TYPE_THREAD, "native-id", native_id, NULL);
  thread->cpu_percent = -1;
  flatline_list_append (&capture->snapshot->threads, thread);
  return thread;
}

/* Native id to thread; borrowed from the snapshot. */
static GHashTable *
index_threads (FlatlineSnapshot *snapshot)
{
  GHashTable *threads = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      g_hash_table_insert (threads, &thread->native_id, thread);
    }
  return threads;
}

static void
add_python_threads (Capture *capture)
{
  FlatlineInspector *self = capture->inspector;
  g_autoptr (GArray) states = flatline_thread_states_read (self->target, MAX_THREADS);
  g_autoptr (GHashTable) known = index_threads (capture->snapshot);
  g_autoptr (GPtrArray) names = NULL;
  guint64 interp = 0;

  flatline_thread_states_find_native_ids (self->target, states);
  for (guint i = 0; i < states->len && !g_cancellable_is_cancelled (capture->cancellable); i++)
    {
      FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      FlatlineThreadName *name;
      FlatlineThread *thread;

      if (state->interp != interp)
        {
          g_clear_pointer (&names, g_ptr_array_unref);
          names = flatline_thread_names_read (self->target, self->types, state->interp);
          interp = state->interp;
        }
      name = flatline_thread_names_find (names, state->ident);
      thread = find_thread (capture, known, state->native_id ? state->native_id : name ? name->native_id : 0);
      thread->pid = self->pid;
      thread->ident = state->ident;
      thread->interpreter = state->interpreter;
      thread->is_python = TRUE;
      thread->is_main = thread->native_id == self->pid;
      thread->holds_gil = state->holds_gil;
      thread->collecting = state->collecting && state->holds_gil;
      if (name || thread->is_main)
        {
          g_free (thread->name);
          thread->name = g_strdup (name ? name->name : "MainThread");
          thread->is_daemon = name && name->is_daemon;
        }
      read_frames (capture, state, thread);
    }
}

/* Threads that run no Python: libraries' own, and all of a process that is no CPython. */
static void
add_native_threads (Capture *capture)
{
  gint64 pid = capture->inspector->pid;
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir && (entry = g_dir_read_name (dir)))
    {
      gint64 id = g_ascii_strtoll (entry, NULL, 10);
      FlatlineThread *thread;

      if (flatline_snapshot_find_thread (capture->snapshot, id))
        continue;
      thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", id, NULL);
      thread->is_main = id == pid;
      thread->cpu_percent = -1;
      flatline_list_append (&capture->snapshot->threads, thread);
    }
}

static void
begin_pause (Capture *capture)
{
  g_autoptr (GError) error = NULL;

  capture->stop = flatline_stop_begin (capture->inspector->pid, capture->budget->max_pause_ms, &error);
  if (!capture->stop)
    {
      g_autofree char *note = g_strdup_printf ("Read without pause: %s", error->message);
      flatline_snapshot_add_note (capture->snapshot, note);
    }
  else if (flatline_stop_get_n_running (capture->stop) > 0)
    flatline_snapshot_add_note (capture->snapshot, "A thread could not be stopped: it waits in the kernel");
}

static gpointer
run_capture (gpointer data)
{
  Capture *capture = data;
  FlatlineInspector *self = capture->inspector;
  FlatlineSnapshot *snapshot = capture->snapshot;

  if (ensure_target (self, &capture->error))
    {
      GPtrArray *limits;

      if (capture->budget->pause)
        begin_pause (capture);
      flatline_memory_drop_pages (self->target->memory);
      flatline_code_cache_begin (self->codes);
      flatline_type_cache_clear (self->types);
      flatline_object_reader_begin (self->objects, capture->budget, capture->deadline_us);
      capture->locks = flatline_lock_search_new (self->target, self->types, self->codes);
      add_python_threads (capture);
      if (capture->lock_wait)
        flatline_lock_search_finish (capture->locks, self->pid, &snapshot->locks);
      g_clear_pointer (&capture->locks, flatline_lock_search_free);
      if (capture->stop)
        snapshot->pause_us = flatline_stop_end (g_steal_pointer (&capture->stop));
      if (!snapshot->program)
        snapshot->program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", self->pid, NULL);
      g_object_set (snapshot->program, "python", self->target->version, NULL);
      limits = flatline_object_reader_get_limits (self->objects);
      for (guint i = 0; i < limits->len; i++)
        flatline_snapshot_add_limit (snapshot, g_ptr_array_index (limits, i));
    }
  else if (g_error_matches (capture->error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON)
           || g_error_matches (capture->error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON))
    {
      flatline_snapshot_add_note (snapshot, capture->error->message);
      g_clear_error (&capture->error);
    }
  else
    return NULL;
  add_native_threads (capture);
  capture->fine = TRUE;
  return NULL;
}

gboolean
flatline_inspector_capture (FlatlineInspector *self,
                            const FlatlineCaptureBudget *budget,
                            FlatlineSnapshot *snapshot,
                            GCancellable *cancellable,
                            GError **error)
{
  gint64 begin_us = g_get_monotonic_time ();
  Capture capture = {
    .inspector = self,
    .budget = budget,
    .snapshot = snapshot,
    .cancellable = cancellable,
    .deadline_us = begin_us + (gint64)budget->max_ms * 1000,
  };

  g_return_val_if_fail (FLATLINE_IS_INSPECTOR (self), FALSE);

  if (budget->pause)
    g_thread_join (g_thread_new ("inspect", run_capture, &capture));
  else
    run_capture (&capture);
  snapshot->capture_us = g_get_monotonic_time () - begin_us;
  if (capture.fine && flatline_list_length (snapshot->threads) == 0)
    {
      capture.fine = FALSE;
      g_set_error (&capture.error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS,
                   "Process %" G_GINT64_FORMAT " has ended", self->pid);
    }
  if (capture.error)
    g_propagate_error (error, capture.error);
  return capture.fine;
}

static guint64
hash_frames (GArray *frames)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (guint i = 0; i < frames->len; i++)
    {
      FlatlineFrameState *frame = &g_array_index (frames, FlatlineFrameState, i);

      hash = (hash ^ frame->code) * G_GUINT64_CONSTANT (0x100000001b3);
      hash = (hash ^ (guint64)frame->offset) * G_GUINT64_CONSTANT (0x100000001b3);
    }
  return hash;
}

gboolean
flatline_inspector_sample (FlatlineInspector *self, GArray *samples, GError **error)
{
  g_autoptr (GArray) states = NULL;
  g_autoptr (GArray) frames = g_array_new (FALSE, TRUE, sizeof (FlatlineFrameState));

  g_array_set_size (samples, 0);
  if (!ensure_target (self, error))
    return FALSE;
  states = flatline_thread_states_read (self->target, MAX_THREADS);
  flatline_thread_states_find_native_ids (self->target, states);
  for (guint i = 0; i < states->len; i++)
    {
      FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      FlatlineThreadSample sample = { .native_id = state->native_id };

      flatline_frame_states_read (self->target, state, 100000, frames, &sample.complete);
      sample.n_frames = frames->len;
      sample.stack_hash = hash_frames (frames);
      g_array_append_val (samples, sample);
    }
  return TRUE;
}

const char *
flatline_inspector_get_python_version (FlatlineInspector *self)
{
  return self->target ? self->target->version : NULL;
}

FlatlineValue *
flatline_inspector_expand (FlatlineInspector *self,
                           FlatlineValue *value,
                           const FlatlineCaptureBudget *budget,
                           GError **error)
{
  g_autoptr (FlatlineValue) now = NULL;

  if (!ensure_target (self, error))
    return NULL;
  flatline_type_cache_clear (self->types);
  flatline_object_reader_begin (self->objects, budget, g_get_monotonic_time () + (gint64)budget->max_ms * 1000);
  now = flatline_object_reader_read (self->objects, value->address, value->name, value->kind);
  if (g_strcmp0 (now->type, value->type) != 0)
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                   "“%s” is gone: the program has put something else in its place",
                   value->name ? value->name : "The object");
      return NULL;
    }
  return g_steal_pointer (&now);
}

FlatlineInspector *
flatline_inspector_new_for_core (const char *core_file, const char *executable, GError **error)
{
  g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
               "“%s” cannot be opened: this build reads live processes only", core_file);
  return NULL;
}
