/* SPDX-License-Identifier: MIT */
/*
 * Passwords from the keyring: a real gnome-keyring on a session bus of this test's own, a real server that wants the
 * password. The bus is the one of run-headless.
 */
#include "server-case.h"

#include "flatline-keyring.h"

#include <string.h>

/* FALSE: there is no keyring here. */
static gboolean
unlock_keyring (void)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) daemon = NULL;

  if (!g_getenv ("DBUS_SESSION_BUS_ADDRESS"))
    return FALSE;
  daemon = g_subprocess_launcher_spawn (launcher, NULL, "gnome-keyring-daemon", "--daemonize", "--unlock",
                                        "--components=secrets", NULL);
  return daemon && g_subprocess_communicate_utf8 (daemon, "\n", NULL, NULL, NULL, NULL)
         && g_subprocess_get_successful (daemon);
}

static void
test_password (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autofree char *name = NULL;
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;
  ServerCase self;

  if (!unlock_keyring ())
    {
      g_test_skip ("there is no keyring here (Debian: gnome-keyring, dbus)");
      return;
    }
  if (!server_case_begin (&self, "keyring"))
    return;
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE DATABASE keyring; CREATE OR REPLACE USER keeper IDENTIFIED BY 'top secret';"
                          "GRANT ALL ON keyring.* TO keeper");
  g_free (self.address->user);
  self.address->user = g_strdup ("keeper");
  name = flatline_server_dup_name (self.address);
  g_assert_true (flatline_keyring_keep_password (name, "keeper", "top secret", &error));
  g_assert_no_error (error);
  server_case_connect (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 10);
  store_fixture_flush (self.store);
  store_fixture_assert_beats (self.store, run->uid, 10);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 0);
  g_assert_cmpuint (self.lines->len, ==, 0);
  g_clear_object (&self.store);

  g_assert_true (flatline_keyring_keep_password (name, "keeper", "", &error));
  found = flatline_keyring_dup_password (name, "keeper");
  g_assert_null (found);
  server_case_assert_falls_back (&self, "Access denied");
  g_assert_null (strstr (self.lines->pdata[0], "secret"));
  server_case_end (&self);
}

/* Without a bus nothing is asked, and nobody waits. */
static void
test_no_bus (void)
{
  g_autofree char *address = g_strdup (g_getenv ("DBUS_SESSION_BUS_ADDRESS"));

  g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
  g_assert_null (flatline_keyring_dup_password ("nowhere:3306", "nobody"));
  if (address)
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keyring/no-bus", test_no_bus);
  g_test_add_func ("/keyring/password", test_password);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
