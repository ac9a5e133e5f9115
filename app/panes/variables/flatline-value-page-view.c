/* SPDX-License-Identifier: MIT */
/* The text is never more than one page; a line is looked for in a worker, an offset is a matter of division. */
#include "config.h"

#include "flatline-value-page-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-value-pages.h"
#include "flatline-value-search.h"

struct _FlatlineValuePageView
{
  GtkBox parent_instance;
  GBytes *bytes; /* NULL before the first is shown */
  gboolean is_text;
  gboolean is_changing;  /* the number of the page, not by a person */
  GCancellable *looking; /* for a line */
  guint scroll_id;       /* of what scrolls once more, 0 none */

  GtkWidget *text;
  GtkWidget *pages; /* hidden when there is one */
  GtkWidget *page;
  GtkWidget *n_pages;
  GtkWidget *place;
};

G_DEFINE_FINAL_TYPE (FlatlineValuePageView, flatline_value_page_view, GTK_TYPE_BOX)

static guint
get_page (FlatlineValuePageView *self)
{
  return (guint)gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->page)) - 1;
}

static void
show_page (FlatlineValuePageView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  g_autofree char *text = flatline_value_pages_dup_text (self->bytes, self->is_text, get_page (self));
  GtkTextIter start;

  gtk_text_buffer_set_text (buffer, text, -1);
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_view_scroll_to_mark (GTK_TEXT_VIEW (self->text), gtk_text_buffer_get_insert (buffer), 0, TRUE, 0, 0);
}

static void
on_page_changed (FlatlineValuePageView *self)
{
  if (!self->is_changing)
    show_page (self);
}

static void
go_to_page (FlatlineValuePageView *self, guint page)
{
  self->is_changing = TRUE;
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (self->page), 1, flatline_value_pages_count (self->bytes, self->is_text));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->page), page + 1);
  self->is_changing = FALSE;
  show_page (self);
}

static void
name_place (FlatlineValuePageView *self)
{
  const char *name = self->is_text ? _ ("Go to line") : _ ("Go to offset");

  gtk_entry_set_placeholder_text (GTK_ENTRY (self->place), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->place), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
flatline_value_page_view_show (FlatlineValuePageView *self, GBytes *bytes, gboolean is_text, gsize offset)
{
  const guint n_pages = flatline_value_pages_count (bytes, is_text);
  /* Translators: behind "Page" and its number: how many there are */
  g_autofree char *of = g_strdup_printf (_ ("of %u"), n_pages);

  g_cancellable_cancel (self->looking);
  if (self->bytes != bytes)
    {
      g_clear_pointer (&self->bytes, g_bytes_unref);
      self->bytes = g_bytes_ref (bytes);
    }
  self->is_text = is_text;
  gtk_label_set_label (GTK_LABEL (self->n_pages), of);
  gtk_widget_set_visible (self->pages, n_pages > 1);
  name_place (self);
  go_to_page (self, offset < g_bytes_get_size (bytes) ? flatline_value_pages_find (bytes, is_text, offset) : 0);
}

gboolean
flatline_value_page_view_is_text (FlatlineValuePageView *self)
{
  return self->is_text;
}

guint
flatline_value_page_view_get_page (FlatlineValuePageView *self, gsize *begin)
{
  if (begin)
    *begin = flatline_value_pages_begin (self->bytes, self->is_text, get_page (self));
  return get_page (self) + 1;
}

void
flatline_value_page_view_turn (FlatlineValuePageView *self, int n)
{
  gtk_spin_button_spin (GTK_SPIN_BUTTON (self->page), n < 0 ? GTK_SPIN_STEP_BACKWARD : GTK_SPIN_STEP_FORWARD, ABS (n));
}

static gboolean
scroll_again (gpointer user_data)
{
  FlatlineValuePageView *self = user_data;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));

  self->scroll_id = 0;
  gtk_text_view_scroll_to_mark (GTK_TEXT_VIEW (self->text), gtk_text_buffer_get_insert (buffer), 0, TRUE, 0, 0.3);
  return G_SOURCE_REMOVE;
}

void
flatline_value_page_view_select (FlatlineValuePageView *self, gsize offset, gsize length)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  const guint page = flatline_value_pages_find (self->bytes, self->is_text, offset);
  GtkTextIter from, to;
  guint begin, end;

  if (page != get_page (self))
    go_to_page (self, page);
  flatline_value_pages_locate (self->bytes, self->is_text, page, offset, length, &begin, &end);
  gtk_text_buffer_get_iter_at_offset (buffer, &from, (int)begin);
  gtk_text_buffer_get_iter_at_offset (buffer, &to, (int)end);
  gtk_text_buffer_select_range (buffer, &from, &to);
  gtk_text_view_scroll_to_mark (GTK_TEXT_VIEW (self->text), gtk_text_buffer_get_insert (buffer), 0, TRUE, 0, 0.3);
  /* Lines that were not laid out yet have a height that is a guess: again when all of them were. */
  if (self->scroll_id == 0)
    self->scroll_id = g_idle_add_full (G_PRIORITY_LOW, scroll_again, self, NULL);
}

/* The line, or the byte, up to the end of the line it is on. */
static void
go_to (FlatlineValuePageView *self, gsize offset)
{
  gsize size;
  const char *data = g_bytes_get_data (self->bytes, &size);
  const char *line_end;

  if (size == 0)
    return;
  offset = MIN (offset, size - 1);
  line_end = self->is_text ? memchr (data + offset, '\n', size - offset) : NULL;
  flatline_value_page_view_select (self, offset,
                                   !self->is_text ? 1
                                   : line_end     ? MAX ((gsize)(line_end - data) - offset, 1)
                                                  : size - offset);
  gtk_widget_grab_focus (self->text);
}

