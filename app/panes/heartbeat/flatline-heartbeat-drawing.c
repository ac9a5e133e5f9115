/* SPDX-License-Identifier: MIT */
/* The names of the lanes, the pieces of time beside them, and over these what a person points at. */
#include "config.h"

#include "flatline-heartbeat-drawing.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "flatline-heartbeat-strips.h"
#include "flatline-heartbeat-view.h"

#define LABEL_SCALE  0.92
#define CURSOR_SCALE 0.85
#define LABEL_MARGIN 9
#define MIN_LABEL    92
#define MAX_LABEL    168

#define MAX_LABEL_LINES 10 /* in large letters: as wide as so many lines are high */

struct _FlatlineHeartbeatDrawing
{
  GtkWidget *widget; /* borrowed: it owns us */
  FlatlineHeartbeatInk *ink;
  FlatlineHeartbeatStrips *lanes[FLATLINE_LANE_PROCESS];
  GskRenderNode *labels; /* NULL: not drawn yet */
  guint labels_state;    /* which lanes had beats then */
  int label_width;       /* 0: not known yet */
};

const char *
flatline_heartbeat_lane_get_label (FlatlineLane lane)
{
  static const char *const labels[] = { N_ ("Program"), N_ ("Event loop"), N_ ("Interpreter"), N_ ("Process") };

  return _ (labels[lane]);
}

FlatlineHeartbeatDrawing *
flatline_heartbeat_drawing_new (GtkWidget *widget)
{
  FlatlineHeartbeatDrawing *self = g_new0 (FlatlineHeartbeatDrawing, 1);

  self->widget = widget;
  self->ink = flatline_heartbeat_ink_new (widget);
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    self->lanes[lane] = flatline_heartbeat_strips_new ();
  return self;
}

void
flatline_heartbeat_drawing_forget_from (FlatlineHeartbeatDrawing *self, gint64 from_us)
{
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    flatline_heartbeat_strips_forget (self->lanes[lane], from_us);
}

static void
forget_pictures (FlatlineHeartbeatDrawing *self)
{
  g_clear_pointer (&self->labels, gsk_render_node_unref);
  flatline_heartbeat_drawing_forget_from (self, G_MININT64);
  self->label_width = 0;
}

void
flatline_heartbeat_drawing_forget (FlatlineHeartbeatDrawing *self)
{
  forget_pictures (self);
  flatline_heartbeat_ink_forget (self->ink);
}

void
flatline_heartbeat_drawing_free (FlatlineHeartbeatDrawing *self)
{
  forget_pictures (self);
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    flatline_heartbeat_strips_free (self->lanes[lane]);
  flatline_heartbeat_ink_free (self->ink);
  g_free (self);
}

static PangoLayout *
get_label (FlatlineHeartbeatDrawing *self, FlatlineLane lane)
{
  return flatline_heartbeat_ink_get_layout (self->ink, flatline_heartbeat_lane_get_label (lane), LABEL_SCALE);
}

int
flatline_heartbeat_drawing_get_label_width (FlatlineHeartbeatDrawing *self)
{
  if (self->label_width)
    return self->label_width;
  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    {
      PangoLayout *layout = get_label (self, lane);
      int width, height;

      pango_layout_set_width (layout, -1);
      pango_layout_get_pixel_size (layout, &width, &height);
      self->label_width = CLAMP (width + 2 * LABEL_MARGIN, MAX (self->label_width, MIN_LABEL),
                                 MAX (MAX_LABEL, MAX_LABEL_LINES * height));
    }
  return self->label_width;
}

double
flatline_heartbeat_drawing_get_lane_height (FlatlineHeartbeatDrawing *self, double height)
{
  return MAX (height - flatline_heartbeat_ink_get_clock_height (self->ink), 12) / FLATLINE_N_LANES;
}

int
flatline_heartbeat_drawing_get_least_height (FlatlineHeartbeatDrawing *self)
{
  int height;

  pango_layout_get_pixel_size (get_label (self, FLATLINE_LANE_PROGRAM), NULL, &height);
  return FLATLINE_N_LANES * height + flatline_heartbeat_ink_get_clock_height (self->ink);
}

static void
append_cursor (FlatlineHeartbeatDrawing *self,
               GtkSnapshot *snapshot,
               const FlatlineHeartbeatView *view,
               const FlatlineHeartbeatCursor *cursor)
{
  double x = flatline_heartbeat_view_get_x (view, cursor->time_us);
  PangoLayout *layout = flatline_heartbeat_ink_get_layout (self->ink, cursor->text, CURSOR_SCALE);
  double top = flatline_heartbeat_view_get_lane_top (view, cursor->lane);
  double left;
  GskRoundedRect frame;
  GdkRGBA ground;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  left = x + 8 + width + 12 <= view->width ? x + 8 : MAX (x - width - 20, 0);
  top = CLAMP (top + (view->lane_height - height) / 2 - 2, 0, MAX (view->height - height - 4, 0));
  flatline_heartbeat_ink_append (snapshot, &self->ink->foreground, 0.5, x, 0, 1,
                                 flatline_heartbeat_view_get_lanes_height (view));
  gsk_rounded_rect_init_from_rect (
      &frame, &GRAPHENE_RECT_INIT ((float)left, (float)top, (float)(width + 12), (float)(height + 4)), 5);
  gdk_rgba_parse (&ground, adw_style_manager_get_dark (adw_style_manager_get_default ()) ? "#3d3846" : "#ffffff");
  gtk_snapshot_push_rounded_clip (snapshot, &frame);
  flatline_heartbeat_ink_append (snapshot, &ground, 0.95, left, top, width + 12, height + 4);
  gtk_snapshot_pop (snapshot);
  flatline_heartbeat_ink_append_text (self->ink, snapshot, layout, left + 6, top + 2, 1.0);
}

