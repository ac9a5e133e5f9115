/* SPDX-License-Identifier: MIT */
/*
 * FlatlineObjectReader: values with their children, within the budget. The text comes from flatline-object-text.
 *
 * A thousand threads that wait for one event have it in two thousand frames: what was read of an object is remembered,
 * and its children are the same list wherever it is met again at the same depth.
 */
#include "flatline-object-reader.h"

#include "flatline-attributes.h"
#include "flatline-body.h"
#include "flatline-digits.h"
#include "flatline-generators.h"
#include "flatline-numpy.h"
#include "flatline-object-text.h"
#include "flatline-lengths.h"
#include "flatline-sequences.h"
#include "flatline-sets.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <glib/gi18n.h>

#define MAX_INDEX_LENGTH 24

/* Where the last page of a dict or set ended, where the next one begins. */
typedef struct
{
  guint64 address; /* of the container */
  gint64 size;
  guint64 n_before; /* items before the place */
  FlatlineTablePlace place;
} Bookmark;

struct _FlatlineObjectReader
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  FlatlineCodeCache *codes;
  FlatlineCaptureBudget budget;
  gint64 deadline_us;
  gsize text_bytes;
  gsize n_values, max_values; /* 0: no limit */
  GPtrArray *limits;
  GArray *path;      /* addresses of the objects being expanded */
  GString *text;     /* being written; used again for each */
  GArray *text_path; /* of the writer of texts */
  guint n_cuts;      /* how often a circle was ended there, or a limit was met: what is above is not the whole */
  GHashTable *known; /* address + depth -> Known */
  Bookmark bookmark;
  GHashTable *living;
};

/* What was read once; only of objects that may have children. */
typedef struct
{
  FlatlineValue *value;
  gsize text_bytes;
} Known;

static void
known_free (gpointer data)
{
  g_object_unref (((Known *)data)->value);
  g_free (data);
}

FlatlineObjectReader *
flatline_object_reader_new (FlatlineTarget *target, FlatlineTypeCache *types, FlatlineCodeCache *codes)
{
  FlatlineObjectReader *self = g_new0 (FlatlineObjectReader, 1);

  self->target = target;
  self->types = types;
  self->codes = codes;
  self->limits = g_ptr_array_new ();
  self->path = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->text = g_string_sized_new (4096);
  self->text_path = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->known = g_hash_table_new_full (NULL, NULL, NULL, known_free);
  self->living = g_hash_table_new (NULL, NULL);
  return self;
}

void
flatline_object_reader_free (FlatlineObjectReader *self)
{
  g_ptr_array_unref (self->limits);
  g_array_unref (self->path);
  g_string_free (self->text, TRUE);
  g_array_unref (self->text_path);
  g_hash_table_unref (self->known);
  g_hash_table_unref (self->living);
  g_free (self);
}

void
flatline_object_reader_begin (FlatlineObjectReader *self, const FlatlineCaptureBudget *budget, gint64 deadline_us)
{
  self->budget = *budget;
  self->deadline_us = deadline_us;
  self->text_bytes = 0;
  self->n_values = self->max_values = 0;
  g_ptr_array_set_size (self->limits, 0);
  g_hash_table_remove_all (self->known);
  g_hash_table_remove_all (self->living);
}

void
flatline_object_reader_set_max_values (FlatlineObjectReader *self, gsize max)
{
  self->max_values = max;
}

gsize
flatline_object_reader_get_n_values (const FlatlineObjectReader *self)
{
  return self->n_values;
}

void
flatline_object_reader_end (FlatlineObjectReader *self)
{
  g_hash_table_remove_all (self->known);
}

GPtrArray *
flatline_object_reader_get_limits (FlatlineObjectReader *self)
{
  return self->limits;
}

static void
note_limit (FlatlineObjectReader *self, const char *sentence)
{
  if (!g_ptr_array_find (self->limits, sentence, NULL))
    g_ptr_array_add (self->limits, (gpointer)sentence);
}

