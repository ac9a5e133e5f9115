/* SPDX-License-Identifier: MIT */
/* The same sizes as GtkScrolledWindow's with automatic scroll bars, which are those of the bars. */
#include "config.h"

#include "flatline-scrolled-layout.h"

struct _FlatlineScrolledLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (FlatlineScrolledLayout, flatline_scrolled_layout, GTK_TYPE_LAYOUT_MANAGER)

static void
flatline_scrolled_layout_measure (GtkLayoutManager *manager,
                                  GtkWidget *widget,
                                  GtkOrientation orientation,
                                  int for_size,
                                  int *minimum,
                                  int *natural,
                                  int *minimum_baseline,
                                  int *natural_baseline)
{
  GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW (widget);
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;
  GtkWidget *bar =
      across ? gtk_scrolled_window_get_hscrollbar (scrolled) : gtk_scrolled_window_get_vscrollbar (scrolled);
  GtkWidget *child = gtk_scrolled_window_get_child (scrolled);
  GtkBorder border = { 0 };
  GtkPolicyType across_policy;
  int around;

  gtk_scrolled_window_get_policy (scrolled, &across_policy, NULL);
  if (child && across && across_policy == GTK_POLICY_NEVER)
    {
      gtk_widget_measure (child, orientation, for_size, minimum, natural, NULL, NULL);
      return;
    }
  if (child)
    gtk_scrollable_get_border (GTK_SCROLLABLE (child), &border);
  around = across ? border.left + border.right : border.top + border.bottom;
  gtk_widget_measure (bar, orientation, -1, minimum, natural, NULL, NULL);
  *minimum += around;
  *natural += around;
}

/* The child says how long it is as it gets its place. GtkScrolledWindow hears of it, and asks for a layout in the
 * middle of one when that brings or takes a bar (GTK 4.8): who is around it is drawn without a place then. It looks at
 * the bars once more by itself when the child has its place. */
static void
hear_of_changes (GtkScrolledWindow *scrolled, gboolean hear)
{
  GtkAdjustment *const adjustments[] = { gtk_scrolled_window_get_hadjustment (scrolled),
                                         gtk_scrolled_window_get_vadjustment (scrolled) };
  const guint changed = g_signal_lookup ("changed", GTK_TYPE_ADJUSTMENT);
  const GSignalMatchType match = G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA;

  for (guint i = 0; i < G_N_ELEMENTS (adjustments); i++)
    if (hear)
      g_signal_handlers_unblock_matched (adjustments[i], match, changed, 0, NULL, NULL, scrolled);
    else
      g_signal_handlers_block_matched (adjustments[i], match, changed, 0, NULL, NULL, scrolled);
}

static void
flatline_scrolled_layout_allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  hear_of_changes (GTK_SCROLLED_WINDOW (widget), FALSE);
  GTK_WIDGET_GET_CLASS (widget)->size_allocate (widget, width, height, baseline);
  hear_of_changes (GTK_SCROLLED_WINDOW (widget), TRUE);
}

static void
flatline_scrolled_layout_class_init (FlatlineScrolledLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  manager_class->measure = flatline_scrolled_layout_measure;
  manager_class->allocate = flatline_scrolled_layout_allocate;
}

static void
flatline_scrolled_layout_init (FlatlineScrolledLayout *self)
{
}

void
flatline_scrolled_layout_use (GtkScrolledWindow *scrolled)
{
  gtk_widget_set_layout_manager (GTK_WIDGET (scrolled), g_object_new (FLATLINE_TYPE_SCROLLED_LAYOUT, NULL));
}
