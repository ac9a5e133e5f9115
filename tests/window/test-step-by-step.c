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

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-by-step/taken-again", test_taken_again);
  return g_test_run ();
}
