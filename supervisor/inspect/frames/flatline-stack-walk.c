/* SPDX-License-Identifier: MIT */
/*
 * Walks interpreters, thread states and frames. Sources: Include/internal/pycore_interp.h, Include/cpython/pystate.h,
 * Include/internal/pycore_frame.h (3.11 and later), Include/cpython/frameobject.h (before).
 */
#include "flatline-stack-walk.h"

#include <string.h>

#define MAX_INTERPRETERS 256
#define PLEASE_STOP      (1 << 5) /* _PY_EVAL_PLEASE_STOP_BIT of 3.13, 3.14 and 3.15 */
#define ATTACHED         1        /* _Py_THREAD_ATTACHED */
/* struct _stoptheworld_state: bools requested and world_stopped behind a mutex, and who has requested. */
#define STOP_REQUESTED   1
#define STOP_DONE        2
#define STOP_REQUESTER   16
#define STOP_SIZE        24
#define MAX_STRUCT_BYTES 4096
#define MAX_SLOTS        (1 << 20)
#define MAX_HIDDEN       16   /* before the first that is shown */
#define MAX_ENTERING     2048 /* bytes: an instruction a cell */

guint64
flatline_untag (guint64 reference)
{
  /* Include/internal/pycore_stackref.h: 3 marks a small integer, 1 a borrowed reference. */
  return (reference & 3) == 3 ? 0 : reference & ~G_GUINT64_CONSTANT (3);
}

/* A struct of the target's. Its layout may be published by an interpreter whose memory is garbage. */
typedef struct
{
  gint32 size;
  const guint8 *bytes; /* valid until more is read */
  guint8 room[MAX_STRUCT_BYTES];
} Copy;

static gboolean
copy_struct (FlatlineTarget *target, guint64 address, gint32 size, Copy *copy)
{
  copy->size = CLAMP (size, 0, MAX_STRUCT_BYTES);
  copy->bytes = flatline_memory_view (target->memory, address, (gsize)copy->size, copy->room);
  return copy->bytes != NULL;
}

/* Fields that this version does not have, and ones that are beyond the struct, are 0. */
static guint64
field_u64 (const Copy *copy, gint32 offset)
{
  guint64 value = 0;

  if (offset >= 0 && offset <= copy->size - (gint32)sizeof value)
    memcpy (&value, copy->bytes + offset, sizeof value);
  return value;
}

static gint32
field_i32 (const Copy *copy, gint32 offset)
{
  gint32 value = 0;

  if (offset >= 0 && offset <= copy->size - (gint32)sizeof value)
    memcpy (&value, copy->bytes + offset, sizeof value);
  return value;
}

static gint8
field_i8 (const Copy *copy, gint32 offset)
{
  return offset >= 0 && offset < copy->size ? (gint8)copy->bytes[offset] : 0;
}

/* The address of the GIL of @interp, 0 unknown. */
static guint64
find_gil (FlatlineTarget *target, guint64 interp)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 gil = 0;

  if (layout->interp_gil < 0)
    return target->runtime + layout->runtime_gil_locked - layout->gil_locked;
  flatline_memory_read_u64 (target->memory, interp + layout->interp_gil, &gil);
  return gil;
}

/* The thread state that holds it, 0 none. */
static guint64
read_gil_holder (FlatlineTarget *target, guint64 gil)
{
  guint64 holder = 0;
  gint32 locked = 0;

  if (gil == 0 || !flatline_memory_read_i32 (target->memory, gil + target->layout.gil_locked, &locked) || locked != 1)
    return 0;
  flatline_memory_read_u64 (target->memory, gil + target->layout.gil_holder, &holder);
  return holder;
}

/* Where the address of the innermost frame is found. */
static guint64
find_frame_link (const FlatlineLayout *layout, guint64 address, const Copy *copy)
{
  if (layout->thread_frame >= 0)
    return address + (guint64)layout->thread_frame;
  return field_u64 (copy, layout->thread_cframe) + (guint64)layout->cframe_current_frame;
}

/* The innermost frames, in the place of what leads to them; those of all threads are about to be read. */
static void
follow_frame_links (FlatlineTarget *target, GArray *threads)
{
  g_autofree guint64 *addresses = g_new (guint64, threads->len);

  for (guint i = 0; i < threads->len; i++)
    addresses[i] = g_array_index (threads, FlatlineThreadState, i).frame;
  flatline_memory_expect (target->memory, addresses, threads->len);
  for (guint i = 0; i < threads->len; i++)
    {
      flatline_memory_read_u64 (target->memory, addresses[i], &addresses[i]);
      g_array_index (threads, FlatlineThreadState, i).frame = addresses[i];
    }
  flatline_memory_expect (target->memory, addresses, threads->len);
}

/* A thread that wants all others to stand still, and has to wait for them; 0 none. */
static guint64
read_stopper (FlatlineTarget *target, guint64 stop)
{
  guint8 state[STOP_SIZE] = { 0 };
  guint64 requester = 0;

  if (flatline_memory_read (target->memory, stop, state, sizeof state) && state[STOP_REQUESTED] == 1
      && state[STOP_DONE] == 0)
    memcpy (&requester, state + STOP_REQUESTER, sizeof requester);
  return requester;
}

