/* SPDX-License-Identifier: MIT */
/* Draws the heartbeat graph with render nodes: rectangles, one picture of a beat, and kept layouts for the words. */
#include "config.h"

#include "flatline-heartbeat-drawing.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "flatline-heartbeat-strips.h"

#define BEAT_WIDTH    9.0
#define BUCKET_PIXELS 8.0
#define CLOCK_PIXELS  84.0

/* Shorter ones are between beats of a lane that goes on. */
#define LONG_SILENCE_PIXELS 21.0
#define LONG_SILENCE_US     G_USEC_PER_SEC /* however wide a second is: between beats that come is no silence */
#define LABEL_SCALE         0.92
#define LABEL_MARGIN        9
#define MIN_LABEL           92
#define MAX_LABEL           168

struct _FlatlineHeartbeatDrawing
{
  GtkWidget *widget; /* borrowed: it owns us */
  FlatlineHeartbeatStrips *strips;
  GskRenderNode *labels; /* NULL: not drawn yet */
  guint labels_state;    /* which lanes had beats then */
  GskRenderNode *beats[FLATLINE_N_LANES];
  double beat_height;
  int scale;
  int label_width;     /* 0: not known yet */
  GHashTable *layouts; /* text -> PangoLayout */
  GdkRGBA foreground;
  GdkRGBA alive;
  GdkRGBA flat;
};

const char *
flatline_heartbeat_lane_get_label (FlatlineLane lane)
{
  static const char *const labels[] = { N_ ("Program"), N_ ("Event loop"), N_ ("Interpreter"), N_ ("Process") };

  return _ (labels[lane]);
}

double
flatline_heartbeat_drawing_get_lane_height (double height)
{
  return MAX (height - FLATLINE_HEARTBEAT_CLOCK_HEIGHT, 12) / FLATLINE_N_LANES;
}

FlatlineHeartbeatDrawing *
flatline_heartbeat_drawing_new (GtkWidget *widget)
{
  FlatlineHeartbeatDrawing *self = g_new0 (FlatlineHeartbeatDrawing, 1);

  self->widget = widget;
  self->strips = flatline_heartbeat_strips_new ();
  self->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  return self;
}

void
flatline_heartbeat_drawing_forget (FlatlineHeartbeatDrawing *self)
{
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    g_clear_pointer (&self->beats[lane], gsk_render_node_unref);
  g_clear_pointer (&self->labels, gsk_render_node_unref);
  flatline_heartbeat_strips_forget (self->strips, G_MININT64);
  g_hash_table_remove_all (self->layouts);
  self->label_width = 0;
}

void
flatline_heartbeat_drawing_free (FlatlineHeartbeatDrawing *self)
{
  flatline_heartbeat_drawing_forget (self);
  flatline_heartbeat_strips_free (self->strips);
  g_hash_table_unref (self->layouts);
  g_free (self);
}

/* The picture of one beat, @height high, its line at the middle of the lane. */
static GskRenderNode *
create_beat (const GdkRGBA *color, double height, double strength, int scale)
{
  cairo_t *cr = flatline_picture_begin (BEAT_WIDTH, height, scale);
  double middle = floor (height * 0.6) + 0.5;

  gdk_cairo_set_source_rgba (cr, color);
  cairo_set_line_width (cr, 1.4);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_move_to (cr, 0, middle);
  cairo_line_to (cr, 1.5, middle);
  cairo_line_to (cr, 2.5, middle + height * 0.06 * strength);
  cairo_line_to (cr, 4.5, middle - height * 0.46 * strength);
  cairo_line_to (cr, 6.5, middle + height * 0.24 * strength);
  cairo_line_to (cr, 7.5, middle);
  cairo_line_to (cr, BEAT_WIDTH, middle);
  cairo_stroke (cr);
  return flatline_picture_end (cr, BEAT_WIDTH, height);
}

