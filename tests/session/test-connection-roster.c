/* SPDX-License-Identifier: MIT */
/* Readings written into a living list: rows stay rows, changes are told, names come later, thousands come in steps. */
#include "flatline-connection-roster.h"

#include <gio/gio.h>
#include <string.h>

/* A resolver that knows one machine, so that no test asks a network. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver
{
  GResolver parent_instance;
  guint n_asked;
};
G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
lookup_by_address_async (GResolver *resolver,
                         GInetAddress *address,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  g_autofree char *text = g_inet_address_to_string (address);

  TEST_RESOLVER (resolver)->n_asked++;
  if (strcmp (text, "192.0.2.7") == 0)
    g_task_return_pointer (task, g_strdup ("db.example.org"), g_free);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no name");
}

static char *
lookup_by_address_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_address_async = lookup_by_address_async;
  G_RESOLVER_CLASS (klass)->lookup_by_address_finish = lookup_by_address_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static TestResolver *resolver;

static FlatlineConnection *
add (GPtrArray *reading, gint64 inode, const char *remote, gint64 received)
{
  FlatlineConnection *connection =
      g_object_new (FLATLINE_TYPE_CONNECTION, "pid", (gint64)7, "inode", inode, "fd", inode, "protocol", "tcp",
                    "local-address", "10.0.0.1:5", "remote-address", remote, "state", "ESTABLISHED", "bytes-received",
                    received, "bytes-sent", (gint64)0, NULL);

  g_ptr_array_add (reading, connection);
  return connection;
}

static GPtrArray *
new_reading (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static guint
settle (FlatlineConnectionRoster *roster)
{
  guint n_turns = 0;

  for (; flatline_connection_roster_is_busy (roster); n_turns++)
    g_main_context_iteration (NULL, TRUE);
  return n_turns;
}

static FlatlineConnection *
find (FlatlineConnectionRoster *roster, gint64 inode)
{
  GListStore *list = flatline_connection_roster_get_list (roster);

  for (guint i = 0; i < flatline_list_length (list); i++)
    {
      FlatlineConnection *row = flatline_list_peek (list, i);

      if (row->inode == inode)
        return row;
    }
  return NULL;
}

/* As whoever listens would tell them: "1 changed, 2 gone, ". */
static void
tell_changes (FlatlineConnectionRoster *roster, GPtrArray *changes, GString *told)
{
  g_string_truncate (told, 0);
  for (guint i = 0; i < changes->len; i++)
    {
      FlatlineConnection *row = changes->pdata[i];

      g_string_append_printf (told, "%d %s, ", (int)row->inode, row->change);
    }
}

