/* SPDX-License-Identifier: MIT */
/*
 * FlatlineSourcePane: the source of one frame. The text is the one the snapshot has kept, so it shows what ran, not
 * what the file has become since; without one nothing is guessed.
 */
#include "config.h"

#include "flatline-source-pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>

struct _FlatlineSourcePane
{
  GtkWidget parent_instance;
  FlatlineSnapshot *snapshot;
  FlatlineFrame *frame;
  GtkSourceBuffer *buffer;
  GtkTextTag *line_tag;
  GtkTextView *view;
  GtkWidget *box;
  GtkLabel *title;
};

enum
{
  PROP_0,
  PROP_SNAPSHOT,
  PROP_FRAME,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FlatlineSourcePane, flatline_source_pane, GTK_TYPE_WIDGET)

static void
update_scheme (FlatlineSourcePane *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GtkSourceStyleSchemeManager *schemes = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (
      self->buffer, gtk_source_style_scheme_manager_get_scheme (schemes, dark ? "Adwaita-dark" : "Adwaita"));
  g_object_set (self->line_tag, "paragraph-background", dark ? "#6b2a2a" : "#fbd5d5", NULL);
}

static void
set_text (FlatlineSourcePane *self, const char *file, const char *text)
{
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default ();
  const char *name = file && g_str_has_suffix (file, ".py") ? "script.py" : file;

  gtk_source_buffer_set_language (self->buffer,
                                  name ? gtk_source_language_manager_guess_language (languages, name, NULL) : NULL);
  gtk_text_buffer_set_text (GTK_TEXT_BUFFER (self->buffer), text, -1);
}

static void
mark_line (FlatlineSourcePane *self, gint64 line)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_tag (buffer, self->line_tag, &start, &end);
  if (line <= 0 || !gtk_text_buffer_get_iter_at_line (buffer, &start, (int)line - 1))
    return;
  end = start;
  gtk_text_iter_forward_line (&end);
  gtk_text_buffer_apply_tag (buffer, self->line_tag, &start, &end);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_view_scroll_to_mark (self->view, gtk_text_buffer_get_insert (buffer), 0.0, TRUE, 0.0, 0.4);
}

static void
show_frame (FlatlineSourcePane *self)
{
  FlatlineFrame *frame = self->frame;
  FlatlineSourceFile *source =
      frame && self->snapshot && frame->file ? flatline_snapshot_find_source (self->snapshot, frame->file) : NULL;
  g_autofree char *title = NULL;

  if (frame && frame->file)
    title = g_strdup_printf ("%s:%" G_GINT64_FORMAT, frame->file, frame->line);
  gtk_label_set_label (self->title, title ? title : frame ? _ ("Native code") : "");
  gtk_widget_set_visible (GTK_WIDGET (self->title), frame != NULL);
  set_text (self, source ? source->file : NULL,
            source && source->text ? source->text
            : frame                ? _ ("The source of this frame was not kept.")
                                   : "");
  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (self->view), source != NULL);
  mark_line (self, source ? frame->line : 0);
}

static void
flatline_source_pane_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  if (id == PROP_SNAPSHOT)
    g_set_object (&self->snapshot, g_value_get_object (value));
  else
    g_set_object (&self->frame, g_value_get_object (value));
  show_frame (self);
}

static void
flatline_source_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  g_value_set_object (value, id == PROP_FRAME ? (gpointer)self->frame : (gpointer)self->snapshot);
}

static void
flatline_source_pane_dispose (GObject *object)
{
  FlatlineSourcePane *self = FLATLINE_SOURCE_PANE (object);

  g_clear_object (&self->snapshot);
  g_clear_object (&self->frame);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->buffer);
  G_OBJECT_CLASS (flatline_source_pane_parent_class)->dispose (object);
}

static void
flatline_source_pane_class_init (FlatlineSourcePaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = flatline_source_pane_set_property;
  object_class->get_property = flatline_source_pane_get_property;
  object_class->dispose = flatline_source_pane_dispose;
  properties[PROP_SNAPSHOT] =
      g_param_spec_object ("snapshot", NULL, NULL, FLATLINE_TYPE_SNAPSHOT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FRAME] =
      g_param_spec_object ("frame", NULL, NULL, FLATLINE_TYPE_FRAME, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
flatline_source_pane_init (FlatlineSourcePane *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *view;

  self->buffer = gtk_source_buffer_new (NULL);
  self->line_tag = gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (self->buffer), NULL, NULL);
  view = gtk_source_view_new_with_buffer (self->buffer);
  self->view = GTK_TEXT_VIEW (view);
  gtk_text_view_set_editable (self->view, FALSE);
  gtk_text_view_set_monospace (self->view, TRUE);
  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (view), TRUE);
  gtk_source_view_set_tab_width (GTK_SOURCE_VIEW (view), 4);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Source"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  self->title =
      g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_START, "selectable", TRUE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "pane-title");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (self->box), scrolled);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_scheme), self,
                           G_CONNECT_SWAPPED);
  update_scheme (self);
  show_frame (self);
}
