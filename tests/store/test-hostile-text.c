/* SPDX-License-Identifier: MIT */
/*
 * Texts that a program may come to hold, in every column there is and in every field that is searched: kept to the byte
 * (what is no UTF-8 is made so), or refused with a line that says why. Never something else, never a broken store.
 */
#include "store-fixture.h"

#include <string.h>

#define LONGEST_NAME 190 /* characters, on a server, of what is indexed */

static const char *const texts[] = {
  "",
  " ",
  "'",
  "\"",
  "`",
  "\\",
  "\\'",
  "''",
  "%",
  "_",
  "!",
  "%s%n",
  "?1",
  ":a",
  "@a",
  "{ignore}",
  "$1",
  "#",
  "-- ",
  "/*",
  "*/",
  "'; DROP TABLE beat; --",
  "' OR '1'='1",
  "x' UNION SELECT 1 --",
  "1; DELETE FROM freeze",
  "\\'; DROP TABLE run; -- ",
  "NULL",
  "0",
  "-1",
  "1e999",
  "a\nb\r\tc",
  "\x01\x1b[31m",
  "\x1f",
  "\x7f",
  "\xc2\x80",
  "\xe2\x80\xae",
  "\xef\xbb\xbf",
  "\xef\xbf\xbf",
  "\xf0\x9f\x98\x80\xf0\x9d\x95\x8f",
  "e\xcc\x81",
  "\xe1\xba\x9e\xc3\x9f\xc4\xb0",
  "\xff\xfe",
  "\xc3",
  "\xed\xa0\x80",
  "\xc0\x80",
  "\xf4\x90\x80\x80",
  "trailing ",
  "trailing\t",
  "\xef\xbc\x87",
};

static GPtrArray *
list_texts (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (list, g_strdup (texts[i]));
  g_ptr_array_add (list, g_strnfill (LONGEST_NAME, 'n'));
  g_ptr_array_add (list, g_strnfill (LONGEST_NAME + 1, 'n'));
  g_ptr_array_add (list, g_strnfill (1024 * 1024, 'x'));
  return list;
}

/* Every text of a record but for what ties records together. */
static void
set_all_texts (gpointer record, const char *text)
{
  guint n;
  g_autofree GParamSpec **properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (record), &n);

  for (guint i = 0; i < n; i++)
    if (G_PARAM_SPEC_VALUE_TYPE (properties[i]) == G_TYPE_STRING && strcmp (properties[i]->name, "uid") != 0
        && strcmp (properties[i]->name, "heart") != 0)
      g_object_set (record, properties[i]->name, text, NULL);
}

/* To MariaDB names that differ in blanks at their end are one name: the first of them that came. */
static char *
dup_name (const char *text, gboolean is_server)
{
  char *name = g_utf8_make_valid (text, -1);

  if (is_server)
    for (char *end = name + strlen (name); end > name && end[-1] == ' '; end--)
      end[-1] = '\0';
  return name;
}

/* What comes out is what went in, but for the names of numbers, bytes that are no text, and a long signature's hash. */
static void
assert_kept (gpointer expected, gpointer found, gboolean is_server)
{
  guint n;
  g_autofree GParamSpec **properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (expected), &n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *a = NULL;
      g_autofree char *b = NULL;
      g_autofree char *valid = NULL;

      if (G_PARAM_SPEC_VALUE_TYPE (properties[i]) != G_TYPE_STRING || strcmp (properties[i]->name, "heart") == 0)
        continue;
      g_object_get (expected, properties[i]->name, &a, NULL);
      g_object_get (found, properties[i]->name, &b, NULL);
      valid = a ? g_utf8_make_valid (a, -1) : NULL;
      if (strcmp (properties[i]->name, "signature") == 0 && g_utf8_strlen (valid, -1) > LONGEST_NAME)
        {
          g_free (valid);
          valid = g_compute_checksum_for_string (G_CHECKSUM_SHA256, a, -1);
        }
      if (strcmp (properties[i]->name, "host") == 0)
        {
          g_autofree char *expected_name = dup_name (valid, is_server);
          g_autofree char *name = dup_name (b, is_server);

          g_assert_cmpstr (name, ==, expected_name);
        }
      else
        g_assert_cmpstr (b, ==, valid);
    }
}

static gpointer
find_by_uid (GPtrArray *records, const char *uid)
{
  for (guint i = 0; i < records->len; i++)
    {
      g_autofree char *own = NULL;

      g_object_get (records->pdata[i], "uid", &own, NULL);
      if (g_strcmp0 (own, uid) == 0)
        return records->pdata[i];
    }
  return NULL;
}

typedef struct
{
  GPtrArray *texts, *runs, *freezes, *beats;
  GPtrArray *lines;
} Kept;

