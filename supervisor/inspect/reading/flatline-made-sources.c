/* SPDX-License-Identifier: MIT */
/*
 * Who compiles text that is in no file (IPython its cells, attrs its methods) puts it into linecache.cache, so that
 * tracebacks can show it: name -> (size, time of change, lines, full name). What has no time of change was never in a
 * file. The interpreter's own prompt and, from 3.14 on, -c put it there up to 3.13.0, later into
 * linecache._interactive_cache: (name, qualified name of the function, its first line) -> the same, since such names
 * need not differ. Of doctest's examples the runner has the sources.
 */
#include "flatline-made-sources.h"

#include "flatline-attributes.h"
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
#define N_KEY_ITEMS    3
#define EXAMPLE        "<doctest "

typedef struct
{
  FlatlinePythonReading *reading;
  GHashTable *wanted;    /* names of files, borrowed */
  GHashTable *functions; /* name of a file and qualified name of a function in it, of each frame: "<stdin>\nwork" */
  GHashTable *typed;     /* name of a file, borrowed -> address of its entry; 0: there are several */
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
add_text (Search *search, const char *file, const char *text, gboolean truncated)
{
  FlatlineSourceFile *source = g_object_new (FLATLINE_TYPE_SOURCE_FILE, NULL);

  search->total += strlen (text);
  source->file = g_strdup (file);
  source->text = g_utf8_make_valid (text, -1);
  source->truncated = truncated;
  flatline_list_append (&search->reading->snapshot->sources, source);
}

static void
add_source (Search *search, const char *file, guint64 lines)
{
  FlatlinePythonReading *reading = search->reading;
  const FlatlineTypeInfo *type = lines ? flatline_type_cache_find_of (reading->types, lines) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  Text reader = { reading, text, FALSE };

  if (!type || (type->family != FLATLINE_FAMILY_LIST && type->family != FLATLINE_FAMILY_TUPLE))
    return;
  flatline_sequence_foreach (reading->target, lines, type, 0, append_line, &reader);
  if (text->len > 0)
    add_text (search, file, text->str, reader.truncated);
}

static gboolean
is_tuple_of (FlatlinePythonReading *reading, guint64 object, gint64 size)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (reading->types, object);

  return type && type->family == FLATLINE_FAMILY_TUPLE && flatline_object_read_size (reading->target, object) == size;
}

static gboolean
look_at_entry (guint64 key, guint64 value, gpointer user_data)
{
  Search *search = user_data;
  FlatlinePythonReading *reading = search->reading;
  g_autofree char *name = flatline_string_dup (reading->target, key, MAX_NAME);

  if (!name || !g_hash_table_contains (search->wanted, name))
    return TRUE;
  if (is_tuple_of (reading, value, N_ENTRY_ITEMS))
    {
      const FlatlineTypeInfo *time_type =
          flatline_type_cache_find_of (reading->types, read_item (reading, value, TIME_OF_CHANGE));

      if (time_type && time_type->family == FLATLINE_FAMILY_NONE)
        add_source (search, name, read_item (reading, value, LINES));
    }
  g_hash_table_remove (search->wanted, name);
  return g_hash_table_size (search->wanted) > 0 && search->total < MAX_SOURCES;
}

/* Functions of one text have the same entry. */
static gboolean
look_at_typed (guint64 key, guint64 value, gpointer user_data)
{
  Search *search = user_data;
  FlatlinePythonReading *reading = search->reading;
  g_autofree char *name = NULL;
  g_autofree char *function = NULL;
  g_autofree char *both = NULL;
  gpointer wanted, known;

  if (!is_tuple_of (reading, key, N_KEY_ITEMS) || !is_tuple_of (reading, value, N_ENTRY_ITEMS))
    return TRUE;
  name = flatline_string_dup (reading->target, read_item (reading, key, 0), MAX_NAME);
  if (!name || !g_hash_table_lookup_extended (search->wanted, name, &wanted, NULL))
    return TRUE;
  function = flatline_string_dup (reading->target, read_item (reading, key, 1), MAX_NAME);
  both = g_strconcat (name, "\n", function, NULL);
  if (!g_hash_table_contains (search->functions, both))
    return TRUE;
  if (g_hash_table_lookup_extended (search->typed, wanted, NULL, &known) && GPOINTER_TO_SIZE (known) != value)
    value = 0;
  g_hash_table_insert (search->typed, wanted, GSIZE_TO_POINTER (value));
  return TRUE;
}

static void
add_typed (Search *search)
{
  GHashTableIter iter;
  gpointer file, entry;

  g_hash_table_iter_init (&iter, search->typed);
  while (g_hash_table_iter_next (&iter, &file, &entry) && search->total < MAX_SOURCES)
    if (entry)
      {
        add_source (search, file, read_item (search->reading, GPOINTER_TO_SIZE (entry), LINES));
        g_hash_table_remove (search->wanted, file);
      }
  g_hash_table_remove_all (search->typed);
}

typedef struct
{
  gint64 number;
  guint64 item;
} Picked;

static gboolean
pick_item (gint64 i, guint64 item, gpointer user_data)
{
  Picked *picked = user_data;

  if (i == picked->number)
    picked->item = item;
  return FALSE;
}

