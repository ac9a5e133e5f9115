/* SPDX-License-Identifier: MIT */
/* FlatlineValuePageView: one page of a long value, and what leads to the others: their numbers, a line, an offset. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_VALUE_PAGE_VIEW (flatline_value_page_view_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineValuePageView, flatline_value_page_view, FLATLINE, VALUE_PAGE_VIEW, GtkBox)

GtkWidget *
flatline_value_page_view_new (void);

/* Shows the page with the byte at @offset, of lines when @is_text, else of bytes in hexadecimal. */
void
flatline_value_page_view_show (FlatlineValuePageView *self, GBytes *bytes, gboolean is_text, gsize offset);

gboolean
flatline_value_page_view_is_text (FlatlineValuePageView *self);

/* From 1, and the byte that it begins with. */
guint
flatline_value_page_view_get_page (FlatlineValuePageView *self, gsize *begin);

/* Pages back and forth. */
void
flatline_value_page_view_turn (FlatlineValuePageView *self, int n);

/* Goes to the @length bytes at @offset and selects them. */
void
flatline_value_page_view_select (FlatlineValuePageView *self, gsize offset, gsize length);

void
flatline_value_page_view_ask_place (FlatlineValuePageView *self);

void
flatline_value_page_view_set_wrap (FlatlineValuePageView *self, gboolean wrap);

/* What is selected, else the page. Transfer full. */
char *
flatline_value_page_view_dup_text (FlatlineValuePageView *self, gboolean *is_selection);

/* FALSE: nothing was selected. */
gboolean
flatline_value_page_view_unselect (FlatlineValuePageView *self);

G_END_DECLS
