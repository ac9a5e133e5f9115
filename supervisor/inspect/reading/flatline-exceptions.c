/* SPDX-License-Identifier: MIT */
/*
 * Sources: Include/cpython/pyerrors.h, Include/cpython/traceback.h. A frame that was left keeps its variables as long
 * as a traceback knows it; where it was is told by the traceback, not by the frame.
 */
#include "flatline-exceptions.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_EXCEPTIONS 100 /* of a chain with all its groups */
#define MAX_MEMBERS    50
#define MAX_NOTES      50
#define MAX_TEXT       4096

typedef struct
{
  FlatlinePythonReading *reading;
  GHashTable *seen; /* addresses: an exception is shown once */
} Walk;

static guint64
read_pointer (FlatlinePythonReading *reading, guint64 address)
{
  guint64 pointer = 0;

  flatline_memory_read_u64 (reading->target->memory, address, &pointer);
  return pointer;
}

/* The frame of a traceback entry: of the frame object, or the object itself. */
static gboolean
read_frame_state (FlatlinePythonReading *reading, guint64 object, FlatlineFrameState *state)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 frame = object, previous;

  if (layout->frame_object_frame >= 0)
    frame = read_pointer (reading, object + layout->frame_object_frame);
  memset (state, 0, sizeof *state);
  return frame != 0 && frame % 8 == 0 && flatline_frame_state_read (reading->target, frame, state, &previous)
         && state->code != 0;
}

static FlatlineFrame *
read_entry (FlatlinePythonReading *reading, guint64 traceback)
{
  const FlatlineLayout *layout = &reading->target->layout;
  FlatlineMemory *memory = reading->target->memory;
  FlatlineFrameState state;
  FlatlineCode *code;
  FlatlineFrame *frame;
  gint32 last = -1, line = 0;

  if (!read_frame_state (reading, read_pointer (reading, traceback + layout->traceback_frame), &state))
    return NULL;
  code = flatline_code_cache_find (reading->codes, state.code);
  if (!code)
    return NULL;
  if (flatline_memory_read_i32 (memory, traceback + layout->traceback_lasti, &last))
    state.offset = last;
  state.line = 0; /* where it is now */
  frame = flatline_python_frame_new (reading, &state, code);
  /* A line of -1 is found by the instruction when somebody asks. */
  if (flatline_memory_read_i32 (memory, traceback + layout->traceback_line, &line) && line > 0)
    frame->line = line;
  return frame;
}

/* The traceback goes from the outermost frame inwards; stacks are shown from the inside. */
static void
read_traceback (FlatlinePythonReading *reading, guint64 traceback, FlatlineExceptionInfo *exception)
{
  g_autoptr (GPtrArray) frames = g_ptr_array_new ();
  guint max_frames = reading->budget->max_frames;
  guint64 slow = traceback;

  for (guint n = 0; traceback != 0; n++)
    {
      FlatlineFrame *frame = read_entry (reading, traceback);

      if (frame)
        g_ptr_array_add (frames, frame);
      traceback = read_pointer (reading, traceback + reading->target->layout.traceback_next);
      if (n % 2 == 1)
        slow = read_pointer (reading, slow + reading->target->layout.traceback_next);
      if (traceback == slow)
        break;
      if (n + 1 >= max_frames)
        {
          flatline_snapshot_add_limit (reading->snapshot, _ ("A traceback is longer than what is shown"));
          break;
        }
    }
  for (guint i = frames->len; i-- > 0;)
    flatline_list_append (&exception->frames, g_ptr_array_index (frames, i));
}

static char *
dup_plain_text (FlatlinePythonReading *reading, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, object);

  if (type && type->family == FLATLINE_FAMILY_STR)
    return flatline_string_dup (reading->target, object, MAX_TEXT);
  return flatline_object_reader_dup_text (reading->objects, object);
}

static gboolean
derives_from (FlatlinePythonReading *reading, const FlatlineTypeInfo *type, const char *name)
{
  for (guint i = 0; type && i < 32; i++)
    {
      if (strcmp (type->full_name, name) == 0)
        return TRUE;
      type = type->base ? flatline_type_cache_find (reading->types, type->base) : NULL;
    }
  return FALSE;
}

/* What str() makes of an exception that has no __str__ of its own. */
static char *
dup_message (FlatlinePythonReading *reading, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 args = read_pointer (reading, address + layout->exception_args);
  gint64 size = args ? flatline_object_read_size (reading->target, args) : 0;
  guint64 first = size > 0 ? read_pointer (reading, args + layout->tuple_items) : 0;
  guint64 second = size > 1 ? read_pointer (reading, args + layout->tuple_items + 8) : 0;

  if (size <= 0)
    return g_strdup ("");
  if (size == 1 && derives_from (reading, type, "KeyError"))
    return flatline_object_reader_dup_text (reading->objects, first);
  if (size == 1
      || (size == 2 && reading->target->layout.exception_group_members >= 0
          && derives_from (reading, type, "BaseExceptionGroup")))
    return dup_plain_text (reading, first);
  if (derives_from (reading, type, "OSError"))
    {
      g_autofree char *number = dup_plain_text (reading, first);
      g_autofree char *text = dup_plain_text (reading, second);

      return g_strdup_printf ("[Errno %s] %s", number, text);
    }
  if (derives_from (reading, type, "SyntaxError"))
    return dup_plain_text (reading, first);
  return flatline_object_reader_dup_text (reading->objects, args);
}

static gint64
read_int_item (FlatlinePythonReading *reading, guint64 tuple, gint64 index)
{
  g_autofree char *text = NULL;

  if (index >= flatline_object_read_size (reading->target, tuple))
    return 0;
  text = dup_plain_text (reading,
                         read_pointer (reading, tuple + reading->target->layout.tuple_items + (guint64)index * 8));
  return text ? MAX (g_ascii_strtoll (text, NULL, 10), 0) : 0;
}

