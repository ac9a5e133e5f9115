/* SPDX-License-Identifier: MIT */
/* libdwfl over the files that a process has mapped: unwinding, and what was unwound merged with Python's frames. */
#include "flatline-native-stack.h"

#include "flatline-dw-library.h"
#include "flatline-elf-image.h"
#include "flatline-inspect-error.h"
#include "flatline-native-names.h"
#include "flatline-residence.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Of one thread; what lies further out is read as it is when it is unwound. */
#define MAX_STACK_BYTES (512 * 1024)

/* What a function may use below the stack pointer without moving it (System V ABI). */
#define RED_ZONE 128

typedef struct
{
  guint64 pc;
  guint64 sp;             /* the stack of this call begins here; 0 unknown */
  gboolean is_activation; /* interrupted here, not a return address */
} Step;

/* A thread as it was while it was held. */
typedef struct
{
  gint64 tid;
  FlatlineRegisters registers;
  guint64 start; /* address of the first byte copied */
  GByteArray *bytes;
} Copy;

struct _FlatlineNativeStacks
{
  Dwfl *dwfl;
  FlatlineCore *core; /* borrowed; NULL: a live process */
  Elf *core_file;     /* the same */
  Dwfl_Callbacks callbacks;
  gint64 pid;                   /* 0: a core */
  GPtrArray *mappings;          /* of a live process */
  FlatlineResidence *residence; /* the same */
  GHashTable *copies;           /* tid -> Copy; NULL: a core of another machine */
  const Copy *unwinding;        /* NULL: none */
  GHashTable *stacks;           /* tid -> GArray of Step */
  FlatlineNativeNames *names;
};

/* Each ELF file once, by the file that is mapped itself: it may be in another root or gone by now. */
static guint
report_files (FlatlineNativeStacks *self)
{
  const gint64 pid = self->pid;
  GPtrArray *mappings = self->mappings;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_files = 0;

  flatline_dw.dwfl_report_begin (self->dwfl);
  for (guint i = 0; mappings && i < mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
      guint64 bias;
      int fd;

      if (mapping->path[0] != '/' || !g_hash_table_add (seen, mapping->path))
        continue;
      fd = flatline_elf_image_open_file (pid, mappings, mapping->path, &bias);
      if (fd < 0)
        continue;
      if (flatline_dw.dwfl_report_elf (self->dwfl, mapping->path, mapping->path, fd, bias, true))
        n_files++;
      else
        close (fd);
    }
  flatline_dw.dwfl_report_end (self->dwfl, NULL, NULL);
  return n_files;
}

static FlatlineNativeStacks *
create (gboolean of_core, GError **error)
{
  FlatlineNativeStacks *self;

  if (!flatline_dw_library_load (error))
    return NULL;
  self = g_new0 (FlatlineNativeStacks, 1);
  self->callbacks.find_elf = of_core ? flatline_dw.dwfl_build_id_find_elf : flatline_dw.dwfl_linux_proc_find_elf;
  self->callbacks.find_debuginfo = flatline_dw.dwfl_standard_find_debuginfo;
  self->stacks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  self->dwfl = flatline_dw.dwfl_begin (&self->callbacks);
  return self;
}

static void
copy_free (gpointer data)
{
  Copy *copy = data;

  g_byte_array_unref (copy->bytes);
  g_free (copy);
}

/* As much as can be read, from the first byte on. */
static gsize
read_target (FlatlineNativeStacks *self, guint64 address, gpointer bytes, gsize length)
{
  struct iovec local = { bytes, length };
  struct iovec remote = { GSIZE_TO_POINTER (address), length };
  gssize n;

  if (self->core)
    return flatline_core_read (self->core, address, bytes, length) ? length : 0;
  local.iov_len = remote.iov_len = flatline_residence_count_readable (self->residence, address, length);
  n = local.iov_len > 0 ? process_vm_readv ((pid_t)self->pid, &local, 1, &remote, 1, 0) : 0;
  return n > 0 ? (gsize)n : 0;
}

void
flatline_native_stacks_copy (FlatlineNativeStacks *self, gint64 tid, const FlatlineRegisters *registers)
{
  const guint64 sp = registers->words[FLATLINE_STACK_POINTER];
  const FlatlineMapping *mapping;
  guint index;
  Copy *copy = g_new0 (Copy, 1);

  copy->tid = tid;
  copy->registers = *registers;
  copy->bytes = g_byte_array_new ();
  if (flatline_mappings_find (self->mappings, sp, &index))
    {
      mapping = g_ptr_array_index (self->mappings, index);
      copy->start = MAX (sp - RED_ZONE, mapping->start);
      g_byte_array_set_size (copy->bytes, (guint)MIN (mapping->end - copy->start, MAX_STACK_BYTES));
      g_byte_array_set_size (copy->bytes, (guint)read_target (self, copy->start, copy->bytes->data, copy->bytes->len));
    }
  g_hash_table_replace (self->copies, &copy->tid, copy);
}

static pid_t
next_thread (Dwfl *dwfl, void *data, void **thread_data)
{
  return 0;
}