static GskRenderNode *
create_labels (FlatlineHeartbeatDrawing *self, const FlatlineHeartbeatView *view, guint state)
{
  GtkSnapshot *labels = gtk_snapshot_new ();
  const gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  const double beating = contrast ? 1 : 0.8, still = contrast ? 0.75 : 0.4;

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    {
      PangoLayout *layout = get_label (self, lane);
      const double middle = flatline_heartbeat_view_get_lane_top (view, lane) + floor (view->lane_height * 0.6);
      int height;

      pango_layout_set_width (layout, (flatline_heartbeat_drawing_get_label_width (self) - 14) * PANGO_SCALE);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_get_pixel_size (layout, NULL, &height);
      flatline_heartbeat_ink_append_text (self->ink, labels, layout, LABEL_MARGIN, middle - height / 2.0,
                                          (state & (1 << lane)) ? beating : still);
    }
  return gtk_snapshot_free_to_node (labels);
}

/* The same node as long as they say the same: then GTK knows that nothing is new there. */
static void
append_labels (FlatlineHeartbeatDrawing *self, GtkSnapshot *snapshot, const FlatlineHeartbeatView *view)
{
  guint state = 0;

  for (int lane = 0; lane < FLATLINE_N_LANES; lane++)
    state |= (flatline_heartbeat_record_get_n_beats (view->record, lane) > 0) << lane;
  if (self->labels && self->labels_state != state)
    g_clear_pointer (&self->labels, gsk_render_node_unref);
  if (!self->labels)
    self->labels = create_labels (self, view, state);
  self->labels_state = state;
  gtk_snapshot_append_node (snapshot, self->labels);
}

typedef struct
{
  const FlatlineHeartbeatView *view;
  FlatlineLane lane;
} Lane;

static void
draw_piece (cairo_t *cr, double left_px, double width, gpointer user_data)
{
  const Lane *lane = user_data;
  FlatlineHeartbeatView piece = *lane->view;

  piece.left_px = left_px;
  piece.width = width;
  flatline_heartbeat_view_draw_lane (&piece, cr, lane->lane);
}

static void
append_lane (FlatlineHeartbeatDrawing *self,
             GtkSnapshot *snapshot,
             const FlatlineHeartbeatView *view,
             FlatlineLane number)
{
  const FlatlineBeatPicture *beat = &self->ink->beats[number];
  const FlatlineStripScale scale = {
    .us_per_px = view->us_per_px, .height = beat->height, .scale = self->ink->scale, .now_us = view->now_us
  };
  const double top = flatline_heartbeat_view_get_lane_top (view, number) + beat->top;
  Lane lane = { .view = view, .lane = number };

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, (float)top));
  flatline_heartbeat_strips_append (self->lanes[number], snapshot, &scale, view->left_px, view->width, draw_piece,
                                    &lane);
  gtk_snapshot_restore (snapshot);
}

static void
append_graph (FlatlineHeartbeatDrawing *self, GtkSnapshot *snapshot, const FlatlineHeartbeatView *view)
{
  flatline_heartbeat_view_append_ground (view, snapshot);
  for (int lane = 0; lane < FLATLINE_LANE_PROCESS; lane++)
    if (flatline_heartbeat_record_get_n_beats (view->record, lane) > 0)
      append_lane (self, snapshot, view, lane);
  flatline_heartbeat_view_append_marks (view, snapshot);
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
  FlatlineHeartbeatView view = {
    .ink = self->ink,
    .record = record,
    .axis = axis,
    .us_per_px = (double)axis->span_us / MAX (width, 1),
    .now_us = now_us,
    .width = width,
    .height = height,
    .lane_height = flatline_heartbeat_drawing_get_lane_height (self, height),
  };

  if (width < 20)
    return;
  if (flatline_heartbeat_ink_prepare (self->ink, view.lane_height))
    forget_pictures (self);
  view.left_px = round ((double)right_us / view.us_per_px * self->ink->scale) / self->ink->scale - width;
  append_labels (self, snapshot, &view);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT ((float)label_width, 0, (float)width, (float)height));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)label_width, 0));
  append_graph (self, snapshot, &view);
  if (cursor->time_us && cursor->text)
    append_cursor (self, snapshot, &view, cursor);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
}