static void
test_changes (void)
{
  g_autoptr (FlatlineConnectionRoster) roster = flatline_connection_roster_new ();
  g_autoptr (GString) told = g_string_new ("nothing yet");
  GPtrArray *reading = new_reading ();
  FlatlineConnection *first;

  g_signal_connect (roster, "settled", G_CALLBACK (tell_changes), told);
  add (reading, 1, "127.0.0.1:80", 100);
  add (reading, 2, "127.0.0.1:81", 100);
  add (reading, 2, "127.0.0.1:81", 100); /* the same socket by another descriptor */
  flatline_connection_roster_apply (roster, reading, 10 * G_USEC_PER_SEC, TRUE);
  settle (roster);
  first = find (roster, 1);
  g_assert_cmpuint (flatline_list_length (flatline_connection_roster_get_list (roster)), ==, 2);
  g_assert_null (first->change); /* what was there at first is not new */
  g_assert_cmpint (first->bytes_per_second, ==, -1);
  g_assert_cmpstr (told->str, ==, "");

  reading = new_reading ();
  add (reading, 1, "127.0.0.1:80", 1100);
  add (reading, 3, "127.0.0.1:82", 0);
  flatline_connection_roster_apply (roster, reading, 12 * G_USEC_PER_SEC, TRUE);
  settle (roster);
  g_assert_true (find (roster, 1) == first);
  g_assert_cmpstr (first->change, ==, "changed");
  g_assert_cmpint (first->bytes_received, ==, 1100);
  g_assert_cmpint (first->bytes_per_second, ==, 500);
  g_assert_cmpint (first->age_ms, ==, 2000);
  g_assert_cmpstr (find (roster, 2)->change, ==, "gone");
  g_assert_cmpstr (find (roster, 3)->change, ==, "new");
  g_assert_cmpstr (told->str, ==, "1 changed, 3 new, 2 gone, ");

  reading = new_reading ();
  add (reading, 1, "127.0.0.1:80", 1100);
  add (reading, 3, "127.0.0.1:82", 0);
  flatline_connection_roster_apply (roster, reading, 13 * G_USEC_PER_SEC, TRUE);
  settle (roster);
  g_assert_null (find (roster, 1)->change);
  g_assert_cmpint (find (roster, 1)->bytes_per_second, ==, 0);
  g_assert_null (find (roster, 2));
  g_assert_null (find (roster, 3)->change);
  g_assert_cmpint (find (roster, 3)->age_ms, ==, 1000);
  g_assert_cmpstr (told->str, ==, "");

  flatline_connection_roster_apply (roster, new_reading (), 14 * G_USEC_PER_SEC, FALSE);
  settle (roster);
  g_assert_cmpuint (flatline_list_length (flatline_connection_roster_get_list (roster)), ==, 0);
}

static void
test_names (void)
{
  g_autoptr (FlatlineConnectionRoster) roster = flatline_connection_roster_new ();
  GPtrArray *reading = new_reading ();
  FlatlineConnection *named;

  add (reading, 1, "192.0.2.7:5432", 0);
  add (reading, 2, "192.0.2.7:5433", 0);
  add (reading, 3, "[2001:db8::1]:443", 0);
  add (reading, 4, "127.0.0.1:80", 0);
  add (reading, 5, "[::1]:80", 0);
  resolver->n_asked = 0;
  flatline_connection_roster_apply (roster, reading, G_USEC_PER_SEC, FALSE);
  settle (roster);
  named = find (roster, 2);
  while (!named->remote_name || !find (roster, 1)->remote_name)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (named->remote_name, ==, "db.example.org");
  g_assert_cmpstr (find (roster, 1)->remote_name, ==, "db.example.org");
  g_assert_null (find (roster, 3)->remote_name);
  g_assert_null (find (roster, 4)->remote_name);
  g_assert_cmpuint (resolver->n_asked, ==, 2); /* each machine once, this one never */
}

/* Thousands come and go without one long turn: each writes a part. */
static void
test_steps (void)
{
  g_autoptr (FlatlineConnectionRoster) roster = flatline_connection_roster_new ();
  GPtrArray *reading = new_reading ();

  for (gint64 i = 1; i <= 20000; i++)
    add (reading, i, "127.0.0.1:80", 0);
  flatline_connection_roster_apply (roster, reading, G_USEC_PER_SEC, FALSE);
  g_assert_cmpuint (settle (roster), >, 10);
  g_assert_cmpuint (flatline_list_length (flatline_connection_roster_get_list (roster)), ==, 20000);

  /* A new start in the middle of a reading. */
  reading = new_reading ();
  for (gint64 i = 1; i <= 20000; i++)
    add (reading, i, "127.0.0.1:80", 1);
  flatline_connection_roster_apply (roster, reading, 2 * G_USEC_PER_SEC, FALSE);
  g_main_context_iteration (NULL, TRUE);
  flatline_connection_roster_clear (roster);
  g_assert_false (flatline_connection_roster_is_busy (roster));
  g_assert_cmpuint (flatline_list_length (flatline_connection_roster_get_list (roster)), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_resolver_set_default (G_RESOLVER (resolver));
  g_test_add_func ("/session/connection-roster/changes", test_changes);
  g_test_add_func ("/session/connection-roster/names", test_names);
  g_test_add_func ("/session/connection-roster/steps", test_steps);
  return g_test_run ();
}
