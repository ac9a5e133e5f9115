/* SPDX-License-Identifier: MIT */
/* Frame states to frame records: the place, and the variables by the names that the code has for them. */
#include "flatline-python-frames.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <glib/gi18n.h>

#define MAX_GLOBALS_FACTOR 4
#define MAX_GLOBALS        4096 /* of a module whose globals are shown beside the locals */
#define MAX_CODE_NAMES     256
#define CO_OPTIMIZED       0x1 /* Include/cpython/code.h */

typedef struct
{
  FlatlinePythonReading *reading;
  GPtrArray *locals; /* FlatlineValue */
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
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (names->reading->types, value);
  g_autofree char *name = NULL;

  if (!type || is_definition (type->family) != names->definitions)
    return TRUE;
  name = flatline_string_dup (names->reading->target, key, 256);
  if (!name || (g_str_has_prefix (name, "__") && g_str_has_suffix (name, "__")))
    return TRUE;
  if (names->n++ >= names->reading->budget->max_items * MAX_GLOBALS_FACTOR)
    {
      flatline_snapshot_add_limit (names->reading->snapshot, _ ("Not all names of a module or class body are shown"));
      return FALSE;
    }
  g_ptr_array_add (names->locals, flatline_object_reader_read (names->reading->objects, value, name, "local"));
  return TRUE;
}

/* Module level, class bodies, exec: the names live in a dict. What the program computes with comes first. */
static void
read_names (FlatlinePythonReading *reading, GPtrArray *locals, guint64 dict)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, dict);
  Names names = { .reading = reading, .locals = locals };

  if (!type || type->family != FLATLINE_FAMILY_DICT)
    return;
  flatline_dict_foreach (reading->target, dict, add_name, &names);
  names.definitions = TRUE;
  flatline_dict_foreach (reading->target, dict, add_name, &names);
}

/* The globals that the code names: as many as its names, which are of attributes, too. */
typedef struct
{
  FlatlinePythonReading *reading;
  GPtrArray *locals;
  GHashTable *names; /* addresses of interned strings */
} Globals;

