/* SPDX-License-Identifier: MIT */
/*
 * Older GTK asks its own translation for the direction, and GLib gives that only to programs that are translated
 * themselves. Newer GTK asks the script of the language, as is done here for all: whoever reads from right to left
 * looks for things on that side, in whatever language they are written.
 */
#include "config.h"

#include "flatline-text-direction.h"

#include <hb.h>

GtkTextDirection
flatline_text_direction_of_locale (void)
{
  int n_scripts = 0;
  const PangoScript *scripts = pango_language_get_scripts (gtk_get_default_language (), &n_scripts);

  for (int i = 0; i < n_scripts; i++)
    {
      guint32 tag = g_unicode_script_to_iso15924 ((GUnicodeScript)scripts[i]);
      hb_direction_t direction = hb_script_get_horizontal_direction (hb_script_from_iso15924_tag (tag));

      if (direction == HB_DIRECTION_RTL)
        return GTK_TEXT_DIR_RTL;
      if (direction == HB_DIRECTION_LTR)
        return GTK_TEXT_DIR_LTR;
    }
  return GTK_TEXT_DIR_LTR;
}
