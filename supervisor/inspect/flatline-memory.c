/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemory: a cache of pages in front of whatever the bytes come from: a hash table with short probes, bounded in
 * size; dropping all pages is one increment, a capture begins with that. The pages that a look has used can be read
 * anew in few system calls, which is what a target is stopped for.
 */
#include "flatline-memory.h"

#include <string.h>
#include <sys/uio.h>

#define PAGE_SIZE 4096u
#define N_SLOTS   8192u /* a power of two; 32 MiB at most */
#define N_PROBES  8u
#define MAX_BATCH 512 /* pages a system call, IOV_MAX at most */

typedef struct
{
  guint64 page;       /* address / PAGE_SIZE */
  guint32 generation; /* valid when equal to the memory's */
  guint8 *bytes;
} Slot;

struct _FlatlineMemory
{
  FlatlineMemoryReadFunc read;
  gpointer source;
  GDestroyNotify free_source;
  guint32 generation;
  guint n_reads;
  Slot slots[N_SLOTS];
};

static gboolean
read_process (gpointer source, guint64 address, void *buffer, gsize length)
{
  struct iovec local = { buffer, length };
  struct iovec remote = { GSIZE_TO_POINTER (address), length };

  return process_vm_readv (GPOINTER_TO_INT (source), &local, 1, &remote, 1, 0) == (gssize)length;
}

FlatlineMemory *
flatline_memory_new_for_process (gint64 pid)
{
  return flatline_memory_new (read_process, GINT_TO_POINTER ((int)pid), NULL);
}

FlatlineMemory *
flatline_memory_new (FlatlineMemoryReadFunc read, gpointer source, GDestroyNotify free_source)
{
  FlatlineMemory *self = g_new0 (FlatlineMemory, 1);

  self->read = read;
  self->source = source;
  self->free_source = free_source;
  self->generation = 1;
  return self;
}

void
flatline_memory_free (FlatlineMemory *self)
{
  for (guint i = 0; i < N_SLOTS; i++)
    g_free (self->slots[i].bytes);
  if (self->free_source)
    self->free_source (self->source);
  g_free (self);
}

void
flatline_memory_drop_pages (FlatlineMemory *self)
{
  self->generation++;
}

guint
flatline_memory_get_n_reads (FlatlineMemory *self)
{
  return self->n_reads;
}

static int
compare_pages (gconstpointer a, gconstpointer b)
{
  const Slot *one = *(Slot *const *)a, *other = *(Slot *const *)b;

  return one->page < other->page ? -1 : one->page > other->page;
}

/* Reads @n pages in one call; those from the first that cannot be read on are forgotten. */
static void
read_batch (FlatlineMemory *self, Slot **slots, guint n)
{
  struct iovec local[MAX_BATCH], remote[MAX_BATCH];
  gssize got;

  for (guint i = 0; i < n; i++)
    {
      local[i] = (struct iovec){ slots[i]->bytes, PAGE_SIZE };
      remote[i] = (struct iovec){ GSIZE_TO_POINTER (slots[i]->page * PAGE_SIZE), PAGE_SIZE };
    }
  got = process_vm_readv (GPOINTER_TO_INT (self->source), local, n, remote, n, 0);
  for (guint i = got > 0 ? got / PAGE_SIZE : 0; i < n; i++)
    slots[i]->generation = 0;
}

void
flatline_memory_refresh_pages (FlatlineMemory *self)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new ();

  self->n_reads = 0;
  if (self->read != read_process)
    return;
  for (guint i = 0; i < N_SLOTS; i++)
    if (self->slots[i].generation == self->generation)
      g_ptr_array_add (slots, &self->slots[i]);
  g_ptr_array_sort (slots, compare_pages);
  for (guint i = 0; i < slots->len; i += MAX_BATCH)
    read_batch (self, (Slot **)slots->pdata + i, MIN (slots->len - i, MAX_BATCH));
}

/* The slot of @page, or the one to put it into; found tells which. */
static Slot *
find_slot (FlatlineMemory *self, guint64 page, gboolean *found)
{
  guint start = (guint)((page * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 40);
  Slot *unused = NULL;

  for (guint i = 0; i < N_PROBES; i++)
    {
      Slot *slot = &self->slots[(start + i) % N_SLOTS];

      if (slot->generation == self->generation)
        {
          if (slot->page == page)
            {
              *found = TRUE;
              return slot;
            }
        }
      else if (!unused)
        unused = slot;
    }
  *found = FALSE;
  return unused ? unused : &self->slots[start % N_SLOTS];
}

static const guint8 *
find_page (FlatlineMemory *self, guint64 page)
{
  gboolean found;
  Slot *slot = find_slot (self, page, &found);

  if (found)
    return slot->bytes;
  if (!slot->bytes)
    slot->bytes = g_malloc (PAGE_SIZE);
  slot->generation = 0;
  self->n_reads++;
  if (!self->read (self->source, page * PAGE_SIZE, slot->bytes, PAGE_SIZE))
    return NULL;
  slot->page = page;
  slot->generation = self->generation;
  return slot->bytes;
}

gboolean
flatline_memory_read (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  guint8 *out = buffer;

  memset (buffer, 0, length);
  if (address < PAGE_SIZE || address + length < address)
    return FALSE;
  while (length > 0)
    {
      gsize offset = address % PAGE_SIZE;
      gsize part = MIN (length, PAGE_SIZE - offset);
      const guint8 *bytes = find_page (self, address / PAGE_SIZE);

      if (!bytes)
        return FALSE;
      memcpy (out, bytes + offset, part);
      out += part;
      address += part;
      length -= part;
    }
  return TRUE;
}

gboolean
flatline_memory_read_direct (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  if (address >= PAGE_SIZE && address + length >= address && self->read (self->source, address, buffer, length))
    return TRUE;
  memset (buffer, 0, length);
  return FALSE;
}

gboolean
flatline_memory_read_u64 (FlatlineMemory *self, guint64 address, guint64 *value)
{
  return flatline_memory_read (self, address, value, sizeof *value);
}

gboolean
flatline_memory_read_i32 (FlatlineMemory *self, guint64 address, gint32 *value)
{
  return flatline_memory_read (self, address, value, sizeof *value);
}

char *
flatline_memory_dup_string (FlatlineMemory *self, guint64 address, gsize max_length)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < max_length)
    {
      gsize part = MIN (PAGE_SIZE - address % PAGE_SIZE, max_length - text->len);
      const guint8 *bytes = address < PAGE_SIZE ? NULL : find_page (self, address / PAGE_SIZE);
      const guint8 *end;

      if (!bytes)
        return NULL;
      bytes += address % PAGE_SIZE;
      end = memchr (bytes, 0, part);
      g_string_append_len (text, (const char *)bytes, end ? end - bytes : (gssize)part);
      if (end)
        break;
      address += part;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