/*
 * Free-threaded builds have all threads stand still together now and then (a collection of garbage, the end). One that
 * runs, or is in code of C that did not let go of its thread state, is asked by a bit. It may keep that for long after
 * the others went on, so that somebody has to wait just now, too.
 */
static gboolean
keeps_world (const FlatlineLayout *layout, const Copy *copy, guint64 address, const guint64 stoppers[2])
{
  return ((stoppers[0] && stoppers[0] != address) || (stoppers[1] && stoppers[1] != address))
         && (field_u64 (copy, layout->thread_eval_breaker) & PLEASE_STOP)
         && (guint32)field_u64 (copy, layout->thread_attachment) == ATTACHED;
}

/* @seen: addresses; what is garbage may go in a circle. */
static void
read_threads_of (FlatlineTarget *target, guint64 interp, guint max, GHashTable *seen, GArray *threads)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 gil = find_gil (target, interp);
  guint64 holder = read_gil_holder (target, gil);
  const gboolean may_stop = layout->interp_stop >= 0;
  const guint64 stoppers[] = { may_stop ? read_stopper (target, interp + (guint64)layout->interp_stop) : 0,
                               may_stop ? read_stopper (target, target->runtime + (guint64)layout->runtime_stop) : 0 };
  Copy copy;
  guint64 id = 0, address = 0;
  gint32 collecting = 0;

  flatline_memory_read_u64 (target->memory, interp + layout->interp_id, &id);
  flatline_memory_read_i32 (target->memory, interp + layout->interp_gc + layout->gc_collecting, &collecting);
  flatline_memory_read_u64 (target->memory, interp + layout->interp_threads_head, &address);
  while (address != 0 && threads->len < max && copy_struct (target, address, layout->thread_size, &copy))
    {
      FlatlineThreadState thread = {
        .address = address,
        .ident = field_u64 (&copy, layout->thread_id),
        .native_id = (gint64)field_u64 (&copy, layout->thread_native_id),
        .interpreter = (gint64)id,
        .interp = interp,
        .frame = find_frame_link (layout, address, &copy),
        .handled = field_u64 (&copy, layout->thread_exc_info),
        .gil = gil,
        .holds_gil = address == holder,
        .keeps_world = keeps_world (layout, &copy, address, stoppers),
        .collecting = collecting == 1,
      };

      /* As long as nothing runs it is within the thread state itself. */
      thread.c_stack = field_u64 (&copy, layout->thread_c_stack);
      if (thread.c_stack - address < (guint64)layout->thread_size)
        thread.c_stack = 0;
      if (field_u64 (&copy, layout->thread_interp) != interp || !g_hash_table_add (seen, GSIZE_TO_POINTER (address)))
        break;
      g_array_append_val (threads, thread);
      address = field_u64 (&copy, layout->thread_next);
    }
}

GArray *
flatline_thread_states_read (FlatlineTarget *target, guint max)
{
  const FlatlineLayout *layout = &target->layout;
  GArray *threads = g_array_new (FALSE, TRUE, sizeof (FlatlineThreadState));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint64 interp = 0;

  flatline_memory_read_u64 (target->memory, target->runtime + layout->runtime_interpreters_head, &interp);
  for (guint i = 0; interp != 0 && i < MAX_INTERPRETERS; i++)
    {
      read_threads_of (target, interp, max, seen, threads);
      if (!flatline_memory_read_u64 (target->memory, interp + layout->interp_next, &interp))
        break;
    }
  follow_frame_links (target, threads);
  return threads;
}

gboolean
flatline_thread_state_renew (FlatlineTarget *target, FlatlineThreadState *thread)
{
  const FlatlineLayout *layout = &target->layout;
  Copy copy;

  if (!copy_struct (target, thread->address, layout->thread_size, &copy)
      || field_u64 (&copy, layout->thread_interp) != thread->interp)
    return FALSE;
  flatline_memory_read_u64 (target->memory, find_frame_link (layout, thread->address, &copy), &thread->frame);
  return TRUE;
}

/* Slots from @locals up to @end, and @more; -1 when no frame has so many. */
static gint
count_slots (guint64 locals, guint64 end, gint32 more)
{
  const gint64 n = (gint64)(end - locals) / 8 + more;

  return n >= 0 && n <= MAX_SLOTS ? (gint)n : -1;
}

/* How many slots from the first local on are in use; the value stack is the last of them. */
static gint
count_stack (const FlatlineLayout *layout, const Copy *copy, guint64 locals)
{
  const gint32 top = field_i32 (copy, layout->frame_stacktop);

  if (layout->frame_stacktop >= 0)
    return count_slots (locals, layout->frame_is_object ? field_u64 (copy, layout->frame_valuestack) : locals, top);
  /* 3.9 clears it while the frame runs. */
  return count_slots (locals, field_u64 (copy, layout->frame_stackpointer), 0);
}

