/* SPDX-License-Identifier: MIT */
/* The agents' socket: several processes, requests and answers, and nonsense. */
#include "flatline-agent-channel.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE_US (20 * G_USEC_PER_SEC)

typedef struct
{
  FlatlineAgentChannel *channel;
  char *folder;
  GString *log;
} Fixture;

static void
on_event (FlatlineAgentChannel *channel, FlatlineProgramEvent *event, Fixture *fixture)
{
  g_string_append_printf (fixture->log, "%d:%" G_GINT64_FORMAT ":%s:%s:%s:%d:%" G_GINT64_FORMAT "\n", event->type,
                          event->pid, event->lane ? event->lane : "", event->reason ? event->reason : "",
                          event->loop ? event->loop : "", event->loop_runs, event->count);
}

static void
on_answered (FlatlineAgentChannel *channel,
             gint64 pid,
             gint64 id,
             const char *method,
             JsonNode *result,
             JsonNode *error,
             Fixture *fixture)
{
  g_autofree char *result_text = result ? json_to_string (result, FALSE) : g_strdup ("");
  g_autofree char *error_text = error ? json_to_string (error, FALSE) : g_strdup ("");

  g_string_append_printf (fixture->log, "answer:%" G_GINT64_FORMAT ":%s:%s:%s\n", pid, method, result_text, error_text);
}

