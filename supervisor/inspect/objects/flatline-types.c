/* SPDX-License-Identifier: MIT */
/* Types of a target: Include/cpython/object.h. The type flags' bits are Include/object.h's Py_TPFLAGS_*. */
#include "flatline-types.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#include <string.h>

#define FLAG_HEAPTYPE (G_GUINT64_CONSTANT (1) << 9)
#define FLAG_BASETYPE (G_GUINT64_CONSTANT (1) << 10)
#define FLAG_READY    (G_GUINT64_CONSTANT (1) << 12)
#define MAX_BASES     64
#define MAX_NAME      512

struct _FlatlineTypeCache
{
  FlatlineTarget *target;
  GHashTable *types;
  gconstpointer packages;
};

/* Built-in types by their tp_name; a class derived from one is read as it. */
static const struct
{
  const char *name;
  FlatlineFamily family;
} families[] = {
  { "NoneType", FLATLINE_FAMILY_NONE },
  { "bool", FLATLINE_FAMILY_BOOL },
  { "int", FLATLINE_FAMILY_INT },
  { "float", FLATLINE_FAMILY_FLOAT },
  { "complex", FLATLINE_FAMILY_COMPLEX },
  { "str", FLATLINE_FAMILY_STR },
  { "bytes", FLATLINE_FAMILY_BYTES },
  { "bytearray", FLATLINE_FAMILY_BYTEARRAY },
  { "list", FLATLINE_FAMILY_LIST },
  { "tuple", FLATLINE_FAMILY_TUPLE },
  { "dict", FLATLINE_FAMILY_DICT },
  { "frozendict", FLATLINE_FAMILY_DICT }, /* 3.15: a dict, and its hash behind it */
  { "set", FLATLINE_FAMILY_SET },
  { "frozenset", FLATLINE_FAMILY_FROZENSET },
  { "range", FLATLINE_FAMILY_RANGE },
  { "slice", FLATLINE_FAMILY_SLICE },
  { "ellipsis", FLATLINE_FAMILY_ELLIPSIS },
  { "NotImplementedType", FLATLINE_FAMILY_NOT_IMPLEMENTED },
  { "type", FLATLINE_FAMILY_TYPE },
  { "function", FLATLINE_FAMILY_FUNCTION },
  { "builtin_function_or_method", FLATLINE_FAMILY_BUILTIN },
  { "method", FLATLINE_FAMILY_METHOD },
  { "module", FLATLINE_FAMILY_MODULE },
  { "code", FLATLINE_FAMILY_CODE },
  { "cell", FLATLINE_FAMILY_CELL },
  { "generator", FLATLINE_FAMILY_GENERATOR },
  { "coroutine", FLATLINE_FAMILY_GENERATOR },
  { "async_generator", FLATLINE_FAMILY_GENERATOR },
  { "BaseException", FLATLINE_FAMILY_EXCEPTION },
  { "_thread.lock", FLATLINE_FAMILY_LOCK },
  { "_thread.RLock", FLATLINE_FAMILY_RLOCK },
  { "collections.deque", FLATLINE_FAMILY_DEQUE },
};

static void
type_free (gpointer data)
{
  FlatlineTypeInfo *type = data;

  g_free (type->name);
  g_free (type->full_name);
  g_free (type);
}

FlatlineTypeCache *
flatline_type_cache_new (FlatlineTarget *target)
{
  FlatlineTypeCache *self = g_new0 (FlatlineTypeCache, 1);

  self->target = target;
  self->types = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, type_free);
  return self;
}

void
flatline_type_cache_free (FlatlineTypeCache *self)
{
  g_hash_table_unref (self->types);
  g_free (self);
}

void
flatline_type_cache_clear (FlatlineTypeCache *self)
{
  g_hash_table_remove_all (self->types);
}

/* NULL for what Python would take for no name: then the type is garbage. */
static char *
read_type_name (FlatlineTarget *target, guint64 type)
{
  g_autofree char *name = NULL;
  guint64 name_at;

  if (!flatline_memory_read_u64 (target->memory, type + target->layout.type_name, &name_at) || name_at == 0)
    return NULL;
  name = flatline_memory_dup_string (target->memory, name_at, MAX_NAME);
  return name && g_utf8_validate (name, -1, NULL) ? g_steal_pointer (&name) : NULL;
}

