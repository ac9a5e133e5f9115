/* SPDX-License-Identifier: MIT */
/* Texts of GTK follow a style of the display's, of those that are “monospace” by their class or property. */
#include "config.h"

#include "flatline-text-zoom.h"

#define KEY           "text-zoom"
#define STEP          1.1
#define MIN_ZOOM      0.5
#define MAX_ZOOM      4.0
#define TERMINAL_SIZE 0.9 /* of the font of the desktop */
#define TEXT_SIZE     0.95

static GSettings *zoom_settings; /* borrowed; NULL: there is no application, as in a test of a pane */

/* What is kept as NaN is in every range. */
static double
get_zoom (GSettings *settings)
{
  const double zoom = settings ? g_settings_get_double (settings, KEY) : 1;

  return zoom >= MIN_ZOOM ? zoom : 1;
}

static void
set_terminal_scale (GSettings *settings, const char *key, VteTerminal *terminal)
{
  vte_terminal_set_font_scale (terminal, TERMINAL_SIZE * get_zoom (settings));
}

void
flatline_text_zoom_follow (VteTerminal *terminal)
{
  set_terminal_scale (zoom_settings, KEY, terminal);
  if (zoom_settings)
    g_signal_connect_object (zoom_settings, "changed::" KEY, G_CALLBACK (set_terminal_scale), terminal, 0);
}

static void
update_style (GSettings *settings, const char *key, GtkCssProvider *style)
{
  char size[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *css = NULL;

  g_ascii_formatd (size, sizeof size, "%.3f", TEXT_SIZE * get_zoom (settings));
  css = g_strdup_printf ("textview.monospace { font-size: %sem; }", size);
  gtk_css_provider_load_from_data (style, css, -1);
}

static void
on_zoom (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *name = g_action_get_name (G_ACTION (action));
  double zoom = get_zoom (user_data);

  if (g_str_equal (name, "zoom-in"))
    zoom *= STEP;
  else if (g_str_equal (name, "zoom-out"))
    zoom /= STEP;
  else
    zoom = 1;
  /* There and back again is where it was. */
  if (zoom > 0.99 && zoom < 1.01)
    zoom = 1;
  g_settings_set_double (user_data, KEY, CLAMP (zoom, MIN_ZOOM, MAX_ZOOM));
}

void
flatline_text_zoom_begin (GApplication *application, GSettings *settings)
{
  static const GActionEntry entries[] = {
    { .name = "zoom-in", .activate = on_zoom },
    { .name = "zoom-out", .activate = on_zoom },
    { .name = "zoom-reset", .activate = on_zoom },
  };
  g_autoptr (GtkCssProvider) style = gtk_css_provider_new ();

  zoom_settings = settings;
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries), settings);
  update_style (settings, KEY, style);
  g_signal_connect_object (settings, "changed::" KEY, G_CALLBACK (update_style), style, 0);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
}
