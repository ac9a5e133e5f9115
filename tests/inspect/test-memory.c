/* SPDX-License-Identifier: MIT */
/*
 * Whether a first reading of a running program is believed once its pages were copied: of this process itself, whose
 * memory the test changes between the two as a program might.
 */
#include "flatline-elf-image.h"
#include "flatline-memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES    4096
#define MANY_PAGES    200 /* more than are asked for again */
#define MANY_MAPPINGS 100000
#define FAR_PAGES     4000  /* so far apart that many have the same place in the table */
#define TOO_MANY      70000 /* pages; some go for others to come */
#define MEMORY_BYTES  (gsize) (MANY_PAGES * PAGE_BYTES)

typedef struct
{
  FlatlineMemory *memory;
  guint8 *page;    /* that can be read */
  guint8 *nowhere; /* that cannot, as if nothing were there */
} Fixture;

static guint8 *
map (int protection)
{
  guint8 *pages = mmap (NULL, MEMORY_BYTES, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (pages != MAP_FAILED);
  return pages;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->memory = flatline_memory_new_for_process (getpid ());
  fixture->page = map (PROT_READ | PROT_WRITE);
  fixture->nowhere = map (PROT_NONE);
  fixture->page[0] = 1;
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  flatline_memory_free (fixture->memory);
  munmap (fixture->page, MEMORY_BYTES);
  munmap (fixture->nowhere, MEMORY_BYTES);
}

static gboolean
can_read (Fixture *fixture, const guint8 *at)
{
  guint64 word;

  return flatline_memory_read_u64 (fixture->memory, GPOINTER_TO_SIZE (at), &word);
}

/* As a pause copies what the first reading took. */
static gboolean
is_believed (Fixture *fixture)
{
  flatline_memory_prepare_refresh (fixture->memory);
  flatline_memory_refresh (fixture->memory, FLATLINE_REFRESH_ALL);
  return flatline_memory_is_as_before (fixture->memory);
}

static void
test_same (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (can_read (fixture, fixture->page));
  g_assert_true (is_believed (fixture));
}

static void
test_changed (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (can_read (fixture, fixture->page));
  fixture->page[PAGE_BYTES - 1] = 7;
  g_assert_false (is_believed (fixture));
}

/* Numbers that only look like pointers are followed: where nothing was and nothing is, nothing has changed. */
static void
test_nowhere (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (can_read (fixture, fixture->page));
  g_assert_false (can_read (fixture, fixture->nowhere));
  g_assert_false (can_read (fixture, fixture->nowhere + PAGE_BYTES));
  g_assert_true (is_believed (fixture));
}

static void
test_come_into_being (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (can_read (fixture, fixture->page));
  g_assert_false (can_read (fixture, fixture->nowhere));
  g_assert_cmpint (mprotect (fixture->nowhere, PAGE_BYTES, PROT_READ), ==, 0);
  g_assert_false (is_believed (fixture));
}

/* What an earlier reading met is forgotten with its pages. */
static void
test_begin_again (Fixture *fixture, gconstpointer unused)
{
  g_assert_false (can_read (fixture, fixture->nowhere));
  flatline_memory_drop_pages (fixture->memory);
  g_assert_cmpint (mprotect (fixture->nowhere, PAGE_BYTES, PROT_READ), ==, 0);
  g_assert_true (can_read (fixture, fixture->page));
  g_assert_true (is_believed (fixture));
}

/* So many are asked for again only up to a limit, since the program is held meanwhile. */
static void
test_many_nowhere (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (can_read (fixture, fixture->page));
  for (guint i = 0; i < MANY_PAGES; i++)
    g_assert_false (can_read (fixture, fixture->nowhere + i * PAGE_BYTES));
  g_assert_false (is_believed (fixture));
}

/* A number may begin on one page and end on the next. */
static void
test_expected (Fixture *fixture, gconstpointer unused)
{
  guint64 addresses[3], word;

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      addresses[i] = GPOINTER_TO_SIZE (fixture->page + 2 * i * PAGE_BYTES);
      fixture->page[2 * i * PAGE_BYTES] = 1;
    }
  flatline_memory_expect (fixture->memory, addresses, G_N_ELEMENTS (addresses));
  memset (fixture->page, 2, MEMORY_BYTES);
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_assert_true (flatline_memory_read_u64 (fixture->memory, addresses[i], &word));
      g_assert_cmpuint (word, ==, 1);
    }
}

