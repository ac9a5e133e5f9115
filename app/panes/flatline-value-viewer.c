/* SPDX-License-Identifier: MIT */
/*
 * Shows one value whole: a str with its lines as lines, bytes as hexadecimal, anything else as repr() wrote it. Of what
 * was cut short at the capture, the whole is read from the program while it lives.
 */
#include "config.h"

#include "flatline-value-viewer.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-accessible-names.h"
#include "flatline-value-text.h"

#define MAX_TEXT_BYTES (8 * 1024 * 1024)

static char *
describe (FlatlineValue *value)
{
  g_autoptr (GString) line = g_string_new (value->type ? value->type : "");

  if (value->size >= 0)
    {
      g_autofree char *length = g_strdup_printf ("%" G_GINT64_FORMAT, value->size);

      g_string_append (line, " · ");
      /* Translators: of a string, of bytes, of a list: a number */
      g_string_append_printf (line, _ ("length %s"), length);
    }
  if (value->truncated)
    g_string_append_printf (line, " · %s", _ ("only its beginning was read"));
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static void
on_copy (GtkButton *button, GtkTextBuffer *buffer)
{
  g_autofree char *text = NULL;

  g_object_get (buffer, "text", &text, NULL);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), text);
}

static void
show_value (AdwWindowTitle *title, GtkTextBuffer *buffer, FlatlineValue *value)
{
  g_autofree char *text = flatline_value_dup_readable (value);
  g_autofree char *subtitle = describe (value);

  gtk_text_buffer_set_text (buffer, text, -1);
  adw_window_title_set_subtitle (title, subtitle);
}

/* Where the whole goes when the program has told it. */
typedef struct
{
  AdwWindowTitle *title; /* owned, as the buffer */
  GtkTextBuffer *buffer;
} Reading;

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineValue) now = flatline_examiner_expand_finish (FLATLINE_EXAMINER (source), result, &error);

  if (now)
    show_value (reading->title, reading->buffer, now);
  else
    adw_window_title_set_subtitle (reading->title, error->message);
  g_object_unref (reading->title);
  g_object_unref (reading->buffer);
  g_free (reading);
}

static void
read_whole (FlatlineExaminer *examiner, FlatlineValue *value, AdwWindowTitle *title, GtkTextBuffer *buffer)
{
  Reading *reading = g_new (Reading, 1);

  reading->title = g_object_ref (title);
  reading->buffer = g_object_ref (buffer);
  adw_window_title_set_subtitle (title, _ ("reading the whole…"));
  flatline_examiner_expand_async (examiner, value, 0, MAX_TEXT_BYTES, NULL, on_read, reading);
}

static GtkWidget *
create_text (void)
{
  GtkWidget *text = gtk_text_view_new ();

  g_object_set (text, "editable", FALSE, "monospace", TRUE, "wrap-mode", GTK_WRAP_WORD_CHAR, "left-margin", 12,
                "right-margin", 12, "top-margin", 9, "bottom-margin", 9, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Value"), -1);
  return text;
}

void
flatline_value_viewer_present (GtkWidget *parent, FlatlineValue *value, FlatlineExaminer *examiner)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *text = create_text ();
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (text));
  GtkWidget *title = adw_window_title_new (value->name ? value->name : _ ("Value"), "");
  GtkEventController *keys = gtk_shortcut_controller_new ();

  show_value (ADW_WINDOW_TITLE (title), buffer, value);
  if (value->truncated && value->address && examiner)
    read_whole (examiner, value, ADW_WINDOW_TITLE (title), buffer);
  gtk_widget_set_tooltip_text (copy, _ ("Copy"));
  g_signal_connect_object (copy, "clicked", G_CALLBACK (on_copy), buffer, 0);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), copy);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), title);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), text);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0), gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, keys);
  gtk_window_set_title (GTK_WINDOW (window), value->name ? value->name : _ ("Value"));
  gtk_window_set_default_size (GTK_WINDOW (window), 560, 400);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (gtk_widget_get_root (parent)));
  gtk_window_present (GTK_WINDOW (window));
  flatline_accessible_names_give (GTK_WIDGET (window));
}
