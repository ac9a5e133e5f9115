/* SPDX-License-Identifier: MIT */
/*
 * FlatlineObjectReader: values within the budget. The text comes from flatline-object-text, the children from
 * flatline-object-children.
 *
 * A thousand threads that wait for one event have it in two thousand frames: what was read of an object is remembered,
 * and its children are the same list wherever it is met again at the same depth.
 */
#include "flatline-object-reader-private.h"

#include "flatline-array-packages.h"
#include "flatline-lengths.h"
#include "flatline-numpy.h"

#include <glib/gi18n.h>
#include <string.h>

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
  flatline_type_cache_set_packages (types, flatline_array_packages);
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

gboolean
flatline_object_reader_has_budget (FlatlineObjectReader *self)
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

FlatlineTextWriter
flatline_object_reader_create_writer (FlatlineObjectReader *self)
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
  FlatlineTextWriter writer = flatline_object_reader_create_writer (self);

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

/* Once more what was read already: its children take no room here, but in each document they are written anew. */
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
  if (first->children && flatline_object_reader_has_budget (self))
    {
      value->children = g_object_ref (first->children);
      self->text_bytes += known->text_bytes;
    }
  else
    {
      self->n_cuts += first->children != NULL;
      self->text_bytes += first->text ? strlen (first->text) : 0;
    }
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

FlatlineValue *
flatline_object_reader_read_value (
    FlatlineObjectReader *self, guint64 address, char *name, const char *kind, guint depth)
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
      if (is_on_path (self, address) || !flatline_object_reader_has_budget (self))
        {
          self->n_cuts++;
          return value;
        }
      g_array_append_val (self->path, address);
      flatline_object_reader_add_children (self, value, address, type, depth);
      g_array_set_size (self->path, self->path->len - 1);
    }
  if (self->n_cuts == cuts_before)
    remember (self, value, depth, self->text_bytes - bytes_before);
  return value;
}

FlatlineValue *
flatline_object_reader_read (FlatlineObjectReader *self, guint64 address, const char *name, const char *kind)
{
  return flatline_object_reader_read_value (self, address, g_strdup (name), kind, 0);
}
