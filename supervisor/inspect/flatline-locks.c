/* SPDX-License-Identifier: MIT */
/*
 * Looks for locks where programs keep them: the globals of the modules on the stacks, the attributes of what the frames
 * hold, local variables, the value stack. The first place that has it names the lock. The structs are those of
 * Modules/_threadmodule.c; which form a version has is told by the size of the type.
 */
#include "flatline-locks.h"

#include "flatline-dicts.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_OBJECTS 20000 /* looked at in one search */
#define MAX_ITEMS   256   /* of one container */
#define MAX_DEPTH   3
#define MAX_FRAMES  200 /* of one thread */
#define MAX_NAME    128

#define MUTEX_LOCKED 1 /* Include/cpython/lock.h: PyMutex, _Py_LOCKED */
#define MUTEX_PARKED 2 /* _Py_HAS_PARKED: somebody waits */

typedef struct
{
  guint64 address;
  gboolean is_mutex; /* else a semaphore of the C library at handle */
  guint64 handle;    /* what its waiters sleep on */
  guint8 mutex;      /* its bits */
  gboolean is_reentrant;
  gboolean locked;
  guint64 owner_ident; /* RLock, 0 none */
  gint64 owner;        /* native id */
  const char *owner_source;
  char *name;
  char *type;
  GPtrArray *waiters; /* char *: native ids */
} Found;

typedef struct
{
  FlatlineThread *thread;
  GArray *frames;
} Stack;

struct _FlatlineLockSearch
{
  FlatlineTarget *target;
  FlatlineTypeCache *types;
  FlatlineCodeCache *codes;
  GArray *stacks;    /* Stack */
  GHashTable *found; /* address -> Found */
  GHashTable *seen;  /* addresses of objects already looked into */
  guint n_objects;
};

static void
found_free (gpointer data)
{
  Found *found = data;

  g_ptr_array_unref (found->waiters);
  g_free (found->name);
  g_free (found->type);
  g_free (found);
}

static void
stack_clear (gpointer data)
{
  Stack *stack = data;

  g_object_unref (stack->thread);
  g_array_unref (stack->frames);
}

FlatlineLockSearch *
flatline_lock_search_new (FlatlineTarget *target, FlatlineTypeCache *types, FlatlineCodeCache *codes)
{
  FlatlineLockSearch *self = g_new0 (FlatlineLockSearch, 1);

  self->target = target;
  self->types = types;
  self->codes = codes;
  self->stacks = g_array_new (FALSE, TRUE, sizeof (Stack));
  g_array_set_clear_func (self->stacks, stack_clear);
  self->found = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, found_free);
  self->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
flatline_lock_search_free (FlatlineLockSearch *self)
{
  g_array_unref (self->stacks);
  g_hash_table_unref (self->found);
  g_hash_table_unref (self->seen);
  g_free (self);
}

void
flatline_lock_search_add_thread (FlatlineLockSearch *self, FlatlineThread *thread, GArray *frames)
{
  Stack stack = { g_object_ref (thread), g_array_ref (frames) };

  g_array_append_val (self->stacks, stack);
}

/* One lock */

static guint64
read_word (FlatlineLockSearch *self, guint64 address)
{
  guint64 word = 0;

  flatline_memory_read_u64 (self->target->memory, address, &word);
  return word;
}

static void
read_lock (FlatlineLockSearch *self, Found *found, const FlatlineTypeInfo *type)
{
  const gint64 header = self->target->layout.object_var_size;
  const gint64 fields = type->basic_size - header;
  const guint64 handle_at = found->address + header;

  found->is_reentrant = type->family == FLATLINE_FAMILY_RLOCK;
  /* Lock: handle, weak references, locked; or a mutex. RLock: handle or mutex, owner, count; weak references. */
  found->is_mutex = found->is_reentrant ? fields < 32 : fields < 24;
  if (found->is_mutex)
    found->mutex = read_word (self, handle_at) & 0xff;
  else
    found->handle = read_word (self, handle_at);
  if (found->is_reentrant)
    {
      found->locked = found->is_mutex ? (found->mutex & MUTEX_LOCKED) != 0 : read_word (self, handle_at + 16) > 0;
      found->owner_ident = found->locked ? read_word (self, handle_at + 8) : 0;
    }
  else
    found->locked =
        found->is_mutex ? (found->mutex & MUTEX_LOCKED) != 0 : (read_word (self, handle_at + 16) & 0xff) != 0;
}