/* FALSE once the capture has used up its time or its bytes. */
static gboolean
has_budget (FlatlineObjectReader *self)
{
  if (self->text_bytes >= self->budget.max_total_bytes || flatline_memory_keeps_many_pages (self->target->memory))
    {
      note_limit (self, _ ("The variables are not all here: the limit of bytes was reached"));
      return FALSE;
    }
  if (g_get_monotonic_time () >= self->deadline_us || (self->max_values != 0 && self->n_values >= self->max_values))
    {
      note_limit (self, _ ("The variables are not all here: the time was up"));
      return FALSE;
    }
  return TRUE;
}

/* Until the next one is. */
static FlatlineTextWriter
create_writer (FlatlineObjectReader *self)
{
  g_array_set_size (self->text_path, 0);
  return (FlatlineTextWriter){
    .target = self->target,
    .types = self->types,
    .codes = self->codes,
    .max_bytes = self->budget.max_text_bytes,
    .max_items = self->budget.max_items,
    .path = self->text_path,
    .living = self->living,
  };
}

static char *
dup_text (FlatlineObjectReader *self, guint64 address, gboolean *truncated)
{
  FlatlineTextWriter writer = create_writer (self);

  g_string_truncate (self->text, 0);
  flatline_text_append_object (&writer, self->text, address);
  *truncated = writer.truncated;
  self->text_bytes += self->text->len;
  return g_strndup (self->text->str, self->text->len);
}

char *
flatline_object_reader_dup_text (FlatlineObjectReader *self, guint64 address)
{
  gboolean truncated;

  return dup_text (self, address, &truncated);
}

static FlatlineValue *
read_value (FlatlineObjectReader *self, guint64 address, char *name, const char *kind, guint depth);

typedef struct
{
  FlatlineObjectReader *reader;
  FlatlineValue *parent;
  GPtrArray *list; /* FlatlineValue, become the parent's children at the end */
  guint depth;
  guint64 n_before; /* so many items more are passed over */
  guint n;
  gboolean keys_are_names; /* attributes: "name"; else "['name']" */
} Children;

/* FALSE when no more children may be added. */
static gboolean
take_room (Children *children)
{
  FlatlineObjectReader *self = children->reader;

  if (children->n < self->budget.max_items && has_budget (self))
    {
      children->n++;
      return TRUE;
    }
  self->n_cuts += children->n < self->budget.max_items;
  children->parent->truncated = TRUE;
  return FALSE;
}

static gboolean
add_child (Children *children, guint64 address, char *name /* transfer full */, const char *kind)
{
  FlatlineObjectReader *self = children->reader;

  if (!take_room (children))
    {
      g_free (name);
      return FALSE;
    }
  g_ptr_array_add (children->list, read_value (self, address, name, kind, children->depth + 1));
  return TRUE;
}

/* The pages of the items before are not needed any more, and may be more than one keeps. */
static gboolean
pass_over (Children *children)
{
  FlatlineMemory *memory = children->reader->target->memory;

  if (children->n_before == 0)
    return FALSE;
  children->n_before--;
  if (flatline_memory_keeps_many_pages (memory))
    flatline_memory_drop_pages (memory);
  return TRUE;
}

static gboolean
add_pair (guint64 key, guint64 value, gpointer user_data)
{
  Children *children = user_data;
  FlatlineObjectReader *self = children->reader;
  g_autofree char *text = NULL;

  if (!children->keys_are_names && pass_over (children))
    return TRUE;
  if (children->keys_are_names)
    text = flatline_string_dup (self->target, key, 256);
  else
    {
      g_autofree char *repr = flatline_object_reader_dup_text (self, key);
      text = g_strconcat ("[", repr, "]", NULL);
    }
  return add_child (children, value, text ? g_steal_pointer (&text) : g_strdup ("?"),
                    children->keys_are_names ? "attribute" : "item");
}

static gboolean
add_item (gint64 i, guint64 item, gpointer user_data)
{
  GString *name = g_string_sized_new (MAX_INDEX_LENGTH);

  g_string_append_c (name, '[');
  flatline_append_decimal (name, i);
  g_string_append_c (name, ']');
  return add_child (user_data, item, g_string_free (name, FALSE), "item");
}

static gboolean
add_set_item (gint64 i, guint64 item, gpointer user_data)
{
  return pass_over (user_data) || add_child (user_data, item, NULL, "item");
}