static void
test_expected_nowhere (Fixture *fixture, gconstpointer unused)
{
  const guint64 addresses[] = { GPOINTER_TO_SIZE (fixture->nowhere), 0, GPOINTER_TO_SIZE (fixture->page),
                                GPOINTER_TO_SIZE (fixture->nowhere + PAGE_BYTES) };

  flatline_memory_expect (fixture->memory, addresses, G_N_ELEMENTS (addresses));
  g_assert_false (can_read (fixture, fixture->nowhere));
  g_assert_true (can_read (fixture, fixture->page));
  g_assert_true (is_believed (fixture));
}

static void
test_between_pages (Fixture *fixture, gconstpointer unused)
{
  guint64 word;
  guint8 room[8];
  const guint8 *view;

  for (guint i = 0; i < sizeof word; i++)
    fixture->page[PAGE_BYTES - 3 + i] = (guint8)i;
  view = flatline_memory_view (fixture->memory, GPOINTER_TO_SIZE (fixture->page + PAGE_BYTES - 3), sizeof room, room);
  g_assert_true (view == room && memcmp (view, fixture->page + PAGE_BYTES - 3, sizeof room) == 0);
  view = flatline_memory_view (fixture->memory, GPOINTER_TO_SIZE (fixture->page + PAGE_BYTES - 8), sizeof room, room);
  g_assert_true (view && view != room && memcmp (view, fixture->page + PAGE_BYTES - 8, sizeof room) == 0);
  g_assert_true (flatline_memory_read_u64 (fixture->memory, GPOINTER_TO_SIZE (fixture->page + PAGE_BYTES - 3), &word));
  g_assert_cmphex (GUINT64_FROM_LE (word), ==, G_GUINT64_CONSTANT (0x0706050403020100));
  g_assert_cmpint (mprotect (fixture->page + PAGE_BYTES, PAGE_BYTES, PROT_NONE), ==, 0);
  flatline_memory_drop_pages (fixture->memory);
  g_assert_false (flatline_memory_read_u64 (fixture->memory, GPOINTER_TO_SIZE (fixture->page + PAGE_BYTES - 3), &word));
  g_assert_cmphex (word, ==, 0);
  g_assert_null (
      flatline_memory_view (fixture->memory, GPOINTER_TO_SIZE (fixture->page + PAGE_BYTES - 3), sizeof room, room));
}

static gboolean
read_number (gpointer source, guint64 address, void *buffer, gsize length)
{
  guint *n_reads = source;

  (*n_reads)++;
  for (gsize i = 0; i < length / sizeof address; i++)
    ((guint64 *)buffer)[i] = address;
  return TRUE;
}

static void
read_far_pages (FlatlineMemory *memory, guint n, guint64 first, guint64 step)
{
  for (guint i = 0; i < n; i++)
    {
      const guint64 which = (first + i * step) % n + 1;
      const guint64 address = which * which * which * 331 * PAGE_BYTES;
      guint64 word;

      g_assert_true (flatline_memory_read_u64 (memory, address, &word));
      g_assert_cmphex (word, ==, address);
    }
}

