/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMemory: a cache of pages in front of whatever the bytes come from: a hash table with short probes, bounded in
 * size; dropping all pages is one increment, a capture begins with that. The pages that a look has used can be read
 * anew in few system calls, which is what a target is stopped for; and twice, which tells whether they changed while
 * they were read.
 */
#include "flatline-memory.h"

#include "flatline-residence.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define PAGE_SIZE  4096u
#define BLOCK_SIZE (64 * PAGE_SIZE)
#define N_SLOTS    131072u /* a power of two */
#define N_PROBES   16u
#define N_ROW      64u    /* pages that follow each other lie side by side: few pages of the table are touched */
#define MANY       32768u /* pages, 128 MiB */
#define MAX_BATCH  512    /* pages a system call, IOV_MAX at most */
#define MAX_ABSENT 64     /* pages that are not there, asked for again before a first reading is believed */

typedef struct
{
  guint64 page;       /* address / PAGE_SIZE */
  guint32 generation; /* valid when equal to the memory's */
  guint32 used;       /* the last look that used it */
  guint32 reading;    /* the one that brought it, 0: it came alone */
  gboolean is_listed;
  guint8 *bytes;
  guint8 *second; /* as read again; NULL until then */
} Slot;

struct _FlatlineMemory
{
  FlatlineMemoryReadFunc read;
  gpointer source;
  GDestroyNotify free_source;
  FlatlineResidence *residence; /* NULL: no live process */
  guint32 generation;
  guint32 look;         /* counts refreshes and begins of use */
  guint32 refresh_look; /* that of the last refresh */
  guint32 reading;      /* counts batches */
  gboolean is_mixed;    /* pages were used that the last reading did not bring */
  gboolean has_gaps;    /* since they were dropped, one gave way to another, or could not be read */
  GArray *absent;       /* pages (guint64) that are not there, and are no gap as long as they are not */
  Slot *last;           /* the one used last, mostly the next one too */
  GPtrArray *blocks;    /* memory for pages, all of it there from the beginning */
  guint n_left;         /* pages of the last block that are not in use */
  GPtrArray *listed;    /* slots with a page, by address once sorted */
  GPtrArray *batch;     /* of the refresh under way, or of the last one that read twice */
  gboolean is_sorted;   /* the list */
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
  FlatlineMemory *self = flatline_memory_new (read_process, GINT_TO_POINTER ((int)pid), NULL);

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
  g_array_unref (self->absent);
  g_clear_pointer (&self->residence, flatline_residence_free);
  if (self->free_source)
    self->free_source (self->source);
  g_free (self);
}

