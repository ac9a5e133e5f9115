/* SPDX-License-Identifier: MIT */
/*
 * FlatlineInspector: from a process to records. The target, its code objects and types are kept between captures; each
 * capture begins with fresh pages.
 */
#include "flatline-inspector.h"

#include "flatline-code.h"
#include "flatline-core.h"
#include "flatline-dicts.h"
#include "flatline-exceptions.h"
#include "flatline-greenlets.h"
#include "flatline-made-sources.h"
#include "flatline-object-reader.h"
#include "flatline-paused-reading.h"
#include "flatline-python-threads.h"
#include "flatline-target-finding.h"
#include "flatline-tasks.h"
#include "flatline-thread-names.h"
#include "flatline-trio-tasks.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct _FlatlineInspector
{
  GObject parent_instance;
  gint64 pid;
  FlatlineCore *core; /* NULL: a live process */
  char *executable;   /* as named for the core */
  FlatlineTarget *target;
  FlatlineCodeCache *codes;
  FlatlineTypeCache *types;
  FlatlineObjectReader *objects;
  FlatlineStacks *stacks;
  FlatlineStop *held; /* NULL: a capture stops the target itself */
  gint64 interrupted;
  const FlatlineRegisters *interrupted_registers;
};

G_DEFINE_FINAL_TYPE (FlatlineInspector, flatline_inspector, G_TYPE_OBJECT)

static void
forget_target (FlatlineInspector *self)
{
  g_clear_pointer (&self->objects, flatline_object_reader_free);
  g_clear_pointer (&self->types, flatline_type_cache_free);
  g_clear_pointer (&self->codes, flatline_code_cache_unref);
  g_clear_pointer (&self->target, flatline_target_free);
  flatline_stacks_forget (self->stacks);
}

static void
flatline_inspector_finalize (GObject *object)
{
  FlatlineInspector *self = FLATLINE_INSPECTOR (object);

  forget_target (self);
  flatline_stacks_free (self->stacks);
  g_clear_pointer (&self->core, flatline_core_free);
  g_free (self->executable);
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
  self->stacks = flatline_stacks_new ();
}

FlatlineInspector *
flatline_inspector_new (gint64 pid)
{
  FlatlineInspector *self = g_object_new (FLATLINE_TYPE_INSPECTOR, NULL);

  self->pid = pid;
  return self;
}

/*
 * Finds the interpreter, or finds that the one we knew is still there (a process may exec another program). With
 * @is_unchanged the pages that were used the last time will be used again: they are read at one go, and it says whether
 * they are as they were.
 */
static gboolean
ensure_target (FlatlineInspector *self, gboolean *is_unchanged, GError **error)
{
  if (is_unchanged)
    *is_unchanged = FALSE;
  if (self->target)
    {
      if (is_unchanged)
        *is_unchanged = flatline_memory_refresh (self->target->memory, FLATLINE_REFRESH_USED_FORGET);
      else
        flatline_memory_drop_pages (self->target->memory);
      if (flatline_target_is_plausible (self->target->memory, &self->target->layout, self->target->runtime))
        return TRUE;
      forget_target (self);
    }
  self->target = self->core ? flatline_target_find_in_core (self->core, error)
                            : flatline_target_find (self->pid, flatline_memory_new_for_process (self->pid), error);
  if (!self->target)
    return FALSE;
  self->codes = flatline_code_cache_new (self->target);
  self->types = flatline_type_cache_new (self->target);
  self->objects = flatline_object_reader_new (self->target, self->types, self->codes);
  return TRUE;
}

/* One capture under way. */
typedef struct
{
  FlatlineInspector *inspector;
  FlatlinePythonReading reading;
  GError *error;
  gboolean fine;
} Capture;

/* Threads that run no Python: libraries' own, and all of a process that is no CPython. */
static void
add_native_threads (Capture *capture)
{
  gint64 pid = capture->inspector->pid;
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GHashTable) known = flatline_snapshot_index_threads (capture->reading.snapshot);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir && (entry = g_dir_read_name (dir)))
    {
      gint64 id = g_ascii_strtoll (entry, NULL, 10);
      FlatlineThread *thread;

      if (g_hash_table_contains (known, &id))
        continue;
      thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", id, NULL);
      thread->is_main = id == pid;
      thread->cpu_percent = -1;
      flatline_list_append (&capture->reading.snapshot->threads, thread);
    }
}