/* A page is found again wherever others lie that were put beside it, those of earlier looks too. */
static void
test_each_once (void)
{
  guint n_reads = 0;
  FlatlineMemory *memory = flatline_memory_new (read_number, &n_reads, NULL);

  read_far_pages (memory, FAR_PAGES, 0, 1);
  read_far_pages (memory, FAR_PAGES, 17, 3);
  g_assert_cmpuint (n_reads, ==, FAR_PAGES);
  flatline_memory_drop_pages (memory);
  read_far_pages (memory, FAR_PAGES, 5, 7);
  read_far_pages (memory, FAR_PAGES, 0, 1);
  g_assert_cmpuint (n_reads, ==, 2 * FAR_PAGES);
  flatline_memory_free (memory);
}

/* All are read right, and room is made for those to come. */
static void
test_too_many (void)
{
  guint n_reads = 0;
  FlatlineMemory *memory = flatline_memory_new (read_number, &n_reads, NULL);

  read_far_pages (memory, TOO_MANY, 0, 1);
  g_assert_cmpuint (n_reads, ==, TOO_MANY);
  g_assert_false (flatline_memory_is_as_before (memory));
  read_far_pages (memory, TOO_MANY, 0, 1);
  g_assert_cmpuint (n_reads, >, TOO_MANY);
  flatline_memory_free (memory);
}

/* Of a program with many mappings those of its libraries come last. */
static void
test_many_mappings (void)
{
  g_autoptr (GString) text = g_string_new ("no such line\n");
  g_autoptr (GPtrArray) mappings = NULL;
  FlatlineMapping *last;
  guint index;

  for (guint64 i = 1; i <= MANY_MAPPINGS; i++)
    g_string_append_printf (text, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x rw-p 00000000 00:00 0 \n", i << 16,
                            (i << 16) + PAGE_BYTES);
  g_string_append (text,
                   "7f0000000000-7f0000002000 r-xp 00001000 fe:01 42                         /usr/lib/a b (deleted)\n");
  mappings = flatline_mappings_parse (text->str);
  g_assert_cmpuint (mappings->len, ==, MANY_MAPPINGS + 1);
  g_assert_true (flatline_mappings_find (mappings, G_GUINT64_CONSTANT (0x7f0000001fff), &index));
  g_assert_cmpuint (index, ==, MANY_MAPPINGS);
  last = g_ptr_array_index (mappings, index);
  g_assert_cmpstr (last->path, ==, "/usr/lib/a b (deleted)");
  g_assert_cmphex (last->offset, ==, 0x1000);
  g_assert_true (last->executable && !last->writable);
  last = g_ptr_array_index (mappings, 0);
  g_assert_cmpstr (last->path, ==, "");
  g_assert_cmphex (last->start, ==, 0x10000);
  g_assert_cmphex (last->end, ==, 0x10000 + PAGE_BYTES);
  g_assert_true (last->writable && !last->executable);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/inspect/memory/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add ("/inspect/memory/changed", Fixture, NULL, set_up, test_changed, tear_down);
  g_test_add ("/inspect/memory/nowhere", Fixture, NULL, set_up, test_nowhere, tear_down);
  g_test_add ("/inspect/memory/come-into-being", Fixture, NULL, set_up, test_come_into_being, tear_down);
  g_test_add ("/inspect/memory/begin-again", Fixture, NULL, set_up, test_begin_again, tear_down);
  g_test_add ("/inspect/memory/many-nowhere", Fixture, NULL, set_up, test_many_nowhere, tear_down);
  g_test_add ("/inspect/memory/expected", Fixture, NULL, set_up, test_expected, tear_down);
  g_test_add ("/inspect/memory/expected-nowhere", Fixture, NULL, set_up, test_expected_nowhere, tear_down);
  g_test_add ("/inspect/memory/between-pages", Fixture, NULL, set_up, test_between_pages, tear_down);
  g_test_add_func ("/inspect/memory/each-once", test_each_once);
  g_test_add_func ("/inspect/memory/too-many", test_too_many);
  g_test_add_func ("/inspect/memory/many-mappings", test_many_mappings);
  return g_test_run ();
}
