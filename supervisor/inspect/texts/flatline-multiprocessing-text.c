/* SPDX-License-Identifier: MIT */
/*
 * Processes and what they share: Lib/multiprocessing/process.py, synchronize.py. SemLock (Modules/_multiprocessing) is
 * a handle, the thread that took it last, how often it holds it, the greatest value; the handle of glibc is the address
 * of the value.
 */
#include "flatline-attributes.h"
#include "flatline-library-text-private.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  guint64 owner; /* ident of the thread of this process that holds it */
  gint32 n_held; /* by that thread */
  gint32 value, max_value;
} SharedLock;

static SharedLock
read_lock (FlatlineTextWriter *self, guint64 object)
{
  const guint64 semaphore = flatline_text_get (self, object, "_semlock");
  const guint64 fields = flatline_text_fields_of (self, semaphore);
  SharedLock lock = { 0 };

  if (semaphore == 0)
    return lock;
  lock.owner = flatline_text_read_pointer (self, fields + 8);
  flatline_memory_read_i32 (self->target->memory, fields + 16, &lock.n_held);
  flatline_memory_read_i32 (self->target->memory, fields + 20, &lock.max_value);
  flatline_memory_read_i32 (self->target->memory, flatline_text_read_pointer (self, fields), &lock.value);
  return lock;
}

/* @name in the module that the class's own module calls @module; 0 none. */
static guint64
find_in_module (FlatlineTextWriter *self, const FlatlineTypeInfo *type, const char *module, const char *name)
{
  const guint64 found = flatline_text_find_global (self, type, "__repr__", module);
  const FlatlineTypeInfo *found_type = flatline_text_type_of (self, found);
  guint64 dict;

  if (!found_type || found_type->family != FLATLINE_FAMILY_MODULE)
    return 0;
  dict = flatline_text_read_pointer (self, found + (guint64)self->target->layout.module_dict);
  return dict ? flatline_dict_find (self->target, dict, name) : 0;
}

typedef struct
{
  FlatlineTextWriter *writer;
  guint64 ident, thread;
} Search;

static gboolean
match_ident (guint64 key, guint64 value, gpointer user_data)
{
  Search *search = user_data;
  guint64 ident = 0;

  if (!flatline_int_read (search->writer->target, key, &ident) || ident != search->ident)
    return TRUE;
  search->thread = value;
  return FALSE;
}

/* "MainProcess", or "MainProcess|Thread-1" when it is not the main thread. */
static char *
dup_owner (FlatlineTextWriter *self, const FlatlineTypeInfo *type, guint64 ident)
{
  const guint64 process = find_in_module (self, type, "process", "_current_process");
  const guint64 threads = find_in_module (self, type, "threading", "_active");
  g_autofree char *process_name = process ? flatline_text_get_string (self, process, "_name") : NULL;
  g_autofree char *thread_name = NULL;
  Search search = { self, ident, 0 };

  if (threads)
    flatline_dict_foreach (self->target, threads, match_ident, &search);
  thread_name = search.thread ? flatline_text_get_string (self, search.thread, "_name") : NULL;
  if (!process_name || !thread_name || strcmp (thread_name, "MainThread") == 0)
    return g_strdup (process_name ? process_name : "?");
  return g_strdup_printf ("%s|%s", process_name, thread_name);
}

/* Of another process nothing is known but that it holds it. */
void
flatline_library_append_process_lock (FlatlineTextWriter *self,
                                      GString *text,
                                      guint64 address,
                                      const FlatlineTypeInfo *type)
{
  const SharedLock lock = read_lock (self, address);
  g_autofree char *owner = lock.n_held > 0 ? dup_owner (self, type, lock.owner) : NULL;
  const char *name = owner ? owner : lock.value == 1 ? "None" : "SomeOtherProcess";

  if (!g_str_has_suffix (type->full_name, "RLock"))
    g_string_append_printf (text, "<%s(owner=%s)>", flatline_text_short_name (type), name);
  else if (owner || lock.value == 1)
    g_string_append_printf (text, "<%s(%s, %d)>", flatline_text_short_name (type), name, lock.n_held);
  else
    g_string_append_printf (text, "<%s(%s, nonzero)>", flatline_text_short_name (type), name);
}