/*
 * What forbids to be a base has no subtypes that are made as it is: those of compilers to C (Nuitka's compiled_function
 * and its like) name it for isinstance() alone. Functions of C have one in CPython itself.
 */
static gboolean
may_be_base (guint64 flags, FlatlineFamily family)
{
  return (flags & FLAG_BASETYPE) || family == FLATLINE_FAMILY_BUILTIN;
}

/* The nearest type on the chain of bases that has a family of its own. */
static FlatlineFamily
find_family (FlatlineTarget *target, guint64 type, gboolean *is_exact)
{
  for (guint depth = 0; type != 0 && depth < MAX_BASES; depth++)
    {
      g_autofree char *name = read_type_name (target, type);
      guint64 flags = 0;

      flatline_memory_read_u64 (target->memory, type + target->layout.type_flags, &flags);
      /* "set" may also be the name of a class of the program's. */
      for (guint i = 0; name && i < G_N_ELEMENTS (families); i++)
        {
          if (strcmp (families[i].name, name) == 0 && (!(flags & FLAG_HEAPTYPE) || strchr (name, '.')))
            {
              *is_exact = depth == 0;
              return depth == 0 || may_be_base (flags, families[i].family) ? families[i].family
                                                                           : FLATLINE_FAMILY_INSTANCE;
            }
        }
      if (!flatline_memory_read_u64 (target->memory, type + target->layout.type_base, &type))
        break;
    }
  *is_exact = FALSE;
  return FLATLINE_FAMILY_INSTANCE;
}

/* The __module__ of a class made at run time; NULL for builtins and where there is none. */
static char *
read_module_name (FlatlineTarget *target, guint64 type)
{
  guint64 dict = 0;
  guint64 module;
  g_autofree char *name = NULL;

  flatline_memory_read_u64 (target->memory, type + target->layout.type_dict, &dict);
  module = dict ? flatline_dict_find (target, dict, "__module__") : 0;
  name = module ? flatline_string_dup (target, module, MAX_NAME) : NULL;
  return g_strcmp0 (name, "builtins") == 0 ? NULL : g_steal_pointer (&name);
}

/* A class made at run time keeps its names as str objects; the static types of C have "module.name" in tp_name. */
static void
read_names (FlatlineTarget *target, FlatlineTypeInfo *type)
{
  g_autofree char *name = read_type_name (target, type->address);
  g_autofree char *module = NULL;
  const char *dot = name ? strrchr (name, '.') : NULL;
  guint64 qualified_name = 0;

  type->is_of_c = dot != NULL || !(type->flags & FLAG_HEAPTYPE);
  if ((type->flags & FLAG_HEAPTYPE) && !dot)
    {
      flatline_memory_read_u64 (target->memory, type->address + target->layout.heaptype_qualname, &qualified_name);
      if (qualified_name)
        type->name = flatline_string_dup (target, qualified_name, MAX_NAME);
      module = read_module_name (target, type->address);
    }
  if (!type->name)
    type->name = g_strdup (dot ? dot + 1 : name);
  type->full_name = module ? g_strdup_printf ("%s.%s", module, type->name) : g_strdup (dot ? name : type->name);
}

/* Some types of C that are never asked for anything are never made ready, up to 3.9: they have a plain name, and what
 * is ready is their type's type. */
static gboolean
is_unready_type (FlatlineTarget *target, guint64 address)
{
  g_autofree char *name = read_type_name (target, address);
  guint64 metatype = 0, flags = 0;

  flatline_memory_read_u64 (target->memory, address + target->layout.object_type, &metatype);
  if (!name || metatype == 0 || metatype % 8 != 0 || target->layout.version > 0x030a)
    return FALSE;
  flatline_memory_read_u64 (target->memory, metatype + target->layout.type_flags, &flags);
  for (const char *at = name; *at; at++)
    if (!g_ascii_isalnum (*at) && *at != '_' && *at != '.')
      return FALSE;
  return (flags & FLAG_READY) && *name != '\0';
}

