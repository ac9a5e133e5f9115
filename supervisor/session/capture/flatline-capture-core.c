/* SPDX-License-Identifier: MIT */
/*
 * The snapshot of a core file. No kernel tells of its threads any more; what it would have said of one that sleeps is
 * in the registers that the core keeps. Descriptors, peers and children are nowhere.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-diagnose.h"
#include "flatline-process.h"
#include "flatline-thread-status.h"

static FlatlineThread *
make_thread (FlatlineCore *core, const FlatlineCoreThread *told)
{
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, NULL);
  guint64 arguments[FLATLINE_CORE_ARGUMENTS];
  gint64 number;

  thread->pid = flatline_core_get_pid (core);
  thread->native_id = told->native_id;
  thread->is_main = thread->native_id == thread->pid;
  thread->cpu_percent = -1;
  thread->cpu_time_us = told->cpu_time_us;
  thread->blocked_signals = flatline_signals_of_mask (told->blocked);
  thread->pending_signals = flatline_signals_of_mask (told->pending);
  if (flatline_core_thread_find_call (told, flatline_core_read, core, &number, arguments))
    flatline_thread_take_system_call (thread, number, arguments, flatline_core_read, core);
  if (thread->syscall || flatline_core_thread_was_running (told))
    flatline_thread_take_state (thread, thread->syscall ? 'S' : 'R');
  return thread;
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  const FlatlineThread *one = *(FlatlineThread *const *)a, *other = *(FlatlineThread *const *)b;

  return (one->native_id > other->native_id) - (one->native_id < other->native_id);
}

/* In the order of a living process; a core has the one that died first. */
static GListStore *
make_threads (FlatlineCore *core)
{
  GArray *told = flatline_core_get_threads (core);
  g_autoptr (GPtrArray) threads = g_ptr_array_sized_new (told->len);

  for (guint i = 0; i < told->len; i++)
    g_ptr_array_add (threads, make_thread (core, &g_array_index (told, FlatlineCoreThread, i)));
  g_ptr_array_sort (threads, compare_ids);
  return flatline_list_new_from (threads);
}

FlatlineSnapshot *
flatline_capture_core (FlatlineInspector *inspector,
                       const char *reason,
                       const FlatlineCaptureBudget *budget,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new (reason);

  snapshot->way = g_strdup ("core");
  snapshot->threads = make_threads (flatline_inspector_get_core (inspector));
  if (!flatline_inspector_capture (inspector, budget, snapshot, cancellable, error))
    return NULL;
  flatline_capture_add_sources (snapshot, FALSE);
  flatline_diagnose (snapshot);
  return g_steal_pointer (&snapshot);
}
