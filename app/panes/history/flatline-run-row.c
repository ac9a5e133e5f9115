/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRunRow. The heart is dimmed and lit in turn by a timer while it is on the screen, instead of by an animation
 * in CSS, which would draw the window sixty times a second.
 */
#include "config.h"

#include "flatline-run-row.h"

#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-freeze-row.h"
#include "flatline-record-words.h"
#include "flatline-shown-text.h"
#include "flatline-tooltip.h"

#define PULSE_MS 500

struct _FlatlineRunRow
{
  GtkWidget parent_instance;
  GtkWidget *grid;
  GtkWidget *heart;
  char *title;
  char *outcome;
  guint pulse_source;
  gboolean beating;
};

G_DEFINE_FINAL_TYPE (FlatlineRunRow, flatline_run_row, GTK_TYPE_WIDGET)

static gboolean
pulse (gpointer data)
{
  FlatlineRunRow *self = data;

  gtk_widget_set_opacity (self->heart, gtk_widget_get_opacity (self->heart) < 1 ? 1 : 0.4);
  return G_SOURCE_CONTINUE;
}

static void
flatline_run_row_map (GtkWidget *widget)
{
  FlatlineRunRow *self = FLATLINE_RUN_ROW (widget);
  gboolean animate;

  GTK_WIDGET_CLASS (flatline_run_row_parent_class)->map (widget);
  g_object_get (gtk_widget_get_settings (widget), "gtk-enable-animations", &animate, NULL);
  if (self->beating && animate && self->pulse_source == 0)
    self->pulse_source = g_timeout_add (PULSE_MS, pulse, self);
}

static void
flatline_run_row_unmap (GtkWidget *widget)
{
  FlatlineRunRow *self = FLATLINE_RUN_ROW (widget);

  g_clear_handle_id (&self->pulse_source, g_source_remove);
  GTK_WIDGET_CLASS (flatline_run_row_parent_class)->unmap (widget);
}

static void
flatline_run_row_dispose (GObject *object)
{
  FlatlineRunRow *self = FLATLINE_RUN_ROW (object);

  g_clear_handle_id (&self->pulse_source, g_source_remove);
  g_clear_pointer (&self->grid, gtk_widget_unparent);
  G_OBJECT_CLASS (flatline_run_row_parent_class)->dispose (object);
}

static void
flatline_run_row_finalize (GObject *object)
{
  FlatlineRunRow *self = FLATLINE_RUN_ROW (object);

  g_free (self->title);
  g_free (self->outcome);
  G_OBJECT_CLASS (flatline_run_row_parent_class)->finalize (object);
}

/* The row of the list, which has the focus; this one is in it. */
static void
name_row (FlatlineRunRow *self)
{
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (self));

  if (row)
    flatline_accessible_names_name_row (row, self->title, self->outcome);
}

static void
flatline_run_row_class_init (FlatlineRunRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_run_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_run_row_finalize;
  GTK_WIDGET_CLASS (klass)->map = flatline_run_row_map;
  GTK_WIDGET_CLASS (klass)->unmap = flatline_run_row_unmap;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_run_row_init (FlatlineRunRow *self)
{
  self->grid = gtk_grid_new ();
  self->heart = gtk_image_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 2);
  gtk_widget_set_margin_top (self->grid, 4);
  gtk_widget_set_margin_bottom (self->grid, 4);
  gtk_widget_set_parent (self->grid, GTK_WIDGET (self));
}

/* What has become of it, for people. */
static char *
dup_outcome (FlatlineRun *run)
{
  g_autofree char *ended = flatline_format_time (run->ended_us);

  if (g_strcmp0 (run->heart, "beating") == 0)
    return g_strdup (_ ("Running"));
  if (g_strcmp0 (run->heart, "flatlined") == 0)
    return g_strdup (_ ("Flatlined: nothing was heard of its supervisor for too long"));
  if (run->ended_us == 0)
    return g_strdup (run->end_reason ? flatline_record_word_text (run->end_reason) : _ ("Running"));
  if (run->exit_signal > 0)
    return g_strdup_printf (_ ("Ended by signal %d, %s"), (int)run->exit_signal, ended);
  /* Translators: exit status, time */
  return g_strdup_printf (_ ("Ended with %d, %s"), (int)run->exit_status, ended);
}

GtkWidget *
flatline_run_row_new (FlatlineRun *run)
{
  FlatlineRunRow *self = g_object_new (FLATLINE_TYPE_RUN_ROW, NULL);
  const gboolean flatlined = g_strcmp0 (run->heart, "flatlined") == 0;
  g_autofree char *time = flatline_format_time (run->started_us);
  const char *outcome = self->outcome = dup_outcome (run);
  g_autofree char *command = run->argv ? g_strjoinv (" ", run->argv) : NULL;
  const char *name = self->title = flatline_shown_text_dup (run->title ? run->title : "");
  g_autofree char *on = flatline_shown_text_dup (run->host);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", name, "xalign", 0.0, "hexpand", TRUE, "ellipsize",
                                   PANGO_ELLIPSIZE_END, NULL);
  GtkWidget *started = g_object_new (GTK_TYPE_LABEL, "label", time, "xalign", 1.0, NULL);
  GtkWidget *host = g_object_new (GTK_TYPE_LABEL, "label", on, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END,
                                  "hexpand", TRUE, NULL);
  GtkWidget *state = g_object_new (GTK_TYPE_LABEL, "label", outcome, "xalign", 0.0, "wrap", TRUE, NULL);

  g_signal_connect (self, "notify::parent", G_CALLBACK (name_row), NULL);
  self->beating = g_strcmp0 (run->heart, "beating") == 0;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->heart), self->beating ? "heart-beat-symbolic" : "heart-flat-symbolic");
  gtk_widget_add_css_class (self->heart, self->beating ? "success" : flatlined ? "error" : "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->heart), GTK_ACCESSIBLE_PROPERTY_LABEL, outcome, -1);
  gtk_widget_add_css_class (title, "heading");
  gtk_widget_add_css_class (started, "caption");
  gtk_widget_add_css_class (started, "dim-label");
  gtk_widget_add_css_class (started, "numeric");
  gtk_widget_add_css_class (host, "caption");
  gtk_widget_add_css_class (state, "caption");
  gtk_widget_add_css_class (state, flatlined ? "error" : "dim-label");
  gtk_grid_attach (GTK_GRID (self->grid), self->heart, 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), title, 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), started, 2, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), host, 1, 1, 2, 1);
  gtk_grid_attach (GTK_GRID (self->grid), state, 1, 2, 2, 1);
  flatline_tooltip_set (GTK_WIDGET (self), command);
  return GTK_WIDGET (self);
}
