/* SPDX-License-Identifier: MIT */
/* What the files of FlatlineMemory share: the table of pages, and how one is read. */
#pragma once

#include "flatline-memory.h"

#include "flatline-residence.h"

G_BEGIN_DECLS

#define FLATLINE_MEMORY_PAGE   4096u
#define FLATLINE_MEMORY_RECENT 64u /* slots that are found without the table */

typedef struct
{
  guint64 page;       /* address / FLATLINE_MEMORY_PAGE */
  guint32 generation; /* valid when equal to the memory's */
  guint32 used;       /* the last look that used it */
  guint32 reading;    /* the one that brought it, 0: it came alone */
  gboolean is_listed;
  guint8 *bytes;
  guint8 *second; /* as read again; NULL until then */
} FlatlineMemorySlot;

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
  FlatlineMemorySlot *recent[FLATLINE_MEMORY_RECENT]; /* that of page N, if there, at N modulo its length */
  GPtrArray *blocks;                                  /* memory for pages, all of it there from the beginning */
  guint n_left;                                       /* pages of the last block that are not in use */
  GPtrArray *listed;                                  /* slots with a page, by address once sorted */
  GPtrArray *batch;                                   /* of the refresh under way, or of the last one that read twice */
  gboolean is_sorted;                                 /* the list */
  GPtrArray *slots;           /* all: of the pages asked for since they were dropped, then those to come */
  guint n_slots;              /* how many that are */
  FlatlineMemorySlot **table; /* those, by a hash of their page */
  guint n_table;              /* a power of two */
};

static inline gboolean
flatline_memory_is_valid (FlatlineMemory *self, const FlatlineMemorySlot *slot)
{
  return slot->generation == self->generation;
}

/* Reads a live process; of what is read in another way nothing changes. */
gboolean
flatline_memory_read_process (gpointer source, guint64 address, void *buffer, gsize length);

/* Room for a page. */
guint8 *
flatline_memory_take_room (FlatlineMemory *self);

/* FALSE: to read it might take for ever. */
gboolean
flatline_memory_may_read (FlatlineMemory *self, guint64 address, gsize length);

G_END_DECLS