static Found *
take_lock (FlatlineLockSearch *self, guint64 address, const FlatlineTypeInfo *type, const char *name)
{
  Found *found = g_hash_table_lookup (self->found, &address);

  if (!found)
    {
      found = g_new0 (Found, 1);
      found->address = address;
      found->type = g_strdup (type->full_name);
      found->waiters = g_ptr_array_new_with_free_func (g_free);
      read_lock (self, found, type);
      g_hash_table_insert (self->found, &found->address, found);
    }
  if (!found->name && name)
    found->name = g_strdup (name);
  return found;
}

static gboolean
is_lock (const FlatlineTypeInfo *type)
{
  return type && (type->family == FLATLINE_FAMILY_LOCK || type->family == FLATLINE_FAMILY_RLOCK);
}

static Found *
find_lock (FlatlineLockSearch *self, guint64 address)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, address);

  return is_lock (type) ? take_lock (self, address, type, NULL) : NULL;
}

/* Where locks are kept */

typedef struct
{
  FlatlineLockSearch *search;
  const char *owner; /* "self", NULL: a module */
  guint depth;
  guint n;
  gboolean is_private; /* what a primitive of the library keeps inside: it bears the primitive's name */
  gboolean is_dict;
} Look;

static void
look_into (FlatlineLockSearch *self, guint64 object, const char *name, guint depth);

/* Names and attributes of a primitive's own lock: it is known by the primitive's name. */
static gboolean
is_primitive (const FlatlineTypeInfo *type)
{
  return g_str_has_prefix (type->full_name, "threading.") || g_str_has_prefix (type->full_name, "queue.")
         || g_str_has_prefix (type->full_name, "multiprocessing.");
}

static gboolean
look_at_attribute (guint64 key, guint64 value, gpointer user_data)
{
  Look *look = user_data;
  g_autofree char *attribute = NULL;
  g_autofree char *name = NULL;

  if (look->n++ >= MAX_ITEMS * (look->owner ? 1 : 16))
    return FALSE;
  attribute = flatline_string_dup (look->search->target, key, MAX_NAME);
  if (!attribute)
    return TRUE;
  if (!look->owner)
    name = g_strdup (attribute);
  else
    name = look->is_private ? g_strdup (look->owner) : g_strdup_printf ("%s.%s", look->owner, attribute);
  look_into (look->search, value, name, look->depth);
  return TRUE;
}

static gboolean
look_at_item (guint64 key, guint64 value, gpointer user_data)
{
  Look *look = user_data;
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;

  if (look->n++ >= MAX_ITEMS)
    return FALSE;
  text = flatline_string_dup (look->search->target, key, MAX_NAME);
  name = text ? g_strdup_printf ("%s['%s']", look->owner, text) : g_strdup_printf ("%s[…]", look->owner);
  look_into (look->search, value, name, look->depth);
  return TRUE;
}

