/* SPDX-License-Identifier: MIT */
/* U+200E in front of lines; of those that have one of their own, too: so the first one of a line is always ours. */
#include "config.h"

#include "flatline-source-direction.h"

#include "flatline-shown-text.h"

#include <hb.h>
#include <string.h>

#define MARK           "\342\200\216"
#define MARK_CHARACTER 0x200e

/* By its first letter. */
static gboolean
is_from_the_right (const char *line, const char *end)
{
  while (line < end && !g_unichar_isalpha (g_utf8_get_char (line)))
    line = g_utf8_next_char (line);
  return line < end && *line & 0x80
         && hb_script_get_horizontal_direction (hb_script_from_iso15924_tag (
                g_unicode_script_to_iso15924 (g_unichar_get_script (g_utf8_get_char (line)))))
                == HB_DIRECTION_RTL;
}

char *
flatline_source_direction_dup (const char *text)
{
  GString *marked = g_string_sized_new (strlen (text));

  while (*text)
    {
      const char *end = strchr (text, '\n');
      const gsize length = end ? (gsize)(end + 1 - text) : strlen (text);

      if (is_from_the_right (text, text + length) || g_str_has_prefix (text, MARK))
        g_string_append (marked, MARK);
      g_string_append_len (marked, text, (gssize)length);
      text += length;
    }
  return flatline_shown_text_blot (g_string_free (marked, FALSE));
}

int
flatline_source_direction_count_marks (const GtkTextIter *line)
{
  GtkTextIter start = *line;

  gtk_text_iter_set_line_offset (&start, 0);
  return gtk_text_iter_get_char (&start) == MARK_CHARACTER;
}

static char *
dup_without (const GtkTextIter *start, const GtkTextIter *end)
{
  g_autofree char *text = gtk_text_iter_get_text (start, end);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++)
    if ((line > lines || gtk_text_iter_starts_line (start)) && g_str_has_prefix (*line, MARK))
      memmove (*line, *line + strlen (MARK), strlen (*line + strlen (MARK)) + 1);
  return g_strjoinv ("\n", lines);
}

static void
on_copy (GtkTextView *view)
{
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  g_signal_stop_emission_by_name (view, "copy-clipboard");
  if (!gtk_text_buffer_get_selection_bounds (gtk_text_view_get_buffer (view), &start, &end))
    return;
  text = dup_without (&start, &end);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (view)), text);
}

void
flatline_source_direction_copy_without (GtkTextView *view)
{
  g_signal_connect (view, "copy-clipboard", G_CALLBACK (on_copy), NULL);
}