static void
keep_all (StoreFixture *fixture, Kept *kept)
{
  *kept = (Kept){ list_texts (), NULL, NULL, NULL, NULL };
  kept->runs = g_ptr_array_new_with_free_func (g_object_unref);
  kept->freezes = g_ptr_array_new_with_free_func (g_object_unref);
  kept->beats = g_ptr_array_new_with_free_func (g_object_unref);
  kept->lines = g_ptr_array_new_with_free_func (g_free);
  store_fixture_collect_troubles (fixture->store, kept->lines);
  for (guint i = 0; i < kept->texts->len; i++)
    {
      FlatlineRun *run = store_fixture_make_run ("run");
      FlatlineFreeze *freeze = store_fixture_make_freeze ("unknown", "", 1000 - i);
      FlatlineBeat *beat = store_fixture_make_beat (g_get_real_time (), "", "");

      set_all_texts (run, kept->texts->pdata[i]);
      set_all_texts (freeze, kept->texts->pdata[i]);
      set_all_texts (beat, kept->texts->pdata[i]);
      /* Without a lane that is a word it is the program's own. */
      if ((guchar)*beat->lane <= ' ')
        g_object_set (beat, "lane", "program", NULL);
      flatline_store_add_run (fixture->store, run);
      flatline_store_end_run (fixture->store, run);
      flatline_store_add_freeze (fixture->store, run->uid, freeze, NULL);
      flatline_store_add_beat (fixture->store, run->uid, beat);
      g_ptr_array_add (kept->runs, run);
      g_ptr_array_add (kept->freezes, freeze);
      g_ptr_array_add (kept->beats, beat);
    }
  store_fixture_flush (fixture->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
kept_clear (Kept *kept)
{
  g_ptr_array_unref (kept->texts);
  g_ptr_array_unref (kept->runs);
  g_ptr_array_unref (kept->freezes);
  g_ptr_array_unref (kept->beats);
  g_ptr_array_unref (kept->lines);
}

static void
assert_all_there (StoreFixture *fixture, Kept *kept)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs =
      flatline_store_list_runs (fixture->store, &(FlatlineStoreFilter){ .limit = 1000 }, &error);
  g_autoptr (GPtrArray) freezes = store_fixture_list_freezes (fixture->store, &(FlatlineStoreFilter){ .limit = 1000 });
  const gboolean is_server = store_fixture_is_server (fixture);

  g_assert_no_error (error);
  for (guint i = 0; i < kept->texts->len; i++)
    {
      const gboolean too_long =
          store_fixture_is_server (fixture) && g_utf8_strlen (kept->texts->pdata[i], -1) > LONGEST_NAME;
      FlatlineRun *run = find_by_uid (runs, ((FlatlineRun *)kept->runs->pdata[i])->uid);
      FlatlineFreeze *freeze = find_by_uid (freezes, ((FlatlineFreeze *)kept->freezes->pdata[i])->uid);
      g_autoptr (GPtrArray) beats =
          store_fixture_list_beats (fixture->store, ((FlatlineRun *)kept->runs->pdata[i])->uid, 0, 0, 0);

      g_assert_true (too_long == !run);
      g_assert_true (too_long == !freeze);
      g_assert_cmpuint (beats->len, ==, too_long ? 0 : 1);
      if (too_long)
        continue;
      assert_kept (kept->runs->pdata[i], run, is_server);
      assert_kept (kept->freezes->pdata[i], freeze, is_server);
      assert_kept (kept->beats->pdata[i], beats->pdata[0], is_server);
    }
}

static gboolean
contains (const char *text, const char *part)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return strstr (valid, part) != NULL;
}

/* Whatever is asked for, what has it is found, and nothing else happens. */
static void
assert_found (StoreFixture *fixture, Kept *kept, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  FlatlineStoreFilter by_text = { .limit = 1000, .text = text }, by_kind = { .limit = 1000, .kind = text };
  FlatlineStoreFilter by_host = { .limit = 1000, .host = text }, by_signature = { .limit = 1000, .signature = text };
  const FlatlineStoreFilter *const filters[] = { &by_text, &by_kind, &by_host, &by_signature };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autoptr (GPtrArray) found = store_fixture_list_freezes (fixture->store, filters[i]);
      g_autoptr (GPtrArray) groups = flatline_store_list_groups (fixture->store, filters[i], &error);
      g_autoptr (GPtrArray) runs = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (groups);
      runs = flatline_store_list_runs (fixture->store, filters[i], &error);
      g_assert_no_error (error);
      for (guint k = 0; k < kept->texts->len; k++)
        {
          const char *other = kept->texts->pdata[k];
          const FlatlineFreeze *freeze = kept->freezes->pdata[k];
          const gboolean refused = store_fixture_is_server (fixture) && g_utf8_strlen (other, -1) > LONGEST_NAME;
          g_autofree char *other_name = dup_name (other, store_fixture_is_server (fixture));
          g_autofree char *name = dup_name (text, store_fixture_is_server (fixture));

          if (refused)
            continue;
          if (i == 0 && contains (other, valid))
            g_assert_nonnull (find_by_uid (found, freeze->uid));
          if (i > 0)
            g_assert_true ((find_by_uid (found, freeze->uid) != NULL) == (strcmp (other_name, name) == 0));
        }
    }
}

static void
test_columns (StoreFixture *fixture)
{
  Kept kept;

  keep_all (fixture, &kept);
  if (store_fixture_is_server (fixture))
    {
      g_assert_cmpuint (kept.lines->len, >, 0);
      for (guint i = 0; i < kept.lines->len; i++)
        {
          g_assert_nonnull (strstr (kept.lines->pdata[i], "not kept"));
          g_assert_cmpuint (strlen (kept.lines->pdata[i]), <, 1000);
        }
    }
  else
    g_assert_cmpuint (kept.lines->len, ==, 0);
  assert_all_there (fixture, &kept);
  kept_clear (&kept);
}

static void
test_search (StoreFixture *fixture)
{
  Kept kept;

  keep_all (fixture, &kept);
  for (guint i = 0; i < kept.texts->len; i++)
    assert_found (fixture, &kept, kept.texts->pdata[i]);
  assert_all_there (fixture, &kept);
  kept_clear (&kept);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("columns", test_columns);
  store_fixture_add_test ("search", test_search);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