static FlatlineTypeInfo *
read_type (FlatlineTarget *target, guint64 address)
{
  const FlatlineLayout *layout = &target->layout;
  FlatlineTypeInfo *type;
  guint64 flags, basic_size, item_size, dict_offset, base;

  if (address % 8 != 0 || !flatline_memory_read_u64 (target->memory, address + layout->type_flags, &flags)
      || (!(flags & FLAG_READY) && !is_unready_type (target, address))
      || !flatline_memory_read_u64 (target->memory, address + layout->type_base, &base)
      || !flatline_memory_read_u64 (target->memory, address + layout->type_basicsize, &basic_size)
      || !flatline_memory_read_u64 (target->memory, address + layout->type_itemsize, &item_size)
      || !flatline_memory_read_u64 (target->memory, address + layout->type_dictoffset, &dict_offset)
      || basic_size > 1024 * 1024 || item_size > 1024 * 1024)
    return NULL;
  type = g_new0 (FlatlineTypeInfo, 1);
  type->address = address;
  type->flags = flags;
  type->base = base;
  type->basic_size = (gint64)basic_size;
  type->item_size = (gint64)item_size;
  type->dict_offset = (gint64)dict_offset;
  type->family = find_family (target, address, &type->is_exact);
  read_names (target, type);
  if (!type->name)
    g_clear_pointer (&type, type_free);
  return type;
}

FlatlineTarget *
flatline_type_cache_get_target (FlatlineTypeCache *self)
{
  return self->target;
}

void
flatline_type_cache_set_packages (FlatlineTypeCache *self, gconstpointer packages)
{
  self->packages = packages;
}

gconstpointer
flatline_type_cache_get_packages (FlatlineTypeCache *self)
{
  return self->packages;
}

void
flatline_type_cache_set_text (FlatlineTypeCache *self, const FlatlineTypeInfo *type, gpointer text)
{
  FlatlineTypeInfo *own = g_hash_table_lookup (self->types, &type->address);

  own->text_is_known = TRUE;
  own->text = text;
}

const FlatlineTypeInfo *
flatline_type_cache_find (FlatlineTypeCache *self, guint64 address)
{
  FlatlineTypeInfo *type = g_hash_table_lookup (self->types, &address);

  if (!type)
    {
      type = read_type (self->target, address);
      if (type)
        g_hash_table_insert (self->types, &type->address, type);
    }
  return type;
}

const FlatlineTypeInfo *
flatline_type_cache_find_of (FlatlineTypeCache *self, guint64 address)
{
  guint64 type;

  if (address % 8 != 0
      || !flatline_memory_read_u64 (self->target->memory, address + self->target->layout.object_type, &type))
    return NULL;
  return flatline_type_cache_find (self, type);
}

/* Of several bases only one is type->base. */
static const FlatlineTypeInfo *
find_in_mro (FlatlineTypeCache *self, const FlatlineTypeInfo *type, const char *full_name)
{
  const FlatlineLayout *layout = &self->target->layout;
  guint64 mro = 0;
  gint64 n;

  flatline_memory_read_u64 (self->target->memory, type->address + (guint64)layout->type_mro, &mro);
  n = mro ? flatline_object_read_size (self->target, mro) : 0;
  for (gint64 i = 1; i < MIN (n, MAX_BASES); i++)
    {
      guint64 address = 0;
      const FlatlineTypeInfo *base;

      flatline_memory_read_u64 (self->target->memory, mro + (guint64)layout->tuple_items + (guint64)i * 8, &address);
      base = flatline_type_cache_find (self, address);
      if (base && strcmp (base->full_name, full_name) == 0)
        return base;
    }
  return NULL;
}

const FlatlineTypeInfo *
flatline_type_cache_find_base (FlatlineTypeCache *self, const FlatlineTypeInfo *type, const char *full_name)
{
  const FlatlineTypeInfo *base = type;

  for (guint i = 0; base && i < MAX_BASES; i++)
    {
      if (strcmp (base->full_name, full_name) == 0)
        return base;
      base = base->base ? flatline_type_cache_find (self, base->base) : NULL;
    }
  return type && (type->flags & FLAG_HEAPTYPE) ? find_in_mro (self, type, full_name) : NULL;
}
