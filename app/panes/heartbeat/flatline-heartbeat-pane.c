/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatPane: a lane for each kind of beat, time running to the left, like the monitor at a bedside. While a
 * program lives the view follows the clock, and is drawn anew when it has moved by a pixel: never otherwise. Wheel and
 * keys zoom, dragging and keys move through what is kept; what lies below the pointer or the keyboard's cursor is told
 * in words, which is what a screen reader reads.
 */
#include "config.h"

#include "flatline-heartbeat-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-frame-pace.h"
#include "flatline-heartbeat-drawing.h"
#include "flatline-heartbeat-history.h"
#include "flatline-heartbeat-marks.h"
#include "flatline-heartbeat-words.h"

#define SPAN_US      (30 * (gint64)G_USEC_PER_SEC)
#define REACH_PIXELS 7.0
#define CALM_STEP_US G_USEC_PER_SEC /* for who wants things to move less */
#define LEAST_WIDTH  160
#define LEAST_HEIGHT 88
#define BEATS_US     (G_USEC_PER_SEC / 30) /* a beat is seen as soon as this */

struct _FlatlineHeartbeatPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  FlatlineStore *store;
  FlatlineHeartbeatRecord *record;
  FlatlineHeartbeatHistory *history; /* NULL: the record has all there is */
  FlatlineHeartbeatDrawing *drawing;
  FlatlineHeartbeatAxis axis;
  FlatlineHeartbeatCursor cursor;
  char *cursor_text;
  GtkWidget *live_button;
  FlatlineFramePace *pace;
  gint64 drag_right_us;
  double pointer_x; /* negative: it is elsewhere */
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  PROP_STORE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineHeartbeatPane, flatline_heartbeat_pane, GTK_TYPE_WIDGET)

/* Time stands still when the program has ended. */
static gint64
get_now_us (FlatlineHeartbeatPane *self)
{
  gint64 end_us = flatline_heartbeat_record_get_end_us (self->record);

  return end_us ? end_us : g_get_real_time ();
}

static double
get_graph_width (FlatlineHeartbeatPane *self)
{
  return MAX (gtk_widget_get_width (GTK_WIDGET (self)) - flatline_heartbeat_drawing_get_label_width (self->drawing), 1);
}

