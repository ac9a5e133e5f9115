/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHeartbeatPane: a lane for each kind of beat, time running to the left. While a program lives the pane redraws
 * with the frame clock and scrolls by the clock, not by beats: silence is what must be seen. It draws at most one spike
 * a pixel, so ten thousand beats cost what a thousand do.
 */
#include "config.h"

#include "flatline-heartbeat-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define SPAN_US     (30 * G_USEC_PER_SEC)
#define LABEL_WIDTH 92
#define FRAME_US    33000 /* 30 pictures a second are smooth, and leave the processor to the program */

struct _FlatlineHeartbeatPane
{
  GtkWidget parent_instance;
  FlatlineSession *session;
  FlatlineSnapshot *snapshot;
  guint tick;
  gint64 drawn_us;
  gint64 end_us; /* where a program that ended stands still, 0 while it lives */
};

static const struct
{
  const char *lane;
  const char *label;
} lanes[] = {
  { "program", N_ ("Program") },
  { "loop", N_ ("Event loop") },
  { "interpreter", N_ ("Interpreter") },
};

enum
{
  PROP_0,
  PROP_SESSION,
  PROP_SNAPSHOT,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineHeartbeatPane, flatline_heartbeat_pane, GTK_TYPE_WIDGET)

static gboolean
is_frozen (FlatlineHeartbeatPane *self)
{
  return self->session ? flatline_session_get_state (self->session) == FLATLINE_SESSION_FROZEN
                       : self->snapshot && g_strcmp0 (self->snapshot->reason, "freeze") == 0;
}

static GListStore *
get_beats (FlatlineHeartbeatPane *self)
{
  if (self->session)
    return flatline_session_get_beats (self->session);
  return self->snapshot ? self->snapshot->beats : NULL;
}

static gint64
get_right_edge_us (FlatlineHeartbeatPane *self)
{
  if (self->session)
    return self->end_us ? self->end_us : g_get_real_time ();
  return self->snapshot ? self->snapshot->captured_us : g_get_real_time ();
}

/* The trace of one lane: newest beats first, since the list is ordered and only its end is in view. */
static void
draw_lane (FlatlineHeartbeatPane *self, cairo_t *cr, const char *lane, double width, double top, double height)
{
  GListStore *beats = get_beats (self);
  gint64 right_us = get_right_edge_us (self);
  double middle = top + height * 0.6;
  double last_x = width;

  cairo_move_to (cr, width, middle);
  for (guint i = flatline_list_length (beats); i > 0; i--)
    {
      FlatlineBeat *beat = flatline_list_peek (beats, i - 1);
      double x;

      if (beat->time_us < right_us - SPAN_US)
        break;
      if (g_strcmp0 (beat->lane, lane) != 0)
        continue;
      x = LABEL_WIDTH + (width - LABEL_WIDTH) * (1.0 - (right_us - beat->time_us) / (double)SPAN_US);
      if (last_x - x < 5.0 && last_x < width)
        continue;
      /* Leftward, so the spike is drawn mirrored: the trace is one line from now into the past. */
      cairo_line_to (cr, x + 2.5, middle);
      cairo_line_to (cr, x + 1.0, middle + height * 0.15);
      cairo_line_to (cr, x - 0.5, middle - height * 0.4);
      cairo_line_to (cr, x - 2.5, middle);
      last_x = x;
    }
  cairo_line_to (cr, LABEL_WIDTH, middle);
  cairo_stroke (cr);
}

