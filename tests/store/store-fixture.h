/* SPDX-License-Identifier: MIT */
/*
 * StoreFixture: an empty store of one back end in a private folder, and records to put into it. The test bodies know
 * nothing of the back end: the same ones run on each.
 */
#pragma once

#include "flatline-store.h"
#include "mariadb-server.h"

typedef struct
{
  const char *backend; /* "sqlite", "mariadb" */
  char *folder;
  char *file;              /* SQLite; MariaDB: the fallback, which must not be needed */
  FlatlineServer *address; /* MariaDB: a database of this test's own */
  FlatlineStore *store;
} StoreFixture;

typedef void (*StoreTestFunc) (StoreFixture *fixture);

gboolean
store_fixture_is_server (StoreFixture *fixture);

/* The server of this test program, started when it is first asked for; NULL when there is no mariadbd here. */
MariadbServer *
store_fixture_get_server (void);

/* Ends the server; call last. */
void
store_fixture_stop_server (void);

/* Adds "/store/BACKEND/NAME" for each back end there is here. */
void
store_fixture_add_test (const char *name, StoreTestFunc func);

/* Opens what the fixture's store holds once more; transfer full. */
FlatlineStore *
store_fixture_open_again (StoreFixture *fixture);

/* Waits until all is committed; fails the test when it takes longer than a test may. */
void
store_fixture_flush (FlatlineStore *store);

/* A run of this host; transfer full. */
FlatlineRun *
store_fixture_make_run (const char *title);

/* A freeze @age seconds ago; transfer full. */
FlatlineFreeze *
store_fixture_make_freeze (const char *kind, const char *summary, gint64 age);

/* A snapshot with a thread, a frame, a local and its source. Transfer full. */
FlatlineSnapshot *
store_fixture_make_snapshot (const char *source_text);

/* Transfer full. */
FlatlineBeat *
store_fixture_make_beat (gint64 time_us, const char *reason, const char *caller);

/* A run "app.py" is on its way into the store. Transfer full. */
FlatlineRun *
store_fixture_add_run (FlatlineStore *store);

/* Beats number @from to @to - 1 of the run, a microsecond apart, their numbers as reason. */
void
store_fixture_add_beats (FlatlineStore *store, FlatlineRun *run, guint from, guint to);

/* All of them, in order, once. */
void
store_fixture_assert_beats (FlatlineStore *store, const char *run_uid, guint n_beats);

void
store_fixture_wait_until_replayed (FlatlineStore *store);

/* These fail the test on an error. Transfer full; find_run: NULL when it is not there. */
GPtrArray *
store_fixture_list_freezes (FlatlineStore *store, const FlatlineStoreFilter *filter);
FlatlineRun *
store_fixture_find_run (FlatlineStore *store, const char *uid);
GPtrArray *
store_fixture_list_beats (FlatlineStore *store, const char *run_uid, gint64 from_us, gint64 to_us, guint limit);

/*
 * fork(), once no thread of a store that was closed is alive any more: one that held a lock at that moment would hold
 * it in the child for ever.
 */
pid_t
store_fixture_fork (void);

/* What the store has to say from now on, as lines. */
void
store_fixture_collect_troubles (FlatlineStore *store, GPtrArray *lines);
