/* SPDX-License-Identifier: MIT */
/*
 * Where programs keep their locks: the globals of the modules on the stacks, the attributes of what the frames hold,
 * local variables. The first place that has a lock names it. The structs are those of Modules/_threadmodule.c; which
 * form a version has is told by the size of the type.
 */
#include "flatline-locks-private.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"

#include <string.h>

#define MAX_OBJECTS 20000 /* looked at in one search */
#define MAX_DEPTH   3

#define MUTEX_LOCKED 1 /* Include/cpython/lock.h: PyMutex, _Py_LOCKED */

guint64
flatline_lock_search_read_word (FlatlineLockSearch *self, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (self->target->memory, address, &word);
  return word;
}

static void
read_lock (FlatlineLockSearch *self, FlatlineFoundLock *found, const FlatlineTypeInfo *type)
{
  const gint64 header = self->target->layout.object_var_size;
  const gint64 fields = type->basic_size - header;
  const guint64 handle_at = found->address + header;

  found->is_reentrant = type->family == FLATLINE_FAMILY_RLOCK;
  /* Lock: handle, weak references, locked; or a mutex. RLock: handle or mutex, owner, count; weak references. */
  found->is_mutex = found->is_reentrant ? fields < 32 : fields < 24;
  if (found->is_mutex)
    found->mutex = flatline_lock_search_read_word (self, handle_at) & 0xff;
  else
    found->handle = flatline_lock_search_read_word (self, handle_at);
  if (found->is_reentrant)
    {
      found->locked = found->is_mutex ? (found->mutex & MUTEX_LOCKED) != 0
                                      : flatline_lock_search_read_word (self, handle_at + 16) > 0;
      found->owner_ident = found->locked ? flatline_lock_search_read_word (self, handle_at + 8) : 0;
    }
  else
    found->locked = found->is_mutex ? (found->mutex & MUTEX_LOCKED) != 0
                                    : (flatline_lock_search_read_word (self, handle_at + 16) & 0xff) != 0;
}

FlatlineFoundLock *
flatline_lock_search_take (FlatlineLockSearch *self, guint64 address, const FlatlineTypeInfo *type)
{
  FlatlineFoundLock *found = g_hash_table_lookup (self->found, &address);

  if (!found)
    {
      found = g_new0 (FlatlineFoundLock, 1);
      found->address = address;
      found->type = g_strdup (type->full_name);
      found->waiters = g_ptr_array_new_with_free_func (g_free);
      read_lock (self, found, type);
      g_hash_table_insert (self->found, &found->address, found);
    }
  return found;
}

gboolean
flatline_type_is_lock (const FlatlineTypeInfo *type)
{
  return type && (type->family == FLATLINE_FAMILY_LOCK || type->family == FLATLINE_FAMILY_RLOCK);
}

FlatlineFoundLock *
flatline_lock_search_find (FlatlineLockSearch *self, guint64 address)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, address);

  return flatline_type_is_lock (type) ? flatline_lock_search_take (self, address, type) : NULL;
}

/*
 * The way to an object, a step at a time: of ten thousand objects that are looked at few are locks, and only those need
 * the name that it makes.
 */
typedef enum
{
  STEP_VARIABLE,  /* "lock" */
  STEP_GLOBAL,    /* the same, by a str object */
  STEP_ATTRIBUTE, /* "self.lock" */
  STEP_INSIDE,    /* of a primitive of the library: it bears the primitive's name */
  STEP_KEY,       /* "locks['first']" */
  STEP_INDEX,     /* "locks[0]" */
} StepKind;

typedef struct Step Step;

struct Step
{
  const Step *owner;
  StepKind kind;
  const char *name; /* of a variable */
  guint64 object;   /* the str object that is the name or key, or the index */
};

static char *
dup_str (FlatlineLockSearch *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, object);

  /* A key of a dict may be anything: a number reads as some letters. */
  if (!type || type->family != FLATLINE_FAMILY_STR)
    return NULL;
  return flatline_string_dup (self->target, object, FLATLINE_LOCK_MAX_NAME);
}