static void
draw_label (FlatlineHeartbeatPane *self, GtkSnapshot *snapshot, const char *text, const GdkRGBA *color, double y)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  pango_layout_set_width (layout, (LABEL_WIDTH - 14) * PANGO_SCALE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (9, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
flatline_heartbeat_pane_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (widget);
  double width = gtk_widget_get_width (widget);
  double lane_height = gtk_widget_get_height (widget) / (double)G_N_ELEMENTS (lanes);
  GdkRGBA foreground, trace;
  cairo_t *cr;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &foreground);
  gdk_rgba_parse (&trace, is_frozen (self) ? "#e01b24" : "#26a269");
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, gtk_widget_get_height (widget)));
  /* A line every five seconds. */
  cairo_set_source_rgba (cr, foreground.red, foreground.green, foreground.blue, 0.08);
  for (int i = 0; i <= 6; i++)
    cairo_rectangle (cr, LABEL_WIDTH + (width - LABEL_WIDTH - 1) * i / 6.0, 0, 1, lane_height * G_N_ELEMENTS (lanes));
  cairo_fill (cr);
  gdk_cairo_set_source_rgba (cr, &trace);
  cairo_set_line_width (cr, 1.5);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++)
    draw_lane (self, cr, lanes[i].lane, width, i * lane_height, lane_height);
  cairo_destroy (cr);
  foreground.alpha *= 0.7f;
  for (guint i = 0; i < G_N_ELEMENTS (lanes); i++)
    draw_label (self, snapshot, _ (lanes[i].label), &foreground, i * lane_height + lane_height * 0.6 - 10);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (widget);
  gint64 now_us = gdk_frame_clock_get_frame_time (clock);

  if (now_us - self->drawn_us >= FRAME_US)
    {
      self->drawn_us = now_us;
      gtk_widget_queue_draw (widget);
    }
  return G_SOURCE_CONTINUE;
}

static void
on_state_changed (FlatlineHeartbeatPane *self)
{
  FlatlineSessionState state = self->session ? flatline_session_get_state (self->session) : FLATLINE_SESSION_IDLE;
  gboolean live = state == FLATLINE_SESSION_STARTING || state == FLATLINE_SESSION_RUNNING
                  || state == FLATLINE_SESSION_FROZEN || state == FLATLINE_SESSION_EXITING;

  self->end_us = live ? 0 : g_get_real_time ();
  if (live && !self->tick)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
  else if (!live && self->tick)
    {
      gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
      self->tick = 0;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_session (FlatlineHeartbeatPane *self, FlatlineSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  if (session)
    g_signal_connect_object (session, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  on_state_changed (self);
}

static gboolean
on_query_tooltip (FlatlineHeartbeatPane *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  GListStore *beats = get_beats (self);
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - LABEL_WIDTH;
  guint lane = CLAMP (y * (int)G_N_ELEMENTS (lanes) / MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1), 0,
                      (int)G_N_ELEMENTS (lanes) - 1);
  gint64 at_us = get_right_edge_us (self) - (gint64)((1.0 - (x - LABEL_WIDTH) / MAX (width, 1)) * SPAN_US);

  for (guint i = flatline_list_length (beats); i > 0; i--)
    {
      FlatlineBeat *beat = flatline_list_peek (beats, i - 1);

      if (beat->time_us < at_us - G_USEC_PER_SEC / 2)
        break;
      if (beat->time_us <= at_us + G_USEC_PER_SEC / 4 && g_strcmp0 (beat->lane, lanes[lane].lane) == 0)
        {
          g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (beat->time_us / G_USEC_PER_SEC);
          g_autofree char *clock = g_date_time_format (time, "%T");
          g_autofree char *text =
              g_strdup_printf ("%s  %s  %s", clock, beat->reason ? beat->reason : "", beat->caller ? beat->caller : "");

          gtk_tooltip_set_text (tooltip, g_strchomp (text));
          return TRUE;
        }
    }
  return FALSE;
}

static void
flatline_heartbeat_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  if (id == PROP_SESSION)
    set_session (self, g_value_get_object (value));
  else
    g_set_object (&self->snapshot, g_value_get_object (value));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
flatline_heartbeat_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  g_value_set_object (value, id == PROP_SESSION ? (gpointer)self->session : (gpointer)self->snapshot);
}

static void
flatline_heartbeat_pane_dispose (GObject *object)
{
  FlatlineHeartbeatPane *self = FLATLINE_HEARTBEAT_PANE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->snapshot);
  G_OBJECT_CLASS (flatline_heartbeat_pane_parent_class)->dispose (object);
}

static void
flatline_heartbeat_pane_class_init (FlatlineHeartbeatPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_heartbeat_pane_set_property;
  object_class->get_property = flatline_heartbeat_pane_get_property;
  object_class->dispose = flatline_heartbeat_pane_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = flatline_heartbeat_pane_snapshot;
  properties[PROP_SESSION] =
      g_param_spec_object ("session", NULL, NULL, FLATLINE_TYPE_SESSION, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
flatline_heartbeat_pane_init (FlatlineHeartbeatPane *self)
{
  gtk_widget_set_size_request (GTK_WIDGET (self), 160, 72);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Heartbeat"), -1);
}