static gboolean
add_slot (const char *name, guint64 value, gpointer user_data)
{
  return g_str_has_prefix (name, "__") || add_child (user_data, value, g_strdup (name), "attribute");
}

/* What is told of something, not kept as an object. */
static void
append_fact (Children *children, const char *name, const char *kind, char *text /* transfer full */)
{
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, NULL);

  value->name = g_strdup (name);
  value->kind = g_strdup (kind);
  value->size = -1;
  value->text = text;
  g_ptr_array_add (children->list, value);
}

static void
add_fact (Children *children, const char *name, char *text /* transfer full */)
{
  children->n++;
  append_fact (children, name, "attribute", text);
}

static gboolean
add_array_item (const char *name, const char *text, guint64 object, gpointer user_data)
{
  Children *children = user_data;

  if (object)
    return add_child (children, object, g_strdup (name), "item");
  if (!take_room (children))
    return FALSE;
  children->reader->text_bytes += strlen (text);
  append_fact (children, name, "item", g_strdup (text));
  return TRUE;
}

static void
add_array_items (Children *children, guint64 address)
{
  FlatlineTextWriter writer = create_writer (children->reader);

  flatline_numpy_foreach_item (&writer, address, (gint64)children->n_before, add_array_item, children);
}

static gboolean
walk_table (Children *children, guint64 address, gboolean is_dict, FlatlineTablePlace *place)
{
  FlatlineTarget *target = children->reader->target;

  return is_dict ? flatline_dict_foreach_from (target, address, place, add_pair, children)
                 : flatline_set_foreach_from (target, address, place, add_set_item, children);
}

static void
add_table_items (Children *children, guint64 address, gboolean is_dict)
{
  Bookmark *bookmark = &children->reader->bookmark;
  const guint64 first_item = children->n_before;
  FlatlineTablePlace place = { 0 };

  if (bookmark->address == address && bookmark->size == children->parent->size && bookmark->n_before <= first_item)
    {
      place = bookmark->place;
      children->n_before -= bookmark->n_before;
    }
  if (!walk_table (children, address, is_dict, &place) && place.table == 0)
    {
      children->n_before = first_item;
      walk_table (children, address, is_dict, &place);
    }
  if (children->depth == 0)
    *bookmark = (Bookmark){ address, children->parent->size, first_item - children->n_before + children->n, place };
}

/* What a generator or coroutine does, where it is, and its variables there. */
static void
add_suspended (Children *children, guint64 generator)
{
  FlatlineObjectReader *self = children->reader;
  FlatlineFrameState frame;
  FlatlineCode *code = NULL;

  add_fact (children, "state", g_strdup (flatline_generator_read_state (self->target, generator)));
  if (flatline_generator_read_frame (self->target, generator, &frame))
    code = flatline_code_cache_find (self->codes, frame.code);
  if (!code || !flatline_code_cache_read_names (self->codes, code))
    return;
  add_fact (children, "place",
            g_strdup_printf ("%s:%d", code->file,
                             flatline_code_cache_find_place (self->codes, code, frame.offset, frame.line)->line));
  for (gint i = 0; i < code->n_locals; i++)
    {
      guint64 object;

      if (!flatline_frame_read_local (self->target, self->types, &frame, code, i, &object)
          || (object != 0 && !add_child (children, object, g_strdup (code->names[i]), "local")))
        break;
    }
}

/* A field that a member's name was told for is not told again. */
static gboolean
add_field (const char *name, guint64 value, gpointer user_data)
{
  Children *children = user_data;

  for (guint i = 0; i < children->list->len; i++)
    if (((FlatlineValue *)g_ptr_array_index (children->list, i))->address == value)
      return TRUE;
  return add_child (children, value, g_strdup (name), "attribute");
}