static gboolean
has_local (GPtrArray *locals, const char *name)
{
  for (guint i = 0; i < locals->len; i++)
    if (g_strcmp0 (((FlatlineValue *)g_ptr_array_index (locals, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
add_global (guint64 key, guint64 value, gpointer user_data)
{
  Globals *globals = user_data;
  FlatlinePythonReading *reading = globals->reading;
  const FlatlineTypeInfo *type;
  g_autofree char *name = NULL;

  if (!g_hash_table_remove (globals->names, GSIZE_TO_POINTER (key)))
    return TRUE;
  type = flatline_type_cache_find_of (reading->types, value);
  name = type && !is_definition (type->family) ? flatline_string_dup (reading->target, key, 256) : NULL;
  if (name && !has_local (globals->locals, name))
    g_ptr_array_add (globals->locals, flatline_object_reader_read (reading->objects, value, name, "global"));
  return g_hash_table_size (globals->names) > 0;
}

static void
read_globals (FlatlinePythonReading *reading, const FlatlineFrameState *state, GPtrArray *locals)
{
  const FlatlineLayout *layout = &reading->target->layout;
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, state->globals);
  g_autoptr (GHashTable) names = g_hash_table_new (NULL, NULL);
  Globals globals = { reading, locals, names };
  guint64 tuple, name;
  gint64 n;

  if (!type || type->family != FLATLINE_FAMILY_DICT
      || flatline_dict_read_size (reading->target, state->globals) > MAX_GLOBALS
      || !flatline_memory_read_u64 (reading->target->memory, state->code + (guint64)layout->code_names, &tuple))
    return;
  n = MIN (flatline_object_read_size (reading->target, tuple), MAX_CODE_NAMES);
  for (gint64 i = 0; i < n; i++)
    if (flatline_memory_read_u64 (reading->target->memory, tuple + (guint64)layout->tuple_items + (guint64)i * 8,
                                  &name))
      g_hash_table_add (names, GSIZE_TO_POINTER (name));
  if (g_hash_table_size (names) > 0)
    flatline_dict_foreach (reading->target, state->globals, add_global, &globals);
}

static const char *
name_of_kind (const FlatlineCode *code, gint slot)
{
  if (code->kinds[slot] & FLATLINE_KIND_FREE)
    return "free";
  if (code->kinds[slot] & FLATLINE_KIND_CELL)
    return "cell";
  return slot < code->n_arguments ? "argument" : "local";
}

/*
 * A function's variables are its slots. Whoever asked for locals() or a frame's f_locals left a dict as well, with what
 * they were by then (before 3.13; later C's PyEval_GetLocals() does).
 */
static gboolean
has_variables_in_slots (FlatlinePythonReading *reading, const FlatlineFrameState *state)
{
  gint32 flags = 0;

  flatline_memory_read_i32 (reading->target->memory, state->code + (guint64)reading->target->layout.code_flags, &flags);
  return (flags & CO_OPTIMIZED) != 0;
}

/* FALSE: not all of them could be read. */
static gboolean
read_locals (FlatlinePythonReading *reading, const FlatlineFrameState *state, FlatlineCode *code, GPtrArray *locals)
{
  if (!flatline_code_cache_read_names (reading->codes, code))
    return FALSE;
  for (gint i = 0; i < code->n_locals; i++)
    {
      guint64 object = 0;

      if (!flatline_frame_read_local (reading->target, reading->types, state, code, i, &object))
        return FALSE;
      if (object != 0)
        g_ptr_array_add (
            locals, flatline_object_reader_read (reading->objects, object, code->names[i], name_of_kind (code, i)));
    }
  if (state->names != 0 && !has_variables_in_slots (reading, state))
    read_names (reading, locals, state->names);
  /* The same for all who run this code: the first frame shows them. */
  if (state->globals != 0 && state->names != state->globals && flatline_code_cache_is_first (reading->codes, code))
    read_globals (reading, state, locals);
  return TRUE;
}

FlatlineFrame *
flatline_python_frame_new (FlatlinePythonReading *reading, const FlatlineFrameState *state, FlatlineCode *code)
{
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);
  FlatlinePlace place;

  frame->kind = g_strdup ("python");
  frame->address = state->address;
  frame->interpreter = state->interpreter;
  frame->function = g_strdup (code->name);
  frame->qualified_name = g_strdup (code->qualified_name ? code->qualified_name : code->name);
  frame->file = g_strdup (code->file);
  if (!flatline_code_find_place (reading->codes, code, state->offset, state->line, &place))
    frame->incomplete = TRUE;
  frame->line = place.line;
  frame->end_line = place.end_line;
  frame->column = place.column;
  frame->end_column = place.end_column;
  if (reading->budget->locals)
    {
      g_autoptr (GPtrArray) locals = g_ptr_array_new ();

      frame->incomplete |= !read_locals (reading, state, code, locals);
      frame->locals = flatline_list_new_from (locals);
    }
  return frame;
}

guint64
flatline_python_frame_find_local (FlatlinePythonReading *reading, const FlatlineFrame *frame, const char *name)
{
  guint64 previous = 0;
  FlatlineFrameState state;
  FlatlineCode *code = flatline_frame_state_read (reading->target, frame->address, &state, &previous)
                           ? flatline_code_cache_find (reading->codes, state.code)
                           : NULL;

  if (!code || !flatline_code_cache_read_names (reading->codes, code))
    return 0;
  for (gint i = 0; i < code->n_locals; i++)
    {
      guint64 object = 0;

      if (g_strcmp0 (code->names[i], name) == 0
          && flatline_frame_read_local (reading->target, reading->types, &state, code, i, &object))
        return object;
    }
  return 0;
}
