/* SPDX-License-Identifier: MIT */
/* The relay: the protocol as existing clients speak it, and nonsense of every kind. */
#include "flatline-relay.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_US (20 * G_USEC_PER_SEC)

typedef struct
{
  FlatlineRelay *relay;
  GString *log; /* one line an event */
  guint n_events;
} Fixture;

static void
on_event (FlatlineRelay *relay, FlatlineProgramEvent *event, Fixture *fixture)
{
  fixture->n_events++;
  if (fixture->log->len < 4096)
    g_string_append_printf (fixture->log, "%d %s %s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", event->type,
                            event->lane ? event->lane : "-", event->reason ? event->reason : "-",
                            event->caller ? event->caller : "-", event->pid, event->control_port,
                            event->kind ? event->kind : "-");
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture->relay = flatline_relay_new (&error);
  g_assert_no_error (error);
  fixture->log = g_string_new (NULL);
  g_signal_connect (fixture->relay, "event", G_CALLBACK (on_event), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_object_unref (fixture->relay);
  g_string_free (fixture->log, TRUE);
}

static int
connect_to (Fixture *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr = { htonl (INADDR_LOOPBACK) },
                                 .sin_port = htons (flatline_relay_get_port (fixture->relay)) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
send_text (int fd, const char *text, gssize length)
{
  gsize left = length < 0 ? strlen (text) : length;

  while (left > 0)
    {
      gssize n = send (fd, text, left, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n > 0)
        {
          text += n;
          left -= n;
        }
      else
        g_main_context_iteration (NULL, FALSE);
    }
}

static char *
make_line (Fixture *fixture, const char *kind, const char *payload)
{
  return g_strdup_printf ("{\"token\": \"%s\", \"kind\": \"%s\", \"payload\": %s}\n",
                          flatline_relay_get_token (fixture->relay), kind, payload);
}

static void
wait_for_events (Fixture *fixture, guint n)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  while (fixture->n_events < n && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->n_events, ==, n);
}

static void
test_protocol (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *attach =
      make_line (fixture, "attach", "{\"pid\": 7, \"control_port\": 4242, \"timestamp\": 1700000000.5}");
  g_autofree char *beat =
      make_line (fixture, "heartbeat", "{\"reason\": \"LOAD\", \"caller\": \"main\", \"pid\": 7, \"timestamp\": 1.5}");
  g_autofree char *process = make_line (fixture, "process", "{\"reason\": \"LOOP\", \"pid\": 7, \"timestamp\": 2}");
  g_autofree char *die = make_line (fixture, "die", "{\"context\": \"c\", \"type_name\": \"ValueError\"}");
  g_autofree char *all = g_strconcat (attach, beat, "\n\r\n", process, die, NULL);
  int fd = connect_to (fixture);

  /* Byte by byte: lines come in any pieces. */
  for (const char *c = all; *c; c++)
    {
      send_text (fd, c, 1);
      g_main_context_iteration (NULL, FALSE);
    }
  wait_for_events (fixture, 4);
  g_assert_cmpstr (fixture->log->str, ==,
                   "1 - - - 7 4242 attach\n2 program LOAD main 7 0 heartbeat\n3 - LOOP - 7 0 process\n"
                   "5 - - - 0 0 die\n");
  close (fd);
}

static void
test_last_line_without_end (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beat = make_line (fixture, "heartbeat", "{\"reason\": \"X\", \"pid\": 7}");
  int fd = connect_to (fixture);

  send_text (fd, beat, strlen (beat) - 1);
  close (fd);
  wait_for_events (fixture, 1);
}

static guint n_polled;

static gint
count_and_poll (GPollFD *fds, guint n_fds, gint timeout_ms)
{
  n_polled = n_fds;
  return g_poll (fds, n_fds, timeout_ms);
}

static guint
count_polled (void)
{
  g_main_context_set_poll_func (NULL, count_and_poll);
  g_main_context_iteration (NULL, FALSE);
  g_main_context_set_poll_func (NULL, NULL);
  return n_polled;
}

/* Each turn of the main loop would ask all of them. */
static void
test_connections_cost_no_turn (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beat = make_line (fixture, "heartbeat", "{\"reason\": \"X\", \"pid\": 7}");
  const guint n_before = count_polled ();
  int fds[100];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = connect_to (fixture);
      send_text (fds[i], beat, -1);
    }
  wait_for_events (fixture, G_N_ELEMENTS (fds));
  g_assert_cmpuint (count_polled (), ==, n_before);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

static void
test_many_connections (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beat = make_line (fixture, "heartbeat", "{\"reason\": \"X\", \"pid\": 7}");

  for (int i = 0; i < 2000; i++)
    {
      int fd = connect_to (fixture);

      send_text (fd, beat, -1);
      close (fd);
      if (i % 100 == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  wait_for_events (fixture, 2000);
}

static void
test_drain (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *beat = make_line (fixture, "heartbeat", "{\"reason\": \"X\", \"pid\": 7}");

  for (int i = 0; i < 50; i++)
    {
      int fd = connect_to (fixture);

      send_text (fd, beat, -1);
      send_text (fd, beat, -1);
      close (fd);
    }
  g_assert_true (flatline_relay_drain (fixture->relay, G_MAXINT64));
  g_assert_cmpuint (fixture->n_events, ==, 100);
}

static void
test_nonsense (Fixture *fixture, gconstpointer unused)
{
  static const char *const lines[] = {
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "{}\n",
    "[]\n",
    "{\"token\": 3}\n",
    "{\"token\": \"0123456789abcdef0123456789abcdef\", \"kind\": \"heartbeat\", \"payload\": {}}\n",
    "{\"token\": \"\", \"kind\": \"heartbeat\", \"payload\": {}}\n",
    "\xff\xfe{\"token\"}\n",
    "{\"a\": \"\xc3\x28\"}\n",
    "{\"half\": ",
  };
  g_autofree char *no_payload = make_line (fixture, "heartbeat", "[1]");
  g_autofree char *unknown = make_line (fixture, "explode", "{}");
  g_autofree char *wrong_kinds =
      make_line (fixture, "heartbeat", "{\"reason\": 3, \"caller\": [], \"pid\": \"x\", \"timestamp\": \"now\"}");
  g_autofree char *huge_time = make_line (fixture, "heartbeat", "{\"reason\": \"BIG\", \"timestamp\": 1e300}");
  g_autofree char *zeros = g_malloc0 (1000);
  g_autofree char *huge = g_strnfill (3 * 1024 * 1024, 'x');
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *deep = g_strdup_printf ("{\"a\": %s\n", brackets);
  int fd;

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      fd = connect_to (fixture);
      send_text (fd, lines[i], -1);
      close (fd);
    }
  fd = connect_to (fixture);
  send_text (fd, zeros, 1000);
  send_text (fd, "\n", 1);
  send_text (fd, huge, -1);
  send_text (fd, "\n", 1);
  send_text (fd, deep, -1);
  send_text (fd, no_payload, -1);
  send_text (fd, unknown, -1);
  send_text (fd, wrong_kinds, -1);
  send_text (fd, huge_time, -1);
  wait_for_events (fixture, 2);
  g_assert_cmpint (flatline_relay_get_counts (fixture->relay).garbage, >=, 9);
  g_assert_cmpint (flatline_relay_get_counts (fixture->relay).wrong_tokens, >=, 4);
  close (fd);
}

static void
test_held_connections (Fixture *fixture, gconstpointer unused)
{
  enum
  {
    N_HELD = 1000
  };
  g_autofree char *beat = make_line (fixture, "heartbeat", "{\"reason\": \"X\", \"pid\": 7}");
  struct rlimit limit;
  g_autofree int *fds = g_new (int, N_HELD);
  int trusted;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = MIN (limit.rlim_max, 4096);
  setrlimit (RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2048)
    {
      g_test_skip ("fewer than 2048 open files allowed");
      return;
    }
  trusted = connect_to (fixture);
  send_text (trusted, beat, -1);
  wait_for_events (fixture, 1);
  for (int i = 0; i < N_HELD; i++)
    {
      fds[i] = connect_to (fixture);
      send_text (fds[i], "{\"half\"", -1);
      g_main_context_iteration (NULL, FALSE);
    }
  /* The program still gets through, on its old connection and on a new one. */
  send_text (trusted, beat, -1);
  close (trusted);
  trusted = connect_to (fixture);
  send_text (trusted, beat, -1);
  wait_for_events (fixture, 3);
  g_assert_cmpint (flatline_relay_get_counts (fixture->relay).refused, >=, N_HELD - 260);
  for (int i = 0; i < N_HELD; i++)
    close (fds[i]);
  close (trusted);
}

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GSocketConnection **)user_data = g_socket_listener_accept_finish (G_SOCKET_LISTENER (source), result, NULL, NULL);
}

static void
test_command (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autofree char *expected =
      g_strdup_printf ("{\"token\": \"%s\", \"command\": \"close\"}", flatline_relay_get_token (fixture->relay));
  g_autoptr (GDataInputStream) stream = NULL;
  g_autofree char *line = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  g_socket_listener_accept_async (listener, NULL, on_accepted, &connection);
  flatline_relay_send_command (fixture->relay, port, "close");
  while (!connection && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  g_assert_nonnull (connection);
  for (int i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  stream = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  line = g_data_input_stream_read_line (stream, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, expected);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/session/relay/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("protocol", test_protocol);
  ADD ("last-line", test_last_line_without_end);
  ADD ("many-connections", test_many_connections);
  ADD ("connections-cost-no-turn", test_connections_cost_no_turn);
  ADD ("drain", test_drain);
  ADD ("nonsense", test_nonsense);
  ADD ("held-connections", test_held_connections);
  ADD ("command", test_command);
  return g_test_run ();
}
