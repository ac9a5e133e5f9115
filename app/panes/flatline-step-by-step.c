/* SPDX-License-Identifier: MIT */
/* The steps that are left are data of their owner, and go with it. */
#include "config.h"

#include "flatline-step-by-step.h"

typedef struct
{
  GtkWidget *owner; /* borrowed: it has this */
  const FlatlineStep *next;
  guint source;
} Steps;

static void
leave (Steps *steps)
{
  g_clear_handle_id (&steps->source, g_source_remove);
}

static void
steps_free (gpointer data)
{
  leave (data);
  g_free (data);
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
  g_object_set_data_full (G_OBJECT (owner), "flatline-steps", left, steps_free);
  g_signal_connect_swapped (owner, "destroy", G_CALLBACK (leave), left);
  steps[0](owner);
}
