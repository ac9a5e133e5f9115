/* SPDX-License-Identifier: MIT */
/*
 * What is new of a record, told to the cells of its row. A row that scrolls into a table has a dozen cells, and a few
 * handlers for each of them cost more than the texts that they show: one handler listens for all of them.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* @property: interned; NULL: the row has another record now, which the listener asks for. */
typedef void (*FlatlineRowNewsFunc) (gpointer listener, const char *property);

/* @item: the item of the row, which the listener keeps: a FlatlineTableRow, or what has @record for ever. */
void
flatline_row_news_join (GObject *item, GObject *record, FlatlineRowNewsFunc func, gpointer listener);

void
flatline_row_news_leave (GObject *item, gpointer listener);

G_END_DECLS
