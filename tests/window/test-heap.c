/* SPDX-License-Identifier: MIT */
/* More than a hundred megabytes of small blocks, of which a few stay: their pages go back to the system, without being
 * asked, whenever they became free. And what the next picture of a frame takes is there before. */
#include <gio/gio.h>

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "flatline-heap.h"

#define N_BLOCKS    130000
#define BLOCK_BYTES 1000
#define STAYS       200 /* one of so many */
#define N_GROWS     6
#define GROW_BLOCKS 40000 /* more than is worth to be given back */
#define DEADLINE_S  120

#define PICTURE_BYTES (5 << 20)

static double
read_megabytes (void)
{
  FILE *file = fopen ("/proc/self/statm", "re");
  long size, resident = 0;

  g_assert_nonnull (file);
  g_assert_cmpint (fscanf (file, "%ld %ld", &size, &resident), ==, 2);
  fclose (file);
  return (double)resident * (double)sysconf (_SC_PAGESIZE) / (1 << 20);
}

static gboolean
wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static guint n_trims;

/* In the place of the C library's. */
int
malloc_trim (size_t pad)
{
  int (*next) (size_t pad) = (int (*) (size_t pad))dlsym (RTLD_NEXT, "malloc_trim");
  int result = next (pad);

  g_atomic_int_inc (&n_trims);
  return result;
}

static void
fill (char **blocks, guint n)
{
  for (guint i = 0; i < n; i++)
    blocks[i] = memset (g_malloc (BLOCK_BYTES), 1, BLOCK_BYTES);
}

static void
free_most (char **blocks, guint n)
{
  for (guint i = 0; i < n; i++)
    if (i % STAYS != 0)
      g_clear_pointer (&blocks[i], g_free);
}

static void
free_rest (char **blocks, guint n)
{
  for (guint i = 0; i < n; i += STAYS)
    g_free (blocks[i]);
}

static void
wait_for_less (double megabytes)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  while (read_megabytes () > megabytes && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (read_megabytes (), <=, megabytes);
}

static void
test_gives_back (void)
{
  g_autofree char **blocks = g_new (char *, N_BLOCKS);
  const double before = read_megabytes ();

#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer has a heap of its own");
  return;
#endif
  fill (blocks, N_BLOCKS);
  free_most (blocks, N_BLOCKS);
  g_assert_cmpfloat (read_megabytes (), >, before + 80);
  wait_for_less (before + 50);
  free_rest (blocks, N_BLOCKS);
}

/* As snapshots that are read one after the other: each time it is all in use when somebody looks, and it is free when
 * it was in vain so often that nobody would try again for long. */
static void
test_gives_back_what_was_in_use (void)
{
  char **blocks[N_GROWS];
  const double before = read_megabytes ();

#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer has a heap of its own");
  return;
#endif
  for (guint i = 0; i < N_GROWS; i++)
    {
      const guint n_before = g_atomic_int_get (&n_trims);

      blocks[i] = g_new (char *, N_BLOCKS);
      fill (blocks[i], GROW_BLOCKS);
      while (g_atomic_int_get (&n_trims) == n_before)
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpfloat (read_megabytes (), >, before + 100);
  for (guint i = 0; i < N_GROWS; i++)
    free_most (blocks[i], GROW_BLOCKS);
  wait_for_less (before + 50);
  for (guint i = 0; i < N_GROWS; i++)
    {
      free_rest (blocks[i], GROW_BLOCKS);
      g_free (blocks[i]);
    }
}

static long
count_faults (void)
{
  struct rusage usage;

  getrusage (RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

static gboolean
is_ready (char *end, gsize n_bytes)
{
  const gsize page_bytes = sysconf (_SC_PAGESIZE);
  char *start = end - n_bytes - (gsize)(end - n_bytes) % page_bytes;
  g_autofree unsigned char *pages = g_malloc0 (n_bytes / page_bytes + 1);

  if (mincore (start, n_bytes, pages) != 0)
    return FALSE;
  for (gsize i = 0; i < n_bytes / page_bytes; i++)
    if (!(pages[i] & 1))
      return FALSE;
  return TRUE;
}

/* Where the heap has grown, the picture of a frame finds its pages. */
static void
test_ready_for_frames (void)
{
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  g_autofree char *grown = NULL, *picture = NULL;
  char *end;
  long n_faults;

#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer has a heap of its own");
  return;
#endif
  if (madvise (NULL, 0, MADV_POPULATE_WRITE) != 0)
    {
      g_test_skip ("the kernel is too old to be asked for pages");
      return;
    }
  grown = memset (g_malloc (12 << 20), 1, 12 << 20);
  end = sbrk (0);
  g_assert_true (grown < end);
  flatline_heap_watch ();
  while (!is_ready (end, PICTURE_BYTES) && g_get_monotonic_time () < deadline_us)
    g_usleep (1000);
  n_faults = count_faults ();
  picture = memset (g_malloc (PICTURE_BYTES), 1, PICTURE_BYTES);
  g_assert_cmpint (count_faults () - n_faults, <, 100);
}

int
main (int argc, char **argv)
{
  flatline_heap_init ();
  g_test_init (&argc, &argv, NULL);
  g_timeout_add (100, wake, NULL);
  g_test_add_func ("/heap/ready-for-frames", test_ready_for_frames);
  g_test_add_func ("/heap/gives-back", test_gives_back);
  g_test_add_func ("/heap/gives-back-what-was-in-use", test_gives_back_what_was_in_use);
  return g_test_run ();
}