static void
prepare (FlatlineHeartbeatDrawing *self, double lane_height)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  int scale = gtk_widget_get_scale_factor (self->widget);
  GdkRGBA foreground;

  gtk_style_context_get_color (gtk_widget_get_style_context (self->widget), &foreground);
  if (self->beats[0] && self->beat_height == lane_height && self->scale == scale
      && gdk_rgba_equal (&foreground, &self->foreground))
    return;
  flatline_heartbeat_drawing_forget (self);
  self->foreground = foreground;
  self->beat_height = lane_height;
  self->scale = scale;
  gdk_rgba_parse (&self->alive, dark ? "#33d17a" : "#1b8553");
  gdk_rgba_parse (&self->flat, dark ? "#ff7b63" : "#c01c28");
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    self->beats[lane] = create_beat (&self->alive, lane_height, lane == FLATLINE_LANE_INTERPRETER ? 0.6 : 1.0, scale);
}

static void
append_rectangle (GtkSnapshot *snapshot, const GdkRGBA *color, double alpha, double x, double y, double w, double h)
{
  GdkRGBA faded = *color;

  faded.alpha *= (float)alpha;
  gtk_snapshot_append_color (snapshot, &faded, &GRAPHENE_RECT_INIT ((float)x, (float)y, (float)w, (float)h));
}

static PangoLayout *
get_layout (FlatlineHeartbeatDrawing *self, const char *text, double font_scale)
{
  PangoLayout *layout = g_hash_table_lookup (self->layouts, text);
  g_autoptr (PangoAttrList) attributes = NULL;

  if (layout)
    return layout;
  if (g_hash_table_size (self->layouts) > 200)
    g_hash_table_remove_all (self->layouts);
  layout = gtk_widget_create_pango_layout (self->widget, text);
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (font_scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  g_hash_table_insert (self->layouts, g_strdup (text), layout);
  return layout;
}

int
flatline_heartbeat_drawing_get_label_width (FlatlineHeartbeatDrawing *self)
{
  if (self->label_width)
    return self->label_width;
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    {
      PangoLayout *layout = get_layout (self, flatline_heartbeat_lane_get_label (lane), LABEL_SCALE);
      int width;

      pango_layout_set_width (layout, -1);
      pango_layout_get_pixel_size (layout, &width, NULL);
      self->label_width = CLAMP (width + 2 * LABEL_MARGIN, MAX (self->label_width, MIN_LABEL), MAX_LABEL);
    }
  return self->label_width;
}

static void
append_text (
    FlatlineHeartbeatDrawing *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, double alpha)
{
  GdkRGBA color = self->foreground;

  color.alpha *= (float)alpha;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

/* A piece of time being drawn. */
typedef struct
{
  FlatlineHeartbeatDrawing *drawing;
  GtkSnapshot *snapshot;
  FlatlineHeartbeatRecord *record;
  const FlatlineHeartbeatAxis *axis;
  double left_us;
  double us_per_px;
  double width;
  gint64 now_us;
  double height;
  double lane_height;
} View;

static double
x_of (const View *view, gint64 time_us)
{
  return round (((double)time_us - view->left_us) / view->us_per_px * view->drawing->scale) / view->drawing->scale;
}

static gint64
time_at (const View *view, double x)
{
  return (gint64)(view->left_us + x * view->us_per_px);
}

static void
draw_grid (const View *view)
{
  double graph_width = (double)view->axis->span_us / view->us_per_px;
  gint64 step_us = flatline_heartbeat_axis_get_step (view->axis, graph_width, CLOCK_PIXELS);
  gint64 left_us = time_at (view, -CLOCK_PIXELS); /* its words reach into view */
  g_autoptr (GDateTime) zone = g_date_time_new_now_local ();
  gint64 offset_us = g_date_time_get_utc_offset (zone);
  double lanes_height = view->height - FLATLINE_HEARTBEAT_CLOCK_HEIGHT;

  for (gint64 time_us = left_us - (left_us + offset_us) % step_us; time_us <= time_at (view, view->width);
       time_us += step_us)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
      g_autofree char *text = g_date_time_format (time, step_us < 60 * (gint64)G_USEC_PER_SEC ? "%H:%M:%S" : "%H:%M");
      double x = x_of (view, time_us);

      append_rectangle (view->snapshot, &view->drawing->foreground, 0.08, x, 0, 1, lanes_height);
      append_text (view->drawing, view->snapshot, get_layout (view->drawing, text, 0.75), x + 3, lanes_height - 1, 0.7);
    }
}

static void
draw_freezes (const View *view)
{
  GArray *marks = flatline_heartbeat_record_get_marks (view->record);
  double lanes_height = view->height - FLATLINE_HEARTBEAT_CLOCK_HEIGHT;

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);
      double left, right;

      if (mark->kind != FLATLINE_MARK_FREEZE)
        continue;
      left = x_of (view, mark->silent_us);
      right = x_of (view, mark->ended_us ? mark->ended_us : view->now_us);
      if (right < 0 || left > view->width)
        continue;
      append_rectangle (view->snapshot, &view->drawing->flat, 0.10, MAX (left, 0), 0,
                        MAX (MIN (right, view->width) - MAX (left, 0), 1), lanes_height);
    }
}