static bool
get_thread (Dwfl *dwfl, pid_t tid, void *data, void **thread_data)
{
  FlatlineNativeStacks *self = data;
  gint64 id = tid;

  self->unwinding = *thread_data = g_hash_table_lookup (self->copies, &id);
  return self->unwinding != NULL;
}

static bool
read_word (Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *data)
{
  FlatlineNativeStacks *self = data;
  const Copy *copy = self->unwinding;
  guint64 value;

  if (copy && address >= copy->start && address - copy->start + sizeof value <= copy->bytes->len)
    memcpy (&value, copy->bytes->data + (address - copy->start), sizeof value);
  else if (read_target (self, address, &value, sizeof value) != sizeof value)
    return false;
  *word = value;
  return true;
}

static bool
set_registers (Dwfl_Thread *thread, void *thread_data)
{
  const Copy *copy = thread_data;

  if (!flatline_dw.dwfl_thread_state_registers (thread, 0, FLATLINE_N_REGISTERS, copy->registers.words))
    return false;
  flatline_dw.dwfl_thread_state_register_pc (thread, copy->registers.pc);
  return true;
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
  .next_thread = next_thread,
  .get_thread = get_thread,
  .memory_read = read_word,
  .set_initial_registers = set_registers,
};

FlatlineNativeStacks *
flatline_native_stacks_new (gint64 pid, GError **error)
{
  g_autoptr (FlatlineNativeStacks) self = create (FALSE, error);

  if (!self)
    return NULL;
  self->pid = pid;
  self->mappings = flatline_mappings_read (pid);
  self->residence = flatline_residence_new (pid);
  self->copies = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, copy_free);
  if (!self->dwfl || report_files (self) == 0
      || !flatline_dw.dwfl_attach_state (self->dwfl, NULL, (pid_t)pid, &thread_callbacks, self))
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED, _ ("No native stacks: %s"),
                   flatline_dw.dwfl_errmsg (-1));
      return NULL;
    }
  self->names = flatline_native_names_new (self->dwfl);
  return g_steal_pointer (&self);
}

/*
 * libdwfl could read the core itself, but libelf keeps each word that it was asked for in a list, and goes through that
 * for the next. It does so for a core of another machine, whose registers are not known here.
 */
static gboolean
attach_to_core (FlatlineNativeStacks *self)
{
  GArray *threads = flatline_core_get_threads (self->core);

  if (!g_array_index (threads, FlatlineCoreThread, 0).has_registers)
    return flatline_dw.dwfl_core_file_attach (self->dwfl, self->core_file) >= 0;
  self->copies = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, copy_free);
  for (guint i = 0; i < threads->len; i++)
    {
      const FlatlineCoreThread *thread = &g_array_index (threads, FlatlineCoreThread, i);
      Copy *copy = g_new0 (Copy, 1);

      copy->tid = thread->native_id;
      copy->bytes = g_byte_array_new ();
      flatline_registers_take (&copy->registers, &thread->registers);
      g_hash_table_replace (self->copies, &copy->tid, copy);
    }
  return flatline_dw.dwfl_attach_state (self->dwfl, self->core_file, (pid_t)flatline_core_get_pid (self->core),
                                        &thread_callbacks, self);
}

FlatlineNativeStacks *
flatline_native_stacks_new_for_core (FlatlineCore *core, const char *executable, GError **error)
{
  g_autoptr (FlatlineNativeStacks) self = create (TRUE, error);

  if (!self)
    return NULL;
  flatline_dw.elf_version (EV_CURRENT);
  self->core = core;
  self->core_file = flatline_dw.elf_begin (flatline_core_get_file (core), ELF_C_READ_MMAP, NULL);
  if (!self->dwfl || !self->core_file
      || flatline_dw.dwfl_core_file_report (self->dwfl, self->core_file, executable) <= 0
      || flatline_dw.dwfl_report_end (self->dwfl, NULL, NULL) != 0 || !attach_to_core (self))
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED, _ ("No native stacks: %s"),
                   flatline_dw.dwfl_errmsg (-1));
      return NULL;
    }
  self->names = flatline_native_names_new (self->dwfl);
  return g_steal_pointer (&self);
}

void
flatline_native_stacks_free (FlatlineNativeStacks *self)
{
  g_clear_pointer (&self->names, flatline_native_names_free);
  g_clear_pointer (&self->dwfl, flatline_dw.dwfl_end);
  g_clear_pointer (&self->core_file, flatline_dw.elf_end);
  g_clear_pointer (&self->mappings, g_ptr_array_unref);
  g_clear_pointer (&self->residence, flatline_residence_free);
  g_clear_pointer (&self->copies, g_hash_table_unref);
  g_hash_table_unref (self->stacks);
  g_free (self);
}

typedef struct
{
  GArray *steps;
  guint max;
} Unwinding;