static void
look_at_items (FlatlineLockSearch *self, guint64 object, const FlatlineTypeInfo *type, const char *owner, guint depth)
{
  const FlatlineLayout *layout = &self->target->layout;
  gint64 size = flatline_object_read_size (self->target, object);
  guint64 items = object + layout->tuple_items;

  if (type->family == FLATLINE_FAMILY_LIST)
    items = read_word (self, object + layout->list_items);
  for (gint64 i = 0; i < MIN (size, MAX_ITEMS); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s[%" G_GINT64_FORMAT "]", owner, i);

      look_into (self, read_word (self, items + (guint64)i * 8), name, depth);
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
look_into (FlatlineLockSearch *self, guint64 object, const char *name, guint depth)
{
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (self->types, object) : NULL;
  Look look = { .search = self, .owner = name, .depth = depth > 0 ? depth - 1 : 0 };

  if (!type)
    return;
  if (is_lock (type))
    {
      take_lock (self, object, type, name);
      return;
    }
  if (!is_worth_looking_into (type) || depth == 0 || self->n_objects >= MAX_OBJECTS
      || g_hash_table_contains (self->seen, &object))
    return;
  self->n_objects++;
  g_hash_table_add (self->seen, g_memdup2 (&object, sizeof object));
  if (type->family == FLATLINE_FAMILY_DICT)
    flatline_dict_foreach (self->target, object, look_at_item, &look);
  else if (type->family != FLATLINE_FAMILY_INSTANCE)
    look_at_items (self, object, type, name, look.depth);
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

  if (!type || type->family != FLATLINE_FAMILY_DICT || !g_hash_table_add (self->seen, g_memdup2 (&key, sizeof key)))
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
      guint64 object = flatline_untag (read_word (self, frame->locals + (guint64)i * 8));
      const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (self->types, object) : NULL;

      if (type && type->family == FLATLINE_FAMILY_CELL)
        object = read_word (self, object + layout->cell_value);
      look_into (self, object, code->names[i], depth);
    }
}

/* The value stack */

static gboolean
is_named (FlatlineLockSearch *self, guint64 definition, const char *name)
{
  guint64 at = definition ? read_word (self, definition + self->target->layout.methoddef_name) : 0;
  g_autofree char *found = at ? flatline_memory_dup_string (self->target->memory, at, 32) : NULL;

  return g_strcmp0 (found, name) == 0;
}

/* The object whose __exit__ is in the slot: a bound method, or (3.14 and later) a method with the object above it. */
static guint64
find_context (FlatlineLockSearch *self, guint64 object, guint64 above)
{
  const FlatlineLayout *layout = &self->target->layout;
  const FlatlineTypeInfo *type = object ? flatline_type_cache_find_of (self->types, object) : NULL;
  g_autofree char *name = NULL;

  if (!type)
    return 0;
  if (type->family == FLATLINE_FAMILY_BUILTIN)
    return is_named (self, read_word (self, object + layout->cfunction_method), "__exit__")
               ? read_word (self, object + layout->cfunction_self)
               : 0;
  if (strcmp (type->name, "method_descriptor") == 0)
    return is_named (self, read_word (self, object + layout->methoddescr_method), "__exit__") ? above : 0;
  if (type->family == FLATLINE_FAMILY_METHOD)
    {
      above = read_word (self, object + layout->method_self);
      object = read_word (self, object + layout->method_function);
    }
  else if (type->family != FLATLINE_FAMILY_FUNCTION)
    return 0;
  name = flatline_string_dup (self->target, read_word (self, object + layout->function_name), 32);
  return g_strcmp0 (name, "__exit__") == 0 ? above : 0;
}

typedef struct
{
  FlatlineLockSearch *search;
  Found *lock;
  guint n_locks;
  guint n;
} Wrapped;

static gboolean
look_for_wrapped (guint64 key, guint64 value, gpointer user_data)
{
  Wrapped *wrapped = user_data;
  Found *found = wrapped->n++ < MAX_ITEMS ? find_lock (wrapped->search, value) : NULL;

  if (found)
    {
      wrapped->lock = found;
      wrapped->n_locks++;
    }
  return wrapped->n < MAX_ITEMS;
}

/* A class of the program's own that wraps a single lock and is entered in its place. */
static Found *
find_wrapped_lock (FlatlineLockSearch *self, guint64 context, const FlatlineTypeInfo *type)
{
  static const char *const library[] = { "threading.", "queue.",  "multiprocessing.", "concurrent.",
                                         "asyncio.",   "socket.", "subprocess.",      "logging." };
  Wrapped wrapped = { .search = self };

  for (gsize i = 0; i < G_N_ELEMENTS (library); i++)
    if (g_str_has_prefix (type->full_name, library[i]))
      return NULL;
  flatline_attributes_foreach (self->target, context, type, look_for_wrapped, &wrapped);
  return wrapped.n_locks == 1 ? wrapped.lock : NULL;
}

/* The lock that a context manager holds: itself, the lock of a Condition, or the one it wraps. */
static Found *
find_held_lock (FlatlineLockSearch *self, guint64 context)
{
  const FlatlineTypeInfo *type = context ? flatline_type_cache_find_of (self->types, context) : NULL;
  guint64 lock;

  if (is_lock (type))
    return take_lock (self, context, type, NULL);
  if (!type || type->family != FLATLINE_FAMILY_INSTANCE)
    return NULL;
  if (strcmp (type->full_name, "threading.Condition") != 0)
    return find_wrapped_lock (self, context, type);
  lock = flatline_attribute_find (self->target, context, type, "_lock");
  return lock ? find_lock (self, lock) : NULL;
}

static gboolean
is_condition (FlatlineLockSearch *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, object);

  return type && strcmp (type->full_name, "threading.Condition") == 0;
}