/* Lines where something happened: a start, an end, a freeze's decision, an exception. */
static void
draw_marks (const View *view)
{
  GArray *marks = flatline_heartbeat_record_get_marks (view->record);
  double lanes_height = view->height - FLATLINE_HEARTBEAT_CLOCK_HEIGHT;

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);
      gboolean bad = mark->kind == FLATLINE_MARK_FREEZE || mark->kind == FLATLINE_MARK_EXCEPTION;
      const GdkRGBA *color = bad ? &view->drawing->flat : &view->drawing->foreground;
      double x = x_of (view, mark->time_us);

      if (x < 0 || x > view->width + 1)
        continue;
      append_rectangle (view->snapshot, color, bad ? 0.9 : 0.4, x, 0, 1, lanes_height);
      append_rectangle (view->snapshot, color, bad ? 1.0 : 0.5, x - 2, 0, 5, 5);
    }
}

static gboolean
is_in_freeze (const View *view, gint64 time_us)
{
  GArray *marks = flatline_heartbeat_record_get_marks (view->record);

  for (guint i = 0; i < marks->len; i++)
    {
      FlatlineMark *mark = &g_array_index (marks, FlatlineMark, i);

      if (mark->kind == FLATLINE_MARK_FREEZE && time_us >= mark->silent_us
          && time_us < (mark->ended_us ? mark->ended_us : G_MAXINT64))
        return TRUE;
    }
  return FALSE;
}

/* The line between two beats, which may reach out of the piece: a silence in a freeze is red. */
static void
draw_silence (const View *view, double from, double to, double middle, gint64 silence_us)
{
  gboolean is_long = silence_us > LONG_SILENCE_US && (double)silence_us > LONG_SILENCE_PIXELS * view->us_per_px;
  gboolean flat = is_long && is_in_freeze (view, time_at (view, (from + to) / 2));

  if (to > from)
    append_rectangle (view->snapshot, flat ? &view->drawing->flat : &view->drawing->alive, flat ? 1.0 : 0.85, from,
                      middle, to - from, 1.4);
}

