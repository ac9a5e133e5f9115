/* SPDX-License-Identifier: MIT */
/* One search at a time: a new one takes the place of the last, which is told to stop. */
#include "config.h"

#include "flatline-value-finder.h"

#include <glib/gi18n.h>

#include "flatline-announcement.h"
#include "flatline-tooltip.h"
#include "flatline-value-search.h"

struct _FlatlineValueFinder
{
  GtkBox parent_instance;
  FlatlineValuePageView *view; /* borrowed: both are parts of the viewer; NULL when it goes */
  GBytes *bytes;
  GCancellable *searching; /* the last search */
  gsize wanted_length;     /* of what it looks for */
  gsize match;             /* where the last match begins */
  gsize match_length;      /* 0: there is none */
  guint match_page;
  GtkWidget *entry;
  GtkWidget *found;
};

static guint stopped_signal;

G_DEFINE_FINAL_TYPE (FlatlineValueFinder, flatline_value_finder, GTK_TYPE_BOX)

static void
stop_searching (FlatlineValueFinder *self)
{
  g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
}

/* To whoever types, and does not see it beside the entry. */
static void
show_found (FlatlineValueFinder *self, const char *line)
{
  gtk_label_set_label (GTK_LABEL (self->found), line);
  flatline_announce (GTK_WIDGET (self->found), line, TRUE);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineValueFinder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  guint index;
  const guint n = flatline_value_search_count_finish (result, &index, &error);

  if (error)
    return;
  if (n > FLATLINE_VALUE_SEARCH_MAX_COUNTED)
    /* Translators: matches of a search */
    line = g_strdup_printf (_ ("more than %u"), FLATLINE_VALUE_SEARCH_MAX_COUNTED);
  else
    /* Translators: matches of a search: this is the third "of" seven */
    line = g_strdup_printf (_ ("%u of %u"), index, n);
  show_found (self, line);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, line, -1);
}

static GBytes *
dup_needle (FlatlineValueFinder *self)
{
  return flatline_value_search_parse (gtk_editable_get_text (GTK_EDITABLE (self->entry)),
                                      flatline_value_page_view_is_text (self->view));
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineValueFinder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) needle = NULL;
  const gssize found = flatline_value_search_finish (result, &error);

  if (error) /* another search has taken its place */
    return;
  show_found (self, found < 0 ? _ ("Not found") : "");
  self->match_length = found < 0 ? 0 : self->wanted_length;
  if (found < 0)
    return;
  self->match = (gsize)found;
  flatline_value_page_view_select (self->view, self->match, self->match_length);
  self->match_page = flatline_value_page_view_get_page (self->view, NULL);
  needle = dup_needle (self);
  if (needle)
    flatline_value_search_count_async (self->bytes, needle, self->match, self->searching, on_counted,
                                       g_object_ref (self));
}

/* From the last match, or the page that is shown. */
static void
search (FlatlineValueFinder *self, gboolean forward, gboolean past_match)
{
  g_autoptr (GBytes) needle = dup_needle (self);
  gsize from;

  if (flatline_value_page_view_get_page (self->view, &from) == self->match_page && self->match_length > 0)
    from = self->match + (forward && past_match ? 1 : 0);
  stop_searching (self);
  gtk_label_set_label (GTK_LABEL (self->found), "");
  if (!needle)
    return;
  self->searching = g_cancellable_new ();
  self->wanted_length = g_bytes_get_size (needle);
  flatline_value_search_async (self->bytes, needle, from, forward, self->searching, on_searched, g_object_ref (self));
}

static void
on_words_changed (FlatlineValueFinder *self)
{
  search (self, TRUE, FALSE);
}

static void
find_next (FlatlineValueFinder *self)
{
  flatline_value_finder_find (self, TRUE);
}

static void
find_previous (FlatlineValueFinder *self)
{
  flatline_value_finder_find (self, FALSE);
}

static void
stop (FlatlineValueFinder *self)
{
  g_signal_emit (self, stopped_signal, 0);
}

static GtkWidget *
create_button (FlatlineValueFinder *self, const char *icon, const char *tooltip, GCallback on_clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  flatline_tooltip_set (button, tooltip);
  g_signal_connect_object (button, "clicked", on_clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static gboolean
flatline_value_finder_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (FLATLINE_VALUE_FINDER (widget)->entry);
}

static void
flatline_value_finder_dispose (GObject *object)
{
  FlatlineValueFinder *self = FLATLINE_VALUE_FINDER (object);

  stop_searching (self);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  self->view = NULL;
  G_OBJECT_CLASS (flatline_value_finder_parent_class)->dispose (object);
}

static void
flatline_value_finder_class_init (FlatlineValueFinderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_value_finder_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = flatline_value_finder_grab_focus;
  stopped_signal =
      g_signal_new ("stopped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
flatline_value_finder_init (FlatlineValueFinder *self)
{
  self->entry = gtk_search_entry_new ();
  self->found = gtk_label_new (NULL);
  g_object_set (self, "spacing", 6, "margin-start", 9, "margin-end", 9, "margin-top", 6, "margin-bottom", 6, NULL);
  g_object_set (self->entry, "placeholder-text", _ ("Find in the value"), "hexpand", TRUE, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Find in the value"),
                                  -1);
  g_signal_connect_swapped (self->entry, "search-changed", G_CALLBACK (on_words_changed), self);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (find_next), self);
  g_signal_connect_swapped (self->entry, "next-match", G_CALLBACK (find_next), self);
  g_signal_connect_swapped (self->entry, "previous-match", G_CALLBACK (find_previous), self);
  g_signal_connect_swapped (self->entry, "stop-search", G_CALLBACK (stop), self);
  gtk_box_append (GTK_BOX (self), self->entry);
  gtk_box_append (GTK_BOX (self), self->found);
  gtk_box_append (GTK_BOX (self), create_button (self, "go-up-symbolic", _ ("Previous"), G_CALLBACK (find_previous)));
  gtk_box_append (GTK_BOX (self), create_button (self, "go-down-symbolic", _ ("Next"), G_CALLBACK (find_next)));
}

GtkWidget *
flatline_value_finder_new (FlatlineValuePageView *view)
{
  FlatlineValueFinder *self = g_object_new (FLATLINE_TYPE_VALUE_FINDER, NULL);

  self->view = view;
  return GTK_WIDGET (self);
}

void
flatline_value_finder_look_in (FlatlineValueFinder *self, GBytes *bytes)
{
  g_return_if_fail (FLATLINE_IS_VALUE_FINDER (self));
  g_clear_pointer (&self->bytes, g_bytes_unref);
  self->bytes = g_bytes_ref (bytes);
  self->match_length = 0;
  stop_searching (self);
  gtk_label_set_label (GTK_LABEL (self->found), "");
  flatline_tooltip_set (self->entry,
                        flatline_value_page_view_is_text (self->view) ? NULL : _ ("Text, or bytes such as 0x0d0a"));
}

void
flatline_value_finder_find (FlatlineValueFinder *self, gboolean forward)
{
  g_return_if_fail (FLATLINE_IS_VALUE_FINDER (self));
  search (self, forward, TRUE);
}
