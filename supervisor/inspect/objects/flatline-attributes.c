/* SPDX-License-Identifier: MIT */
/* Slots are in tp_members: PyMemberDef {name, type, offset, flags, doc}, Include/descrobject.h. */
#include "flatline-attributes.h"

#include <string.h>

#define MAX_SLOT_MEMBERS 256
#define MAX_BASES        32
#define MAX_NAME         256
#define MEMBER_OBJECT_EX 16 /* Py_T_OBJECT_EX */
#define MEMBER_OBJECT    6

/* The slots of one class; FALSE when the walk was stopped. */
static gboolean
walk_slots (
    FlatlineTarget *target, guint64 object, const FlatlineTypeInfo *type, FlatlineSlotFunc func, gpointer user_data)
{
  guint64 members = 0;

  flatline_memory_read_u64 (target->memory, type->address + target->layout.type_members, &members);
  for (guint i = 0; members && i < MAX_SLOT_MEMBERS; i++)
    {
      const guint64 member = members + i * FLATLINE_MEMBER_SIZE;
      guint64 name_at, offset, value;
      gint32 kind;
      g_autofree char *name = NULL;

      if (!flatline_memory_read_u64 (target->memory, member, &name_at) || name_at == 0
          || !flatline_memory_read_i32 (target->memory, member + 8, &kind)
          || !flatline_memory_read_u64 (target->memory, member + 16, &offset))
        break;
      if ((kind != MEMBER_OBJECT_EX && kind != MEMBER_OBJECT) || offset > (guint64)type->basic_size
          || !flatline_memory_read_u64 (target->memory, object + offset, &value) || value == 0)
        continue;
      name = flatline_memory_dup_string (target->memory, name_at, MAX_NAME);
      if (name && !func (name, value, user_data))
        return FALSE;
    }
  return TRUE;
}

void
flatline_slots_foreach (FlatlineTypeCache *types, guint64 object, FlatlineSlotFunc func, gpointer user_data)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (types, object);

  for (guint depth = 0; type && depth < MAX_BASES; depth++)
    {
      if (!walk_slots (flatline_type_cache_get_target (types), object, type, func, user_data))
        return;
      type = type->base ? flatline_type_cache_find (types, type->base) : NULL;
    }
}

typedef struct
{
  const char *name;
  guint64 value;
} Search;

static gboolean
match_slot (const char *name, guint64 value, gpointer user_data)
{
  Search *search = user_data;

  if (strcmp (name, search->name) != 0)
    return TRUE;
  search->value = value;
  return FALSE;
}

guint64
flatline_object_get (FlatlineTypeCache *types, guint64 object, const char *name)
{
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (types, object) : NULL;
  Search search = { name, 0 };

  if (!type)
    return 0;
  search.value = flatline_attribute_find (flatline_type_cache_get_target (types), object, type, name);
  if (search.value == 0)
    flatline_slots_foreach (types, object, match_slot, &search);
  return search.value;
}

guint64
flatline_class_get (FlatlineTypeCache *types, guint64 type, const char *name)
{
  FlatlineTarget *target = flatline_type_cache_get_target (types);
  guint64 dict = 0;

  flatline_memory_read_u64 (target->memory, type + target->layout.type_dict, &dict);
  return dict && dict % 8 == 0 ? flatline_dict_find (target, dict, name) : 0;
}
