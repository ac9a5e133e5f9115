/* SPDX-License-Identifier: MIT */
/* What a window does over several turns: it may do so again while the first is not over, and end before. */
#include <gtk/gtk.h>

#include "flatline-step-by-step.h"

static guint n_steps;

static void
count_step (gpointer window)
{
  n_steps++;
}

static void
let_turns_pass (void)
{
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* As a window is opened again that was only hidden: the same steps, anew. */
static void
test_taken_again (void)
{
  static const FlatlineStep steps[] = { count_step, count_step, count_step, NULL };
  GtkWidget *window = gtk_window_new ();

  n_steps = 0;
  flatline_step_by_step (window, steps);
  flatline_step_by_step (window, steps);
  g_assert_cmpuint (n_steps, ==, 2);
  let_turns_pass ();
  g_assert_cmpuint (n_steps, ==, 4);
  flatline_step_by_step (window, steps);
  gtk_window_destroy (GTK_WINDOW (window));
  let_turns_pass ();
  g_assert_cmpuint (n_steps, ==, 5);
}

#define N_WORDS 12

static guint n_turns, n_turns_of_words;

static gboolean
take_the_turn (gpointer unused)
{
  n_turns++;
  g_usleep (10000);
  return G_SOURCE_CONTINUE;
}

static void
note_turns (gpointer window)
{
  n_turns_of_words = n_turns;
}

/* On a busy machine a turn has time for one word, and all are measured nevertheless before the window is. */
static void
test_words_where_time_is_short (void)
{
  static const FlatlineStep steps[] = { count_step, flatline_measure_words_ahead, note_turns, NULL };
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  guint busy = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, take_the_turn, NULL, NULL);

  for (guint i = 0; i < N_WORDS; i++)
    gtk_box_append (GTK_BOX (box), gtk_label_new ("word"));
  gtk_window_set_child (GTK_WINDOW (window), box);
  flatline_step_by_step (window, steps);
  while (n_turns_of_words == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (busy);
  g_assert_cmpuint (n_turns_of_words, >=, N_WORDS);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-by-step/taken-again", test_taken_again);
  g_test_add_func ("/step-by-step/words-where-time-is-short", test_words_where_time_is_short);
  return g_test_run ();
}