/* Once all that was read stands: it may have been read more than once. */
static void
merge_native_stacks (Capture *capture)
{
  g_autoptr (GArray) none = g_array_new (FALSE, TRUE, sizeof (FlatlineEntry));
  GListStore *threads = capture->reading.snapshot->threads;

  for (guint i = 0; capture->reading.native && i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);
      GArray *entries = g_hash_table_lookup (capture->reading.entries, thread);

      flatline_native_stacks_merge (capture->reading.native, thread, entries ? entries : none);
    }
}

/* The stacks in C of a core need nothing held. */
static void
read_core (Capture *capture)
{
  FlatlineInspector *self = capture->inspector;
  FlatlineSnapshot *snapshot = capture->reading.snapshot;
  GArray *threads = flatline_core_get_threads (self->core);
  g_autoptr (GError) error = NULL;

  capture->reading.native = flatline_native_stacks_new_for_core (self->core, self->executable, &error);
  if (!capture->reading.native)
    flatline_snapshot_add_note (snapshot, error->message);
  for (guint i = 0; capture->reading.native && i < threads->len; i++)
    flatline_native_stacks_unwind (capture->reading.native, g_array_index (threads, FlatlineCoreThread, i).native_id,
                                   capture->reading.budget->max_frames);
}

/* Zeros where the state of an interpreter should be are no other Python when the file ends before. */
static const char *
peek_why_no_python (Capture *capture)
{
  FlatlineCore *core = capture->inspector->core;

  if (core && flatline_core_is_cut_short (core)
      && g_error_matches (capture->error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON))
    return _ ("What the core file lost has the interpreter’s state in it: Python’s stacks cannot be read");
  return capture->error->message;
}

static void
describe_core (FlatlineInspector *self, FlatlineSnapshot *snapshot)
{
  const FlatlineCoreThread *first = &g_array_index (flatline_core_get_threads (self->core), FlatlineCoreThread, 0);
  const char *command_line = flatline_core_get_command_line (self->core);
  FlatlineRegisters registers;
  guint64 fault_address;
  gint64 sender;
  int signal = flatline_core_get_signal (self->core, &fault_address, &sender);

  if (!snapshot->program)
    snapshot->program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", self->pid, NULL);
  if (!snapshot->program->argv && command_line)
    snapshot->program->argv = g_strsplit (command_line, " ", -1);
  if (!snapshot->program->executable)
    snapshot->program->executable = flatline_core_dup_executable (self->core);
  if (flatline_core_is_cut_short (self->core))
    flatline_snapshot_add_note (
        snapshot, _ ("The core file was cut short (a full disk, or ulimit -c): not all of it can be read"));
  snapshot->captured_us = flatline_core_get_time_us (self->core);
  snapshot->signal = signal;
  snapshot->fault_address = fault_address;
  snapshot->signal_sender = sender;
  if (signal != 0)
    snapshot->signal_thread = first->native_id;
  if (signal != 0 && first->has_registers)
    {
      flatline_registers_take (&registers, &first->registers);
      snapshot->registers = flatline_registers_dup_text (&registers);
    }
  flatline_snapshot_add_note (snapshot, signal ? _ ("Read from a core file")
                                               : _ ("Read from a core file that was taken of a living process"));
}

static const char *
describe_refused_memory (void)
{
  return _ ("Memory of the program that is not loaded and that nobody may ever provide "
            "(userfaultfd, a file system that does not answer) was not read");
}

static void
read_python (Capture *capture)
{
  FlatlineInspector *self = capture->inspector;
  FlatlineSnapshot *snapshot = capture->reading.snapshot;
  GPtrArray *limits;

  capture->reading.target = self->target;
  capture->reading.codes = self->codes;
  capture->reading.types = self->types;
  capture->reading.objects = self->objects;
  capture->reading.stacks = self->stacks;
  capture->reading.held = self->held != NULL;
  flatline_memory_drop_pages (self->target->memory);
  if (!self->core && !self->held && capture->reading.budget->native && !capture->reading.budget->pause)
    flatline_snapshot_add_note (snapshot, _ ("Native frames were not read: that needs the program to be paused"));
  if (self->held)
    flatline_paused_reading_run_held (&capture->reading, self->held, self->interrupted, self->interrupted_registers);
  else if (capture->reading.budget->pause && !self->core)
    flatline_paused_reading_run (&capture->reading);
  else
    {
      capture->reading.moves = !self->core;
      flatline_python_threads_read (&capture->reading);
    }
  if (capture->reading.budget->tasks)
    {
      flatline_tasks_read (&capture->reading);
      flatline_trio_tasks_read (&capture->reading);
      flatline_greenlets_read (&capture->reading);
    }
  flatline_made_sources_read (&capture->reading);
  if (!snapshot->program)
    snapshot->program = g_object_new (FLATLINE_TYPE_PROGRAM, "pid", self->pid, NULL);
  g_object_set (snapshot->program, "python", self->target->version, NULL);
  flatline_object_reader_end (self->objects);
  limits = flatline_object_reader_get_limits (self->objects);
  for (guint i = 0; i < limits->len; i++)
    flatline_snapshot_add_limit (snapshot, g_ptr_array_index (limits, i));
  if (flatline_memory_take_refused (self->target->memory))
    flatline_snapshot_add_limit (snapshot, describe_refused_memory ());
}