static void
draw_lane (const View *view, FlatlineLane lane)
{
  double middle = lane * view->lane_height + floor (view->lane_height * 0.6) - 0.2;
  /* Buckets are anchored in time: beats keep their choice while the view moves over them, and in the next piece. */
  gint64 bucket_us = MAX (1, (gint64)(BUCKET_PIXELS * view->us_per_px));
  gint64 from_us = time_at (view, -BEAT_WIDTH);
  gint64 first_us = flatline_heartbeat_record_get_first_us (view->record);
  double end = MIN (x_of (view, view->now_us), view->width);
  double drawn = MAX (0, x_of (view, first_us));
  const FlatlineKeptBeat *beat, *before;
  gint64 last_us;

  if (flatline_heartbeat_record_get_n_beats (view->record, lane) == 0)
    {
      append_rectangle (view->snapshot, &view->drawing->foreground, 0.18, 0, middle, view->width, 1);
      return;
    }
  from_us -= from_us % bucket_us;
  before = flatline_heartbeat_record_find_before (view->record, lane, from_us);
  last_us = before ? before->time_us : first_us;
  beat = flatline_heartbeat_record_find_from (view->record, lane, from_us);
  while (beat && beat->time_us <= time_at (view, view->width + BEAT_WIDTH))
    {
      double x = round ((x_of (view, beat->time_us) - BEAT_WIDTH / 2) * view->drawing->scale) / view->drawing->scale;

      draw_silence (view, drawn, MIN (x, view->width), middle, beat->time_us - last_us);
      flatline_picture_append (view->snapshot, view->drawing->beats[lane], x, lane * view->lane_height);
      drawn = MAX (drawn, x + BEAT_WIDTH);
      last_us = beat->time_us;
      beat = flatline_heartbeat_record_find_from (view->record, lane,
                                                  beat->time_us - beat->time_us % bucket_us + bucket_us);
    }
  draw_silence (view, drawn, end, middle, (beat ? beat->time_us : view->now_us) - last_us);
}

/* A line for as long as the process was well, a red one while it was stopped or stuck, none after its end. */
static void
draw_process (const View *view)
{
  double middle = FLATLINE_LANE_PROCESS * view->lane_height + floor (view->lane_height * 0.6) - 0.2;
  gint64 left_us = time_at (view, 0);
  gint64 end_us = flatline_heartbeat_record_get_end_us (view->record);
  const FlatlineKeptBeat *state = flatline_heartbeat_record_find_before (view->record, FLATLINE_LANE_PROCESS, left_us);

  if (!state)
    state = flatline_heartbeat_record_find_from (view->record, FLATLINE_LANE_PROCESS, left_us);
  if (!state)
    append_rectangle (view->snapshot, &view->drawing->foreground, 0.18, 0, middle, view->width, 1);
  while (state && state->time_us <= time_at (view, view->width))
    {
      const FlatlineKeptBeat *next =
          flatline_heartbeat_record_find_from (view->record, FLATLINE_LANE_PROCESS, state->time_us + 1);
      double from = MAX (x_of (view, state->time_us), 0);
      double to = MIN (x_of (view, next ? next->time_us : end_us ? end_us : view->now_us), view->width);

      if (to > from)
        append_rectangle (view->snapshot, state->is_ill ? &view->drawing->flat : &view->drawing->alive, 0.85, from,
                          middle, to - from, 1.4);
      state = next;
    }
}

static void
draw_cursor (const View *view, const FlatlineHeartbeatCursor *cursor)
{
  FlatlineHeartbeatDrawing *drawing = view->drawing;
  double x = x_of (view, cursor->time_us);
  PangoLayout *layout = get_layout (drawing, cursor->text, 0.85);
  double top = cursor->lane * view->lane_height;
  double left;
  GskRoundedRect frame;
  GdkRGBA ground;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  left = x + 8 + width + 12 <= view->width ? x + 8 : MAX (x - width - 20, 0);
  top = CLAMP (top + (view->lane_height - height) / 2 - 2, 0, MAX (view->height - height - 4, 0));
  append_rectangle (view->snapshot, &drawing->foreground, 0.5, x, 0, 1, view->height - FLATLINE_HEARTBEAT_CLOCK_HEIGHT);
  gsk_rounded_rect_init_from_rect (
      &frame, &GRAPHENE_RECT_INIT ((float)left, (float)top, (float)(width + 12), (float)(height + 4)), 5);
  gdk_rgba_parse (&ground, adw_style_manager_get_dark (adw_style_manager_get_default ()) ? "#3d3846" : "#ffffff");
  gtk_snapshot_push_rounded_clip (view->snapshot, &frame);
  append_rectangle (view->snapshot, &ground, 0.95, left, top, width + 12, height + 4);
  gtk_snapshot_pop (view->snapshot);
  append_text (drawing, view->snapshot, layout, left + 6, top + 2, 1.0);
}

