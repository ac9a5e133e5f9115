/* SPDX-License-Identifier: MIT */
/* What those who watch a list are told of it, for tests of lists that change gradually. */
#pragma once

#include <gio/gio.h>

/* A person's place in the view of a list, whose rows go. */
typedef struct
{
  guint place; /* of the row that is looked at */
  guint n_before_it;
  guint n_after_it; /* of the rows that went */
} ListReader;

/* What a view knows that believes every word: "items-changed" written down in @known. */
void
list_watching_follow (GListModel *list, guint position, guint removed, guint added, GPtrArray *known);

/* The place of the ListReader that @view has as its data "reader". */
guint
list_watching_get_place (gpointer view);

/*
 * "items-changed" while rows go: where a view has widgets they go a few at a time, and none before the place while some
 * are to go after it.
 */
void
list_watching_read (GListModel *list, guint position, guint removed, guint added, ListReader *reader);
