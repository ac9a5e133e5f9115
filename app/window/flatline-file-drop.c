/* SPDX-License-Identifier: MIT */
/* One target for the whole window: what a file is, whoever opens it finds out. */
#include "flatline-file-drop.h"

typedef struct
{
  GtkWidget *window; /* which has this */
  GtkWidget *content;
  FlatlineFileDropFunc function;
} FileDrop;

static void
on_leave (FileDrop *self)
{
  gtk_widget_remove_css_class (self->content, "drop-target");
}

static GdkDragAction
on_enter (FileDrop *self, double x, double y)
{
  gtk_widget_add_css_class (self->content, "drop-target");
  return GDK_ACTION_COPY;
}

static gboolean
on_drop (FileDrop *self, const GValue *value, double x, double y)
{
  GSList *files = g_value_get_boxed (value);

  /* A drop is no leave. */
  on_leave (self);
  if (files)
    self->function (self->window, files);
  return files != NULL;
}

void
flatline_file_drop_accept (GtkWidget *window, GtkWidget *content, FlatlineFileDropFunc function)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  FileDrop *self = g_new0 (FileDrop, 1);

  self->window = window;
  self->content = content;
  self->function = function;
  g_object_set_data_full (G_OBJECT (target), "flatline-file-drop", self, g_free);
  g_signal_connect_swapped (target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect_swapped (target, "enter", G_CALLBACK (on_enter), self);
  g_signal_connect_swapped (target, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (window, GTK_EVENT_CONTROLLER (target));
}