/* "<doctest NAME[3]>" is examples[3] of the test that runs. */
static void
add_example (Search *search, const char *file, guint64 test)
{
  FlatlinePythonReading *reading = search->reading;
  const char *bracket = strrchr (file, '[');
  Picked picked = { bracket ? g_ascii_strtoll (bracket + 1, NULL, 10) : 0, 0 };
  const guint64 examples = flatline_object_get (reading->types, test, "examples");
  const guint64 of = flatline_object_get (reading->types, test, "name");
  const FlatlineTypeInfo *type = examples ? flatline_type_cache_find_of (reading->types, examples) : NULL;
  g_autofree char *name = of ? flatline_string_dup (reading->target, of, MAX_NAME) : NULL;
  g_autofree char *text = NULL;
  guint64 source;

  if (!bracket || !name || !type || type->family != FLATLINE_FAMILY_LIST
      || strncmp (file + strlen (EXAMPLE), name, MAX (strlen (name), (gsize)(bracket - file) - strlen (EXAMPLE))) != 0)
    return;
  flatline_sequence_foreach (reading->target, examples, type, picked.number, pick_item, &picked);
  source = picked.item ? flatline_object_get (reading->types, picked.item, "source") : 0;
  text = source ? flatline_string_dup (reading->target, source, MAX_SOURCE) : NULL;
  if (text)
    add_text (search, file, text, FALSE);
}

/* What a test has run before goes on in threads of its own, maybe. */
static void
add_examples_of (Search *search, FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      const FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      GHashTableIter iter;
      gpointer file;
      guint64 test;

      if (g_strcmp0 (frame->function, "__run") != 0 || !frame->file || !g_str_has_suffix (frame->file, "/doctest.py"))
        continue;
      test = flatline_python_frame_find_local (search->reading, frame, "test");
      g_hash_table_iter_init (&iter, search->wanted);
      while (test != 0 && g_hash_table_iter_next (&iter, &file, NULL))
        if (g_str_has_prefix (file, EXAMPLE))
          add_example (search, file, test);
    }
}

static void
want_files_of (GListStore *frames, Search *search)
{
  for (guint i = 0; i < flatline_list_length (frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (frames, i);

      if (!frame->file || g_strcmp0 (frame->kind, "native") == 0)
        continue;
      g_hash_table_add (search->wanted, frame->file);
      g_hash_table_add (search->functions, g_strconcat (frame->file, "\n", frame->qualified_name, NULL));
    }
}

/* The dict of the module linecache in this interpreter, 0 none. */
static guint64
find_module (FlatlinePythonReading *reading, guint64 interp)
{
  const FlatlineLayout *layout = &reading->target->layout;
  guint64 modules = 0, dict = 0, module;

  flatline_memory_read_u64 (reading->target->memory, interp + (guint64)layout->interp_modules, &modules);
  module = modules ? flatline_dict_find (reading->target, modules, "linecache") : 0;
  if (module)
    flatline_memory_read_u64 (reading->target->memory, module + (guint64)layout->module_dict, &dict);
  return dict;
}

static void
look_into (Search *search, guint64 module, const char *name, FlatlineItemFunc look)
{
  FlatlinePythonReading *reading = search->reading;
  const guint64 cache = flatline_dict_find (reading->target, module, name);
  const FlatlineTypeInfo *type = cache ? flatline_type_cache_find_of (reading->types, cache) : NULL;

  if (type && type->family == FLATLINE_FAMILY_DICT && flatline_dict_read_size (reading->target, cache) <= MAX_ENTRIES)
    flatline_dict_foreach (reading->target, cache, look, search);
}

void
flatline_made_sources_read (FlatlinePythonReading *reading)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) functions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) typed = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) interpreters = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) states = flatline_thread_states_read (reading->target, MAX_STATES);
  Search search = { reading, wanted, functions, typed, 0 };

  /* Who asks for stacks alone shows no sources. */
  if (!reading->budget->locals && !reading->budget->tasks)
    return;
  for (guint i = 0; i < flatline_list_length (reading->snapshot->threads); i++)
    want_files_of (((FlatlineThread *)flatline_list_peek (reading->snapshot->threads, i))->frames, &search);
  for (guint i = 0; i < flatline_list_length (reading->snapshot->tasks); i++)
    want_files_of (((FlatlineTask *)flatline_list_peek (reading->snapshot->tasks, i))->frames, &search);
  for (guint i = 0; i < states->len && g_hash_table_size (wanted) > 0 && search.total < MAX_SOURCES; i++)
    {
      const FlatlineThreadState *state = &g_array_index (states, FlatlineThreadState, i);
      const guint64 module =
          g_hash_table_add (interpreters, GSIZE_TO_POINTER (state->interp)) ? find_module (reading, state->interp) : 0;

      if (module == 0)
        continue;
      look_into (&search, module, "cache", look_at_entry);
      look_into (&search, module, "_interactive_cache", look_at_typed);
      add_typed (&search);
    }
  for (guint i = 0; i < flatline_list_length (reading->snapshot->threads); i++)
    add_examples_of (&search, flatline_list_peek (reading->snapshot->threads, i));
}
