/* SPDX-License-Identifier: MIT */
/*
 * The pages that a look has used, read anew in few system calls, which is what a target is stopped for; and twice,
 * which tells whether they changed while they were read. Sorted by address, since what follows each other the kernel
 * finds in one piece.
 */
#include "flatline-memory-private.h"

#include <string.h>
#include <sys/uio.h>

#define MAX_BATCH 512 /* pages a system call, IOV_MAX at most */

static int
compare_pages (gconstpointer a, gconstpointer b)
{
  const FlatlineMemorySlot *one = *(FlatlineMemorySlot *const *)a, *other = *(FlatlineMemorySlot *const *)b;

  return one->page < other->page ? -1 : one->page > other->page;
}

/* Where @n pages by address are: those that follow each other in one piece, which the kernel finds faster. */
static guint
list_pieces (FlatlineMemorySlot **slots, guint n, struct iovec *pieces)
{
  guint n_pieces = 0;

  for (guint i = 0; i < n; i++)
    if (i > 0 && slots[i]->page == slots[i - 1]->page + 1)
      pieces[n_pieces - 1].iov_len += FLATLINE_MEMORY_PAGE;
    else
      pieces[n_pieces++] =
          (struct iovec){ GSIZE_TO_POINTER (slots[i]->page * FLATLINE_MEMORY_PAGE), FLATLINE_MEMORY_PAGE };
  return n_pieces;
}

/* Reads @n pages into their second bytes; a page that cannot be read is forgotten. */
static void
read_batch (FlatlineMemory *self, FlatlineMemorySlot **slots, guint n)
{
  struct iovec local[MAX_BATCH], remote[MAX_BATCH];

  for (guint i = 0; i < n; i++)
    {
      if (!slots[i]->second)
        slots[i]->second = flatline_memory_take_room (self);
      local[i] = (struct iovec){ slots[i]->second, FLATLINE_MEMORY_PAGE };
    }
  /* The call ends at the first page that cannot be read, or at the piece that has it: go on behind it. */
  for (guint i = 0; i < n; i++)
    {
      const guint n_pieces = list_pieces (slots + i, n - i, remote);
      const gssize got = process_vm_readv (GPOINTER_TO_INT (self->source), local + i, n - i, remote, n_pieces, 0);

      i += got > 0 ? got / FLATLINE_MEMORY_PAGE : 0;
      if (i < n
          && !flatline_memory_read_process (self->source, slots[i]->page * FLATLINE_MEMORY_PAGE, slots[i]->second,
                                            FLATLINE_MEMORY_PAGE))
        slots[i]->generation = 0;
    }
}

static void
read_second (FlatlineMemory *self)
{
  for (guint i = 0; i < self->batch->len; i += MAX_BATCH)
    read_batch (self, (FlatlineMemorySlot **)self->batch->pdata + i, MIN (self->batch->len - i, MAX_BATCH));
}

void
flatline_memory_show_second (FlatlineMemory *self)
{
  for (guint i = 0; i < self->batch->len; i++)
    {
      FlatlineMemorySlot *slot = g_ptr_array_index (self->batch, i);
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
      FlatlineMemorySlot *slot = g_ptr_array_index (self->batch, i);

      if (!flatline_memory_is_valid (self, slot) || memcmp (slot->bytes, slot->second, FLATLINE_MEMORY_PAGE) != 0)
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

/* Pages that were there once may not be so any more: those are read no more. */
static void
forget_vanished (FlatlineMemory *self)
{
  for (guint i = 0; i < self->listed->len; i++)
    {
      FlatlineMemorySlot *slot = g_ptr_array_index (self->listed, i);

      if (!flatline_memory_is_valid (self, slot)
          || flatline_memory_may_read (self, slot->page * FLATLINE_MEMORY_PAGE, FLATLINE_MEMORY_PAGE))
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
      FlatlineMemorySlot *slot = g_ptr_array_index (self->listed, i);

      if (!slot->second)
        slot->second = flatline_memory_take_room (self);
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
      FlatlineMemorySlot *slot = g_ptr_array_index (self->listed, i);
      gboolean is_used = slot->used >= since_look;

      if (!flatline_memory_is_valid (self, slot) || (!is_used && which == FLATLINE_REFRESH_USED_FORGET))
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

  if (self->read == flatline_memory_read_process)
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
    ((FlatlineMemorySlot *)g_ptr_array_index (self->batch, i))->used = self->look;
  return is_unchanged;
}

/* A number that looks like a pointer may lead to where nothing is: so it does still. */
static gboolean
are_absent (FlatlineMemory *self)
{
  guint8 byte;

  for (guint i = 0; i < self->absent->len; i++)
    if (flatline_memory_read_process (self->source, g_array_index (self->absent, guint64, i) * FLATLINE_MEMORY_PAGE,
                                      &byte, sizeof byte))
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
  if (self->read != flatline_memory_read_process)
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
  if (self->read != flatline_memory_read_process)
    return TRUE;
  choose_batch (self, FLATLINE_REFRESH_USED, self->look);
  read_second (self);
  return is_same (self);
}
