/* SPDX-License-Identifier: MIT */
/*
 * The program's own names for things: a verdict that says ‘self.lock’ is worth ten that say 0x7f02c8. Names come from
 * the variables of the frames (by the object's address), else from the kept source of the line that waits.
 */
#include "flatline-program-facts.h"

/* A thread's own words for a thing come first, but not from the depths of its stack. */
#define MAX_FRAMES_NAMED_FIRST 8

static char *
join_names (const char *outer, const char *inner)
{
  return inner[0] == '[' ? g_strconcat (outer, inner, NULL) : g_strconcat (outer, ".", inner, NULL);
}

static char *
name_in_frame (FlatlineFrame *frame, guint64 address)
{
  char *name = NULL;

  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (!value->name)
        continue;
      if (value->address == address)
        {
          g_free (name);
          return g_strdup (value->name);
        }
      for (guint j = 0; !name && value->children && j < flatline_list_length (value->children); j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->address == address && child->name)
            name = join_names (value->name, child->name);
        }
    }
  return name;
}

static char *
name_in_thread (FlatlineThread *thread, guint64 address)
{
  FlatlineFrame *frame;
  guint n_own = 0;

  for (guint i = 0; n_own < MAX_FRAMES_NAMED_FIRST && (frame = flatline_thread_peek_frame (thread, i)); i++)
    {
      char *name;

      if (!flatline_frame_is_own (frame))
        continue;
      n_own++;
      name = name_in_frame (frame, address);
      if (name)
        return name;
    }
  return NULL;
}

/* What a rule may ask the name of: the listed locks, and the objects whose methods libraries are in. */
static GHashTable *
list_objects_in_question (FlatlineDiagnosis *diagnosis)
{
  GHashTable *objects = g_hash_table_new (g_int64_hash, g_int64_equal);
  FlatlineThread *thread;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      g_hash_table_add (objects, &lock->address);
    }
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *frame;

      for (guint j = 0; (frame = flatline_thread_peek_frame (thread, j)) && !flatline_frame_is_own (frame); j++)
        {
          FlatlineValue *self = flatline_frame_find_local (frame, "self");

          if (self)
            g_hash_table_add (objects, &self->address);
        }
    }
  return objects;
}

static void
index_names_of_frame (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, GHashTable *in_question)
{
  const guint n_locals = flatline_list_length (frame->locals);

  for (guint i = 0; i < n_locals; i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);
      const guint n_children = flatline_list_length (value->children);

      if (!value->name)
        continue;
      if (g_hash_table_contains (in_question, &value->address)
          && !g_hash_table_contains (diagnosis->variables, &value->address))
        g_hash_table_insert (diagnosis->variables, &value->address, value);
      for (guint j = 0; j < n_children; j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->name && g_hash_table_contains (in_question, &child->address)
              && !g_hash_table_contains (diagnosis->attributes, &child->address))
            {
              g_hash_table_insert (diagnosis->attributes, &child->address, child);
              g_hash_table_insert (diagnosis->owners, child, value);
            }
        }
    }
}

/* What the program's own frames call the objects in question; the first that has it names an object. */
static void
index_names (FlatlineDiagnosis *diagnosis)
{
  g_autoptr (GHashTable) in_question = list_objects_in_question (diagnosis);

  diagnosis->variables = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->attributes = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->owners = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      FlatlineFrame *frame;

      for (guint j = 0; (frame = flatline_thread_peek_frame (thread, j)); j++)
        if (flatline_frame_is_own (frame))
          index_names_of_frame (diagnosis, frame, in_question);
    }
}

char *
flatline_diagnosis_dup_name_of (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint64 address)
{
  FlatlineValue *value;
  char *name;

  if (address == 0)
    return NULL;
  name = name_in_thread (thread, address);
  /* An address of another process is another object. */
  if (name || flatline_diagnosis_is_relative (diagnosis, thread))
    return name;
  if (!diagnosis->variables)
    index_names (diagnosis);
  value = g_hash_table_lookup (diagnosis->variables, &address);
  if (value)
    return g_strdup (value->name);
  value = g_hash_table_lookup (diagnosis->attributes, &address);
  return value ? join_names (((FlatlineValue *)g_hash_table_lookup (diagnosis->owners, value))->name, value->name)
               : NULL;
}

/* Where the program calls @call or, where no frame is the program's own, whoever does: within it are lines of others.
 */
static FlatlineFrame *
find_caller (FlatlineThread *thread, FlatlineFrame *call)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  gboolean is_within = FALSE;
  FlatlineFrame *frame;
  guint i = 0;

  for (; (frame = flatline_thread_peek_frame (thread, i)) && frame != call; i++)
    is_within |= frame == place;
  if (frame != place && !is_within)
    return place;
  while ((frame = flatline_thread_peek_frame (thread, ++i)) && !flatline_frame_is_python (frame))
    ;
  return frame;
}

char *
flatline_diagnosis_dup_object_name (FlatlineDiagnosis *diagnosis,
                                    FlatlineThread *thread,
                                    FlatlineFrame *call,
                                    const char *methods)
{
  FlatlineValue *self = flatline_frame_find_local (call, "self");
  FlatlineFrame *caller;
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  char *name = self ? flatline_diagnosis_dup_name_of (diagnosis, thread, self->address) : NULL;

  if (name || !(caller = find_caller (thread, call)))
    return name;
  line = flatline_diagnosis_dup_source_line (diagnosis, caller);
  words = g_strsplit (methods, " ", -1);
  for (char **method = words; *method && !name; method++)
    name = flatline_source_dup_object (line, *method);
  return name;
}
