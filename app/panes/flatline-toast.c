/* SPDX-License-Identifier: MIT */
/* A line for a person that goes by itself, or stays when it is about what is lost. */
#include "config.h"

#include "flatline-toast.h"

#include "flatline-announcement.h"
#include "flatline-shown-text.h"

#define MAX_WIDTH_CHARS 90
#define SHORTEST_S      5
#define CHARS_PER_S     12                 /* who reads slowly, and looks up first */
#define WARNING         "flatline-warning" /* of an overlay: the toast that stays */
#define ANSWER          "flatline-answer"  /* of an overlay: the last answer */

AdwToast *
flatline_toast_new (const char *line)
{
  AdwToast *toast = adw_toast_new ("");
  g_autofree char *shown = flatline_shown_text_dup (line);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", shown, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                                   "natural-wrap-mode", GTK_NATURAL_WRAP_NONE, "max-width-chars", MAX_WIDTH_CHARS,
                                   "xalign", 0.0, NULL);

  /* The usual title is cut at the end of the line, where messages say what to do. */
  gtk_widget_add_css_class (title, "heading");
  flatline_announce_when_shown (GTK_LABEL (title));
  adw_toast_set_custom_title (toast, title);
  adw_toast_set_timeout (toast, MAX (SHORTEST_S, 2 + (guint)g_utf8_strlen (line, -1) / CHARS_PER_S));
  return toast;
}

static void
on_dismissed (AdwToast *toast, GObject *overlay)
{
  if (g_object_get_data (overlay, WARNING) == toast)
    g_object_set_data (overlay, WARNING, NULL);
  if (g_object_get_data (overlay, ANSWER) == toast)
    g_object_set_data (overlay, ANSWER, NULL);
}

/* One of a kind at a time. Takes @toast. */
static void
show (AdwToastOverlay *overlay, const char *kind, AdwToast *toast)
{
  AdwToast *before = g_object_get_data (G_OBJECT (overlay), kind);

  if (before)
    adw_toast_dismiss (before);
  g_object_set_data_full (G_OBJECT (overlay), kind, g_object_ref (toast), g_object_unref);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (on_dismissed), overlay, 0);
  adw_toast_overlay_add_toast (overlay, toast);
}

void
flatline_toast_warn (AdwToastOverlay *overlay, const char *line)
{
  AdwToast *toast = flatline_toast_new (line);

  adw_toast_set_timeout (toast, 0);
  show (overlay, WARNING, toast);
}

void
flatline_toast_answer (AdwToastOverlay *overlay, const char *line)
{
  AdwToast *toast = flatline_toast_new (line);

  /* Behind a warning, which stays until it is sent away, nobody would see it. */
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  show (overlay, ANSWER, toast);
}

void
flatline_toast_say (GtkWidget *widget, const char *line)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);

  if (overlay)
    flatline_toast_answer (ADW_TOAST_OVERLAY (overlay), line);
}