static void
on_line_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FlatlineValuePageView) self = user_data;
  g_autoptr (GError) error = NULL;
  const gssize found = flatline_value_search_finish (result, &error);

  if (!error)
    go_to (self, (gsize)found);
}

static void
on_place (FlatlineValuePageView *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->place));
  const gboolean is_hexadecimal = g_str_has_prefix (text, "0x") || g_str_has_prefix (text, "0X");
  guint64 number;

  if (!g_ascii_string_to_unsigned (is_hexadecimal ? text + 2 : text, is_hexadecimal ? 16 : 10, 0, G_MAXINT64, &number,
                                   NULL))
    {
      gtk_widget_add_css_class (self->place, "error");
      return;
    }
  g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  self->looking = g_cancellable_new ();
  if (self->is_text)
    flatline_value_search_line_async (self->bytes, number, self->looking, on_line_found, g_object_ref (self));
  else
    go_to (self, number);
}

static void
on_place_edited (FlatlineValuePageView *self)
{
  gtk_widget_remove_css_class (self->place, "error");
}

void
flatline_value_page_view_ask_place (FlatlineValuePageView *self)
{
  gtk_widget_grab_focus (self->place);
}

void
flatline_value_page_view_set_wrap (FlatlineValuePageView *self, gboolean wrap)
{
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->text), wrap ? GTK_WRAP_WORD_CHAR : GTK_WRAP_NONE);
}

char *
flatline_value_page_view_dup_text (FlatlineValuePageView *self, gboolean *is_selection)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  GtkTextIter from, to;

  *is_selection = gtk_text_buffer_get_selection_bounds (buffer, &from, &to);
  if (!*is_selection)
    gtk_text_buffer_get_bounds (buffer, &from, &to);
  return gtk_text_buffer_get_text (buffer, &from, &to, FALSE);
}

gboolean
flatline_value_page_view_unselect (FlatlineValuePageView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  GtkTextIter place;

  if (!gtk_text_buffer_get_has_selection (buffer))
    return FALSE;
  gtk_text_buffer_get_iter_at_mark (buffer, &place, gtk_text_buffer_get_insert (buffer));
  gtk_text_buffer_place_cursor (buffer, &place);
  return TRUE;
}

static void
flatline_value_page_view_dispose (GObject *object)
{
  FlatlineValuePageView *self = FLATLINE_VALUE_PAGE_VIEW (object);

  g_cancellable_cancel (self->looking);
  g_clear_handle_id (&self->scroll_id, g_source_remove);
  G_OBJECT_CLASS (flatline_value_page_view_parent_class)->dispose (object);
}

static void
flatline_value_page_view_finalize (GObject *object)
{
  FlatlineValuePageView *self = FLATLINE_VALUE_PAGE_VIEW (object);

  g_clear_object (&self->looking);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  G_OBJECT_CLASS (flatline_value_page_view_parent_class)->finalize (object);
}

static void
flatline_value_page_view_class_init (FlatlineValuePageViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = flatline_value_page_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = flatline_value_page_view_finalize;
}

static GtkWidget *
create_text (FlatlineValuePageView *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->text = gtk_text_view_new ();
  g_object_set (self->text, "editable", FALSE, "monospace", TRUE, "wrap-mode", GTK_WRAP_WORD_CHAR, "left-margin", 12,
                "right-margin", 12, "top-margin", 9, "bottom-margin", 9, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Value"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->text);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWidget *
create_pages (FlatlineValuePageView *self)
{
  GtkWidget *row = g_object_new (GTK_TYPE_BOX, "spacing", 12, "margin-start", 9, "margin-end", 9, "margin-top", 6,
                                 "margin-bottom", 6, NULL);

  self->pages = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->page = gtk_spin_button_new_with_range (1, 2, 1);
  self->n_pages = gtk_label_new (NULL);
  self->place = gtk_entry_new ();
  gtk_widget_set_hexpand (self->pages, TRUE);
  g_object_set (self->place, "width-chars", 12, "hexpand", TRUE, "halign", GTK_ALIGN_END, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->page), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Page"), -1);
  g_signal_connect_swapped (self->page, "value-changed", G_CALLBACK (on_page_changed), self);
  g_signal_connect_swapped (self->place, "activate", G_CALLBACK (on_place), self);
  g_signal_connect_swapped (self->place, "changed", G_CALLBACK (on_place_edited), self);
  /* Translators: of a long value: "Page [3] of 3052" */
  gtk_box_append (GTK_BOX (self->pages), gtk_label_new (_ ("Page")));
  gtk_box_append (GTK_BOX (self->pages), self->page);
  gtk_box_append (GTK_BOX (self->pages), self->n_pages);
  gtk_box_append (GTK_BOX (row), self->pages);
  gtk_box_append (GTK_BOX (row), self->place);
  return row;
}

static void
flatline_value_page_view_init (FlatlineValuePageView *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_append (GTK_BOX (self), create_text (self));
  gtk_box_append (GTK_BOX (self), create_pages (self));
}

GtkWidget *
flatline_value_page_view_new (void)
{
  return g_object_new (FLATLINE_TYPE_VALUE_PAGE_VIEW, NULL);
}
