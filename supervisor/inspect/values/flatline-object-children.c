/* SPDX-License-Identifier: MIT */
/*
 * What an object holds, as the children of its value: items, attributes, slots, fields of C, what a generator is at. Of
 * a large dict or set a page is read, and the next one from where that ended.
 */
#include "flatline-object-reader-private.h"

#include "flatline-attributes.h"
#include "flatline-body.h"
#include "flatline-digits.h"
#include "flatline-generators.h"
#include "flatline-lengths.h"
#include "flatline-library-text.h"
#include "flatline-numpy.h"
#include "flatline-sequences.h"
#include "flatline-sets.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <string.h>

#define MAX_INDEX_LENGTH 24

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

  if (children->n < self->budget.max_items && flatline_object_reader_has_budget (self))
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
  g_ptr_array_add (children->list, flatline_object_reader_read_value (self, address, name, kind, children->depth + 1));
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
  FlatlineTextWriter writer = flatline_object_reader_create_writer (children->reader);

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

void
flatline_object_reader_add_children (
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

  if (flatline_library_text_is_reserved (self->types, type))
    return;
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
