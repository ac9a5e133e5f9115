/* SPDX-License-Identifier: MIT */
/* TLS to a server with a certificate: who is trusted is spoken to, encrypted; who is not is one line, and the file. */
#include "server-case.h"

#include <signal.h>
#include <string.h>

/* From 3.4 on MariaDB's client trusts whoever is at 127.0.0.1. */
#define ADDRESS "127.0.0.2"

/* The case's server at its TCP port, with TLS; FALSE: the test is skipped. */
static gboolean
begin (ServerCase *self, const char *database, const char *certified_name)
{
  MariadbServer *server;
  g_autofree char *sql = NULL;

  if (!server_case_begin (self, database))
    return FALSE;
  server = store_fixture_get_server ();
  mariadb_server_stop (server, SIGTERM);
  if (!mariadb_server_use_tls (server, certified_name))
    {
      g_test_skip ("there is no openssl here");
      return FALSE;
    }
  mariadb_server_start (server);
  sql = g_strdup_printf ("CREATE DATABASE %s; CREATE OR REPLACE USER encrypted IDENTIFIED BY 'secret' REQUIRE SSL;"
                         "GRANT ALL ON %s.* TO encrypted",
                         database, database);
  mariadb_server_execute (server, sql);
  g_clear_pointer (&self->address->socket, g_free);
  g_free (self->address->user);
  g_free (self->address->password);
  self->address->host = g_strdup (ADDRESS);
  self->address->port = server->port;
  self->address->user = g_strdup ("encrypted");
  self->address->password = g_strdup ("secret");
  self->address->tls = TRUE;
  self->address->tls_verify = TRUE;
  self->address->tls_ca = g_build_filename (server->folder, "ca.pem", NULL);
  return TRUE;
}

static void
assert_connects (ServerCase *self)
{
  g_autoptr (FlatlineRun) run = NULL;

  server_case_connect (self);
  run = store_fixture_add_run (self->store);
  store_fixture_add_beats (self->store, run, 0, 10);
  store_fixture_flush (self->store);
  store_fixture_assert_beats (self->store, run->uid, 10);
  g_assert_cmpuint (flatline_store_count_spooled (self->store), ==, 0);
  g_assert_cmpuint (self->lines->len, ==, 0);
  g_clear_object (&self->store);
}

static void
test_trusted (void)
{
  ServerCase self;

  if (!begin (&self, "trusted", ADDRESS))
    return;
  assert_connects (&self);
  server_case_end (&self);
}

/* The certificate is somebody else's: then it is no use that its authority is trusted, unless we are told not to look.
 */
static void
test_other_host (void)
{
  ServerCase self;

  if (!begin (&self, "other_host", "db.example"))
    return;
  server_case_assert_falls_back (&self, "another host than “" ADDRESS "”");
  g_assert_null (strstr (self.lines->pdata[0], "secret"));
  g_clear_object (&self.store);
  g_ptr_array_set_size (self.lines, 0);
  self.address->tls_verify = FALSE;
  assert_connects (&self);
  server_case_end (&self);
}

/* Without a password, since by that a server of today can show that it is the right one. */
static void
test_unknown_authority (void)
{
  ServerCase self;

  if (!begin (&self, "unknown_authority", ADDRESS))
    return;
  g_clear_pointer (&self.address->tls_ca, g_free);
  mariadb_server_execute (store_fixture_get_server (), "ALTER USER encrypted IDENTIFIED BY ''");
  g_clear_pointer (&self.address->password, g_free);
  server_case_assert_falls_back (&self, "issuer");
  server_case_end (&self);
}

/* The server wants TLS, the settings do not. */
static void
test_unencrypted (void)
{
  ServerCase self;

  if (!begin (&self, "unencrypted", ADDRESS))
    return;
  self.address->tls = FALSE;
  server_case_assert_falls_back (&self, "denied");
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/trusted", test_trusted);
  g_test_add_func ("/tls/other-host", test_other_host);
  g_test_add_func ("/tls/unknown-authority", test_unknown_authority);
  g_test_add_func ("/tls/unencrypted", test_unencrypted);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
