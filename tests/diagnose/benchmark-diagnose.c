/* SPDX-License-Identifier: MIT */
/*
 * What a verdict costs, for programs of 1, 10, 100 and 1000 threads, each with 25 frames of 10 variables, in a circle
 * of locks, with kept sources. Prints the mean of many verdicts beside the mean of a plain walk over the same document,
 * the reference of this machine, in time on a processor. Decides nothing.
 */
#include "flatline-diagnose.h"
#include "scene.h"

#include <string.h>
#include <time.h>

#define FRAMES    25
#define VARIABLES 10
#define SPAN_US   (300 * 1000)

static char *
make_source (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 400; i++)
    g_string_append_printf (text, "    value_%u = compute (value_%u, 7)\n", i, i);
  return g_string_free (text, FALSE);
}

static FlatlineSnapshot *
make_scene (guint n_threads, gboolean with_locks)
{
  FlatlineSnapshot *scene = scene_new ();
  g_autofree char *text = make_source ();

  scene_add_source (scene, SCENE_FILE, text);
  scene_add_processes (scene, 0, NULL);
  for (guint i = 0; i < n_threads; i++)
    {
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID + i, "worker");
      g_autofree char *waiter = g_strdup_printf ("%u", SCENE_PID + (i + n_threads - 1) % n_threads);

      scene_set_syscall (thread, "futex 0x7f10 0x189 0x0 0x0");
      for (guint j = 0; j < FRAMES; j++)
        {
          FlatlineFrame *frame =
              scene_add_frame (thread, j < 5 ? SCENE_LIB "threading.py" : SCENE_FILE, "call", 10 + j * 10);

          for (guint k = 0; k < VARIABLES; k++)
            {
              g_autofree char *name = g_strdup_printf ("value_%u", k);

              scene_add_local (frame, name, "int", "7", 0x10000 + i * 4096 + j * 16 + k);
            }
        }
      if (with_locks)
        scene_add_lock (scene, "_thread.lock", NULL, SCENE_PID + i, waiter);
    }
  return scene;
}

static guint64
walk (FlatlineSnapshot *scene)
{
  guint64 sum = 0;

  for (guint i = 0; i < flatline_list_length (scene->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (scene->threads, i);

      for (guint j = 0; j < flatline_list_length (thread->frames); j++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, j);

          for (guint k = 0; k < flatline_list_length (frame->locals); k++)
            sum += ((FlatlineValue *)flatline_list_peek (frame->locals, k))->address;
        }
    }
  return sum;
}

/* Of this process alone: others may be busy on the same machine. */
static gint64
read_cpu_time_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static double
measure (FlatlineSnapshot *scene, gboolean verdict)
{
  const gint64 began_us = read_cpu_time_us ();
  volatile guint64 sum = 0;
  gint64 elapsed_us;
  guint rounds = 0;

  do
    {
      if (verdict)
        flatline_diagnose (scene);
      else
        sum += walk (scene);
      rounds++;
      elapsed_us = read_cpu_time_us () - began_us;
    }
  while (elapsed_us < SPAN_US);
  return (double)elapsed_us / rounds;
}

int
main (void)
{
  static const guint counts[] = { 1, 10, 100, 1000 };

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    for (guint with_locks = 0; with_locks < 2; with_locks++)
      {
        g_autoptr (FlatlineSnapshot) scene = make_scene (counts[i], with_locks);
        const double verdict_us = measure (scene, TRUE);
        const double walk_us = measure (scene, FALSE);

        g_print ("%4u threads, %s: verdict %9.1f µs, a plain walk %7.1f µs, ratio %.1f\n", counts[i],
                 with_locks ? "a circle of locks" : "no locks listed  ", verdict_us, walk_us, verdict_us / walk_us);
      }
  return 0;
}