static void
add_children (
    FlatlineObjectReader *self, FlatlineValue *value, guint64 address, const FlatlineTypeInfo *type, guint depth)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  Children children = {
    .reader = self,
    .parent = value,
    .list = list,
    .depth = depth,
    .n_before = depth == 0 ? self->budget.first_item : 0,
  };

  switch (type->family)
    {
    case FLATLINE_FAMILY_DICT:
    case FLATLINE_FAMILY_SET:
    case FLATLINE_FAMILY_FROZENSET:
      add_table_items (&children, address, type->family == FLATLINE_FAMILY_DICT);
      break;
    case FLATLINE_FAMILY_GENERATOR:
      add_suspended (&children, address);
      break;
    default:
      if (flatline_numpy_is_array (self->types, type))
        add_array_items (&children, address);
      else
        flatline_sequence_foreach (self->target, address, type, (gint64)children.n_before, add_item, &children);
      break;
    }
  if (flatline_object_has_attributes (type))
    {
      children.keys_are_names = TRUE;
      flatline_attributes_foreach (self->target, address, type, add_pair, &children);
      flatline_slots_foreach (self->types, address, add_slot, &children);
      flatline_body_foreach (self->types, address, add_field, &children);
    }
  value->children = flatline_list_new_from (list);
}

static gboolean
is_on_path (FlatlineObjectReader *self, guint64 address)
{
  for (guint i = 0; i < self->path->len; i++)
    {
      if (g_array_index (self->path, guint64, i) == address)
        return TRUE;
    }
  return FALSE;
}

/* Objects lie at even addresses: a depth fits in beside. */
static gpointer
get_key (guint64 address, guint depth)
{
  return address % 8 == 0 && depth < 8 ? GSIZE_TO_POINTER (address + depth) : NULL;
}

/* Once more what was read already. */
static FlatlineValue *
repeat (FlatlineObjectReader *self, const Known *known, char *name, const char *kind)
{
  const FlatlineValue *first = known->value;
  FlatlineValue *value = g_object_new (FLATLINE_TYPE_VALUE, NULL);

  value->name = name;
  value->kind = g_strdup (kind);
  value->type = g_strdup (first->type);
  value->text = g_strdup (first->text);
  value->address = first->address;
  value->size = first->size;
  value->truncated = first->truncated;
  value->expandable = first->expandable;
  if (first->children)
    value->children = g_object_ref (first->children);
  self->text_bytes += known->text_bytes;
  return value;
}

static void
remember (FlatlineObjectReader *self, FlatlineValue *value, guint depth, gsize text_bytes)
{
  Known *known;

  if (!get_key (value->address, depth))
    return;
  known = g_new (Known, 1);
  known->value = g_object_ref (value);
  known->text_bytes = text_bytes;
  g_hash_table_insert (self->known, get_key (value->address, depth), known);
}

static FlatlineValue *
read_value (FlatlineObjectReader *self, guint64 address, char *name, const char *kind, guint depth)
{
  const gpointer key = get_key (address, depth);
  const Known *known = key ? g_hash_table_lookup (self->known, key) : NULL;
  const gsize bytes_before = self->text_bytes;
  const guint cuts_before = self->n_cuts;
  const FlatlineTypeInfo *type;
  FlatlineValue *value;

  self->n_values++;
  if (known)
    return repeat (self, known, name, kind);
  type = address ? flatline_type_cache_find_of (self->types, address) : NULL;
  value = g_object_new (FLATLINE_TYPE_VALUE, NULL);
  value->name = name;
  value->kind = g_strdup (kind);
  value->address = address;
  value->size = -1;
  value->text = dup_text (self, address, &value->truncated);
  if (!type)
    return value;
  value->type = g_strdup (type->full_name);
  value->size = flatline_numpy_is_array (self->types, type) ? flatline_numpy_count_items (self->types, address)
                                                            : flatline_object_read_length (self->target, address, type);
  value->expandable = flatline_object_may_hold (type, value->size);
  if (!value->expandable)
    return value;
  if (depth < self->budget.max_depth)
    {
      if (is_on_path (self, address) || !has_budget (self))
        {
          self->n_cuts++;
          return value;
        }
      g_array_append_val (self->path, address);
      add_children (self, value, address, type, depth);
      g_array_set_size (self->path, self->path->len - 1);
    }
  if (self->n_cuts == cuts_before)
    remember (self, value, depth, self->text_bytes - bytes_before);
  return value;
}

FlatlineValue *
flatline_object_reader_read (FlatlineObjectReader *self, guint64 address, const char *name, const char *kind)
{
  return read_value (self, address, g_strdup (name), kind, 0);
}
