/* SPDX-License-Identifier: MIT */
/* A hundred megabytes of small blocks, of which a few stay: their pages go back to the system, without being asked. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flatline-heap.h"

#define N_BLOCKS    100000
#define BLOCK_BYTES 1000
#define STAYS       200 /* one of so many */
#define DEADLINE_S  120

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

static void
test_gives_back (void)
{
  g_autofree char **blocks = g_new (char *, N_BLOCKS);
  const gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  const double before = read_megabytes ();

#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("a sanitizer has a heap of its own");
  return;
#endif
  for (guint i = 0; i < N_BLOCKS; i++)
    blocks[i] = memset (g_malloc (BLOCK_BYTES), 1, BLOCK_BYTES);
  for (guint i = 0; i < N_BLOCKS; i++)
    if (i % STAYS != 0)
      g_clear_pointer (&blocks[i], g_free);
  g_assert_cmpfloat (read_megabytes (), >, before + 80);

  flatline_heap_watch ();
  g_timeout_add (100, wake, NULL);
  while (read_megabytes () > before + 50 && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (read_megabytes (), <=, before + 50);
  for (guint i = 0; i < N_BLOCKS; i += STAYS)
    g_free (blocks[i]);
}

int
main (int argc, char **argv)
{
  flatline_heap_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap/gives-back", test_gives_back);
  return g_test_run ();
}
