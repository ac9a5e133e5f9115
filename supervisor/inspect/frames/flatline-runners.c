/* SPDX-License-Identifier: MIT */
/*
 * A thread state is for good called by the thread that made it, whoever runs it: a thread that enters an interpreter
 * which another one made (up to 3.12), or a thread of C to which a program that embeds Python gave a state. Who runs it
 * is told by whose C stack its innermost call lies on: what comes next above it is the descriptor of that thread, its
 * ident, with the id that the kernel knows it by; above the stack of the main thread there is none.
 *
 * 3.9 has no pointer to the C stack: there it is the one thread that has the frame's address on its own.
 */
#include "flatline-runners.h"

#include "flatline-elf-image.h"
#include "flatline-thread-ids.h"

#include <string.h>

#define MAX_LOOKED_UP    (16 * 1024 * 1024) /* bytes from a call up to the descriptor */
#define DESCRIPTOR_BYTES 8192               /* at the end of a stack, the descriptor among them */
#define LOOKED_AT        (256 * 1024)       /* bytes of a stack, from its outermost call on */
#define CHUNK            4096u
#define ALIGNMENT        16 /* of descriptors, at least */

typedef struct
{
  FlatlineTarget *target;
  GArray *threads;
  GPtrArray *mappings;  /* of a core without paths */
  GHashTable *makers;   /* ident -> native id, as the states have them */
  GHashTable *nameless; /* id as the target knows it -> as we do, of threads that made no state */
  gsize id_offset;      /* in a descriptor, 0 unknown */
} Search;

static void
give_to (FlatlineThreadState *thread, guint64 ident, gint64 native_id)
{
  thread->ident = ident;
  thread->native_id = native_id;
}

/* What the register fs points to begins with its own address; elsewhere nothing tells so easily. */
static gboolean
may_be_descriptor (guint64 address, guint64 word)
{
#if defined(__x86_64__)
  return word == address;
#else
  return TRUE;
#endif
}

/* The thread whose descriptor is at @address; 0: there is none. */
static gint64
read_descriptor (const Search *self, guint64 address)
{
  const gint64 maker = (gint64)GPOINTER_TO_SIZE (g_hash_table_lookup (self->makers, GSIZE_TO_POINTER (address)));
  gint32 id;

  if (maker != 0)
    return maker;
  if (self->id_offset == 0 || !flatline_memory_read_i32 (self->target->memory, address + self->id_offset, &id)
      || id <= 0)
    return 0;
  return (gint64)GPOINTER_TO_SIZE (g_hash_table_lookup (self->nameless, GSIZE_TO_POINTER (id)));
}

