/* SPDX-License-Identifier: MIT */
/*
 * A snapshot is a hundred thousand small objects, and a text of megabytes when it is written down. What is left when
 * they are freed is pages between objects that stay: malloc keeps those for ever, and the process has what it had at
 * its largest moment.
 */
#include "config.h"

#include "flatline-heap.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

/* A window of 1440×900 has 5 MB, one of 2560×1600 has 16. */
#define FRAME_BYTES (16 << 20)
#define LOOK_S      5
#define GROWN_BYTES (32 << 20) /* since it was given back last: worth the work */

static gsize bytes_left; /* after it was given back last */

void
flatline_heap_init (void)
{
  /* Snapshots are made in workers and freed in others: many arenas would each keep the most that it ever held. */
  mallopt (M_ARENA_MAX, 2);
  /* Each frame has a picture of what changed: its pages are not to be given back and asked for anew at each. */
  mallopt (M_MMAP_THRESHOLD, FRAME_BYTES);
  mallopt (M_TRIM_THRESHOLD, FRAME_BYTES);
}

/* What the process has in memory that is not of files. */
static gsize
read_own_bytes (void)
{
  FILE *file = fopen ("/proc/self/statm", "re");
  gsize size, resident, shared;
  gboolean ok = file && fscanf (file, "%zu %zu %zu", &size, &resident, &shared) == 3;

  if (file)
    fclose (file);
  return ok ? (resident - shared) * (gsize)sysconf (_SC_PAGESIZE) : 0;
}

/* In a thread of its own: the system takes milliseconds for a hundred megabytes. */
static gpointer
give_back (gpointer unused)
{
  malloc_trim (FRAME_BYTES);
  g_atomic_pointer_set (&bytes_left, read_own_bytes ());
  return NULL;
}

static gboolean
look (gpointer unused)
{
  if (read_own_bytes () > (gsize)g_atomic_pointer_get (&bytes_left) + GROWN_BYTES)
    g_thread_unref (g_thread_new ("give-back", give_back, NULL));
  return G_SOURCE_CONTINUE;
}

void
flatline_heap_watch (void)
{
  g_timeout_add_seconds_full (G_PRIORITY_LOW, LOOK_S, look, NULL, NULL);
}
