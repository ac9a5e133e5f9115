/* SPDX-License-Identifier: MIT */
/*
 * A store's file in which rows hold what no store of ours writes: values of another kind, bytes that are no text, no
 * value where there has to be one, documents that are spoiled. All that can be asked of it is answered or refused,
 * what comes can be shown, and new rows are kept. ./test --fuzz SECONDS store/hostile-rows goes on with it for so long;
 * FLATLINE_TEST_SEED tries one.
 */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define LEAST_ROUNDS 20
#define DAY_US       (24 * 3600 * (gint64)G_USEC_PER_SEC)

static const char *const tables[] = { "host",        "run",       "beat",    "beat_rate",       "freeze",
                                      "snapshot",    "exception", "source",  "snapshot_source", "freeze_group",
                                      "freeze_part", "freeze",    "snapshot" };

static void
write_rows (FlatlineStore *store)
{
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);

  store_fixture_add_beats (store, run, 0, 50);
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze (i % 2 ? "deadlock" : "exception", "why", i * 3600);
      g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot (i % 3 ? "a\n" : "b\n");

      flatline_store_add_freeze (store, run->uid, freeze, snapshot);
    }
  store_fixture_flush (store);
}

static sqlite3 *
open_file (StoreFixture *fixture)
{
  sqlite3 *file = NULL;

  g_assert_cmpint (sqlite3_open (fixture->file, &file), ==, SQLITE_OK);
  return file;
}

static void
run_sql (sqlite3 *file, const char *sql)
{
  char *message = NULL;

  if (sqlite3_exec (file, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

/* Whoever writes a file may leave out what its tables promise. */
static void
take_promises_back (StoreFixture *fixture)
{
  sqlite3 *file = open_file (fixture);

  run_sql (file, "PRAGMA writable_schema = ON;"
                 "UPDATE sqlite_master SET sql = replace (sql, ' NOT NULL', '') WHERE type = 'table' AND sql NOT LIKE "
                 "'%WITHOUT ROWID%'");
  sqlite3_close (file);
}

static char *
dup_random_column (sqlite3 *file, GRand *random, const char *table)
{
  g_autofree char *sql = g_strdup_printf ("SELECT name FROM pragma_table_info ('%s')", table);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_prepare_v2 (file, sql, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_ptr_array_add (names, g_strdup ((const char *)sqlite3_column_text (statement, 0)));
  sqlite3_finalize (statement);
  return g_strdup (names->pdata[g_rand_int_range (random, 0, (gint32)names->len)]);
}

static void
bind_nonsense (sqlite3_stmt *statement, GRand *random)
{
  static const gint64 numbers[] = { 0, -1, 1, G_MAXINT64, G_MININT64, G_MAXINT32, G_MAXUINT32, 1000000 };
  static const char *const texts[] = { "", "x", "\xff\xfe", "\xc3", "%s%n", "\x1b]0;x\x07", "-1", "\xe2\x80\xae" };
  guint8 bytes[200];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)g_rand_int (random);
  switch (g_rand_int_range (random, 0, 6))
    {
    case 0:
      sqlite3_bind_null (statement, 1);
      break;
    case 1:
      sqlite3_bind_int64 (statement, 1, numbers[g_rand_int_range (random, 0, G_N_ELEMENTS (numbers))]);
      break;
    case 2:
      sqlite3_bind_double (statement, 1, g_rand_boolean (random) ? 1e308 : -0.5);
      break;
    case 3:
      sqlite3_bind_text (statement, 1, texts[g_rand_int_range (random, 0, G_N_ELEMENTS (texts))], -1, SQLITE_STATIC);
      break;
    case 4:
      sqlite3_bind_text (statement, 1, (const char *)bytes, g_rand_int_range (random, 0, sizeof bytes),
                         SQLITE_TRANSIENT);
      break;
    default:
      sqlite3_bind_blob (statement, 1, bytes, g_rand_int_range (random, 0, sizeof bytes), SQLITE_TRANSIENT);
      break;
    }
}

/* One column of some rows. What the file itself does not take stays as it is. */
static void
spoil_column (sqlite3 *file, GRand *random)
{
  const char *table = tables[g_rand_int_range (random, 0, G_N_ELEMENTS (tables))];
  g_autofree char *column = dup_random_column (file, random, table);
  const gint32 nth = g_rand_int_range (random, 1, 5), at = g_rand_int_range (random, 0, nth);
  g_autofree char *sql = g_strdup_printf (
      "UPDATE OR IGNORE \"%s\" SET \"%s\" = ? WHERE (SELECT COUNT(*) FROM host) + abs (length (%s)) %% %d = %d", table,
      column, column, nth, at);
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_prepare_v2 (file, sql, -1, &statement, NULL), ==, SQLITE_OK);
  bind_nonsense (statement, random);
  sqlite3_step (statement);
  sqlite3_finalize (statement);
}

/* A piece of a document of a snapshot becomes another. */
static void
spoil_document (sqlite3 *file, GRand *random)
{
  g_autofree char *sql = g_strdup_printf (
      "UPDATE snapshot SET document = CAST (substr (document, 1, %d) || zeroblob (%d) || substr (document, %d) AS BLOB)"
      " WHERE freeze %% 2 = %d",
      g_rand_int_range (random, 0, 300), g_rand_int_range (random, 0, 9), g_rand_int_range (random, 0, 400),
      g_rand_int_range (random, 0, 2));

  run_sql (file, sql);
}

/* --- all that can be asked --- */

static void
check_records (GPtrArray *records, const GError *error)
{
  if (!records)
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      g_autofree char *json = flatline_record_to_json_string (records->pdata[i], FALSE);

      g_assert_true (g_utf8_validate (json, -1, NULL));
    }
}

#define CHECK(question)                                                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GError) error = NULL;                                                                                   \
    g_autoptr (GPtrArray) records = question;                                                                          \
    check_records (records, error);                                                                                    \
  }                                                                                                                    \
  G_STMT_END