/* The first descriptor from @start on; 0: none up to @end, or to what cannot be read. */
static gint64
find_descriptor (const Search *self, guint64 start, guint64 end, guint64 *ident)
{
  guint64 words[CHUNK / sizeof (guint64)];
  guint64 at = (start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

  while (at < end)
    {
      const gsize size = MIN (CHUNK - at % CHUNK, end - at);

      if (!flatline_memory_read (self->target->memory, at, words, size))
        return 0;
      for (gsize i = 0; i < size; i += ALIGNMENT)
        {
          const gint64 native_id =
              may_be_descriptor (at + i, words[i / sizeof *words]) ? read_descriptor (self, at + i) : 0;

          if (native_id != 0)
            {
              *ident = at + i;
              return native_id;
            }
        }
      at += size;
    }
  return 0;
}

static void
give_to_main_thread (const Search *self, FlatlineThreadState *thread)
{
  GHashTableIter iter;
  gpointer ident, native_id;

  g_hash_table_iter_init (&iter, self->makers);
  while (g_hash_table_iter_next (&iter, &ident, &native_id))
    if ((gint64)GPOINTER_TO_SIZE (native_id) == self->target->pid)
      {
        give_to (thread, GPOINTER_TO_SIZE (ident), self->target->pid);
        return;
      }
  give_to (thread, 0, self->target->pid);
}

static void
find_by_stack (const Search *self, FlatlineThreadState *thread)
{
  const FlatlineMapping *stack;
  const guint64 end = thread->c_stack + MAX_LOOKED_UP;
  guint64 ident;
  gint64 native_id;
  guint i;

  if (!flatline_mappings_find (self->mappings, thread->c_stack, &i))
    return;
  stack = g_ptr_array_index (self->mappings, i);
  native_id = find_descriptor (self, thread->c_stack, MIN (end, stack->end), &ident);
  if (native_id != 0)
    give_to (thread, ident, native_id);
  else if (self->target->is_core || strcmp (stack->path, "[stack]") == 0)
    give_to_main_thread (self, thread);
}

/* Whether the stack that ends at @end holds the address of the frame: the evaluator has it there. */
static gboolean
has_on_stack (FlatlineTarget *target, guint64 end, guint64 frame)
{
  g_autofree guint64 *words = g_malloc (LOOKED_AT);

  for (gsize size = LOOKED_AT; size >= LOOKED_AT / 16; size /= 2)
    if (flatline_memory_read (target->memory, end - size, words, size))
      {
        for (gsize i = 0; i < size / sizeof *words; i++)
          if (words[i] == frame)
            return TRUE;
        return FALSE;
      }
  return FALSE;
}

static void
find_by_frame (const Search *self, FlatlineThreadState *of)
{
  const FlatlineThreadState *holder = NULL;

  for (guint i = 0; i < self->threads->len && of->interpreter != 0; i++)
    {
      const FlatlineThreadState *thread = &g_array_index (self->threads, FlatlineThreadState, i);

      if (thread->interpreter == of->interpreter || thread->native_id == self->target->pid
          || !has_on_stack (self->target, thread->ident, of->frame))
        continue;
      if (holder && holder->ident != thread->ident)
        return;
      holder = thread;
    }
  if (holder)
    {
      give_to (of, holder->ident, holder->native_id);
      return;
    }
  for (guint i = 0; i < self->mappings->len; i++)
    {
      const FlatlineMapping *stack = g_ptr_array_index (self->mappings, i);
      guint64 ident;
      gint64 native_id;

      if (!stack->writable || stack->path[0] == '/')
        continue;
      native_id =
          find_descriptor (self, stack->end - MIN (stack->end - stack->start, DESCRIPTOR_BYTES), stack->end, &ident);
      if (native_id != 0 && has_on_stack (self->target, ident, of->frame))
        {
          give_to (of, ident, native_id);
          return;
        }
    }
}

/* Those that somebody else than their maker may run: several have the same, or they are of an interpreter made later.
 */
static GArray *
list_doubtful (GArray *threads)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) shared = g_hash_table_new (NULL, NULL);
  GArray *doubtful = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < threads->len; i++)
    {
      const gpointer ident = GSIZE_TO_POINTER (g_array_index (threads, FlatlineThreadState, i).ident);

      if (!g_hash_table_add (seen, ident))
        g_hash_table_add (shared, ident);
    }
  for (guint i = 0; i < threads->len; i++)
    {
      const FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);

      if (thread->frame != 0
          && (thread->interpreter != 0 || g_hash_table_contains (shared, GSIZE_TO_POINTER (thread->ident))))
        g_array_append_val (doubtful, i);
    }
  return doubtful;
}

void
flatline_thread_states_find_runners (FlatlineTarget *target, GArray *threads)
{
  g_autoptr (GArray) doubtful = list_doubtful (threads);
  g_autoptr (GHashTable) makers = NULL, nameless = NULL;
  g_autoptr (GPtrArray) mappings = NULL;
  Search search = { .target = target, .threads = threads };

  if (doubtful->len == 0)
    return;
  mappings = target->core      ? flatline_core_list_memory (target->core)
             : target->is_core ? NULL
                               : flatline_mappings_read (target->pid);
  if (!mappings)
    return;
  makers = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < threads->len; i++)
    {
      const FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);

      g_hash_table_insert (makers, GSIZE_TO_POINTER (thread->ident), GSIZE_TO_POINTER (thread->native_id));
    }
  nameless = flatline_thread_ids_list_nameless (target, threads);
  search.mappings = mappings;
  search.makers = makers;
  search.nameless = nameless;
  search.id_offset = flatline_thread_ids_find_offset (target, threads);
  for (guint i = 0; i < doubtful->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, g_array_index (doubtful, guint, i));

      if (thread->c_stack)
        find_by_stack (&search, thread);
      else if (target->layout.version < 0x030a)
        find_by_frame (&search, thread);
    }
}
