/* SPDX-License-Identifier: MIT */
/* All places are marked while the bar is there; the one it is at is selected. */
#include "config.h"

#include "flatline-source-search.h"

#include <glib/gi18n.h>

static GtkTextView *
get_view (FlatlineFindBar *bar)
{
  GtkTextView *view = NULL;

  /* The bar does not hold it, and both end together. */
  g_object_get (bar, "text-widget", &view, NULL);
  g_object_unref (view);
  return view;
}

static void
on_active (FlatlineFindBar *bar, GParamSpec *pspec, GtkSourceSearchContext *context)
{
  gboolean active;

  g_object_get (bar, "active", &active, NULL);
  gtk_source_search_context_set_highlight (context, active);
}

static gboolean
on_find (FlatlineFindBar *bar, const char *text, int step, GtkSourceSearchContext *context)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (gtk_source_search_context_get_buffer (context));
  GtkTextIter start, end, from, to;
  gboolean found;

  gtk_source_search_settings_set_search_text (gtk_source_search_context_get_settings (context), *text ? text : NULL);
  if (!*text)
    return FALSE;
  /* A text that grows stays where it was found. */
  gtk_text_buffer_get_selection_bounds (buffer, &start, &end);
  found = step < 0 ? gtk_source_search_context_backward (context, &start, &from, &to, NULL)
                   : gtk_source_search_context_forward (context, step ? &end : &start, &from, &to, NULL);
  if (!found)
    return FALSE;
  gtk_text_buffer_select_range (buffer, &from, &to);
  gtk_text_view_scroll_to_iter (get_view (bar), &from, 0.1, FALSE, 0, 0);
  return TRUE;
}

FlatlineFindBar *
flatline_source_search_new (GtkSourceView *view)
{
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));
  g_autoptr (GtkSourceSearchSettings) settings = gtk_source_search_settings_new ();
  GtkSourceSearchContext *context = gtk_source_search_context_new (buffer, settings);
  FlatlineFindBar *bar =
      g_object_new (FLATLINE_TYPE_FIND_BAR, "text-widget", view, "placeholder", _ ("Find in the source"), NULL);

  gtk_source_search_settings_set_wrap_around (settings, TRUE);
  gtk_source_search_context_set_highlight (context, FALSE);
  g_object_set_data_full (G_OBJECT (bar), "flatline-search-context", context, g_object_unref);
  g_signal_connect (bar, "notify::active", G_CALLBACK (on_active), context);
  g_signal_connect (bar, "find", G_CALLBACK (on_find), context);
  return bar;
}