/* NULL: a name on the way is no str, or cannot be read. */
static char *
dup_name (FlatlineLockSearch *self, const Step *step)
{
  g_autofree char *owner = step->owner ? dup_name (self, step->owner) : NULL;
  g_autofree char *word = NULL;

  if (step->owner && !owner)
    return NULL;
  switch (step->kind)
    {
    case STEP_VARIABLE:
      return g_strdup (step->name);
    case STEP_GLOBAL:
      return dup_str (self, step->object);
    case STEP_ATTRIBUTE:
      word = dup_str (self, step->object);
      return word ? g_strdup_printf ("%s.%s", owner, word) : NULL;
    case STEP_INSIDE:
      return g_steal_pointer (&owner);
    case STEP_KEY:
      word = dup_str (self, step->object);
      return word ? g_strdup_printf ("%s['%s']", owner, word) : g_strdup_printf ("%s[…]", owner);
    case STEP_INDEX:
      return g_strdup_printf ("%s[%" G_GUINT64_FORMAT "]", owner, step->object);
    }
  g_assert_not_reached ();
}

typedef struct
{
  FlatlineLockSearch *search;
  const Step *owner; /* NULL: a module */
  guint depth;
  guint n;
  gboolean is_private; /* what a primitive of the library keeps inside: it bears the primitive's name */
} Look;

/* Names and attributes of a primitive's own lock: it is known by the primitive's name. */
static gboolean
is_primitive (const FlatlineTypeInfo *type)
{
  return g_str_has_prefix (type->full_name, "threading.") || g_str_has_prefix (type->full_name, "queue.")
         || g_str_has_prefix (type->full_name, "multiprocessing.");
}

static void
look_into (FlatlineLockSearch *self, guint64 object, const Step *step, guint depth);

static gboolean
look_at_attribute (guint64 key, guint64 value, gpointer user_data)
{
  Look *look = user_data;
  const Step step = {
    .owner = look->owner,
    .kind = !look->owner       ? STEP_GLOBAL
            : look->is_private ? STEP_INSIDE
                               : STEP_ATTRIBUTE,
    .object = key,
  };

  if (look->n++ >= FLATLINE_LOCK_MAX_ITEMS * (look->owner ? 1 : 16))
    return FALSE;
  look_into (look->search, value, &step, look->depth);
  return TRUE;
}

static gboolean
look_at_item (guint64 key, guint64 value, gpointer user_data)
{
  Look *look = user_data;
  const Step step = { .owner = look->owner, .kind = STEP_KEY, .object = key };

  if (look->n++ >= FLATLINE_LOCK_MAX_ITEMS)
    return FALSE;
  look_into (look->search, value, &step, look->depth);
  return TRUE;
}

static void
look_at_items (FlatlineLockSearch *self, guint64 object, const FlatlineTypeInfo *type, const Step *owner, guint depth)
{
  const FlatlineLayout *layout = &self->target->layout;
  gint64 size = flatline_object_read_size (self->target, object);
  guint64 items = object + layout->tuple_items;

  if (type->family == FLATLINE_FAMILY_LIST)
    items = flatline_lock_search_read_word (self, object + layout->list_items);
  for (gint64 i = 0; i < MIN (size, FLATLINE_LOCK_MAX_ITEMS); i++)
    {
      const Step step = { .owner = owner, .kind = STEP_INDEX, .object = (guint64)i };

      look_into (self, flatline_lock_search_read_word (self, items + (guint64)i * 8), &step, depth);
    }
}

static gboolean
is_worth_looking_into (const FlatlineTypeInfo *type)
{
  return type->family == FLATLINE_FAMILY_INSTANCE || type->family == FLATLINE_FAMILY_LIST
         || type->family == FLATLINE_FAMILY_TUPLE || type->family == FLATLINE_FAMILY_DICT;
}