/* Room for a page. The kernel gives many at one go for less than it asks for each when it is first written to. */
static guint8 *
take_room (FlatlineMemory *self)
{
  if (self->n_left == 0)
    {
      gpointer block =
          mmap (NULL, BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

      if (block == MAP_FAILED)
        g_error ("no memory for the pages of a program");
      g_ptr_array_add (self->blocks, block);
      self->n_left = BLOCK_SIZE / PAGE_SIZE;
    }
  return (guint8 *)g_ptr_array_index (self->blocks, self->blocks->len - 1) + --self->n_left * PAGE_SIZE;
}

void
flatline_memory_drop_pages (FlatlineMemory *self)
{
  for (guint i = 0; i < self->listed->len; i++)
    ((Slot *)g_ptr_array_index (self->listed, i))->is_listed = FALSE;
  g_ptr_array_set_size (self->listed, 0);
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

static int
compare_pages (gconstpointer a, gconstpointer b)
{
  const Slot *one = *(Slot *const *)a, *other = *(Slot *const *)b;

  return one->page < other->page ? -1 : one->page > other->page;
}

static gboolean
is_valid (FlatlineMemory *self, const Slot *slot)
{
  return slot->generation == self->generation;
}

/* Where @n pages by address are: those that follow each other in one piece, which the kernel finds faster. */
static guint
list_pieces (Slot **slots, guint n, struct iovec *pieces)
{
  guint n_pieces = 0;

  for (guint i = 0; i < n; i++)
    if (i > 0 && slots[i]->page == slots[i - 1]->page + 1)
      pieces[n_pieces - 1].iov_len += PAGE_SIZE;
    else
      pieces[n_pieces++] = (struct iovec){ GSIZE_TO_POINTER (slots[i]->page * PAGE_SIZE), PAGE_SIZE };
  return n_pieces;
}

/* Reads @n pages into their second bytes; a page that cannot be read is forgotten. */
static void
read_batch (FlatlineMemory *self, Slot **slots, guint n)
{
  struct iovec local[MAX_BATCH], remote[MAX_BATCH];

  for (guint i = 0; i < n; i++)
    {
      if (!slots[i]->second)
        slots[i]->second = take_room (self);
      local[i] = (struct iovec){ slots[i]->second, PAGE_SIZE };
    }
  /* The call ends at the first page that cannot be read, or at the piece that has it: go on behind it. */
  for (guint i = 0; i < n; i++)
    {
      const guint n_pieces = list_pieces (slots + i, n - i, remote);
      const gssize got = process_vm_readv (GPOINTER_TO_INT (self->source), local + i, n - i, remote, n_pieces, 0);

      i += got > 0 ? got / PAGE_SIZE : 0;
      if (i < n && !read_process (self->source, slots[i]->page * PAGE_SIZE, slots[i]->second, PAGE_SIZE))
        slots[i]->generation = 0;
    }
}

static void
read_second (FlatlineMemory *self)
{
  for (guint i = 0; i < self->batch->len; i += MAX_BATCH)
    read_batch (self, (Slot **)self->batch->pdata + i, MIN (self->batch->len - i, MAX_BATCH));
}

void
flatline_memory_show_second (FlatlineMemory *self)
{
  for (guint i = 0; i < self->batch->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->batch, i);
      guint8 *first = slot->bytes;

      slot->bytes = slot->second;
      slot->second = first;
    }
}

/* Both readings of each page of the batch are. */
static gboolean
is_same (FlatlineMemory *self)
{
  for (guint i = 0; i < self->batch->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->batch, i);

      if (!is_valid (self, slot) || memcmp (slot->bytes, slot->second, PAGE_SIZE) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
sort_list (FlatlineMemory *self)
{
  if (!self->is_sorted)
    g_ptr_array_sort (self->listed, compare_pages);
  self->is_sorted = TRUE;
}

/* FALSE: to read it might take for ever. */
static gboolean
may_read (FlatlineMemory *self, guint64 address, gsize length)
{
  return !self->residence || flatline_residence_count_readable (self->residence, address, length) == length;
}

gboolean
flatline_memory_take_refused (FlatlineMemory *self)
{
  return self->residence && flatline_residence_take_refused (self->residence);
}

/* Pages that were there once may not be so any more: those are read no more. */
static void
forget_vanished (FlatlineMemory *self)
{
  for (guint i = 0; i < self->listed->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->listed, i);

      if (!is_valid (self, slot) || may_read (self, slot->page * PAGE_SIZE, PAGE_SIZE))
        continue;
      slot->generation = 0;
      self->has_gaps = TRUE;
    }
}

void
flatline_memory_prepare_refresh (FlatlineMemory *self)
{
  sort_list (self);
  for (guint i = 0; i < self->listed->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->listed, i);

      if (!slot->second)
        slot->second = take_room (self);
    }
  forget_vanished (self);
}

/* Puts the pages of @which into the batch, by address; forgotten ones leave the list. */
static void
choose_batch (FlatlineMemory *self, FlatlineRefresh which, guint32 since_look)
{
  guint n_listed = 0;

  self->reading++;
  self->is_mixed = FALSE;
  sort_list (self);
  g_ptr_array_set_size (self->batch, 0);
  for (guint i = 0; i < self->listed->len; i++)
    {
      Slot *slot = g_ptr_array_index (self->listed, i);
      gboolean is_used = slot->used >= since_look;

      if (!is_valid (self, slot) || (!is_used && which == FLATLINE_REFRESH_USED_FORGET))
        {
          slot->generation = 0;
          slot->is_listed = FALSE;
          continue;
        }
      self->listed->pdata[n_listed++] = slot;
      if (!is_used && which != FLATLINE_REFRESH_ALL)
        continue;
      slot->reading = self->reading;
      g_ptr_array_add (self->batch, slot);
    }
  g_ptr_array_set_size (self->listed, n_listed);
}

gboolean
flatline_memory_refresh (FlatlineMemory *self, FlatlineRefresh which)
{
  gboolean is_unchanged = TRUE;

  if (self->read == read_process)
    {
      if (self->residence && flatline_residence_is_old (self->residence))
        forget_vanished (self);
      choose_batch (self, which, self->refresh_look);
      read_second (self);
      is_unchanged = which == FLATLINE_REFRESH_USED_FORGET && is_same (self);
      flatline_memory_show_second (self);
    }
  self->refresh_look = ++self->look;
  /* Who finds all as it was need not use it again to keep it. */
  for (guint i = 0; is_unchanged && i < self->batch->len; i++)
    ((Slot *)g_ptr_array_index (self->batch, i))->used = self->look;
  return is_unchanged;
}

/* A number that looks like a pointer may lead to where nothing is: so it does still. */
static gboolean
are_absent (FlatlineMemory *self)
{
  guint8 byte;

  for (guint i = 0; i < self->absent->len; i++)
    if (read_process (self->source, g_array_index (self->absent, guint64, i) * PAGE_SIZE, &byte, sizeof byte))
      return FALSE;
  return TRUE;
}

gboolean
flatline_memory_is_as_before (FlatlineMemory *self)
{
  return !self->has_gaps && !self->is_mixed && is_same (self) && are_absent (self);
}

void
flatline_memory_begin_use (FlatlineMemory *self)
{
  self->look++;
}

gboolean
flatline_memory_refresh_twice (FlatlineMemory *self)
{
  if (self->read != read_process)
    return TRUE;
  choose_batch (self, FLATLINE_REFRESH_USED, self->look);
  read_second (self);
  flatline_memory_show_second (self);
  read_second (self);
  return is_same (self);
}

gboolean
flatline_memory_verify (FlatlineMemory *self)
{
  if (self->read != read_process)
    return TRUE;
  choose_batch (self, FLATLINE_REFRESH_USED, self->look);
  read_second (self);
  return is_same (self);
}

/* The slot of @page, or the one to put it into; found tells which. */
static Slot *
find_slot (FlatlineMemory *self, guint64 page, gboolean *found)
{
  const guint start = (guint)((page / N_ROW * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 40);
  Slot *unused = NULL;

  for (guint i = 0; i < N_PROBES; i++)
    {
      Slot *slot = &self->slots[(start + i) * N_ROW % N_SLOTS + page % N_ROW];

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
  return unused ? unused : &self->slots[start * N_ROW % N_SLOTS + page % N_ROW];
}

/* The bytes of a page that is not there yet, to go into @slot; NULL: it cannot be read. */
static const guint8 *
bring_page (FlatlineMemory *self, guint64 page, Slot *slot)
{
  if (!slot->bytes)
    slot->bytes = take_room (self);
  self->has_gaps |= is_valid (self, slot);
  slot->generation = 0;
  if (!may_read (self, page * PAGE_SIZE, PAGE_SIZE))
    {
      self->has_gaps = TRUE;
      return NULL;
    }
  if (!self->read (self->source, page * PAGE_SIZE, slot->bytes, PAGE_SIZE))
    {
      if (self->absent->len < MAX_ABSENT)
        g_array_append_val (self->absent, page);
      else
        self->has_gaps = TRUE;
      return NULL;
    }
  self->is_mixed = TRUE;
  slot->page = page;
  slot->generation = self->generation;
  slot->used = self->look;
  slot->reading = 0;
  self->is_sorted = FALSE;
  if (!slot->is_listed)
    g_ptr_array_add (self->listed, slot);
  slot->is_listed = TRUE;
  return slot->bytes;
}

static const guint8 *
find_page (FlatlineMemory *self, guint64 page)
{
  gboolean found = self->last && self->last->page == page && is_valid (self, self->last);
  Slot *slot = found ? self->last : find_slot (self, page, &found);

  self->last = slot;
  if (!found)
    return bring_page (self, page, slot);
  slot->used = self->look;
  self->is_mixed |= slot->reading != self->reading;
  return slot->bytes;
}

/* @length bytes from one page on to the next ones. */
static gboolean
read_over_pages (FlatlineMemory *self, guint64 address, guint8 *out, gsize length)
{
  while (length > 0)
    {
      const gsize offset = address % PAGE_SIZE;
      const gsize part = MIN (length, PAGE_SIZE - offset);
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
flatline_memory_read (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  if (address >= PAGE_SIZE && address + length >= address && read_over_pages (self, address, buffer, length))
    return TRUE;
  memset (buffer, 0, length);
  return FALSE;
}

gboolean
flatline_memory_read_direct (FlatlineMemory *self, guint64 address, void *buffer, gsize length)
{
  if (address >= PAGE_SIZE && address + length >= address && may_read (self, address, length)
      && self->read (self->source, address, buffer, length))
    return TRUE;
  memset (buffer, 0, length);
  return FALSE;
}

/* Asked for a million times: what is in one page, as nearly all is, by the shortest way. */
gboolean
flatline_memory_read_u64 (FlatlineMemory *self, guint64 address, guint64 *value)
{
  const gsize offset = address % PAGE_SIZE;
  const guint8 *bytes;

  if (address < PAGE_SIZE || offset > PAGE_SIZE - sizeof *value)
    return flatline_memory_read (self, address, value, sizeof *value);
  bytes = find_page (self, address / PAGE_SIZE);
  if (bytes)
    memcpy (value, bytes + offset, sizeof *value);
  else
    *value = 0;
  return bytes != NULL;
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