static gint64
get_right_us (FlatlineHeartbeatPane *self)
{
  return flatline_heartbeat_axis_get_right (&self->axis, get_now_us (self), get_graph_width (self),
                                            gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

/* When the right edge is another one. */
static gint64
get_next_us (FlatlineHeartbeatPane *self)
{
  return flatline_heartbeat_axis_get_next_us (&self->axis, get_now_us (self), get_graph_width (self),
                                              gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

static gint64
get_time_at (FlatlineHeartbeatPane *self, double x)
{
  return flatline_heartbeat_axis_get_time (&self->axis, get_right_us (self), get_graph_width (self),
                                           x - flatline_heartbeat_drawing_get_label_width (self->drawing));
}

/* The clock is asked only while its answer can move something: not in a tab that is not shown. */
static gboolean
is_moving (FlatlineHeartbeatPane *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self)) && self->axis.following && self->session
         && !flatline_heartbeat_record_get_end_us (self->record)
         && flatline_session_get_state (self->session) != FLATLINE_SESSION_IDLE;
}

static void
update_motion (FlatlineHeartbeatPane *self)
{
  gboolean animate;

  if (!self->live_button) /* disposed */
    return;
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animate, NULL);
  self->axis.step_us = animate ? 0 : CALM_STEP_US;
  if (!is_moving (self))
    flatline_frame_pace_stop (self->pace);
  gtk_widget_set_visible (self->live_button, !self->axis.following);
  if (self->history)
    flatline_heartbeat_history_show (self->history, get_right_us (self) - self->axis.span_us, get_right_us (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_record_changed (FlatlineHeartbeatPane *self, gint64 from_us)
{
  flatline_heartbeat_drawing_forget_from (self->drawing, from_us);
  if (is_moving (self)) /* a crowd of beats is one picture */
    flatline_frame_pace_draw_at (self->pace, g_get_monotonic_time () + BEATS_US);
  else
    update_motion (self);
}

static const FlatlineMark *
find_mark (FlatlineHeartbeatPane *self, gint64 time_us, gint64 reach_us, gboolean in_bands)
{
  return flatline_heartbeat_marks_find (flatline_heartbeat_record_get_marks (self->record), time_us, reach_us,
                                        in_bands ? get_now_us (self) : 0);
}

static void
point_at (FlatlineHeartbeatPane *self, FlatlineLane lane, gint64 time_us, char *text)
{
  g_free (self->cursor_text);
  self->cursor_text = text;
  self->cursor = (FlatlineHeartbeatCursor){ .lane = lane, .time_us = time_us, .text = text };
  if (text)
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
point_at_nothing (FlatlineHeartbeatPane *self)
{
  if (self->cursor.time_us)
    point_at (self, 0, 0, NULL);
}

static void
point_near (FlatlineHeartbeatPane *self, double x, double y)
{
  double lane_height =
      flatline_heartbeat_drawing_get_lane_height (self->drawing, gtk_widget_get_height (GTK_WIDGET (self)));
  FlatlineLane lane = CLAMP ((int)(y / lane_height), 0, FLATLINE_N_LANES - 1);
  gint64 reach_us = (gint64)(REACH_PIXELS * (double)self->axis.span_us / get_graph_width (self));
  gint64 time_us = get_time_at (self, x);
  const FlatlineKeptBeat *beat = flatline_heartbeat_record_find_near (self->record, lane, time_us, reach_us);
  const FlatlineMark *mark = find_mark (self, time_us, reach_us / 2, beat == NULL);

  if (x < flatline_heartbeat_drawing_get_label_width (self->drawing))
    point_at_nothing (self);
  else if (mark)
    point_at (self, lane, mark->time_us, flatline_heartbeat_describe_mark (mark));
  else if (beat)
    point_at (self, lane, beat->time_us, flatline_heartbeat_describe_beat (beat, lane));
  else
    point_at_nothing (self);
}

/* What a screen reader says of the whole graph when it comes to it. */
static void
describe_all (FlatlineHeartbeatPane *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    {
      const FlatlineKeptBeat *last = flatline_heartbeat_record_find_before (self->record, lane, G_MAXINT64);
      g_autofree char *words = last ? flatline_heartbeat_describe_beat (last, lane) : g_strdup (_ ("no beats"));

      g_string_append_printf (text, "%s%s: %s", lane ? "; " : "", flatline_heartbeat_lane_get_label (lane), words);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
}

/* Moving and zooming */

static void
pan (FlatlineHeartbeatPane *self, gint64 by_us)
{
  flatline_heartbeat_axis_pan (&self->axis, by_us, flatline_heartbeat_record_get_first_us (self->record),
                               get_now_us (self));
  update_motion (self);
}

static void
zoom (FlatlineHeartbeatPane *self, double factor, gint64 at_us)
{
  flatline_heartbeat_axis_zoom (&self->axis, factor, at_us, get_now_us (self));
  update_motion (self);
}

static void
go_live (FlatlineHeartbeatPane *self)
{
  self->axis.following = TRUE;
  point_at_nothing (self);
  update_motion (self);
}

static void
bring_into_view (FlatlineHeartbeatPane *self, gint64 time_us)
{
  gint64 right_us = get_right_us (self);

  if (time_us < right_us - self->axis.span_us || time_us > right_us)
    pan (self, time_us + self->axis.span_us / 2 - right_us);
}

static void
on_motion (FlatlineHeartbeatPane *self, double x, double y)
{
  self->pointer_x = x;
  point_near (self, x, y);
}

static void
on_leave (FlatlineHeartbeatPane *self)
{
  self->pointer_x = -1;
  point_at_nothing (self);
}

/* GDK knows no place of what a wheel does. */
static gboolean
on_scroll (FlatlineHeartbeatPane *self, double dx, double dy, GtkEventController *controller)
{
  GdkModifierType modifiers = gtk_event_controller_get_current_event_state (controller);
  double x = self->pointer_x >= 0 ? self->pointer_x : gtk_widget_get_width (GTK_WIDGET (self)) / 2.0;

  if (dx != 0 || (modifiers & GDK_SHIFT_MASK))
    pan (self, (gint64)((dx != 0 ? dx : dy) * (double)self->axis.span_us / 12));
  else if (dy != 0)
    zoom (self, dy > 0 ? 1.25 : 0.8, get_time_at (self, x));
  return GDK_EVENT_STOP;
}

static void
on_drag_begin (FlatlineHeartbeatPane *self, double x, double y)
{
  self->drag_right_us = get_right_us (self);
}

static void
on_drag_update (FlatlineHeartbeatPane *self, double dx, double dy, GtkGesture *gesture)
{
  if (!gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int)dx, (int)dy) && self->axis.following)
    return;
  point_at_nothing (self);
  pan (self,
       self->drag_right_us - (gint64)(dx * (double)self->axis.span_us / get_graph_width (self)) - get_right_us (self));
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

/* A freeze of the past opens; the one under way is what the panes show already. */
static void
open_mark (FlatlineHeartbeatPane *self, const FlatlineMark *mark)
{
  if (!mark || !mark->freeze)
    return;
  if (mark->freeze->id > 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.open-freeze", "x", mark->freeze->id);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "session.show-stack", NULL);
}

static void
on_released (FlatlineHeartbeatPane *self, int n_press, double x, double y)
{
  gint64 reach_us = (gint64)(REACH_PIXELS * (double)self->axis.span_us / get_graph_width (self));

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (x >= flatline_heartbeat_drawing_get_label_width (self->drawing))
    open_mark (self, find_mark (self, get_time_at (self, x), reach_us, TRUE));
}

/* The next beat of the cursor's lane, or the next mark, whichever comes first. */
static void
step (FlatlineHeartbeatPane *self, int direction)
{
  gint64 from_us = self->cursor.time_us ? self->cursor.time_us : get_right_us (self);
  FlatlineLane lane = self->cursor.lane;
  const FlatlineKeptBeat *beat = direction < 0 ? flatline_heartbeat_record_find_before (self->record, lane, from_us)
                                               : flatline_heartbeat_record_find_from (self->record, lane, from_us + 1);
  const FlatlineMark *nearest = flatline_heartbeat_marks_find_next (flatline_heartbeat_record_get_marks (self->record),
                                                                    from_us, direction, beat ? beat->time_us : 0);

  if (!nearest && !beat)
    return;
  bring_into_view (self, nearest ? nearest->time_us : beat->time_us);
  if (nearest)
    point_at (self, lane, nearest->time_us, flatline_heartbeat_describe_mark (nearest));
  else
    point_at (self, lane, beat->time_us, flatline_heartbeat_describe_beat (beat, lane));
}

static gboolean
on_key (FlatlineHeartbeatPane *self, guint key, guint code, GdkModifierType modifiers)
{
  gint64 first_us = flatline_heartbeat_record_get_first_us (self->record);
  gint64 middle_us = get_right_us (self) - self->axis.span_us / 2;

  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      step (self, key == GDK_KEY_Left ? -1 : 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
    case GDK_KEY_Down:
      self->cursor.lane = CLAMP ((int)self->cursor.lane + (key == GDK_KEY_Up ? -1 : 1), 0, FLATLINE_N_LANES - 1);
      step (self, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Page_Up:
    case GDK_KEY_Page_Down:
      pan (self, (key == GDK_KEY_Page_Up ? -1 : 1) * self->axis.span_us * 3 / 4);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
      bring_into_view (self, first_us);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
    case GDK_KEY_Escape:
      go_live (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom (self, 0.5, middle_us);
      return GDK_EVENT_STOP;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom (self, 2.0, middle_us);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      open_mark (self, self->cursor.time_us ? find_mark (self, self->cursor.time_us, 0, TRUE) : NULL);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* The widget */

static void
flatline_heartbeat_pane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (widget);
  const gint64 now_us = get_now_us (self);

  flatline_heartbeat_drawing_draw (self->drawing, snapshot, self->record, &self->axis, get_right_us (self), now_us,
                                   &self->cursor);
  if (is_moving (self)) /* and then it has moved by a pixel */
    flatline_frame_pace_draw_at (self->pace, g_get_monotonic_time () + get_next_us (self) - now_us);
  gtk_widget_snapshot_child (widget, self->live_button, snapshot);
}

static void
flatline_heartbeat_pane_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (flatline_heartbeat_pane_parent_class)->css_changed (widget, change);
  flatline_heartbeat_drawing_forget (FLATLINE_HEARTBEAT_PANE (widget)->drawing);
  gtk_widget_set_size_request (
      widget, LEAST_WIDTH,
      MAX (LEAST_HEIGHT, flatline_heartbeat_drawing_get_least_height (FLATLINE_HEARTBEAT_PANE (widget)->drawing)));
}

static void
set_session (FlatlineHeartbeatPane *self, FlatlineSession *session)
{
  g_set_object (&self->session, session);
  flatline_heartbeat_record_follow (self->record, session);
  update_motion (self);
}

static void
set_snapshot (FlatlineHeartbeatPane *self, FlatlineSnapshot *snapshot)
{
  if (!g_set_object (&self->snapshot, snapshot) || self->session || !snapshot)
    return;
  flatline_heartbeat_record_load (self->record, snapshot);
  if (self->store && snapshot->run_uid && !self->history)
    self->history =
        flatline_heartbeat_history_new (self->record, self->store, snapshot->run_uid, snapshot->captured_us);
  update_motion (self);
}

static void
flatline_heartbeat_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SESSION)
    set_session (FLATLINE_HEARTBEAT_PANE (object), g_value_get_object (value));
  else if (id == PROP_STORE)
    g_set_object (&FLATLINE_HEARTBEAT_PANE (object)->store, g_value_get_object (value));
  else
    set_snapshot (FLATLINE_HEARTBEAT_PANE (object), g_value_get_object (value));
}

static void
flatline_heartbeat_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  g_value_set_object (value, id == PROP_SESSION    ? (gpointer)self->session
                             : id == PROP_SNAPSHOT ? (gpointer)self->snapshot
                                                   : (gpointer)self->store);
}

static void
flatline_heartbeat_pane_dispose (GObject *object)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  flatline_heartbeat_record_follow (self->record, NULL);
  g_clear_pointer (&self->history, flatline_heartbeat_history_free);
  g_clear_object (&self->store);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  g_clear_pointer (&self->pace, flatline_frame_pace_free);
  g_clear_pointer (&self->live_button, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_heartbeat_pane_parent_class)->dispose (object);
}

static void
flatline_heartbeat_pane_finalize (GObject *object)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  flatline_heartbeat_drawing_free (self->drawing);
  g_object_unref (self->record);
  g_free (self->cursor_text);
  G_OBJECT_CLASS (flatline_heartbeat_pane_parent_class)->finalize (object);
}

static void
flatline_heartbeat_pane_class_init (FlatlineHeartbeatPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = flatline_heartbeat_pane_set_property;
  object_class->get_property = flatline_heartbeat_pane_get_property;
  object_class->dispose = flatline_heartbeat_pane_dispose;
  object_class->finalize = flatline_heartbeat_pane_finalize;
  widget_class->snapshot = flatline_heartbeat_pane_snapshot;
  widget_class->css_changed = flatline_heartbeat_pane_css_changed;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_STORE] =
      g_param_spec_object ("store", NULL, NULL, FLATLINE_TYPE_STORE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "heartbeat");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
add_controllers (FlatlineHeartbeatPane *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (describe_all), self);
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (click, "released", G_CALLBACK (on_released), self);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, keys);
  gtk_widget_add_controller (widget, focus);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
}

static void
flatline_heartbeat_pane_init (FlatlineHeartbeatPane *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->axis = (FlatlineHeartbeatAxis){ .span_us = SPAN_US, .following = TRUE };
  self->pointer_x = -1;
  self->record = flatline_heartbeat_record_new ();
  self->drawing = flatline_heartbeat_drawing_new (widget);
  self->pace = flatline_frame_pace_new (widget);
  g_signal_connect (self, "map", G_CALLBACK (update_motion), NULL);
  g_signal_connect (self, "unmap", G_CALLBACK (update_motion), NULL);
  g_signal_connect_object (self->record, "changed", G_CALLBACK (on_record_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_widget_get_settings (widget), "notify::gtk-enable-animations",
                           G_CALLBACK (update_motion), self, G_CONNECT_SWAPPED);
  self->live_button = gtk_button_new_with_label (_ ("Now"));
  g_object_set (self->live_button, "visible", FALSE, "halign", GTK_ALIGN_END, "valign", GTK_ALIGN_START, "margin-top",
                4, "margin-end", 6, "tooltip-text", _ ("Follow the program again (End)"), NULL);
  gtk_widget_add_css_class (self->live_button, "osd");
  g_signal_connect_swapped (self->live_button, "clicked", G_CALLBACK (go_live), self);
  gtk_widget_set_parent (self->live_button, widget);
  gtk_widget_set_size_request (widget, LEAST_WIDTH, LEAST_HEIGHT);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Heartbeat"), -1);
  add_controllers (self);
}
