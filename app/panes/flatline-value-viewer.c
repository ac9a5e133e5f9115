/* SPDX-License-Identifier: MIT */
/* Shows one value whole: a str with its lines as lines, anything else as repr() wrote it. */
#include "config.h"

#include "flatline-value-viewer.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

/* The characters of a str from its repr: quotes off, the escapes Python writes undone. Transfer full, NULL if none. */
static char *
dup_characters (FlatlineValue *value)
{
  const char *text = value->text;
  gsize length = text ? strlen (text) : 0;
  g_autoptr (GString) characters = NULL;

  if (g_strcmp0 (value->type, "str") != 0 || length < 2 || (text[0] != '\'' && text[0] != '"'))
    return NULL;
  if (text[length - 1] == text[0])
    length--;
  characters = g_string_sized_new (length);
  for (gsize i = 1; i < length; i++)
    if (text[i] != '\\' || i + 1 == length)
      g_string_append_c (characters, text[i]);
    else
      switch (text[++i])
        {
        case 'n':
          g_string_append_c (characters, '\n');
          break;
        case 't':
          g_string_append_c (characters, '\t');
          break;
        case '\\':
        case '\'':
        case '"':
          g_string_append_c (characters, text[i]);
          break;
        default: /* \r, \x1b and their like stay visible */
          g_string_append_c (characters, '\\');
          g_string_append_c (characters, text[i]);
        }
  return g_string_free (g_steal_pointer (&characters), FALSE);
}

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

static GtkWidget *
create_text (FlatlineValue *value)
{
  g_autofree char *characters = dup_characters (value);
  GtkWidget *text = gtk_text_view_new ();

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (text)),
                            characters    ? characters
                            : value->text ? value->text
                                          : "",
                            -1);
  g_object_set (text, "editable", FALSE, "monospace", TRUE, "wrap-mode", GTK_WRAP_WORD_CHAR, "left-margin", 12,
                "right-margin", 12, "top-margin", 9, "bottom-margin", 9, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Value"), -1);
  return text;
}

void
flatline_value_viewer_present (GtkWidget *parent, FlatlineValue *value)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *text = create_text (value);
  GtkEventController *keys = gtk_shortcut_controller_new ();
  g_autofree char *subtitle = describe (value);

  gtk_widget_set_tooltip_text (copy, _ ("Copy"));
  g_signal_connect_object (copy, "clicked", G_CALLBACK (on_copy), gtk_text_view_get_buffer (GTK_TEXT_VIEW (text)), 0);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), copy);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header),
                                   adw_window_title_new (value->name ? value->name : _ ("Value"), subtitle));
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
}