/* @depth: how many steps further down to go. */
static void
look_into (FlatlineLockSearch *self, guint64 object, const Step *step, guint depth)
{
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (self->types, object) : NULL;
  Look look = { .search = self, .owner = step, .depth = depth > 0 ? depth - 1 : 0 };

  if (!type)
    return;
  if (flatline_type_is_lock (type))
    {
      FlatlineFoundLock *found = flatline_lock_search_take (self, object, type);

      if (!found->name)
        found->name = dup_name (self, step);
      return;
    }
  if (!is_worth_looking_into (type) || depth == 0 || self->n_objects >= MAX_OBJECTS
      || !g_hash_table_add (self->seen, GSIZE_TO_POINTER (object)))
    return;
  self->n_objects++;
  if (type->family == FLATLINE_FAMILY_DICT)
    flatline_dict_foreach (self->target, object, look_at_item, &look);
  else if (type->family != FLATLINE_FAMILY_INSTANCE)
    look_at_items (self, object, type, step, look.depth);
  else
    {
      look.is_private = is_primitive (type);
      /* A primitive may keep another inside, as an Event its Condition. */
      look.depth = look.is_private ? MAX (look.depth, 1) : look.depth;
      flatline_attributes_foreach (self->target, object, type, look_at_attribute, &look);
    }
}

static void
look_at_globals (FlatlineLockSearch *self, guint64 globals, guint depth)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, globals);
  guint64 key = globals ^ depth;
  Look look = { .search = self, .depth = depth };

  if (!type || type->family != FLATLINE_FAMILY_DICT || !g_hash_table_add (self->seen, GSIZE_TO_POINTER (key)))
    return;
  flatline_dict_foreach (self->target, globals, look_at_attribute, &look);
}

static void
look_at_locals (FlatlineLockSearch *self, const FlatlineFrameState *frame, FlatlineCode *code, guint depth)
{
  const FlatlineLayout *layout = &self->target->layout;

  if (!flatline_code_cache_read_names (self->codes, code))
    return;
  for (gint i = 0; i < code->n_locals; i++)
    {
      guint64 object = flatline_untag (flatline_lock_search_read_word (self, frame->locals + (guint64)i * 8));
      const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (self->types, object) : NULL;
      const Step step = { .kind = STEP_VARIABLE, .name = code->names[i] };

      if (type && type->family == FLATLINE_FAMILY_CELL)
        object = flatline_lock_search_read_word (self, object + layout->cell_value);
      look_into (self, object, &step, depth);
    }
}

static void
for_each_frame (FlatlineLockSearch *self,
                void (*look) (FlatlineLockSearch *, const FlatlineFrameState *, FlatlineCode *))
{
  for (guint i = 0; i < self->stacks->len; i++)
    {
      GArray *frames = g_array_index (self->stacks, FlatlineLockStack, i).frames;

      for (guint j = 0; j < MIN (frames->len, FLATLINE_LOCK_MAX_FRAMES); j++)
        {
          FlatlineFrameState *frame = &g_array_index (frames, FlatlineFrameState, j);
          FlatlineCode *code = flatline_code_cache_find (self->codes, frame->code);

          if (code)
            look (self, frame, code);
        }
    }
}

static void
name_by_globals (FlatlineLockSearch *self, const FlatlineFrameState *frame, FlatlineCode *code)
{
  look_at_globals (self, frame->globals, 0);
}

static void
name_by_attributes (FlatlineLockSearch *self, const FlatlineFrameState *frame, FlatlineCode *code)
{
  look_at_locals (self, frame, code, MAX_DEPTH - 1);
}

static void
name_by_items_of_globals (FlatlineLockSearch *self, const FlatlineFrameState *frame, FlatlineCode *code)
{
  if (strstr (code->file, "/lib/python3") == NULL && code->file[0] != '<')
    look_at_globals (self, frame->globals, MAX_DEPTH - 1);
}

void
flatline_lock_search_name (FlatlineLockSearch *self)
{
  for_each_frame (self, name_by_globals);
  for_each_frame (self, name_by_items_of_globals);
  for_each_frame (self, name_by_attributes);
}
