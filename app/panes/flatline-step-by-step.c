/* SPDX-License-Identifier: MIT */
/* The steps that are left are data of their owner, and go with it. */
#include "config.h"

#include "flatline-step-by-step.h"

#include "flatline-turn.h"

#define STEPS "flatline-steps"

typedef struct
{
  GtkWidget *owner; /* borrowed: it has this */
  const FlatlineStep *next;
  guint source;
  guint n_words; /* labels that were measured ahead */
} Steps;

static void
steps_free (gpointer data)
{
  g_clear_handle_id (&((Steps *)data)->source, g_source_remove);
  g_free (data);
}

static void
leave (GtkWidget *owner)
{
  g_object_set_data (G_OBJECT (owner), STEPS, NULL);
}

static gboolean
take_step (gpointer user_data)
{
  Steps *steps = user_data;
  const FlatlineStep step = *steps->next++;
  const gboolean more = *steps->next != NULL;

  /* The step may be the owner's end. */
  if (!more)
    steps->source = 0;
  step (steps->owner);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
flatline_step_by_step (GtkWidget *owner, const FlatlineStep *steps)
{
  Steps *left = g_new0 (Steps, 1);

  g_return_if_fail (GTK_IS_WIDGET (owner) && steps && steps[0] && steps[1]);
  left->owner = owner;
  left->next = steps + 1;
  left->source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, take_step, left, NULL);
  g_object_set_data_full (G_OBJECT (owner), STEPS, left, steps_free);
  g_signal_handlers_disconnect_by_func (owner, leave, NULL);
  g_signal_connect (owner, "destroy", G_CALLBACK (leave), NULL);
  steps[0](owner);
}

void
flatline_step_again (gpointer owner)
{
  ((Steps *)g_object_get_data (owner, STEPS))->next--;
}

/* Not the widget itself: one that is not shown has no size. */
void
flatline_measure_ahead (GtkWidget *widget, int width)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      int minimum, natural;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, MAX (minimum, width > 0 ? width : natural), NULL, NULL, NULL,
                          NULL);
    }
}

/* All that were @measured before are passed. Returns: whether none is left. */
static gboolean
measure_words (GtkWidget *widget, guint *measured, guint *n_passed)
{
  if (GTK_IS_LABEL (widget) && (*n_passed)++ == *measured)
    {
      gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      (*measured)++;
      if (flatline_turn_is_over ())
        return FALSE;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (!measure_words (child, measured, n_passed))
      return FALSE;
  return TRUE;
}

void
flatline_measure_words_ahead (gpointer window)
{
  Steps *steps = g_object_get_data (G_OBJECT (window), STEPS);
  guint n_passed = 0;

  if (!measure_words (window, &steps->n_words, &n_passed))
    flatline_step_again (window);
}

void
flatline_measure_window_ahead (gpointer window)
{
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  flatline_measure_ahead (window, width);
}