/* A Condition's wait() gives back the lock around it. */
static gboolean
waits_in_condition (FlatlineLockSearch *self, const Stack *stack, guint frame)
{
  for (guint i = 0; i < frame; i++)
    {
      FlatlineFrameState *state = &g_array_index (stack->frames, FlatlineFrameState, i);
      FlatlineCode *code = flatline_code_cache_find (self->codes, state->code);

      if (code && strcmp (code->name, "wait") == 0 && g_str_has_suffix (code->file, "threading.py"))
        return TRUE;
    }
  return FALSE;
}

static void
note_held_locks (FlatlineLockSearch *self, const Stack *stack, guint i)
{
  const FlatlineFrameState *frame = &g_array_index (stack->frames, FlatlineFrameState, i);
  FlatlineCode *code = flatline_code_cache_find (self->codes, frame->code);
  gint n_slots = code ? flatline_value_stack_count_in_blocks (self->target, frame, frame->code) : 0;

  for (gint slot = 0; slot < n_slots; slot++)
    {
      guint64 object = flatline_value_stack_peek (self->target, frame, code, slot);
      guint64 above = flatline_value_stack_peek (self->target, frame, code, slot + 1);
      guint64 context = find_context (self, object, above);
      Found *found = context ? find_held_lock (self, context) : NULL;

      if (!found || !found->locked || found->is_reentrant || found->owner != 0
          || (context != found->address && waits_in_condition (self, stack, i)))
        continue;
      found->owner = stack->thread->native_id;
      found->owner_source = context == found->address || is_condition (self, context)
                                ? N_ ("with block on the value stack")
                                : N_ ("with block of its wrapper on the value stack");
    }
}

/* What the innermost frame calls something of: the lock, if it is one that somebody waits for. */
static Found *
find_parked_lock (FlatlineLockSearch *self, const Stack *stack)
{
  const FlatlineFrameState *frame;
  FlatlineCode *code;

  if (stack->frames->len == 0)
    return NULL;
  frame = &g_array_index (stack->frames, FlatlineFrameState, 0);
  code = flatline_code_cache_find (self->codes, frame->code);
  for (gint slot = code ? flatline_value_stack_count (self->target, frame, code) : 0; slot-- > 0;)
    {
      guint64 object = flatline_value_stack_peek (self->target, frame, code, slot);
      Found *found = object ? find_lock (self, object) : NULL;

      if (!found && object)
        found = find_held_lock (self, find_context (self, object, 0));
      if (found && found->is_mutex && (found->mutex & MUTEX_PARKED))
        return found;
    }
  return NULL;
}

static Found *
find_by_handle (FlatlineLockSearch *self, guint64 handle)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((Found *)value)->is_mutex && ((Found *)value)->handle == handle)
      return value;
  return NULL;
}