static void
run_capture (Capture *capture)
{
  if (capture->inspector->core)
    {
      read_core (capture);
      describe_core (capture->inspector, capture->reading.snapshot);
    }
  if (ensure_target (capture->inspector, NULL, &capture->error))
    read_python (capture);
  else if (g_error_matches (capture->error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON)
           || g_error_matches (capture->error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON))
    {
      flatline_snapshot_add_note (capture->reading.snapshot, peek_why_no_python (capture));
      g_clear_error (&capture->error);
      if (capture->inspector->held)
        flatline_paused_reading_run_held (&capture->reading, capture->inspector->held, capture->inspector->interrupted,
                                          capture->inspector->interrupted_registers);
      else if (!capture->inspector->core && capture->reading.budget->pause
               && (capture->reading.budget->native || capture->reading.budget->native_of_awake))
        flatline_paused_reading_run_native (&capture->reading);
    }
  else
    return;
  if (!capture->inspector->core)
    add_native_threads (capture);
  merge_native_stacks (capture);
  g_clear_pointer (&capture->reading.native, flatline_native_stacks_free);
  capture->fine = TRUE;
}

gboolean
flatline_inspector_capture (FlatlineInspector *self,
                            const FlatlineCaptureBudget *budget,
                            FlatlineSnapshot *snapshot,
                            GCancellable *cancellable,
                            GError **error)
{
  gint64 begin_us = g_get_monotonic_time ();
  const gboolean is_native = self->core || self->held || budget->native || budget->native_of_awake;
  g_autoptr (GHashTable) entries =
      is_native ? g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref) : NULL;
  Capture capture = {
    .inspector = self,
    .reading = {
      .pid = self->pid,
      .budget = budget,
      .snapshot = snapshot,
      .cancellable = cancellable,
      .entries = entries,
      .deadline_us = begin_us + (gint64)budget->max_ms * 1000,
    },
  };

  g_return_val_if_fail (FLATLINE_IS_INSPECTOR (self), FALSE);

  run_capture (&capture);
  snapshot->capture_us = g_get_monotonic_time () - begin_us;
  if (capture.fine && flatline_list_length (snapshot->threads) == 0)
    {
      capture.fine = FALSE;
      g_set_error (&capture.error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS,
                   _ ("Process %" PRId64 " has ended"), self->pid);
    }
  if (capture.error)
    g_propagate_error (error, capture.error);
  return capture.fine;
}

void
flatline_inspector_find_gil_waits (FlatlineInspector *self, FlatlineSnapshot *snapshot)
{
  if (self->target)
    flatline_python_threads_find_gil_waits (self->target, self->stacks, snapshot);
}

void
flatline_inspector_set_held (FlatlineInspector *self,
                             FlatlineStop *stop,
                             gint64 tid,
                             const FlatlineRegisters *registers)
{
  self->held = stop;
  self->interrupted = stop ? tid : 0;
  self->interrupted_registers = stop ? registers : NULL;
}

guint64
flatline_inspector_find_uncaught (FlatlineInspector *self)
{
  guint64 address = 0;

  if (!ensure_target (self, FALSE, NULL))
    return 0;
  flatline_memory_drop_pages (self->target->memory);
  address = flatline_dict_find_in_sys (self->target, "last_exc");
  /* Up to 3.11. */
  return address ? address : flatline_dict_find_in_sys (self->target, "last_value");
}