static void
on_lost (FlatlineAgentChannel *channel, gint64 pid, Fixture *fixture)
{
  g_string_append_printf (fixture->log, "lost:%" G_GINT64_FORMAT "\n", pid);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("flatline-channel-XXXXXX", NULL);
  fixture->channel = flatline_agent_channel_new (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->log = g_string_new (NULL);
  g_signal_connect (fixture->channel, "event", G_CALLBACK (on_event), fixture);
  g_signal_connect (fixture->channel, "answered", G_CALLBACK (on_answered), fixture);
  g_signal_connect (fixture->channel, "lost", G_CALLBACK (on_lost), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_strdup (flatline_agent_channel_get_path (fixture->channel));

  g_object_unref (fixture->channel);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_string_free (fixture->log, TRUE);
}

static int
connect_to (Fixture *fixture)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, flatline_agent_channel_get_path (fixture->channel), sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
say (int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static void
expect (Fixture *fixture, const char *log)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  while (fixture->log->len < strlen (log) && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (fixture->log->str, ==, log);
  g_string_truncate (fixture->log, 0);
}

static void
test_events (Fixture *fixture, gconstpointer unused)
{
  int first = connect_to (fixture);
  int second = connect_to (fixture);

  say (first, "{\"event\": \"hello\", \"params\": {\"pid\": 11, \"ppid\": 1, \"python\": \"3.11.2\"}}\n");
  expect (fixture, "0:11::::0:0\n");
  say (second, "{\"event\": \"hello\", \"params\": {\"pid\": 12, \"ppid\": 11, \"python\": \"3.12.1\"}}\n");
  expect (fixture, "0:12::::0:0\n");
  g_assert_cmpuint (flatline_agent_channel_get_n_agents (fixture->channel), ==, 2);
  say (first, "{\"event\": \"beats\", \"params\": {\"pid\": 11, \"beats\": [[\"interpreter\", null, null, 1.0], "
              "[\"program\", \"LOAD\", \"main\", 2.5], [\"moon\", \"\", \"\", 1], [1], 3]}}\n");
  expect (fixture, "2:11:interpreter:::0:0\n2:11:program:LOAD::0:0\n");
  say (first, "{\"event\": \"loop\", \"params\": {\"pid\": 11, \"loop\": \"asyncio\", \"state\": \"running\"}}\n"
              "{\"event\": \"dropped\", \"params\": {\"pid\": 11, \"count\": 5}}\n"
              "{\"event\": \"future\", \"params\": {}}\n"
              "{\"event\": \"report\", \"params\": {\"pid\": 11, \"kind\": \"die\"}}\n"
              "{\"event\": \"exiting\", \"params\": {\"pid\": 11}}\n");
  expect (fixture, "4:11:::asyncio:1:0\n6:11::::0:5\n5:11::::0:0\n7:11::::0:0\n");
  close (first);
  expect (fixture, "lost:11\n");
  g_assert_false (flatline_agent_channel_has_agent (fixture->channel, 11));
  g_assert_true (flatline_agent_channel_has_agent (fixture->channel, 12));
  close (second);
  expect (fixture, "lost:12\n");
}

static void
test_requests (Fixture *fixture, gconstpointer unused)
{
  char buffer[256];
  gssize n;
  int fd = connect_to (fixture);

  g_assert_cmpint (flatline_agent_channel_request (fixture->channel, 11, "ping", NULL), ==, 0);
  say (fd, "{\"event\": \"hello\", \"params\": {\"pid\": 11}}\n");
  expect (fixture, "0:11::::0:0\n");
  g_assert_cmpint (flatline_agent_channel_request (fixture->channel, 11, "ping", NULL), ==, 1);
  g_assert_cmpint (flatline_agent_channel_request (fixture->channel, 11, "close", "{\"a\": 1}"), ==, 2);
  n = read (fd, buffer, sizeof buffer - 1);
  g_assert_cmpint (n, >, 0);
  buffer[n] = '\0';
  g_assert_true (g_str_has_prefix (buffer, "{\"id\": 1, \"method\": \"ping\", \"params\": {}}\n"));
  say (fd, "{\"id\": 2, \"error\": \"no\"}\n{\"id\": 1, \"result\": {\"ok\": true}}\n{\"id\": 9, \"result\": 1}\n");
  expect (fixture, "answer:11:close::\"no\"\nanswer:11:ping:{\"ok\":true}:\n");
  close (fd);
  expect (fixture, "lost:11\n");
}

/* As say(), with the two ends of pipes that the supervisor is to read from and to write to. */
static void
hand_over (int fd, const char *text, const int *ends)
{
  union
  {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (2 * sizeof (int))];
  } control = { 0 };
  struct iovec piece = { (void *)text, strlen (text) };
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);

  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (2 * sizeof (int));
  memcpy (CMSG_DATA (head), ends, 2 * sizeof (int));
  g_assert_cmpint (sendmsg (fd, &message, 0), ==, strlen (text));
  close (fd);
  close (ends[0]);
  close (ends[1]);
}

static int
open_end (const char *path, int flags)
{
  int fd = open (path, flags | O_NONBLOCK | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* The socket is only for the greeting: what is told and asked goes by pipes, whose end is the end of the agent. */
static void
test_pipes (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *told = g_build_filename (fixture->folder, "told", NULL);
  g_autofree char *asked = g_build_filename (fixture->folder, "asked", NULL);
  const struct timespec nap = { 0, G_USEC_PER_SEC };
  char buffer[256] = "";
  int writer, reader;

  g_assert_cmpint (mkfifo (told, 0600), ==, 0);
  g_assert_cmpint (mkfifo (asked, 0600), ==, 0);
  writer = open_end (told, O_RDWR);
  reader = open_end (asked, O_RDONLY);
  hand_over (connect_to (fixture), "{\"event\": \"hello\", \"params\": {\"pid\": 11}}\n",
             (const int[]){ open_end (told, O_RDONLY), open_end (asked, O_RDWR) });
  say (writer, "{\"event\": \"exiting\", \"params\": {\"pid\": 11}}\n");
  expect (fixture, "0:11::::0:0\n7:11::::0:0\n");
  g_assert_cmpint (flatline_agent_channel_request (fixture->channel, 11, "ping", NULL), ==, 1);
  g_assert_cmpint (read (reader, buffer, sizeof buffer - 1), >, 0);
  g_assert_cmpstr (buffer, ==, "{\"id\": 1, \"method\": \"ping\", \"params\": {}}\n");
  say (writer, "{\"id\": 1, \"result\": 2}\n");
  expect (fixture, "answer:11:ping:2:\n");
  close (writer);
  expect (fixture, "lost:11\n");
  /* Nobody writes there any more. */
  while (read (reader, buffer, sizeof buffer) < 0)
    nanosleep (&nap, NULL);
  close (reader);
  unlink (told);
  unlink (asked);
}

/* What is no pipe, or would end us by SIGPIPE, is not written to: the agent goes on by the socket. */
static void
test_no_pipes (Fixture *fixture, gconstpointer unused)
{
  char buffer[256] = "";
  int ends[2], fd = connect_to (fixture), kept = dup (fd);

  g_assert_cmpint (pipe (ends), ==, 0);
  hand_over (fd, "{\"event\": \"hello\", \"params\": {\"pid\": 11}}\n", ends);
  expect (fixture, "0:11::::0:0\n");
  g_assert_cmpint (flatline_agent_channel_request (fixture->channel, 11, "ping", NULL), ==, 1);
  g_assert_cmpint (read (kept, buffer, sizeof buffer - 1), >, 0);
  close (kept);
  expect (fixture, "lost:11\n");
}

static void
test_private (Fixture *fixture, gconstpointer unused)
{
  struct stat status;

  g_assert_cmpint (stat (flatline_agent_channel_get_path (fixture->channel), &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

static void
test_nonsense (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *huge = g_strnfill (100000, '[');
  int stranger = connect_to (fixture);
  int agent = connect_to (fixture);

  /* Before hello nothing counts. */
  say (stranger, "{\"event\": \"beats\", \"params\": {\"pid\": 11, \"beats\": [[\"program\", \"X\", \"\", 1]]}}\n");
  say (stranger, huge);
  say (stranger, "\n{\"event\": 3}\n{\"event\": \"hello\", \"params\": []}\n{\"id\": \"x\"}\n\xff\n");
  say (agent, "{\"event\": \"hello\", \"params\": {\"pid\": 11}}\n");
  expect (fixture, "0:11::::0:0\n");
  close (stranger);
  close (agent);
  expect (fixture, "lost:11\n");
}

static char *
bind_socket (Fixture *fixture, const char *name, int *fd)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const struct timespec old[] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
  char *path = g_build_filename (fixture->folder, name, NULL);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  *fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (*fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, path, old, 0), ==, 0);
  return path;
}

/* What a supervisor left that was killed goes; what somebody has open, or is no agents' socket, stays. */
static void
test_left_behind (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineAgentChannel) next = NULL;
  int fds[3];
  g_autofree char *dead = bind_socket (fixture, "agent-0123456789abcdef", &fds[0]);
  g_autofree char *open = bind_socket (fixture, "agent-fedcba9876543210", &fds[1]);
  g_autofree char *other = bind_socket (fixture, "another", &fds[2]);

  close (fds[0]);
  close (fds[2]);
  next = flatline_agent_channel_new (fixture->folder, NULL);
  g_assert_cmpint (access (dead, F_OK), !=, 0);
  g_assert_cmpint (access (open, F_OK), ==, 0);
  g_assert_cmpint (access (other, F_OK), ==, 0);
  g_assert_cmpint (access (flatline_agent_channel_get_path (fixture->channel), F_OK), ==, 0);
  close (fds[1]);
  unlink (open);
  unlink (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/session/agent-channel/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("events", test_events);
  ADD ("requests", test_requests);
  ADD ("pipes", test_pipes);
  ADD ("no-pipes", test_no_pipes);
  ADD ("private", test_private);
  ADD ("nonsense", test_nonsense);
  ADD ("left-behind", test_left_behind);
  return g_test_run ();
}
