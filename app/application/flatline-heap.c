/* SPDX-License-Identifier: MIT */
/*
 * A snapshot is a hundred thousand small objects, and a text of megabytes when it is written down. What is left when
 * they are freed is pages between objects that stay: malloc keeps those for ever, and the process has what it had at
 * its largest moment.
 *
 * A frame's picture is megabytes that are taken from the end of the heap where it does not fit between what is free.
 * The system has to find a page for each four kilobytes that are written there for the first time, which can take
 * longer than to draw: a worker asks for the pages at the end when the heap has grown, before a frame does.
 */
#include "config.h"

#include "flatline-heap.h"

#include <gdk/gdk.h>

#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* A window of 1440×900 has 5 MB, one of 2560×1600 has 16. */
#define FRAME_BYTES (16 << 20)
#define READY_BYTES (8 << 20) /* at the end of the heap */
#define LOOK_S      5
#define GROWN_BYTES (32 << 20) /* worth the work */

/* What the process has, after it was given back last and when that left the least. */
static gsize bytes_left, least_left;
static gsize least_free; /* of malloc, since it was given back last; 0: never */
static char *ready_end;  /* of the heap, as it was when its pages were asked for last */

typedef struct
{
  char *start;
  char *end;
} Range;

/* What is there stays; older kernels do not know the word. */
static gpointer
make_ready (gpointer data)
{
  g_autofree Range *range = data;
  const gsize page_bytes = sysconf (_SC_PAGESIZE);

  range->start += -(gsize)range->start % page_bytes;
  if (range->start < range->end)
    madvise (range->start, (gsize)(range->end - range->start), MADV_POPULATE_WRITE);
  return NULL;
}

/* What is left undone where no more threads are to be had does no harm. Takes @data. */
static void
begin (const char *name, GThreadFunc function, gpointer data)
{
  GThread *thread = g_thread_try_new (name, function, data, NULL);

  if (thread)
    g_thread_unref (thread);
  else
    g_free (data);
}

static void
keep_ready (void)
{
  char *end = sbrk (0);
  Range range = { MAX (ready_end, end - READY_BYTES), end };

  if (end > ready_end)
    begin ("make-ready", make_ready, g_memdup2 (&range, sizeof range));
  ready_end = end;
}

static gboolean
on_before_paint (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  keep_ready ();
  return TRUE;
}

void
flatline_heap_init (void)
{
  /* Snapshots are made in workers and freed in others: many arenas would each keep the most that it ever held, until it
   * is given back. With very few, workers share that of the main thread, which then sorts a hundred thousand freed
   * blocks when it asks for the picture of a frame. */
  mallopt (M_ARENA_MAX, 8);
  /* Each frame has a picture of what changed: its pages are not to be given back and asked for anew at each. */
  mallopt (M_MMAP_THRESHOLD, FRAME_BYTES);
  mallopt (M_TRIM_THRESHOLD, FRAME_BYTES);
  /* More than is asked for, whenever the heap grows. */
  mallopt (M_TOP_PAD, READY_BYTES);
  ready_end = sbrk (0);
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

/* Whether the system has its pages or not. */
static gsize
count_free_bytes (void)
{
  return mallinfo2 ().fordblks;
}

static void
give_back (void)
{
  gsize left;

  malloc_trim (FRAME_BYTES);
  left = read_own_bytes ();
  g_atomic_pointer_set (&least_left, least_left ? MIN (least_left, left) : left);
  g_atomic_pointer_set (&bytes_left, left);
  least_free = count_free_bytes ();
}

/* What was in use when it was given back last stayed, and nothing tells when it is free: there is more that is free. */
static gboolean
became_free (void)
{
  const gsize bytes = count_free_bytes ();

  if (least_free && bytes > least_free + GROWN_BYTES)
    return TRUE;
  least_free = MIN (least_free, bytes);
  return FALSE;
}

/* In a thread of its own: the system takes milliseconds for a hundred megabytes, malloc one to count what is free. */
static gpointer
tidy (gpointer unused)
{
  static GMutex mutex;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  if (read_own_bytes () > bytes_left + GROWN_BYTES || became_free ())
    give_back ();
  return NULL;
}

static gboolean
look (gpointer unused)
{
  if (read_own_bytes () > (gsize)g_atomic_pointer_get (&least_left) + GROWN_BYTES)
    begin ("tidy-heap", tidy, NULL);
  return G_SOURCE_CONTINUE;
}

void
flatline_heap_watch (void)
{
  keep_ready ();
  g_type_class_unref (g_type_class_ref (GDK_TYPE_FRAME_CLOCK));
  g_signal_add_emission_hook (g_signal_lookup ("before-paint", GDK_TYPE_FRAME_CLOCK), 0, on_before_paint, NULL, NULL);
  g_timeout_add_seconds_full (G_PRIORITY_LOW, LOOK_S, look, NULL, NULL);
}
