/* SPDX-License-Identifier: MIT */
/*
 * Who compiles text that is in no file (IPython its cells, attrs its methods, the interpreter's own prompt what is
 * typed) puts it into linecache.cache, so that tracebacks can show it: name -> (size, time of change, lines, full
 * name). What has no time of change was never in a file.
 */
#include "flatline-made-sources.h"

#include "flatline-dicts.h"
#include "flatline-sequences.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_ENTRIES    20000
#define MAX_STATES     4096
#define MAX_NAME       4096
#define MAX_LINE       (64 * 1024)
#define MAX_SOURCE     (1024 * 1024)
#define MAX_SOURCES    (4 * 1024 * 1024)
#define N_ENTRY_ITEMS  4
#define TIME_OF_CHANGE 1
#define LINES          2

typedef struct
{
  FlatlinePythonReading *reading;
  GHashTable *wanted; /* names of files, borrowed */
  gsize total;
} Search;

typedef struct
{
  FlatlinePythonReading *reading;
  GString *text;
  gboolean truncated;
} Text;

static guint64
read_item (FlatlinePythonReading *reading, guint64 tuple, gint64 i)
{
  guint64 item = 0;

  flatline_memory_read_u64 (reading->target->memory,
                            tuple + (guint64)reading->target->layout.tuple_items + (guint64)i * 8, &item);
  return item;
}

static gboolean
append_line (gint64 i, guint64 item, gpointer user_data)
{
  Text *text = user_data;
  g_autofree char *line = flatline_string_dup (text->reading->target, item, MAX_LINE);

  if (!line || text->text->len + strlen (line) > MAX_SOURCE)
    {
      text->truncated = TRUE;
      return FALSE;
    }
  g_string_append (text->text, line);
  if (!g_str_has_suffix (line, "\n"))
    g_string_append_c (text->text, '\n');
  return TRUE;
}

static void
add_source (Search *search, const char *file, guint64 lines)
{
  FlatlinePythonReading *reading = search->reading;
  const FlatlineTypeInfo *type = lines ? flatline_type_cache_find_of (reading->types, lines) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  Text reader = { reading, text, FALSE };
  FlatlineSourceFile *source;

  if (!type || (type->family != FLATLINE_FAMILY_LIST && type->family != FLATLINE_FAMILY_TUPLE))
    return;
  flatline_sequence_foreach (reading->target, lines, type, 0, append_line, &reader);
  if (text->len == 0)
    return;
  search->total += text->len;
  source = g_object_new (FLATLINE_TYPE_SOURCE_FILE, NULL);
  source->file = g_strdup (file);
  source->text = g_utf8_make_valid (text->str, (gssize)text->len);
  source->truncated = reader.truncated;
  flatline_list_append (&reading->snapshot->sources, source);
}

static gboolean
look_at_entry (guint64 key, guint64 value, gpointer user_data)
{
  Search *search = user_data;
  FlatlinePythonReading *reading = search->reading;
  g_autofree char *name = flatline_string_dup (reading->target, key, MAX_NAME);
  const FlatlineTypeInfo *type;

  if (!name || !g_hash_table_contains (search->wanted, name))
    return TRUE;
  type = flatline_type_cache_find_of (reading->types, value);
  if (type && type->family == FLATLINE_FAMILY_TUPLE
      && flatline_object_read_size (reading->target, value) == N_ENTRY_ITEMS)
    {
      const FlatlineTypeInfo *time_type =
          flatline_type_cache_find_of (reading->types, read_item (reading, value, TIME_OF_CHANGE));

      if (time_type && time_type->family == FLATLINE_FAMILY_NONE)
        add_source (search, name, read_item (reading, value, LINES));
    }
  g_hash_table_remove (search->wanted, name);
  return g_hash_table_size (search->wanted) > 0 && search->total < MAX_SOURCES;
}

static void
want_files_of (GListStore *frames, GHashTable *wanted)
{
  for (guint i = 0; i < flatline_list_length (frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i);

      if (frame->file && g_strcmp0 (frame->kind, "native") != 0)
        g_hash_table_add (wanted, frame->file);
    }
}

static guint64
find_cache (FlatlinePythonReading *reading, guint64 interp)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 modules = 0, dict = 0, module, cache;
  const FlatlineTypeInfo *type;

  flatline_memory_read_u64 (reading->target->memory, interp + (guint64)layout->interp_modules, &modules);
  module = modules ? flatline_dict_find (reading->target, modules, "linecache") : 0;
  if (module)
    flatline_memory_read_u64 (reading->target->memory, module + (guint64)layout->module_dict, &dict);
  cache = dict ? flatline_dict_find (reading->target, dict, "cache") : 0;
  type = cache ? flatline_type_cache_find_of (reading->types, cache) : NULL;
  return type && type->family == FLATLINE_FAMILY_DICT && flatline_dict_read_size (reading->target, cache) <= MAX_ENTRIES
             ? cache
             : 0;
}

void
flatline_made_sources_read (FlatlinePythonReading *reading)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) interpreters = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) states = flatline_thread_states_read (reading->target, MAX_STATES);
  Search search = { reading, wanted, 0 };

  /* Who asks for stacks alone shows no sources. */
  if (!reading->budget->locals && !reading->budget->tasks)
    return;
  for (guint i = 0; i < flatline_list_length (reading->snapshot->threads); i++)
    want_files_of (((FlatlineThread *)flatline_list_peek (reading->snapshot->threads, i))->frames, wanted);
  for (guint i = 0; i < flatline_list_length (reading->snapshot->tasks); i++)
    want_files_of (((FlatlineTask *)flatline_list_peek (reading->snapshot->tasks, i))->frames, wanted);
  for (guint i = 0; i < states->len && g_hash_table_size (wanted) > 0 && search.total < MAX_SOURCES; i++)
    {
      const FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      const guint64 cache =
          g_hash_table_add (interpreters, GSIZE_TO_POINTER (state->interp)) ? find_cache (reading, state->interp) : 0;

      if (cache != 0)
        flatline_dict_foreach (reading->target, cache, look_at_entry, &search);
    }
}
