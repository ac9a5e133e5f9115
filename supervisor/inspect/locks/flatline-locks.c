/* SPDX-License-Identifier: MIT */
/* Who holds a lock and who waits for it: by the value stacks, the kernel's facts, the owner's field. */
#include "flatline-locks-private.h"

#include "flatline-dicts.h"
#include "flatline-generators.h"
#include "flatline-strings.h"
#include "flatline-value-stack.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_GENERATORS 8 /* one within the other */

#define MUTEX_PARKED 2 /* Include/cpython/lock.h: PyMutex, _Py_HAS_PARKED: somebody waits */

static void
found_free (gpointer data)
{
  FlatlineFoundLock *found = data;

  g_ptr_array_unref (found->waiters);
  g_free (found->name);
  g_free (found->type);
  g_free (found);
}

static void
stack_clear (gpointer data)
{
  FlatlineLockStack *stack = data;

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
  self->stacks = g_array_new (FALSE, TRUE, sizeof (FlatlineLockStack));
  g_array_set_clear_func (self->stacks, stack_clear);
  self->found = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, found_free);
  self->seen = g_hash_table_new (NULL, NULL);
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
  FlatlineLockStack stack = { g_object_ref (thread), g_array_ref (frames) };

  g_array_append_val (self->stacks, stack);
}

static gboolean
is_named (FlatlineLockSearch *self, guint64 definition, const char *name)
{
  guint64 at = definition ? flatline_lock_search_read_word (self, definition + self->target->layout.methoddef_name) : 0;
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
    return is_named (self, flatline_lock_search_read_word (self, object + layout->cfunction_method), "__exit__")
               ? flatline_lock_search_read_word (self, object + layout->cfunction_self)
               : 0;
  if (strcmp (type->name, "method_descriptor") == 0)
    return is_named (self, flatline_lock_search_read_word (self, object + layout->methoddescr_method), "__exit__")
               ? above
               : 0;
  if (type->family == FLATLINE_FAMILY_METHOD)
    {
      above = flatline_lock_search_read_word (self, object + layout->method_self);
      object = flatline_lock_search_read_word (self, object + layout->method_function);
    }
  else if (type->family != FLATLINE_FAMILY_FUNCTION)
    return 0;
  name = flatline_string_dup (self->target, flatline_lock_search_read_word (self, object + layout->function_name), 32);
  return g_strcmp0 (name, "__exit__") == 0 ? above : 0;
}

typedef struct
{
  FlatlineLockSearch *search;
  FlatlineFoundLock *lock;
  guint n_locks;
  guint n;
} Wrapped;

static gboolean
look_for_wrapped (guint64 key, guint64 value, gpointer user_data)
{
  Wrapped *wrapped = user_data;
  FlatlineFoundLock *found =
      wrapped->n++ < FLATLINE_LOCK_MAX_ITEMS ? flatline_lock_search_find (wrapped->search, value) : NULL;

  if (found)
    {
      wrapped->lock = found;
      wrapped->n_locks++;
    }
  return wrapped->n < FLATLINE_LOCK_MAX_ITEMS;
}

/* A class of the program's own that wraps a single lock and is entered in its place. */
static FlatlineFoundLock *
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
static FlatlineFoundLock *
find_held_lock (FlatlineLockSearch *self, guint64 context)
{
  const FlatlineTypeInfo *type = context ? flatline_type_cache_find_of (self->types, context) : NULL;
  guint64 lock;

  if (flatline_type_is_lock (type))
    return flatline_lock_search_take (self, context, type);
  if (!type || type->family != FLATLINE_FAMILY_INSTANCE)
    return NULL;
  if (strcmp (type->full_name, "threading.Condition") != 0)
    return find_wrapped_lock (self, context, type);
  lock = flatline_attribute_find (self->target, context, type, "_lock");
  return lock ? flatline_lock_search_find (self, lock) : NULL;
}

static gboolean
is_condition (FlatlineLockSearch *self, guint64 object)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, object);

  return type && strcmp (type->full_name, "threading.Condition") == 0;
}