FlatlineExceptionInfo *
flatline_inspector_read_exception (FlatlineInspector *self,
                                   guint64 address,
                                   const FlatlineCaptureBudget *budget,
                                   FlatlineSnapshot *snapshot)
{
  FlatlinePythonReading reading = { .budget = budget, .snapshot = snapshot };
  FlatlineExceptionInfo *exception;
  GPtrArray *limits;

  if (!ensure_target (self, FALSE, NULL))
    return NULL;
  reading.pid = self->pid;
  reading.target = self->target;
  reading.codes = self->codes;
  reading.types = self->types;
  reading.objects = self->objects;
  reading.stacks = self->stacks;
  reading.deadline_us = g_get_monotonic_time () + (gint64)budget->max_ms * 1000;
  flatline_code_cache_begin (self->codes);
  flatline_type_cache_clear (self->types);
  flatline_object_reader_begin (self->objects, budget, reading.deadline_us);
  exception = flatline_exception_read (&reading, address);
  flatline_object_reader_end (self->objects);
  limits = flatline_object_reader_get_limits (self->objects);
  for (guint i = 0; i < limits->len; i++)
    flatline_snapshot_add_limit (snapshot, g_ptr_array_index (limits, i));
  return exception;
}

gboolean
flatline_inspector_sample (FlatlineInspector *self, guint max_calls, FlatlineSample *sample, GError **error)
{
  gboolean is_unchanged;

  flatline_sample_clear (sample);
  if (!ensure_target (self, &is_unchanged, error))
    return FALSE;
  /* Where no page has changed the stacks have not. */
  if (!is_unchanged || !self->stacks->is_still || self->stacks->max_frames != max_calls)
    {
      flatline_code_cache_begin (self->codes);
      flatline_stacks_read (self->stacks, self->target, max_calls,
                            self->core ? FLATLINE_STACKS_HELD : FLATLINE_STACKS_AGAIN);
    }
  flatline_sample_fill (sample, self->stacks, self->codes);
  return TRUE;
}

static void
set_gone (FlatlineValue *value, GError **error)
{
  g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
               _ ("“%s” is gone: the program has put something else in its place"),
               value->name ? value->name : _ ("The object"));
}

FlatlineValue *
flatline_inspector_expand (FlatlineInspector *self,
                           FlatlineValue *value,
                           const FlatlineCaptureBudget *budget,
                           GError **error)
{
  g_autoptr (FlatlineValue) now = NULL;

  if (!ensure_target (self, NULL, error))
    return NULL;
  flatline_type_cache_clear (self->types);
  flatline_object_reader_begin (self->objects, budget, g_get_monotonic_time () + (gint64)budget->max_ms * 1000);
  now = flatline_object_reader_read (self->objects, value->address, value->name, value->kind);
  flatline_object_reader_end (self->objects);
  if (g_strcmp0 (now->type, value->type) != 0)
    {
      set_gone (value, error);
      return NULL;
    }
  return g_steal_pointer (&now);
}

gboolean
flatline_inspector_read_piece (
    FlatlineInspector *self, FlatlineValue *value, FlatlineContentReading *reading, GByteArray *piece, GError **error)
{
  const FlatlineTypeInfo *type;
  gboolean is_there;

  if (!ensure_target (self, NULL, error))
    return FALSE;
  flatline_type_cache_clear (self->types);
  flatline_memory_take_refused (self->target->memory);
  type = flatline_type_cache_find_of (self->types, value->address);
  is_there = type && g_strcmp0 (type->full_name, value->type) == 0;
  if (is_there && flatline_content_read_piece (self->target, self->types, value->address, reading, piece))
    return TRUE;
  if (!ensure_target (self, NULL, error)) /* it has ended meanwhile, and that is what is told */
    return FALSE;
  if (flatline_memory_take_refused (self->target->memory))
    g_set_error_literal (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED, describe_refused_memory ());
  else if (is_there)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED,
                 _ ("“%s” cannot be read whole: it was closed or changed meanwhile, or does not lie in one piece"),
                 value->name ? value->name : _ ("The object"));
  else
    set_gone (value, error);
  return FALSE;
}

FlatlineCore *
flatline_inspector_get_core (FlatlineInspector *self)
{
  return self->core;
}

FlatlineInspector *
flatline_inspector_new_for_core (const char *core_file, const char *executable, GError **error)
{
  FlatlineCore *core = flatline_core_open (core_file, executable, error);
  FlatlineInspector *self;

  if (!core)
    return NULL;
  self = g_object_new (FLATLINE_TYPE_INSPECTOR, NULL);
  self->core = core;
  self->pid = flatline_core_get_pid (core);
  self->executable = executable && g_file_test (executable, G_FILE_TEST_IS_DIR) ? NULL : g_strdup (executable);
  return self;
}
