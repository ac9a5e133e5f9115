/* SPDX-License-Identifier: MIT */
/* Processes that wait for each other alone, and those whose wait something else may end. */
#include "flatline-forsaken.h"
#include "system-fixture.h"

#include <unistd.h>

/* Each says "ready" when it is about to wait. */
#define PIPES                                                                                                          \
  "import os, signal, sys, time, select\n"                                                                             \
  "(a, b), (c, d) = os.pipe (), os.pipe ()\n"                                                                          \
  "def third (wait):\n"                                                                                                \
  "  if not os.fork ():\n"                                                                                             \
  "    wait ()\n"

#define SEMAPHORES                                                                                                     \
  "import multiprocessing, os, time\n"                                                                                 \
  "context = multiprocessing.get_context ('fork')\n"                                                                   \
  "one, two, both = context.Lock (), context.Lock (), context.Barrier (2)\n"                                           \
  "def third (wait):\n"                                                                                                \
  "  if not os.fork ():\n"                                                                                             \
  "    wait ()\n"                                                                                                      \
  "def cross (first, second, limit=None):\n"                                                                           \
  "  first.acquire (); both.wait (); os.write (1, b'ready\\n'); second.acquire (True, limit)\n"

typedef struct
{
  GPid pid;
  guint n_expected;
} Asked;

static gboolean
ignore_nobody (gint64 pid, gint64 native_id)
{
  return FALSE;
}

static gboolean
is_found (gpointer data)
{
  const Asked *asked = data;
  g_autoptr (GArray) pids = flatline_forsaken_find (asked->pid, ignore_nobody);

  if (!pids)
    return FALSE;
  g_assert_cmpuint (pids->len, ==, asked->n_expected);
  g_assert_cmpint (g_array_index (pids, gint64, 0), ==, asked->pid);
  return TRUE;
}

static GPid
start (const char *program, guint n_ready, int *output)
{
  const char *const argv[] = { "python3", "-c", program, NULL };
  GPid pid = fixture_spawn (argv, NULL, output);

  for (guint i = 0; i < n_ready; i++)
    {
      g_autofree char *ready = fixture_read_line (*output);

      g_assert_cmpstr (ready, ==, "ready");
    }
  return pid;
}

static void
expect (const char *program, guint n_ready, guint n_expected)
{
  int output;
  Asked asked = { start (program, n_ready, &output), n_expected };

  g_assert_true (fixture_wait_until (is_found, &asked));
  fixture_end (asked.pid);
  close (output);
}

/* Asked again and again, since it might be found only later: they have come to where they stay long before the end. */
static void
expect_none (const char *program, guint n_ready)
{
  int output;
  Asked asked = { start (program, n_ready, &output), 0 };

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GArray) pids = flatline_forsaken_find (asked.pid, ignore_nobody);

      g_assert_null (pids);
      g_usleep (10000);
    }
  fixture_end (asked.pid);
  close (output);
}

static void
test_pipes (void)
{
  expect (PIPES "os.write (1, b'ready\\n')\nos.read (a, 1)\n", 1, 1);
  expect (PIPES "os.write (1, b'ready\\n')\nos.read (a if os.fork () else c, 1)\n", 1, 2);
  expect (PIPES "child = os.fork ()\nos.write (1, b'ready\\n')\nos.waitpid (child, 0) if child else os.read (a, 1)\n",
          2, 2);
  expect (PIPES "poll = select.poll (); poll.register (a, select.POLLIN)\nos.write (1, b'ready\\n')\npoll.poll ()\n", 1,
          1);
  expect (PIPES "os.set_blocking (b, False)\ntry:\n  while True: os.write (b, bytes (65536))\n"
                "except OSError: os.set_blocking (b, True)\nos.write (1, b'ready\\n')\nos.write (b, b'x')\n",
          1, 1);
}

static void
test_pipes_of_others (void)
{
  expect_none (PIPES "os.write (1, b'ready\\n')\ntime.sleep (100)\n", 1);
  expect_none (PIPES "third (lambda: time.sleep (100))\nos.write (1, b'ready\\n')\nos.read (a, 1)\n", 1);
  expect_none (PIPES "third (signal.pause)\nos.write (1, b'ready\\n')\nos.read (a, 1)\n", 1);
  expect_none (PIPES "poll = select.poll (); poll.register (a, select.POLLIN)\nos.write (1, b'ready\\n')\n"
                     "poll.poll (100000)\n",
               1);
  expect_none (PIPES "import threading; threading.Thread (target=time.sleep, args=(100,)).start ()\n"
                     "os.write (1, b'ready\\n')\nos.read (a, 1)\n",
               1);
  expect_none (PIPES "signal.signal (signal.SIGALRM, lambda *_: os.write (b, b'x')); signal.alarm (100)\n"
                     "os.write (1, b'ready\\n')\nos.read (a, 1)\n",
               1);
}

static void
test_semaphores (void)
{
  expect (SEMAPHORES "child = os.fork ()\ncross (one, two) if child else cross (two, one)\n", 2, 2);
  expect (SEMAPHORES "one.acquire (); os.write (1, b'ready\\n'); one.acquire ()\n", 1, 1);
}

static void
test_semaphores_of_others (void)
{
  expect_none (SEMAPHORES "third (lambda: time.sleep (100))\nchild = os.fork ()\n"
                          "cross (one, two) if child else cross (two, one)\n",
               2);
  expect_none (SEMAPHORES "child = os.fork ()\ncross (one, two) if child else cross (two, one, 100)\n", 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/forsaken/pipes", test_pipes);
  g_test_add_func ("/system/forsaken/pipes-of-others", test_pipes_of_others);
  g_test_add_func ("/system/forsaken/semaphores", test_semaphores);
  g_test_add_func ("/system/forsaken/semaphores-of-others", test_semaphores_of_others);
  return g_test_run ();
}
