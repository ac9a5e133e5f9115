/* SPDX-License-Identifier: MIT */
/* The template has the places; a place at the bottom is a page of its stack, one of the side bar has a title above. */
#include "config.h"

#include "flatline-session-layout.h"

#include "flatline-paned-memory.h"
#include "flatline-process-pane.h"
#include "flatline-scrolled-layout.h"
#include "flatline-still.h"
#include "flatline-width-first-layout.h"

/* How much of a small window a pane takes, percent; that of the history has tools above its list. */
#define PANE_SHARE      29
#define STACK_SHARE     26 /* of what stack, source and variables have together */
#define VARIABLES_SHARE 33 /* a name, the begin of a value and a type beside each other */
#define LEFT_SHARE      34
#define HISTORY_SHARE   42

/* In a window not as wide as this the columns of processes end with their memory: the source has the room that the next
 * column would take. Until there is a process it is not known where that is, but about. */
#define COMPACT_LEFT_WIDTH 330
#define WIDE               1400

struct _FlatlineSessionLayout
{
  GtkWidget parent_instance;
  GtkWidget *slots[FLATLINE_N_PANES];
  GtkScrolledWindow *scrolled;
  GtkPaned *left_paned;
  GtkPaned *history_paned;
  GtkPaned *bottom_paned;
  GtkPaned *heartbeat_paned;
  GtkPaned *variables_paned;
  GtkPaned *stack_paned;
  GtkStack *capture_stack;
  FlatlineWaitingPage *waiting;
  AdwViewStack *bottom_stack;
  AdwViewSwitcher *switcher;
};

static const char *const slot_names[FLATLINE_N_PANES] = {
  [FLATLINE_PANE_OUTPUT] = "output_slot",       [FLATLINE_PANE_HEARTBEAT] = "heartbeat_slot",
  [FLATLINE_PANE_STACK] = "stack_slot",         [FLATLINE_PANE_SOURCE] = "source_slot",
  [FLATLINE_PANE_VARIABLES] = "variables_slot", [FLATLINE_PANE_PROCESSES] = "processes_slot",
  [FLATLINE_PANE_NETWORK] = "network_slot",     [FLATLINE_PANE_HISTORY] = "history_slot",
  [FLATLINE_PANE_CONSOLE] = "console_slot",     [FLATLINE_PANE_SHELL] = "shell_slot",
};

G_DEFINE_FINAL_TYPE (FlatlineSessionLayout, flatline_session_layout, GTK_TYPE_WIDGET)

static void
remember_sizes (FlatlineSessionLayout *self)
{
  g_autoptr (GSettings) settings = g_settings_new ("org.flatline.Flatline");

  flatline_paned_remember (self->left_paned, settings, "left-width", GTK_PACK_START, LEFT_SHARE);
  flatline_paned_make_compact (self->left_paned, COMPACT_LEFT_WIDTH, WIDE);
  flatline_paned_remember (self->history_paned, settings, "history-height", GTK_PACK_END, HISTORY_SHARE);
  flatline_paned_remember (self->bottom_paned, settings, "bottom-height", GTK_PACK_END, PANE_SHARE);
  flatline_paned_remember (self->heartbeat_paned, settings, "heartbeat-height", GTK_PACK_START, PANE_SHARE);
  flatline_paned_remember (self->variables_paned, settings, "right-width", GTK_PACK_END, VARIABLES_SHARE);
  flatline_paned_remember (self->stack_paned, settings, "stack-width", GTK_PACK_START, STACK_SHARE);
  flatline_paned_share_of (self->stack_paned, self->variables_paned);
}

static void
on_compact_width (FlatlineSessionLayout *self, GParamSpec *pspec, FlatlineProcessPane *pane)
{
  int width;

  g_object_get (pane, "compact-width", &width, NULL);
  flatline_paned_make_compact (self->left_paned, width, WIDE);
}

static void
on_processes (FlatlineSessionLayout *self, GParamSpec *pspec, AdwBin *slot)
{
  if (adw_bin_get_child (slot))
    g_signal_connect_object (adw_bin_get_child (slot), "notify::compact-width", G_CALLBACK (on_compact_width), self,
                             G_CONNECT_SWAPPED);
}

static gboolean
is_at_bottom (FlatlineSessionLayout *self, FlatlinePane pane)
{
  return self->slots[pane] && gtk_widget_is_ancestor (self->slots[pane], GTK_WIDGET (self->bottom_stack));
}

static gboolean
has_sidebar (FlatlineSessionLayout *self)
{
  return self->slots[FLATLINE_PANE_PROCESSES] || self->slots[FLATLINE_PANE_HISTORY];
}

/* The heart and what froze are seen whole, for which the banner folds; panes that have too little height together with
 * those at the bottom are scrolled. A line of words in one of them, asked how wide it is when it is not to wrap, would
 * have GTK widen the window for it. So no size depends on the other. */