void
flatline_library_append_process_semaphore (FlatlineTextWriter *self,
                                           GString *text,
                                           guint64 address,
                                           const FlatlineTypeInfo *type)
{
  const SharedLock lock = read_lock (self, address);

  g_string_append_printf (text, "<%s(value=%d", flatline_text_short_name (type), lock.value);
  if (g_str_has_suffix (type->full_name, "BoundedSemaphore"))
    g_string_append_printf (text, ", maxvalue=%d", lock.max_value);
  g_string_append (text, ")>");
}

void
flatline_library_append_process_condition (FlatlineTextWriter *self,
                                           GString *text,
                                           guint64 address,
                                           const FlatlineTypeInfo *type)
{
  const SharedLock asleep = read_lock (self, flatline_text_get (self, address, "_sleeping_count"));
  const SharedLock woken = read_lock (self, flatline_text_get (self, address, "_woken_count"));

  g_string_append_printf (text, "<%s(", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "_lock");
  g_string_append_printf (text, ", %d)>", asleep.value - woken.value);
}

void
flatline_library_append_process_event (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const SharedLock flag = read_lock (self, flatline_text_get (self, address, "_flag"));

  g_string_append_printf (text, "<%s at 0x%" G_GINT64_MODIFIER "x %s>", flatline_text_type_name (type), address,
                          flag.value > 0 ? "set" : "unset");
}

/* Of a child that a signal ended it is "-SIGTERM". */
static void
append_exit_code (FlatlineTextWriter *self, GString *text, guint64 status)
{
  g_autoptr (GString) number = g_string_new (NULL);
  const char *name;

  flatline_text_append_object (self, number, status);
  name = number->str[0] == '-' ? sigabbrev_np (atoi (number->str + 1)) : NULL;
  g_string_append_printf (text, " exitcode=%s%s", name ? "-SIG" : "", name ? name : number->str);
}

/* "<Process name='Process-1' pid=8 parent=7 stopped exitcode=1 daemon>" */
void
flatline_library_append_process (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 child = flatline_text_get (self, address, "_popen");
  const gboolean has_child = !flatline_text_is_none (self, child);
  const guint64 status = has_child ? flatline_text_get (self, child, "returncode") : 0;
  const guint64 config = flatline_text_get (self, address, "_config");
  const guint64 daemon = flatline_text_is_none (self, config) ? 0 : flatline_dict_find (self->target, config, "daemon");
  const gint64 own_pid = self->target->inner_pid ? self->target->inner_pid : self->target->pid;
  guint64 is_daemon = 0;
  const char *word;

  if (flatline_text_find_global (self, type, "__repr__", "_current_process") == address)
    word = "started";
  else if (flatline_text_get_number (self, address, "_closed"))
    word = "closed";
  else if (!self->target->is_core && (gint64)flatline_text_get_number (self, address, "_parent_pid") != own_pid)
    word = "unknown";
  else if (!has_child)
    word = "initial";
  else
    word = flatline_text_is_none (self, status) ? "started" : "stopped";
  g_string_append_printf (text, "<%s name=", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "_name");
  if (has_child)
    {
      g_string_append (text, " pid=");
      flatline_text_append_attribute (self, text, child, "pid");
    }
  g_string_append (text, " parent=");
  flatline_text_append_attribute (self, text, address, "_parent_pid");
  g_string_append_printf (text, " %s", word);
  if (strcmp (word, "stopped") == 0)
    append_exit_code (self, text, status);
  if (daemon && flatline_int_read (self->target, daemon, &is_daemon) && is_daemon)
    g_string_append (text, " daemon");
  g_string_append_c (text, '>');
}
