/* SPDX-License-Identifier: MIT */
/* One thing at a time; each has a cancellable of its own. */
#include "config.h"

#include "flatline-value-progress.h"

#include <glib/gi18n.h>

#define SHOW_AFTER_MS 250 /* nobody reads a row that comes and goes */

struct _FlatlineValueProgress
{
  GtkBox parent_instance;
  GCancellable *cancellable; /* of the last one; NULL: none yet */
  guint show_source;
  GtkWidget *bar;
  GtkWidget *cancel; /* pressed, it can do no more: what was begun may take its time to end */
};

G_DEFINE_FINAL_TYPE (FlatlineValueProgress, flatline_value_progress, GTK_TYPE_BOX)

static void
flatline_value_progress_dispose (GObject *object)
{
  g_clear_handle_id (&FLATLINE_VALUE_PROGRESS (object)->show_source, g_source_remove);
  G_OBJECT_CLASS (flatline_value_progress_parent_class)->dispose (object);
}

static void
flatline_value_progress_finalize (GObject *object)
{
  g_clear_object (&FLATLINE_VALUE_PROGRESS (object)->cancellable);
  G_OBJECT_CLASS (flatline_value_progress_parent_class)->finalize (object);
}

static void
flatline_value_progress_class_init (FlatlineValueProgressClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_value_progress_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_value_progress_finalize;
}

static void
on_cancel (FlatlineValueProgress *self)
{
  gtk_widget_set_sensitive (self->cancel, FALSE);
  flatline_value_progress_cancel (self);
}

static void
flatline_value_progress_init (FlatlineValueProgress *self)
{
  self->cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  g_object_set (self, "spacing", 6, "margin-start", 9, "margin-end", 9, "margin-top", 6, "margin-bottom", 6, "visible",
                FALSE, NULL);
  self->bar =
      g_object_new (GTK_TYPE_PROGRESS_BAR, "hexpand", TRUE, "show-text", TRUE, "valign", GTK_ALIGN_CENTER, NULL);
  g_signal_connect_swapped (self->cancel, "clicked", G_CALLBACK (on_cancel), self);
  gtk_box_append (GTK_BOX (self), self->bar);
  gtk_box_append (GTK_BOX (self), self->cancel);
}

GtkWidget *
flatline_value_progress_new (const char *line)
{
  FlatlineValueProgress *self = g_object_new (FLATLINE_TYPE_VALUE_PROGRESS, NULL);

  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->bar), line);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, line, -1);
  return GTK_WIDGET (self);
}

static gboolean
show (gpointer user_data)
{
  FlatlineValueProgress *self = user_data;

  self->show_source = 0;
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  return G_SOURCE_REMOVE;
}

GCancellable *
flatline_value_progress_begin (FlatlineValueProgress *self)
{
  flatline_value_progress_cancel (self);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), 0);
  gtk_widget_set_sensitive (self->cancel, TRUE);
  if (!self->show_source && !gtk_widget_get_visible (GTK_WIDGET (self)))
    self->show_source = g_timeout_add (SHOW_AFTER_MS, show, self);
  return self->cancellable;
}

void
flatline_value_progress_tell (FlatlineValueProgress *self, goffset done, goffset whole)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), whole > 0 ? (double)done / (double)whole : 0);
}

void
flatline_value_progress_end (FlatlineValueProgress *self)
{
  g_clear_handle_id (&self->show_source, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

gboolean
flatline_value_progress_is_of (FlatlineValueProgress *self, GCancellable *cancellable)
{
  return self->cancellable == cancellable;
}

gboolean
flatline_value_progress_is_cancelled (FlatlineValueProgress *self)
{
  return self->cancellable && g_cancellable_is_cancelled (self->cancellable);
}

void
flatline_value_progress_cancel (FlatlineValueProgress *self)
{
  g_cancellable_cancel (self->cancellable);
}
