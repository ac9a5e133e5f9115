/* SPDX-License-Identifier: MIT */
/* What is visible must not change while places are given, so it changes in the next turn. */
#include "config.h"

#include "flatline-narrow-layout.h"

#define ENOUGH_FOR_TWO 620 /* pixels; more where words are long or large */

struct _FlatlineNarrowLayout
{
  GtkLayoutManager parent_instance;
  GActionGroup *actions;     /* weak */
  AdwViewSwitcher *switcher; /* weak */
  int least;                 /* what the view takes as it is when it is not narrow */
  gboolean narrow;           /* has to be */
  gboolean adapted;          /* is */
  gboolean gone;             /* the side bar, because of that */
  guint source;
};

G_DEFINE_FINAL_TYPE (FlatlineNarrowLayout, flatline_narrow_layout, GTK_TYPE_LAYOUT_MANAGER)

static gboolean
adapt (gpointer user_data)
{
  FlatlineNarrowLayout *self = user_data;
  g_autoptr (GVariant) shown = self->actions ? g_action_group_get_action_state (self->actions, "sidebar") : NULL;

  self->source = 0;
  self->adapted = self->narrow;
  if (self->switcher)
    adw_view_switcher_set_policy (self->switcher,
                                  self->narrow ? ADW_VIEW_SWITCHER_POLICY_NARROW : ADW_VIEW_SWITCHER_POLICY_WIDE);
  if (!shown)
    return G_SOURCE_REMOVE;
  if (self->narrow ? g_variant_get_boolean (shown) : self->gone)
    g_action_group_change_action_state (self->actions, "sidebar", g_variant_new_boolean (!self->narrow));
  self->gone = self->narrow && g_variant_get_boolean (shown);
  return G_SOURCE_REMOVE;
}

static GtkSizeRequestMode
flatline_narrow_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return gtk_widget_get_request_mode (gtk_widget_get_first_child (widget));
}

static void
flatline_narrow_layout_measure (GtkLayoutManager *manager,
                                GtkWidget *widget,
                                GtkOrientation orientation,
                                int for_size,
                                int *minimum,
                                int *natural,
                                int *minimum_baseline,
                                int *natural_baseline)
{
  FlatlineNarrowLayout *self = FLATLINE_NARROW_LAYOUT (manager);

  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL || self->adapted)
    return;
  /* It may get less: then it is narrow, and takes less. */
  self->least = *minimum;
  *minimum = MIN (*minimum, ENOUGH_FOR_TWO - 1);
}

static void
flatline_narrow_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  FlatlineNarrowLayout *self = FLATLINE_NARROW_LAYOUT (manager);
  const gboolean narrow = width < MAX (ENOUGH_FOR_TWO, self->least);
  GtkWidget *child = gtk_widget_get_first_child (widget);
  int least;

  if (narrow != self->adapted && !self->source)
    self->source = g_idle_add (adapt, self);
  self->narrow = narrow;
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_allocate (child, MAX (width, least), height, baseline, NULL);
}

static void
flatline_narrow_layout_dispose (GObject *object)
{
  FlatlineNarrowLayout *self = FLATLINE_NARROW_LAYOUT (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_weak_pointer (&self->actions);
  g_clear_weak_pointer (&self->switcher);
  G_OBJECT_CLASS (flatline_narrow_layout_parent_class)->dispose (object);
}

static void
flatline_narrow_layout_class_init (FlatlineNarrowLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_narrow_layout_dispose;
  manager_class->get_request_mode = flatline_narrow_layout_get_request_mode;
  manager_class->measure = flatline_narrow_layout_measure;
  manager_class->allocate = flatline_narrow_layout_allocate;
}

static void
flatline_narrow_layout_init (FlatlineNarrowLayout *self)
{
}

void
flatline_narrow_layout_use (GtkWidget *view, GActionGroup *actions, AdwViewSwitcher *switcher)
{
  FlatlineNarrowLayout *self = g_object_new (FLATLINE_TYPE_NARROW_LAYOUT, NULL);

  g_set_weak_pointer (&self->actions, actions);
  g_set_weak_pointer (&self->switcher, switcher);
  gtk_widget_set_layout_manager (view, GTK_LAYOUT_MANAGER (self));
}