/*
 * What Python does not understand was not called by anybody, but it has a place in a file, which is told as if it were
 * the innermost call: file, line, column from 1 on, its text, and from 3.10 on the end.
 */
static void
add_place_of_text (FlatlinePythonReading *reading, guint64 address, FlatlineExceptionInfo *exception)
{
  const FlatlineLayout *layout = &reading->target->layout;
  const guint64 args = read_pointer (reading, address + layout->exception_args);
  const gint64 size = args ? flatline_object_read_size (reading->target, args) : 0;
  const guint64 place = size == 2 ? read_pointer (reading, args + layout->tuple_items + 8) : 0;
  const FlatlineTypeInfo *type = place ? flatline_type_cache_find_of (reading->types, place) : NULL;
  g_autofree char *file = NULL;
  FlatlineFrame *frame;

  if (!type || type->family != FLATLINE_FAMILY_TUPLE || flatline_object_read_size (reading->target, place) < 3)
    return;
  file = dup_plain_text (reading, read_pointer (reading, place + layout->tuple_items));
  if (!file || !g_path_is_absolute (file))
    return;
  frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);
  frame->kind = g_strdup ("python");
  frame->function = g_strdup ("<module>");
  frame->qualified_name = g_strdup ("<module>");
  frame->file = g_steal_pointer (&file);
  frame->line = read_int_item (reading, place, 1);
  frame->column = read_int_item (reading, place, 2);
  frame->end_line = MAX (read_int_item (reading, place, 4), frame->line);
  frame->end_column = MAX (read_int_item (reading, place, 5), frame->column > 0 ? frame->column + 1 : 0);
  flatline_list_append (&exception->frames, frame);
}

/* add_note() keeps them in a list. */
static char **
dup_notes (FlatlinePythonReading *reading, guint64 address, const FlatlineTypeInfo *type)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 list = flatline_attribute_find (reading->target, address, type, "__notes__");
  const FlatlineTypeInfo *list_type = list ? flatline_type_cache_find_of (reading->types, list) : NULL;
  GPtrArray *notes;
  guint64 items;
  gint64 size;

  if (!list_type || list_type->family != FLATLINE_FAMILY_LIST)
    return NULL;
  size = flatline_object_read_size (reading->target, list);
  items = read_pointer (reading, list + layout->list_items);
  if (size <= 0)
    return NULL;
  notes = g_ptr_array_new ();
  for (gint64 i = 0; i < MIN (size, MAX_NOTES); i++)
    g_ptr_array_add (notes, dup_plain_text (reading, read_pointer (reading, items + (guint64)i * 8)));
  g_ptr_array_add (notes, NULL);
  return (char **)g_ptr_array_free (notes, FALSE);
}

static FlatlineExceptionInfo *
read_exception (Walk *walk, guint64 address);

static void
read_group (Walk *walk, guint64 address, FlatlineExceptionInfo *exception)
{
  FlatlinePythonReading *reading = walk->reading;
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 members = read_pointer (reading, address + layout->exception_group_members);
  gint64 size = members ? flatline_object_read_size (reading->target, members) : 0;

  if (size > MAX_MEMBERS)
    flatline_snapshot_add_limit (reading->snapshot, _ ("Not all exceptions of a group are shown"));
  for (gint64 i = 0; i < MIN (size, MAX_MEMBERS); i++)
    {
      FlatlineExceptionInfo *member =
          read_exception (walk, read_pointer (reading, members + layout->tuple_items + (guint64)i * 8));

      if (member)
        flatline_list_append (&exception->group, member);
    }
}

static void
read_cause (Walk *walk, guint64 address, FlatlineExceptionInfo *exception)
{
  FlatlinePythonReading *reading = walk->reading;
  const FlatlineLayout *layout = &reading->target->layout;
  guint8 suppressed = 0;

  exception->cause = read_exception (walk, read_pointer (reading, address + layout->exception_cause));
  if (exception->cause)
    {
      exception->cause->is_cause = TRUE;
      return;
    }
  flatline_memory_read (reading->target->memory, address + layout->exception_suppress_context, &suppressed, 1);
  if (!suppressed)
    exception->cause = read_exception (walk, read_pointer (reading, address + layout->exception_context));
}

static FlatlineExceptionInfo *
read_exception (Walk *walk, guint64 address)
{
  FlatlinePythonReading *reading = walk->reading;
  const FlatlineTypeInfo *type =
      address && address % 8 == 0 ? flatline_type_cache_find_of (reading->types, address) : NULL;
  FlatlineExceptionInfo *exception;

  if (!type || type->family != FLATLINE_FAMILY_EXCEPTION || g_hash_table_size (walk->seen) >= MAX_EXCEPTIONS
      || !g_hash_table_add (walk->seen, GSIZE_TO_POINTER (address)))
    return NULL;
  exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, NULL);
  exception->type_name = g_strdup (type->full_name);
  exception->message = dup_message (reading, address, type);
  exception->notes = dup_notes (reading, address, type);
  exception->value = flatline_object_reader_read (reading->objects, address, "exception", "local");
  if (derives_from (reading, type, "SyntaxError"))
    add_place_of_text (reading, address, exception);
  read_traceback (reading, read_pointer (reading, address + reading->target->layout.exception_traceback), exception);
  read_cause (walk, address, exception);
  if (reading->target->layout.exception_group_members >= 0 && derives_from (reading, type, "BaseExceptionGroup"))
    read_group (walk, address, exception);
  return exception;
}

FlatlineExceptionInfo *
flatline_exception_read (FlatlinePythonReading *reading, guint64 address)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Walk walk = { reading, seen };

  return read_exception (&walk, address);
}
