/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemory: a cache of pages in front of whatever the bytes come from, bounded in size. A capture begins with
 * dropping all pages, whose room is used again. How they are read anew at one go is in flatline-memory-refresh.c.
 */
#include "flatline-memory-private.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define BLOCK_SIZE (32 * FLATLINE_MEMORY_PAGE)
#define MIN_TABLE  1024u
#define MANY       32768u /* pages, 128 MiB */
#define MAX_SLOTS  65536u /* then all begins anew */
#define AT_ONE_GO  64     /* addresses that are expected */
#define MAX_ABSENT 64     /* pages that are not there, asked for again before a first reading is believed */

gboolean
flatline_memory_read_process (gpointer source, guint64 address, void *buffer, gsize length)
{
  struct iovec local = { buffer, length };
  struct iovec remote = { GSIZE_TO_POINTER (address), length };

  return process_vm_readv (GPOINTER_TO_INT (source), &local, 1, &remote, 1, 0) == (gssize)length;
}

FlatlineMemory *
flatline_memory_new_for_process (gint64 pid)
{
  FlatlineMemory *self = flatline_memory_new (flatline_memory_read_process, GINT_TO_POINTER ((int)pid), NULL);

  self->residence = flatline_residence_new (pid);
  return self;
}

FlatlineMemory *
flatline_memory_new (FlatlineMemoryReadFunc read, gpointer source, GDestroyNotify free_source)
{
  FlatlineMemory *self = g_new0 (FlatlineMemory, 1);

  self->read = read;
  self->source = source;
  self->free_source = free_source;
  self->generation = 1;
  self->look = self->refresh_look = 1;
  self->blocks = g_ptr_array_new ();
  self->listed = g_ptr_array_new ();
  self->batch = g_ptr_array_new ();
  self->slots = g_ptr_array_new_with_free_func (g_free);
  self->n_table = MIN_TABLE;
  self->table = g_new0 (FlatlineMemorySlot *, self->n_table);
  self->absent = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

void
flatline_memory_free (FlatlineMemory *self)
{
  for (guint i = 0; i < self->blocks->len; i++)
    munmap (g_ptr_array_index (self->blocks, i), BLOCK_SIZE);
  g_ptr_array_unref (self->blocks);
  g_ptr_array_unref (self->listed);
  g_ptr_array_unref (self->batch);
  g_ptr_array_unref (self->slots);
  g_free (self->table);
  g_array_unref (self->absent);
  g_clear_pointer (&self->residence, flatline_residence_free);
  if (self->free_source)
    self->free_source (self->source);
  g_free (self);
}

/* The kernel gives many at one go for less than it asks for each when it is first written to. */
guint8 *
flatline_memory_take_room (FlatlineMemory *self)
{
  if (self->n_left == 0)
    {
      gpointer block =
          mmap (NULL, BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

      if (block == MAP_FAILED)
        g_error ("no memory for the pages of a program");
      g_ptr_array_add (self->blocks, block);
      self->n_left = BLOCK_SIZE / FLATLINE_MEMORY_PAGE;
    }
  return (guint8 *)g_ptr_array_index (self->blocks, self->blocks->len - 1) + --self->n_left * FLATLINE_MEMORY_PAGE;
}

void
flatline_memory_drop_pages (FlatlineMemory *self)
{
  for (guint i = 0; i < self->n_slots; i++)
    ((FlatlineMemorySlot *)g_ptr_array_index (self->slots, i))->is_listed = FALSE;
  memset (self->table, 0, self->n_table * sizeof *self->table);
  self->n_slots = 0;
  memset (self->recent, 0, sizeof self->recent);
  g_ptr_array_set_size (self->listed, 0);
  g_ptr_array_set_size (self->batch, 0);
  self->has_gaps = FALSE;
  g_array_set_size (self->absent, 0);
  self->generation++;
}

gboolean
flatline_memory_keeps_many_pages (FlatlineMemory *self)
{
  return self->listed->len >= MANY;
}

gboolean
flatline_memory_is_of_one_moment (FlatlineMemory *self)
{
  return !self->is_mixed;
}

gboolean
flatline_memory_may_read (FlatlineMemory *self, guint64 address, gsize length)
{
  return !self->residence || flatline_residence_count_readable (self->residence, address, length) == length;
}

gboolean
flatline_memory_take_refused (FlatlineMemory *self)
{
  return self->residence && flatline_residence_take_refused (self->residence);
}

/* Where the slot of @page is in the table, or is to be put. */
static FlatlineMemorySlot **
find_place (FlatlineMemory *self, guint64 page)
{
  guint at = (guint)(page * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 32);

  while (self->table[at % self->n_table] && self->table[at % self->n_table]->page != page)
    at++;
  return &self->table[at % self->n_table];
}

/* Less than half of the table is in use. */
static void
enlarge_table (FlatlineMemory *self)
{
  g_free (self->table);
  self->n_table *= 4;
  self->table = g_new0 (FlatlineMemorySlot *, self->n_table);
  for (guint i = 0; i < self->n_slots; i++)
    {
      FlatlineMemorySlot *slot = g_ptr_array_index (self->slots, i);

      *find_place (self, slot->page) = slot;
    }
}

static FlatlineMemorySlot *
add_slot (FlatlineMemory *self, guint64 page)
{
  FlatlineMemorySlot *slot;

  if (self->n_slots == self->slots->len)
    g_ptr_array_add (self->slots, g_new0 (FlatlineMemorySlot, 1));
  slot = g_ptr_array_index (self->slots, self->n_slots++);
  slot->page = page;
  slot->generation = 0;
  return slot;
}

/* Room for @n more slots, for which all others may have to go. */
static void
ensure_room (FlatlineMemory *self, guint n)
{
  if (self->n_slots + n > MAX_SLOTS)
    {
      flatline_memory_drop_pages (self);
      self->has_gaps = self->is_mixed = TRUE;
    }
  if ((self->n_slots + n) * 2 > self->n_table)
    enlarge_table (self);
}

/* The slot of @page, for which there is room; it may hold nothing yet, or no more. */
static FlatlineMemorySlot *
find_slot (FlatlineMemory *self, guint64 page)
{
  FlatlineMemorySlot **place = find_place (self, page);

  if (!*place)
    *place = add_slot (self, page);
  return *place;
}

/* @slot has the bytes of its page now. */
static void
fill_slot (FlatlineMemory *self, FlatlineMemorySlot *slot, guint32 used)
{
  slot->generation = self->generation;
  slot->used = used;
  slot->reading = 0;
  self->is_sorted = FALSE;
  if (!slot->is_listed)
    g_ptr_array_add (self->listed, slot);
  slot->is_listed = TRUE;
}

/* Reads the page of @slot; NULL: it cannot be. */
static const guint8 *
bring_page (FlatlineMemory *self, FlatlineMemorySlot *slot)
{
  if (!slot->bytes)
    slot->bytes = flatline_memory_take_room (self);
  if (!flatline_memory_may_read (self, slot->page * FLATLINE_MEMORY_PAGE, FLATLINE_MEMORY_PAGE))
    {
      self->has_gaps = TRUE;
      return NULL;
    }
  if (!self->read (self->source, slot->page * FLATLINE_MEMORY_PAGE, slot->bytes, FLATLINE_MEMORY_PAGE))
    {
      if (self->absent->len < MAX_ABSENT)
        g_array_append_val (self->absent, slot->page);
      else
        self->has_gaps = TRUE;
      return NULL;
    }
  self->is_mixed = TRUE;
  fill_slot (self, slot, self->look);
  return slot->bytes;
}

static const guint8 *
find_page (FlatlineMemory *self, guint64 page)
{
  FlatlineMemorySlot *slot = self->recent[page % FLATLINE_MEMORY_RECENT];

  if (!slot || slot->page != page)
    {
      ensure_room (self, 1);
      self->recent[page % FLATLINE_MEMORY_RECENT] = slot = find_slot (self, page);
    }
  if (!flatline_memory_is_valid (self, slot))
    return bring_page (self, slot);
  slot->used = self->look;
  self->is_mixed |= slot->reading != self->reading;
  return slot->bytes;
}

/* The pages that @addresses lie in, each once and in their order; how many. They are few, and mostly the same. */
static guint
list_pages (const guint64 *addresses, gsize n, guint64 *pages)
{
  guint n_pages = 0;

  for (gsize i = 0; i < n; i++)
    {
      const guint64 page = addresses[i] / FLATLINE_MEMORY_PAGE;
      guint at = n_pages;

      while (at > 0 && pages[at - 1] > page)
        at--;
      if (at > 0 && pages[at - 1] == page)
        continue;
      memmove (pages + at + 1, pages + at, (n_pages++ - at) * sizeof *pages);
      pages[at] = page;
    }
  return n_pages;
}

static void
expect_few (FlatlineMemory *self, const guint64 *addresses, gsize n)
{
  guint64 pages[AT_ONE_GO];
  FlatlineMemorySlot *slots[AT_ONE_GO];
  struct iovec local[AT_ONE_GO], remote[AT_ONE_GO];
  guint n_missing = 0, n_read, n_pages;
  gssize got;

  n_pages = list_pages (addresses, n, pages);
  ensure_room (self, n_pages);
  for (guint i = 0; i < n_pages; i++)
    {
      const guint64 address = pages[i] * FLATLINE_MEMORY_PAGE;
      FlatlineMemorySlot *slot = address != 0 ? find_slot (self, pages[i]) : NULL;

      if (!slot || flatline_memory_is_valid (self, slot)
          || !flatline_memory_may_read (self, address, FLATLINE_MEMORY_PAGE))
        continue;
      if (!slot->bytes)
        slot->bytes = flatline_memory_take_room (self);
      fill_slot (self, slot, 0);
      slots[n_missing] = slot;
      local[n_missing] = (struct iovec){ slot->bytes, FLATLINE_MEMORY_PAGE };
      remote[n_missing++] = (struct iovec){ GSIZE_TO_POINTER (address), FLATLINE_MEMORY_PAGE };
    }
  got = n_missing > 1 ? process_vm_readv (GPOINTER_TO_INT (self->source), local, n_missing, remote, n_missing, 0) : 0;
  n_read = got > 0 ? (guint)(got / FLATLINE_MEMORY_PAGE) : 0;
  for (guint i = n_read; i < n_missing; i++)
    slots[i]->generation = 0;
}

void
flatline_memory_expect (FlatlineMemory *self, const guint64 *addresses, gsize n)
{
  if (self->read == flatline_memory_read_process)
    for (gsize at = 0; at < n; at += AT_ONE_GO)
      expect_few (self, addresses + at, MIN (n - at, AT_ONE_GO));
}

/* @length bytes from one page on to the next ones. */
static gboolean
read_over_pages (FlatlineMemory *self, guint64 address, guint8 *out, gsize length)
{
  while (length > 0)
    {
      const gsize offset = address % FLATLINE_MEMORY_PAGE;
      const gsize part = MIN (length, FLATLINE_MEMORY_PAGE - offset);
      const guint8 *bytes = find_page (self, address / FLATLINE_MEMORY_PAGE);

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
flatline_memory_read (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  if (address >= FLATLINE_MEMORY_PAGE && address + length >= address && read_over_pages (self, address, buffer, length))
    return TRUE;
  memset (buffer, 0, length);
  return FALSE;
}

const guint8 *
flatline_memory_view (FlatlineMemory *self, guint64 address, gsize length, guint8 *room)
{
  const gsize offset = address % FLATLINE_MEMORY_PAGE;
  const guint8 *bytes;

  if (address < FLATLINE_MEMORY_PAGE || length > FLATLINE_MEMORY_PAGE - offset)
    return flatline_memory_read (self, address, room, length) ? room : NULL;
  bytes = find_page (self, address / FLATLINE_MEMORY_PAGE);
  return bytes ? bytes + offset : NULL;
}

gboolean
flatline_memory_read_direct (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  if (address >= FLATLINE_MEMORY_PAGE && address + length >= address && flatline_memory_may_read (self, address, length)
      && self->read (self->source, address, buffer, length))
    return TRUE;
  memset (buffer, 0, length);
  return FALSE;
}

/* Asked for a million times: what is in one page, as nearly all is, is not copied over the room for what is not. */
gboolean
flatline_memory_read_u64 (FlatlineMemory *self, guint64 address, guint64 *value)
{
  guint8 room[sizeof *value];
  const guint8 *bytes = flatline_memory_view (self, address, sizeof *value, room);

  *value = 0;
  if (bytes)
    memcpy (value, bytes, sizeof *value);
  return bytes != NULL;
}

gboolean
flatline_memory_read_i32 (FlatlineMemory *self, guint64 address, gint32 *value)
{
  guint8 room[sizeof *value];
  const guint8 *bytes = flatline_memory_view (self, address, sizeof *value, room);

  *value = 0;
  if (bytes)
    memcpy (value, bytes, sizeof *value);
  return bytes != NULL;
}

char *
flatline_memory_dup_string (FlatlineMemory *self, guint64 address, gsize max_length)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < max_length)
    {
      gsize part = MIN (FLATLINE_MEMORY_PAGE - address % FLATLINE_MEMORY_PAGE, max_length - text->len);
      const guint8 *bytes = address < FLATLINE_MEMORY_PAGE ? NULL : find_page (self, address / FLATLINE_MEMORY_PAGE);
      const guint8 *end;

      if (!bytes)
        return NULL;
      bytes += address % FLATLINE_MEMORY_PAGE;
      end = memchr (bytes, 0, part);
      g_string_append_len (text, (const char *)bytes, end ? end - bytes : (gssize)part);
      if (end)
        break;
      address += part;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
