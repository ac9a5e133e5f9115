/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFreezeRow: one freeze of the past as two lines: the script and the time, then the verdict's sentence. Or a
 * group of freezes: the newest of them, and how many they are.
 */
#include "config.h"

#include "flatline-freeze-row.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "flatline-accessible-names.h"
#include "flatline-shown-text.h"

struct _FlatlineFreezeRow
{
  GtkWidget parent_instance;
  FlatlineFreeze *freeze;
  FlatlineFreezeGroup *group; /* when the freeze stands for many */
  GtkWidget *grid;
  GtkWidget *title;
  GtkWidget *count;
  GtkWidget *time;
  GtkWidget *summary;
  char *tooltip; /* GTK asks the display when it is told one, for each row that is made */
};

enum
{
  PROP_0,
  PROP_FREEZE,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineFreezeRow, flatline_freeze_row, GTK_TYPE_WIDGET)

char *
flatline_format_time (gint64 time_us)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  if (!time || time_us <= 0)
    return g_strdup ("");
  if (g_date_time_get_year (time) == g_date_time_get_year (now)
      && g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (now))
    return g_date_time_format (time, "%H:%M:%S");
  if (g_date_time_get_year (time) == g_date_time_get_year (yesterday)
      && g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (yesterday))
    return g_date_time_format (time, _ ("Yesterday %H:%M"));
  return g_date_time_format (time, _ ("%-d %b %Y %H:%M"));
}

static const char *
kind_text (const char *kind)
{
  if (g_strcmp0 (kind, "crash") == 0)
    return _ ("Crashed");
  if (g_strcmp0 (kind, "exception") == 0)
    return _ ("Exception");
  if (g_strcmp0 (kind, "manual") == 0)
    return _ ("Captured by hand");
  return _ ("Stopped answering");
}

/* The row of the list, which has the focus; this one is in it. */
static void
name_row (FlatlineFreezeRow *self)
{
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *detail = g_strdup_printf ("%s, %s", gtk_label_get_label (GTK_LABEL (self->time)),
                                             gtk_label_get_label (GTK_LABEL (self->summary)));

  if (row && self->freeze)
    flatline_accessible_names_name_row (row, gtk_label_get_label (GTK_LABEL (self->title)), detail);
}

static void
show_freeze (FlatlineFreezeRow *self)
{
  FlatlineFreeze *freeze = self->freeze;
  g_autofree char *time = freeze ? flatline_format_time (freeze->time_us) : NULL;
  const char *summary = freeze && freeze->summary && *freeze->summary ? freeze->summary : NULL;
  g_autofree char *tooltip = NULL;
  g_autofree char *title = NULL;
  const char *name;

  if (!freeze)
    return;
  name = freeze->title ? freeze->title : _ ("Unknown program");
  if (!summary)
    summary = kind_text (freeze->kind);
  tooltip = g_strdup_printf ("%s%s%s", summary, freeze->location ? "\n" : "", freeze->location ? freeze->location : "");
  if (freeze->host && strcmp (freeze->host, g_get_host_name ()) != 0)
    title = g_strdup_printf ("%s · %s", name, freeze->host);
  flatline_shown_text_set (GTK_LABEL (self->title), title ? title : name);
  gtk_label_set_label (GTK_LABEL (self->time), time);
  flatline_shown_text_set (GTK_LABEL (self->summary), summary);
  if (self->group)
    {
      g_autofree char *count = g_strdup_printf ("%" PRId64 " ×", self->group->count);
      g_autofree char *first = flatline_format_time (self->group->first_us);
      g_autofree char *last = flatline_format_time (self->group->last_us);
      g_autofree char *verdict = g_steal_pointer (&tooltip);

      gtk_label_set_label (GTK_LABEL (self->count), count);
      /* Translators: the verdict and its place, how often, first time, last time */
      tooltip = g_strdup_printf (_ ("%s\n%s, first %s, last %s"), verdict, count, first, last);
    }
  g_free (self->tooltip);
  self->tooltip = flatline_shown_text_dup (tooltip);
  name_row (self);
}