static void
append_labels (FlatlineHeartbeatDrawing *self,
               GtkSnapshot *snapshot,
               FlatlineHeartbeatRecord *record,
               double lane_height)
{
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    {
      PangoLayout *layout = get_layout (self, flatline_heartbeat_lane_get_label (lane), LABEL_SCALE);
      gboolean silent = flatline_heartbeat_record_get_n_beats (record, lane) == 0;
      int height;

      pango_layout_set_width (layout, (flatline_heartbeat_drawing_get_label_width (self) - 14) * PANGO_SCALE);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_get_pixel_size (layout, NULL, &height);
      append_text (self, snapshot, layout, LABEL_MARGIN, lane * lane_height + floor (lane_height * 0.6) - height / 2.0,
                   silent ? 0.4 : 0.8);
    }
}

/* The same node as long as they say the same: then GTK knows that nothing is new there. */
static void
draw_labels (FlatlineHeartbeatDrawing *self, GtkSnapshot *snapshot, FlatlineHeartbeatRecord *record, double lane_height)
{
  guint state = 0;

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    state |= (flatline_heartbeat_record_get_n_beats (record, lane) > 0) << lane;
  if (!self->labels || self->labels_state != state)
    {
      GtkSnapshot *labels = gtk_snapshot_new ();

      append_labels (self, labels, record, lane_height);
      g_clear_pointer (&self->labels, gsk_render_node_unref);
      self->labels = gtk_snapshot_free_to_node (labels);
      self->labels_state = state;
    }
  if (self->labels)
    gtk_snapshot_append_node (snapshot, self->labels);
}

/* All of a piece of time but the cursor. */
static void
draw_piece (GtkSnapshot *snapshot, double left_us, double width, gpointer user_data)
{
  View view = *(const View *)user_data;

  view.snapshot = snapshot;
  view.left_us = left_us;
  view.width = width;
  draw_grid (&view);
  draw_freezes (&view);
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    draw_lane (&view, lane);
  draw_process (&view);
  draw_marks (&view);
}

void
flatline_heartbeat_drawing_forget_from (FlatlineHeartbeatDrawing *self, gint64 from_us)
{
  flatline_heartbeat_strips_forget (self->strips, from_us);
}

void
flatline_heartbeat_drawing_draw (FlatlineHeartbeatDrawing *self,
                                 GtkSnapshot *snapshot,
                                 FlatlineHeartbeatRecord *record,
                                 const FlatlineHeartbeatAxis *axis,
                                 gint64 right_us,
                                 gint64 now_us,
                                 const FlatlineHeartbeatCursor *cursor)
{
  int label_width = flatline_heartbeat_drawing_get_label_width (self);
  double width = gtk_widget_get_width (self->widget) - label_width;
  double height = gtk_widget_get_height (self->widget);
  View view = {
    .drawing = self,
    .snapshot = snapshot,
    .record = record,
    .axis = axis,
    .us_per_px = (double)axis->span_us / MAX (width, 1),
    .left_us = (double)(right_us - axis->span_us),
    .now_us = now_us,
    .width = width,
    .height = height,
    .lane_height = flatline_heartbeat_drawing_get_lane_height (height),
  };
  FlatlineStripScale scale = { .us_per_px = view.us_per_px, .height = height, .now_us = now_us };

  if (width < 20)
    return;
  prepare (self, view.lane_height);
  scale.scale = self->scale;
  draw_labels (self, snapshot, record, view.lane_height);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float)label_width, 0, (float)width, (float)height));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)label_width, 0));
  flatline_heartbeat_strips_draw (self->strips, snapshot, &scale, right_us, width, draw_piece, &view);
  if (cursor->time_us && cursor->text)
    draw_cursor (&view, cursor);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
}