static GtkSizeRequestMode
flatline_session_layout_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
flatline_session_layout_measure (GtkWidget *widget,
                                 GtkOrientation orientation,
                                 int for_size,
                                 int *minimum,
                                 int *natural,
                                 int *minimum_baseline,
                                 int *natural_baseline)
{
  FlatlineSessionLayout *self = FLATLINE_SESSION_LAYOUT (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    gtk_widget_measure (GTK_WIDGET (self->scrolled), orientation, -1, minimum, natural, NULL, NULL);
  else
    {
      gtk_widget_measure (GTK_WIDGET (self->left_paned), orientation, -1, NULL, natural, NULL, NULL);
      gtk_widget_measure (GTK_WIDGET (self->heartbeat_paned), orientation, -1, minimum, NULL, NULL, NULL);
    }
}

static void
flatline_session_layout_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
}

static void
flatline_session_layout_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_pointer (&child, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_session_layout_parent_class)->dispose (object);
}

static void
flatline_session_layout_class_init (FlatlineSessionLayoutClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = flatline_session_layout_dispose;
  widget_class->get_request_mode = flatline_session_layout_get_request_mode;
  widget_class->measure = flatline_session_layout_measure;
  widget_class->size_allocate = flatline_session_layout_size_allocate;

  g_type_ensure (FLATLINE_TYPE_STILL);
  g_type_ensure (FLATLINE_TYPE_WAITING_PAGE);
  g_type_ensure (FLATLINE_TYPE_WIDTH_FIRST_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/flatline/Flatline/window/flatline-session-layout.ui");
  for (guint i = 0; i < FLATLINE_N_PANES; i++)
    gtk_widget_class_bind_template_child_full (widget_class, slot_names[i], FALSE,
                                               G_STRUCT_OFFSET (FlatlineSessionLayout, slots)
                                                   + (gssize)(i * sizeof (GtkWidget *)));
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, scrolled);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, left_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, history_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, bottom_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, heartbeat_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, variables_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, stack_paned);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, capture_stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, waiting);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, bottom_stack);
  gtk_widget_class_bind_template_child (widget_class, FlatlineSessionLayout, switcher);
}

static void
flatline_session_layout_init (FlatlineSessionLayout *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  flatline_scrolled_layout_use (self->scrolled);
  remember_sizes (self);
  g_signal_connect_swapped (self->slots[FLATLINE_PANE_PROCESSES], "notify::child", G_CALLBACK (on_processes), self);
}

GtkWidget *const *
flatline_session_layout_get_slots (FlatlineSessionLayout *self)
{
  return self->slots;
}

void
flatline_session_layout_leave_out (FlatlineSessionLayout *self, FlatlinePane pane)
{
  GtkWidget *slot = self->slots[pane];

  g_return_if_fail (slot);
  gtk_widget_set_visible (slot, FALSE);
  if (is_at_bottom (self, pane))
    adw_view_stack_page_set_visible (adw_view_stack_get_page (self->bottom_stack, slot), FALSE);
  else if (pane == FLATLINE_PANE_HISTORY)
    gtk_widget_set_visible (gtk_paned_get_end_child (self->history_paned), FALSE);
  self->slots[pane] = NULL;
  if (!has_sidebar (self))
    flatline_session_layout_show_sidebar (self, FALSE);
}

void
flatline_session_layout_leave_out_bottom (FlatlineSessionLayout *self)
{
  gtk_widget_set_visible (gtk_paned_get_end_child (self->bottom_paned), FALSE);
}

void
flatline_session_layout_bring_forward (FlatlineSessionLayout *self, FlatlinePane pane)
{
  GtkAdjustment *height = gtk_scrolled_window_get_vadjustment (self->scrolled);

  if (!is_at_bottom (self, pane))
    return;
  adw_view_stack_set_visible_child (self->bottom_stack, self->slots[pane]);
  gtk_adjustment_set_value (height, gtk_adjustment_get_upper (height));
}

void
flatline_session_layout_show_sidebar (FlatlineSessionLayout *self, gboolean show)
{
  gtk_widget_set_visible (gtk_paned_get_start_child (self->left_paned), show && has_sidebar (self));
}

void
flatline_session_layout_show_capture (FlatlineSessionLayout *self, gboolean show)
{
  gtk_stack_set_visible_child_name (self->capture_stack, show ? "capture" : "waiting");
}

FlatlineWaitingPage *
flatline_session_layout_get_waiting_page (FlatlineSessionLayout *self)
{
  return self->waiting;
}

AdwViewSwitcher *
flatline_session_layout_get_switcher (FlatlineSessionLayout *self)
{
  return self->switcher;
}