/* A Condition's wait() gives back the lock around it. */
static gboolean
waits_in_condition (FlatlineLockSearch *self, const FlatlineLockStack *stack, guint frame)
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
note_owner_by_block (FlatlineFoundLock *found, gint64 owner, gboolean by_itself)
{
  found->owner = owner;
  found->owner_source =
      by_itself ? N_ ("with block on the value stack") : N_ ("with block of its wrapper on the value stack");
}

/* The generator that a function with contextlib.contextmanager made for this `with` block; 0: it is none. */
static guint64
find_generator (FlatlineLockSearch *self, guint64 context)
{
  const FlatlineTypeInfo *type = flatline_type_cache_find_of (self->types, context);

  return type && strcmp (type->full_name, "contextlib._GeneratorContextManager") == 0
             ? flatline_attribute_find (self->target, context, type, "gen")
             : 0;
}

/* What a generator holds while it waits in `yield` for the end of somebody's `with` block, he holds. */
static void
note_locks_of_generator (FlatlineLockSearch *self, gint64 owner, guint64 generator, guint depth)
{
  FlatlineFrameState frame = { 0 };
  FlatlineCode *code = NULL;
  gint n_slots = 0;

  if (depth < MAX_GENERATORS && flatline_generator_read_frame (self->target, generator, &frame))
    code = flatline_code_cache_find (self->codes, frame.code);
  if (code)
    n_slots = flatline_value_stack_count_in_blocks (self->target, &frame, frame.code);
  for (gint slot = 0; slot < n_slots; slot++)
    {
      const guint64 context = find_context (self, flatline_value_stack_peek (self->target, &frame, code, slot),
                                            flatline_value_stack_peek (self->target, &frame, code, slot + 1));
      const guint64 inner = context ? find_generator (self, context) : 0;
      FlatlineFoundLock *found = context && !inner ? find_held_lock (self, context) : NULL;

      if (inner)
        note_locks_of_generator (self, owner, inner, depth + 1);
      else if (found && found->locked && !found->is_reentrant && found->owner == 0)
        note_owner_by_block (found, owner, FALSE);
    }
}

static void
note_held_locks (FlatlineLockSearch *self, const FlatlineLockStack *stack, guint i)
{
  const FlatlineFrameState *frame = &g_array_index (stack->frames, FlatlineFrameState, i);
  FlatlineCode *code = flatline_code_cache_find (self->codes, frame->code);
  gint n_slots = code ? flatline_value_stack_count_in_blocks (self->target, frame, frame->code) : 0;

  for (gint slot = 0; slot < n_slots; slot++)
    {
      guint64 object = flatline_value_stack_peek (self->target, frame, code, slot);
      guint64 above = flatline_value_stack_peek (self->target, frame, code, slot + 1);
      guint64 context = find_context (self, object, above);
      guint64 generator = context ? find_generator (self, context) : 0;
      FlatlineFoundLock *found = context && !generator ? find_held_lock (self, context) : NULL;

      if (generator)
        note_locks_of_generator (self, stack->thread->native_id, generator, 0);
      if (!found || !found->locked || found->is_reentrant || found->owner != 0
          || (context != found->address && waits_in_condition (self, stack, i)))
        continue;
      note_owner_by_block (found, stack->thread->native_id, context == found->address || is_condition (self, context));
    }
}

/* What the innermost frame calls something of: the lock, if it is one that somebody waits for. */
static FlatlineFoundLock *
find_parked_lock (FlatlineLockSearch *self, const FlatlineLockStack *stack)
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
      FlatlineFoundLock *found = object ? flatline_lock_search_find (self, object) : NULL;

      if (!found && object)
        found = find_held_lock (self, find_context (self, object, 0));
      if (found && found->is_mutex && (found->mutex & MUTEX_PARKED))
        return found;
    }
  return NULL;
}

/* What threads sleep on in the kernel -> the lock. */
static GHashTable *
index_handles (FlatlineLockSearch *self)
{
  GHashTable *handles = g_hash_table_new (g_int64_hash, g_int64_equal);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((FlatlineFoundLock *)value)->is_mutex)
      g_hash_table_insert (handles, &((FlatlineFoundLock *)value)->handle, value);
  return handles;
}