static int
add_step (Dwfl_Frame *frame, void *data)
{
  Unwinding *unwinding = data;
  Step step = { 0 };
  bool is_activation = false;
  Dwarf_Addr pc;
  Dwarf_Word sp;

  if (unwinding->steps->len >= unwinding->max || !flatline_dw.dwfl_frame_pc (frame, &pc, &is_activation))
    return DWARF_CB_ABORT;
  step.pc = pc;
  if (flatline_dw.dwfl_frame_reg (frame, FLATLINE_STACK_POINTER, &sp) == 0)
    step.sp = sp;
  step.is_activation = is_activation;
  g_array_append_val (unwinding->steps, step);
  return DWARF_CB_OK;
}

/* Where a call went to no code at all, who called is told by what the call left behind. */
static gboolean
step_back_from_nowhere (FlatlineNativeStacks *self, Copy *copy, Step *nowhere)
{
  FlatlineRegisters *registers = &copy->registers;
  guint64 *sp = &registers->words[FLATLINE_STACK_POINTER];
  guint64 caller = 0;

  if (flatline_dw.dwfl_addrmodule (self->dwfl, registers->pc))
    return FALSE;
#if defined(__x86_64__)
  if (read_target (self, *sp, &caller, sizeof caller) != sizeof caller)
    return FALSE;
#else
  caller = registers->words[30];
#endif
  if (!flatline_dw.dwfl_addrmodule (self->dwfl, caller - 1))
    return FALSE;
  *nowhere = (Step){ .pc = registers->pc, .sp = *sp, .is_activation = TRUE };
#if defined(__x86_64__)
  registers->words[FLATLINE_N_REGISTERS - 1] = caller;
  *sp += sizeof caller;
#endif
  registers->pc = caller;
  return TRUE;
}

void
flatline_native_stacks_unwind (FlatlineNativeStacks *self, gint64 tid, guint max_frames)
{
  Unwinding unwinding = { g_array_new (FALSE, TRUE, sizeof (Step)), max_frames };
  Copy *copy = self->copies ? g_hash_table_lookup (self->copies, &tid) : NULL;
  Step nowhere;

  if (copy && step_back_from_nowhere (self, copy, &nowhere))
    g_array_append_val (unwinding.steps, nowhere);
  flatline_dw.dwfl_getthread_frames (self->dwfl, (pid_t)tid, add_step, &unwinding);
  g_hash_table_replace (self->stacks, g_memdup2 (&tid, sizeof tid), unwinding.steps);
}

/* Merging */

typedef struct
{
  GListStore *python;
  GArray *entries;
  guint next; /* first Python frame that is not placed yet */
} Merge;

/* The frame that the evaluator was called for in the run that begins at merge->next; entries->len: there is none. */
static guint
find_end_of_run (const Merge *merge)
{
  guint i = merge->next;

  while (i < merge->entries->len && !g_array_index (merge->entries, FlatlineEntry, i).is_entry)
    i++;
  return i;
}

/* Where the file has no symbol that tells: by what the frame it was called for lies on. */
static gboolean
holds_shim (const Merge *merge, const Step *step, const Step *outer)
{
  guint end = find_end_of_run (merge);
  guint64 shim = end < merge->entries->len ? g_array_index (merge->entries, FlatlineEntry, end).shim : 0;

  return shim != 0 && outer && step->sp != 0 && shim >= step->sp && shim < outer->sp;
}

static void
add_python_run (Merge *merge, GPtrArray *frames)
{
  guint end = MIN (find_end_of_run (merge) + 1, merge->entries->len);

  for (; merge->next < end; merge->next++)
    g_ptr_array_add (frames, g_object_ref (flatline_list_peek (merge->python, merge->next)));
}

static void
add_step_frames (Merge *merge, FlatlineNativeNames *names, const Step *step, const Step *outer, GPtrArray *frames)
{
  /* A return address may be past the end of the function: the call is before it. */
  const guint64 pc = step->is_activation ? step->pc : step->pc - 1;
  GPtrArray *calls = holds_shim (merge, step, outer) ? NULL : flatline_native_names_find (names, pc);

  for (guint i = 0; calls && i < calls->len; i++)
    g_ptr_array_add (frames, flatline_native_names_dup_frame (g_ptr_array_index (calls, i)));
  if (!calls)
    add_python_run (merge, frames);
}

void
flatline_native_stacks_merge (FlatlineNativeStacks *self, FlatlineThread *thread, GArray *entries)
{
  g_autoptr (GListStore) python = g_steal_pointer (&thread->frames);
  g_autoptr (GPtrArray) frames = g_ptr_array_new ();
  GArray *steps = g_hash_table_lookup (self->stacks, &thread->native_id);
  Merge merge = { .python = python, .entries = entries };

  for (guint i = 0; steps && i < steps->len; i++)
    add_step_frames (&merge, self->names, &g_array_index (steps, Step, i),
                     i + 1 < steps->len ? &g_array_index (steps, Step, i + 1) : NULL, frames);
  /* What the unwinder did not reach. */
  for (; merge.next < flatline_list_length (python); merge.next++)
    g_ptr_array_add (frames, g_object_ref (flatline_list_peek (python, merge.next)));
  thread->frames = flatline_list_new_from (frames);
}