static void
ask_of_run (FlatlineStore *store, const FlatlineRun *run)
{
  const gint64 now_us = g_get_real_time ();

  CHECK (flatline_store_list_beats (store, run->id, run->uid, 0, 0, 1000, &error));
  if (!run->uid)
    return;
  CHECK (flatline_store_list_beat_marks (store, run->uid, now_us - DAY_US, now_us, 100, &error));
  CHECK (flatline_store_list_beat_rates (store, run->uid, 0, G_MAXINT64, &error));
}

static void
ask_all (FlatlineStore *store)
{
  static const FlatlineStoreFilter all = { .limit = 1000 }, oldest = { .order = FLATLINE_STORE_ORDER_OLDEST };
  static const FlatlineStoreFilter frequent = { .order = FLATLINE_STORE_ORDER_MOST_FREQUENT };
  static const FlatlineStoreFilter some = { .text = "why", .kind = "deadlock", .to_us = G_MAXINT64 };
  static const FlatlineStoreFilter *const filters[] = { &all, &oldest, &frequent, &some };
  g_autoptr (GPtrArray) hosts = flatline_store_list_hosts (store, NULL);
  g_autoptr (GPtrArray) runs = flatline_store_list_runs (store, &all, NULL);
  g_autoptr (GPtrArray) freezes = flatline_store_list_freezes (store, &all, NULL);

  for (guint i = 0; hosts && i < hosts->len; i++)
    g_assert_true (!hosts->pdata[i] || g_utf8_validate (hosts->pdata[i], -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      CHECK (flatline_store_list_runs (store, filters[i], &error));
      CHECK (flatline_store_list_freezes (store, filters[i], &error));
      CHECK (flatline_store_list_groups (store, filters[i], &error));
    }
  for (guint i = 0; runs && i < runs->len; i++)
    ask_of_run (store, runs->pdata[i]);
  for (guint i = 0; freezes && i < freezes->len; i++)
    {
      const FlatlineFreeze *freeze = freezes->pdata[i];
      g_autoptr (GError) refused = NULL;
      g_autoptr (FlatlineSnapshot) snapshot = flatline_store_load_snapshot (store, freeze->id, &refused);
      g_autofree char *json = snapshot ? flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE) : NULL;

      g_assert_true (!snapshot == !!refused);
      g_assert_true (!json || g_utf8_validate (json, -1, NULL));
      if (i == 0)
        flatline_store_delete_freeze (store, freeze->id, NULL);
    }
}

/* What is written now is kept, whatever else is in the file. */
static void
check_usable (FlatlineStore *store)
{
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "again", 0);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("c\n");
  g_autoptr (FlatlineSnapshot) found = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GPtrArray) beats = NULL;

  store_fixture_add_beats (store, run, 0, 3);
  flatline_store_add_freeze (store, run->uid, freeze, snapshot);
  store_fixture_flush (store);
  beats = store_fixture_list_beats (store, run->uid, 0, 0, 0);
  /* Those of a run whose number was changed may come with them. */
  g_assert_cmpuint (beats->len, >=, 3);
  freezes = store_fixture_list_freezes (store, &(FlatlineStoreFilter){ .text = "again" });
  g_assert_cmpuint (freezes->len, ==, 1);
  found = flatline_store_load_snapshot (store, ((FlatlineFreeze *)freezes->pdata[0])->id, NULL);
  g_assert_nonnull (found);
}

static void
try_seed (StoreFixture *fixture, guint32 seed)
{
  static const FlatlineRetention retention = { .freeze_age_us = DAY_US, .beat_age_us = DAY_US };
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  sqlite3 *file;

  g_test_message ("seed %u", seed);
  write_rows (fixture->store);
  g_clear_object (&fixture->store);
  if (g_rand_boolean (random))
    take_promises_back (fixture);
  file = open_file (fixture);
  for (int n = g_rand_int_range (random, 1, 8); n > 0; n--)
    if (g_rand_int_range (random, 0, 5) == 0)
      spoil_document (file, random);
    else
      spoil_column (file, random);
  sqlite3_close (file);
  fixture->store = store_fixture_open_again (fixture);
  ask_all (fixture->store);
  flatline_store_prune (fixture->store, &retention, NULL, NULL);
  check_usable (fixture->store);
}

static void
empty (StoreFixture *fixture)
{
  g_autofree char *log = g_strconcat (fixture->file, "-wal", NULL);
  g_autofree char *index = g_strconcat (fixture->file, "-shm", NULL);

  g_clear_object (&fixture->store);
  g_unlink (fixture->file);
  g_unlink (log);
  g_unlink (index);
  fixture->store = store_fixture_open_again (fixture);
}

static void
test_nonsense (StoreFixture *fixture)
{
  const char *one = g_getenv ("FLATLINE_TEST_SEED");
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const gint64 end_us = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  guint32 seed = one ? (guint32)g_ascii_strtoull (one, NULL, 10) : seconds ? g_random_int () : 1;

  if (store_fixture_is_server (fixture))
    {
      g_test_skip ("what a server's columns hold is of their kind");
      return;
    }
  for (guint n = 0; n < (one ? 1 : LEAST_ROUNDS) || (!one && g_get_monotonic_time () < end_us); n++)
    {
      try_seed (fixture, seed++);
      empty (fixture);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  store_fixture_add_test ("hostile-rows", test_nonsense);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