/* All that the innermost frame's slots hold: the lock it is entering is among them, whatever it is an attribute of. */
static void
look_at_value_stack (FlatlineLockSearch *self, const FlatlineLockStack *stack)
{
  const FlatlineFrameState *frame = &g_array_index (stack->frames, FlatlineFrameState, 0);
  FlatlineCode *code = flatline_code_cache_find (self->codes, frame->code);

  for (gint slot = code ? flatline_value_stack_count (self->target, frame, code) : 0; slot-- > 0;)
    {
      guint64 object = flatline_value_stack_peek (self->target, frame, code, slot);

      if (object && !flatline_lock_search_find (self, object))
        find_held_lock (self, find_context (self, object, 0));
    }
}

static void
note_waiter (FlatlineLockSearch *self, GHashTable *handles, const FlatlineLockStack *stack)
{
  FlatlineThread *thread = stack->thread;
  const char *argument = thread->syscall_args ? thread->syscall_args[0] : NULL;
  guint64 handle = argument ? g_ascii_strtoull (argument, NULL, 16) : 0;
  FlatlineFoundLock *found = handle ? g_hash_table_lookup (handles, &handle) : NULL;

  if (g_strcmp0 (thread->syscall, "futex") != 0)
    return;
  if (!found)
    found = find_parked_lock (self, stack);
  if (!found)
    found = flatline_lock_search_find_mutex (self, thread);
  if (found)
    g_ptr_array_add (found->waiters, g_strdup_printf ("%" G_GINT64_FORMAT, thread->native_id));
}

/* ident -> native id */
static GHashTable *
index_idents (FlatlineLockSearch *self)
{
  GHashTable *idents = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->stacks->len; i++)
    {
      FlatlineThread *thread = g_array_index (self->stacks, FlatlineLockStack, i).thread;

      g_hash_table_insert (idents, GSIZE_TO_POINTER (thread->ident), GSIZE_TO_POINTER (thread->native_id));
    }
  return idents;
}

static void
note_owner (GHashTable *idents, FlatlineFoundLock *found)
{
  gpointer native_id;

  if (found->owner_ident == 0
      || !g_hash_table_lookup_extended (idents, GSIZE_TO_POINTER (found->owner_ident), NULL, &native_id))
    return;
  found->owner = (gint64)GPOINTER_TO_SIZE (native_id);
  found->owner_source = N_ ("owner field");
}

static FlatlineLock *
make_record (FlatlineFoundLock *found, gint64 pid)
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
  const FlatlineFoundLock *one = *(FlatlineFoundLock *const *)a, *other = *(FlatlineFoundLock *const *)b;

  return one->address < other->address ? -1 : one->address > other->address;
}

void
flatline_lock_search_finish (FlatlineLockSearch *self, gint64 pid, GListStore **locks)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_autoptr (GHashTable) handles = NULL;
  g_autoptr (GHashTable) idents = index_idents (self);
  GHashTableIter iter;
  gpointer value;

  flatline_lock_search_name (self);
  for (guint i = 0; i < self->stacks->len; i++)
    {
      const FlatlineLockStack *stack = &g_array_index (self->stacks, FlatlineLockStack, i);

      if (stack->frames->len > 0)
        look_at_value_stack (self, stack);
      for (guint j = 0; j < MIN (stack->frames->len, FLATLINE_LOCK_MAX_FRAMES); j++)
        note_held_locks (self, stack, j);
    }
  handles = index_handles (self);
  for (guint i = 0; i < self->stacks->len; i++)
    note_waiter (self, handles, &g_array_index (self->stacks, FlatlineLockStack, i));
  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FlatlineFoundLock *found = value;

      note_owner (idents, found);
      if (found->locked || found->waiters->len > 0)
        g_ptr_array_add (list, found);
    }
  g_ptr_array_sort (list, compare_addresses);
  for (guint i = 0; i < list->len; i++)
    flatline_list_append (locks, make_record (g_ptr_array_index (list, i), pid));
}
