/* SPDX-License-Identifier: MIT */
/* Servers that will not do: one line says why, and the run goes on in the file of this machine. */
#include "server-case.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_wrong_password (void)
{
  ServerCase self;

  if (!server_case_begin (&self, "wrong_password"))
    return;
  mariadb_server_execute (store_fixture_get_server (), "CREATE OR REPLACE USER somebody IDENTIFIED BY 'secret'");
  g_free (self.address->user);
  g_free (self.address->password);
  self.address->user = g_strdup ("somebody");
  self.address->password = g_strdup ("hunter2");
  server_case_assert_falls_back (&self, "Access denied");
  g_assert_null (strstr (self.lines->pdata[0], "hunter2"));
  server_case_end (&self);
}

static void
test_no_rights (void)
{
  ServerCase self;

  if (!server_case_begin (&self, "no_rights"))
    return;
  mariadb_server_execute (
      store_fixture_get_server (),
      "CREATE OR REPLACE USER nobody; CREATE DATABASE no_rights; GRANT SELECT ON no_rights.* TO nobody");
  g_free (self.address->user);
  self.address->user = g_strdup ("nobody");
  server_case_assert_falls_back (&self, "denied");
  server_case_end (&self);
}

/* Whoever may only read sees what others write, and keeps what is his own on his machine. */
static void
test_reader (void)
{
  g_autoptr (FlatlineStore) writer = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineRun) own = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "watched"))
    return;
  writer = flatline_store_open_server (self.address, self.file);
  g_assert_true (flatline_store_wait_for_server (writer, 60000));
  run = store_fixture_add_run (writer);
  store_fixture_add_beats (writer, run, 0, 5);
  store_fixture_flush (writer);
  g_assert_cmpuint (flatline_store_count_spooled (writer), ==, 0);
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE OR REPLACE USER watcher; GRANT SELECT ON watched.* TO watcher");
  g_free (self.address->user);
  self.address->user = g_strdup ("watcher");
  server_case_connect (&self);
  store_fixture_assert_beats (self.store, run->uid, 5);
  g_assert_cmpuint (self.lines->len, ==, 0);
  own = store_fixture_add_run (self.store);
  store_fixture_flush (self.store);
  server_case_wait_for_line (&self, "denied");
  store_fixture_assert_beats (self.store, run->uid, 5);
  server_case_end (&self);
}

/* The rights that the manual tells to give to a writer are enough. */
static void
test_writer_rights (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GError) error = NULL;
  FlatlinePruned pruned;
  ServerCase self;

  if (!server_case_begin (&self, "granted"))
    return;
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE DATABASE granted CHARACTER SET utf8mb4; CREATE OR REPLACE USER writer;"
                          "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, CREATE VIEW"
                          " ON granted.* TO writer");
  g_free (self.address->user);
  self.address->user = g_strdup ("writer");
  server_case_connect (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 5);
  store_fixture_flush (self.store);
  store_fixture_assert_beats (self.store, run->uid, 5);
  g_assert_true (
      flatline_store_prune (self.store, &(FlatlineRetention){ .freeze_age_us = 1, .beat_age_us = 1 }, &pruned, &error));
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self.lines->len, ==, 0);
  g_assert_false (g_file_test (self.file, G_FILE_TEST_EXISTS));
  server_case_end (&self);
}

static void
test_newer_schema (void)
{
  ServerCase self;

  if (!server_case_begin (&self, "newer"))
    return;
  mariadb_server_execute (
      store_fixture_get_server (),
      "CREATE DATABASE newer; CREATE TABLE newer.flatline_version (id INT PRIMARY KEY, version INT);"
      "INSERT INTO newer.flatline_version VALUES (1, 1000)");
  server_case_assert_falls_back (&self, "newer Flatline");
  server_case_end (&self);
}

/* Something else listens there. */
static gboolean
speak_ssh (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer unused)
{
  static const char banner[] = "SSH-2.0-OpenSSH_9.2\r\n";

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), banner, strlen (banner), NULL,
                             NULL, NULL);
  return TRUE;
}

static void
test_no_database (void)
{
  g_autoptr (GSocketService) service = g_threaded_socket_service_new (4);
  ServerCase self;

  if (!server_case_begin (&self, "any"))
    return;
  g_clear_pointer (&self.address->socket, g_free);
  self.address->host = g_strdup ("127.0.0.1");
  self.address->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_signal_connect (service, "run", G_CALLBACK (speak_ssh), NULL);
  server_case_assert_falls_back (&self, "not a MariaDB server");
  server_case_end (&self);
}

/* A server that knows no TLS must not get our password without it. */
static void
test_no_tls (void)
{
  g_autoptr (GSocketService) service = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "no_tls"))
    return;
  service = server_case_put_between (&self);
  self.address->tls = TRUE;
  server_case_assert_falls_back (&self, "TLS");
  g_clear_object (&self.store);
  self.address->tls_verify = TRUE;
  g_ptr_array_set_size (self.lines, 0);
  g_unlink (self.file);
  server_case_assert_falls_back (&self, "SSL");
  g_socket_service_stop (service);
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/refusals/wrong-password", test_wrong_password);
  g_test_add_func ("/refusals/no-rights", test_no_rights);
  g_test_add_func ("/refusals/reader", test_reader);
  g_test_add_func ("/refusals/writer-rights", test_writer_rights);
  g_test_add_func ("/refusals/newer-schema", test_newer_schema);
  g_test_add_func ("/refusals/no-database", test_no_database);
  g_test_add_func ("/refusals/no-tls", test_no_tls);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