/* All that the innermost frame's slots hold: the lock it is entering is among them, whatever it is an attribute of. */
static void
look_at_value_stack (FlatlineLockSearch *self, const Stack *stack)
{
  const FlatlineFrameState *frame = &g_array_index (stack->frames, FlatlineFrameState, 0);
  FlatlineCode *code = flatline_code_cache_find (self->codes, frame->code);

  for (gint slot = code ? flatline_value_stack_count (self->target, frame, code) : 0; slot-- > 0;)
    {
      guint64 object = flatline_value_stack_peek (self->target, frame, code, slot);

      if (object && !find_lock (self, object))
        find_held_lock (self, find_context (self, object, 0));
    }
}

static void
note_waiter (FlatlineLockSearch *self, const Stack *stack)
{
  FlatlineThread *thread = stack->thread;
  const char *argument = thread->syscall_args ? thread->syscall_args[0] : NULL;
  guint64 handle = argument ? g_ascii_strtoull (argument, NULL, 16) : 0;
  Found *found = handle ? find_by_handle (self, handle) : NULL;

  if (g_strcmp0 (thread->syscall, "futex") != 0)
    return;
  if (!found)
    found = find_parked_lock (self, stack);
  if (found)
    g_ptr_array_add (found->waiters, g_strdup_printf ("%" G_GINT64_FORMAT, thread->native_id));
}

static void
note_owner (FlatlineLockSearch *self, Found *found)
{
  for (guint i = 0; found->owner_ident != 0 && i < self->stacks->len; i++)
    {
      FlatlineThread *thread = g_array_index (self->stacks, Stack, i).thread;

      if (thread->ident != found->owner_ident)
        continue;
      found->owner = thread->native_id;
      found->owner_source = N_ ("owner field");
    }
}

static FlatlineLock *
make_record (Found *found, gint64 pid)
{
  FlatlineLock *lock = g_object_new (FLATLINE_TYPE_LOCK, NULL);

  lock->pid = pid;
  lock->address = found->address;
  lock->type = g_strdup (found->type);
  lock->name = g_strdup (found->name);
  lock->locked = found->locked;
  lock->owner = found->owner;
  lock->owner_source = g_strdup (found->owner_source);
  g_ptr_array_add (found->waiters, NULL);
  lock->waiters = g_strdupv ((char **)found->waiters->pdata);
  return lock;
}

static gint
compare_addresses (gconstpointer a, gconstpointer b)
{
  const Found *one = *(Found *const *)a, *other = *(Found *const *)b;

  return one->address < other->address ? -1 : one->address > other->address;
}

static void
for_each_frame (FlatlineLockSearch *self,
                void (*look) (FlatlineLockSearch *, const FlatlineFrameState *, FlatlineCode *))
{
  for (guint i = 0; i < self->stacks->len; i++)
    {
      GArray *frames = g_array_index (self->stacks, Stack, i).frames;

      for (guint j = 0; j < MIN (frames->len, MAX_FRAMES); j++)
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
flatline_lock_search_finish (FlatlineLockSearch *self, gint64 pid, GListStore **locks)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  for_each_frame (self, name_by_globals);
  for_each_frame (self, name_by_items_of_globals);
  for_each_frame (self, name_by_attributes);
  for (guint i = 0; i < self->stacks->len; i++)
    {
      const Stack *stack = &g_array_index (self->stacks, Stack, i);

      if (stack->frames->len > 0)
        look_at_value_stack (self, stack);
      for (guint j = 0; j < MIN (stack->frames->len, MAX_FRAMES); j++)
        note_held_locks (self, stack, j);
    }
  for (guint i = 0; i < self->stacks->len; i++)
    note_waiter (self, &g_array_index (self->stacks, Stack, i));
  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Found *found = value;

      note_owner (self, found);
      if (found->locked || found->waiters->len > 0)
        g_ptr_array_add (list, found);
    }
  g_ptr_array_sort (list, compare_addresses);
  for (guint i = 0; i < list->len; i++)
    flatline_list_append (locks, make_record (g_ptr_array_index (list, i), pid));
}
