/* SPDX-License-Identifier: MIT */
/*
 * A fleet for the tests of the window: a MariaDB server with a run of another host that goes on, one whose supervisor
 * died without a word, and freezes of both. Prints the server's socket once all is there, and lives until its standard
 * input ends. Prints "none" when there is no mariadbd here. With an argument, the server has a certificate for that
 * host, and ca.pem beside the socket is whom to trust. Besides root without a password there is "member" with one.
 */
#include "store-fixture.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static FlatlineRun *
add_run (FlatlineStore *store, const char *title, const char *host)
{
  FlatlineRun *run = store_fixture_make_run (title);

  g_object_set (run, "host", host, NULL);
  flatline_store_add_run (store, run);
  return run;
}

static void
add_freeze (
    FlatlineStore *store, FlatlineRun *run, const char *kind, const char *summary, const char *variable, gint64 age)
{
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze (kind, summary, age);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("def load():\n    pass\n");
  FlatlineThread *thread = flatline_list_peek (snapshot->threads, 0);
  FlatlineFrame *frame = flatline_list_peek (thread->frames, 0);

  g_object_set (flatline_list_peek (frame->locals, 0), "name", "answer", "text", variable, NULL);
  g_object_set (freeze, "host", run->host, "title", run->title, NULL);
  g_free (snapshot->host);
  snapshot->host = g_strdup (run->host);
  snapshot->verdict = g_object_new (FLATLINE_TYPE_VERDICT, "kind", kind, "summary", summary, NULL);
  flatline_store_add_freeze (store, run->uid, freeze, snapshot);
}

/* FALSE: there is no server here, or no certificate to be had. */
static gboolean
have_server (const char *certified_name)
{
  MariadbServer *server = store_fixture_get_server ();

  if (!server || !certified_name)
    return server != NULL;
  mariadb_server_stop (server, SIGTERM);
  if (!mariadb_server_use_tls (server, certified_name))
    return FALSE;
  mariadb_server_start (server);
  return TRUE;
}

static FlatlineStore *
open_store (FlatlineServer *address, const char *folder)
{
  g_autofree char *file = g_build_filename (folder, "flatline.sqlite", NULL);

  return flatline_store_open_server (address, file);
}

/* Whoever is there says of all its runs, every few seconds, that they are: this one is gone. */
static void
leave_dead_run (FlatlineServer *address, const char *folder)
{
  g_autoptr (FlatlineStore) store = open_store (address, folder);
  g_autoptr (FlatlineRun) run = add_run (store, "orders.py", "host-dead");

  add_freeze (store, run, "sleep", "MainThread sleeps", "1", 100);
  store_fixture_flush (store);
  store_fixture_wait_until_replayed (store);
  g_clear_object (&store);
  mariadb_server_execute (store_fixture_get_server (), "UPDATE flatline.run SET seen_us = seen_us - 3600000000");
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-fleet-XXXXXX", NULL);
  g_autoptr (FlatlineServer) address = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) live = NULL;
  char byte;

  if (!have_server (argv[1]))
    {
      puts ("none");
      return 0;
    }
  address = mariadb_server_dup_address (store_fixture_get_server (), "flatline");
  leave_dead_run (address, folder);
  store = open_store (address, folder);
  live = add_run (store, "payments.py", "host-alive");
  add_freeze (store, live, "deadlock", "Thread ‘worker’ waits for lock ‘a’", "42", 300);
  add_freeze (store, live, "deadlock", "Thread ‘worker’ waits for lock ‘a’", "43", 200);
  store_fixture_flush (store);
  store_fixture_wait_until_replayed (store);
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE USER member IDENTIFIED BY 'swordfish-4711'; GRANT ALL ON flatline.* TO member");
  printf ("%s\n", address->socket);
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  g_clear_object (&store);
  store_fixture_stop_server ();
  rmdir (folder);
  return 0;
}