/* The first instruction of the copy that the frame runs: each thread of a free-threaded build may have its own. */
static guint64
find_bytecode (FlatlineTarget *target, const Copy *copy, guint64 code)
{
  const FlatlineLayout *layout = &target->layout;
  gint32 index = field_i32 (copy, layout->frame_bytecode_index);
  guint64 copies, size, instructions;

  /* _PyCodeArray: Include/cpython/code.h; the first copy is the one in the code object. */
  if (index > 0 && flatline_memory_read_u64 (target->memory, code + layout->code_bytecodes, &copies)
      && flatline_memory_read_u64 (target->memory, copies, &size) && (guint64)index < size
      && flatline_memory_read_u64 (target->memory, copies + 8 + (guint64)index * 8, &instructions))
    return instructions;
  return code + layout->code_instructions;
}

static gint64
instruction_offset (FlatlineTarget *target, const Copy *copy, guint64 code)
{
  const FlatlineLayout *layout = &target->layout;
  guint64 instruction;

  if (layout->frame_is_object)
    {
      gint32 last = field_i32 (copy, layout->frame_lasti);

      return layout->lines == FLATLINE_LINES_LNOTAB ? last : (gint64)last * 2;
    }
  instruction = field_u64 (copy, layout->frame_instr);
  return (gint64)(instruction - find_bytecode (target, copy, code));
}

/* CPython says it while a trace function runs, compilers to C (Nuitka), which have no instructions, always. */
static gint
read_line (FlatlineTarget *target, guint64 object)
{
  const FlatlineLayout *layout = &target->layout;
  gint32 line = 0;

  if (object != 0 && layout->frame_object_line >= 0)
    flatline_memory_read_i32 (target->memory, object + (guint64)layout->frame_object_line, &line);
  return MAX (line, 0);
}

gboolean
flatline_frame_state_read (FlatlineTarget *target, guint64 address, FlatlineFrameState *frame, guint64 *previous)
{
  const FlatlineLayout *layout = &target->layout;
  Copy copy;
  guint64 object;

  if (!copy_struct (target, address, MAX (layout->frame_size, layout->frame_localsplus), &copy))
    return FALSE;
  *previous = field_u64 (&copy, layout->frame_previous);
  *frame = (FlatlineFrameState){ .address = address };
  frame->code = flatline_untag (field_u64 (&copy, layout->frame_code));
  frame->owner = field_i8 (&copy, layout->frame_owner);
  frame->locals = address + layout->frame_localsplus;
  frame->n_stack = count_stack (layout, &copy, frame->locals);
  frame->globals = field_u64 (&copy, layout->frame_globals);
  frame->names = field_u64 (&copy, layout->frame_locals);
  frame->is_entry = layout->frame_is_object || field_i8 (&copy, layout->frame_is_entry) != 0;
  /* These may read more, which is the end of the copy. */
  object = layout->frame_is_object ? address : field_u64 (&copy, layout->frame_object);
  frame->offset = instruction_offset (target, &copy, frame->code);
  frame->line = read_line (target, object);
  return TRUE;
}

/*
 * One that is still being entered, or only there for C: what calls __init__ of a new object has a frame of its own
 * since 3.13. As _PyFrame_IsIncomplete() tells, by which Python's own tracebacks skip them.
 */
static gboolean
is_incomplete (FlatlineTarget *target, const FlatlineFrameState *frame)
{
  const FlatlineLayout *layout = &target->layout;
  gint32 first = 0;

  if (layout->code_firsttraceable < 0 || frame->owner == layout->frame_owner_generator || frame->line != 0
      || frame->offset >= MAX_ENTERING)
    return FALSE;
  flatline_memory_read_i32 (target->memory, frame->code + (guint64)layout->code_firsttraceable, &first);
  return frame->offset < (gint64)first * 2;
}

gboolean
flatline_frame_states_append (FlatlineTarget *target, const FlatlineThreadState *thread, guint max, GArray *frames)
{
  const guint first = frames->len;
  guint64 address = thread->frame;

  /* Between two calls of Python there are no more than two frames that are not shown; what is garbage may go in a
   * circle. */
  for (guint n_walked = 0; address != 0; n_walked++)
    {
      FlatlineFrameState frame;
      guint64 previous;

      if (frames->len - first >= max || n_walked > 3 * (frames->len - first) + MAX_HIDDEN || address % 8 != 0
          || !flatline_frame_state_read (target, address, &frame, &previous))
        return FALSE;
      frame.interpreter = thread->interpreter;
      if (frame.code != 0 && frame.owner < target->layout.frame_owner_shim)
        {
          if (!is_incomplete (target, &frame))
            g_array_append_val (frames, frame);
        }
      else if (frames->len > first)
        {
          FlatlineFrameState *called = &g_array_index (frames, FlatlineFrameState, frames->len - 1);

          called->is_entry = TRUE;
          /* In 3.15 that of the whole thread follows, which is not on its stack. */
          if (called->shim == 0)
            called->shim = address;
        }
      if (previous == address)
        return FALSE;
      address = previous;
    }
  return TRUE;
}