static gboolean
flatline_freeze_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  FlatlineFreezeRow *self = FLATLINE_FREEZE_ROW (widget);

  gtk_tooltip_set_text (tooltip, self->tooltip);
  return self->tooltip != NULL;
}

static void
flatline_freeze_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineFreezeRow *self = FLATLINE_FREEZE_ROW (object);
  gpointer item = g_value_get_object (value);
  FlatlineFreezeGroup *group = FLATLINE_IS_FREEZE_GROUP (item) ? item : NULL;
  FlatlineFreeze *freeze = group ? group->newest : item;

  if (self->freeze && freeze != self->freeze)
    g_signal_handlers_disconnect_by_data (self->freeze, self);
  g_set_object (&self->group, group);
  gtk_widget_set_visible (self->count, self->group != NULL);
  if (g_set_object (&self->freeze, freeze) && self->freeze)
    g_signal_connect_object (self->freeze, "notify", G_CALLBACK (show_freeze), self, G_CONNECT_SWAPPED);
  show_freeze (self);
}

static void
flatline_freeze_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineFreezeRow *self = FLATLINE_FREEZE_ROW (object);

  g_value_set_object (value, self->group ? (gpointer)self->group : (gpointer)self->freeze);
}

static void
flatline_freeze_row_dispose (GObject *object)
{
  FlatlineFreezeRow *self = FLATLINE_FREEZE_ROW (object);

  if (self->freeze)
    g_signal_handlers_disconnect_by_data (self->freeze, self);
  g_clear_object (&self->freeze);
  g_clear_object (&self->group);
  g_clear_pointer (&self->grid, gtk_widget_unparent);
  g_clear_pointer (&self->tooltip, g_free);
  G_OBJECT_CLASS (flatline_freeze_row_parent_class)->dispose (object);
}

static void
flatline_freeze_row_class_init (FlatlineFreezeRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_freeze_row_set_property;
  object_class->get_property = flatline_freeze_row_get_property;
  object_class->dispose = flatline_freeze_row_dispose;
  GTK_WIDGET_CLASS (klass)->query_tooltip = flatline_freeze_row_query_tooltip;
  properties[PROP_FREEZE] =
      g_param_spec_object ("freeze", NULL, NULL, FLATLINE_TYPE_RECORD, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_freeze_row_init (FlatlineFreezeRow *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  self->grid = gtk_grid_new ();
  self->title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "hexpand", TRUE, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  self->count = g_object_new (GTK_TYPE_LABEL, "visible", FALSE, NULL);
  self->time = g_object_new (GTK_TYPE_LABEL, "xalign", 1.0, NULL);
  self->summary = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "lines", 2, "ellipsize",
                                PANGO_ELLIPSIZE_END, "wrap-mode", PANGO_WRAP_WORD_CHAR, NULL);
  gtk_widget_add_css_class (self->title, "heading");
  gtk_widget_add_css_class (self->count, "caption");
  gtk_widget_add_css_class (self->count, "numeric");
  gtk_widget_add_css_class (self->count, "accent");
  gtk_widget_add_css_class (self->time, "dim-label");
  gtk_widget_add_css_class (self->time, "caption");
  gtk_widget_add_css_class (self->time, "numeric");
  gtk_widget_add_css_class (self->summary, "caption");
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 2);
  gtk_grid_attach (GTK_GRID (self->grid), self->title, 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), self->count, 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), self->time, 2, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), self->summary, 0, 1, 3, 1);
  gtk_widget_set_margin_top (self->grid, 4);
  gtk_widget_set_margin_bottom (self->grid, 4);
  gtk_widget_set_parent (self->grid, GTK_WIDGET (self));
  g_signal_connect (self, "notify::parent", G_CALLBACK (name_row), NULL);
}

GtkWidget *
flatline_freeze_row_new (void)
{
  return g_object_new (FLATLINE_TYPE_FREEZE_ROW, NULL);
}
