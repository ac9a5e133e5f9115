/* SPDX-License-Identifier: MIT */
/*
 * FlatlineHistoryLoader: fills a list with what the store has of the past, a page at a time, in the store's workers:
 * freezes, groups of them, or runs. A reading that was overtaken by a newer one is cancelled; what did not change stays
 * in the list, so that selection and focus stay where a person has put them.
 */
#pragma once

#include <gio/gio.h>

#include "flatline-store.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_HISTORY_FREEZES,
  FLATLINE_HISTORY_GROUPS,
  FLATLINE_HISTORY_RUNS,
} FlatlineHistoryKind;

#define FLATLINE_TYPE_HISTORY_LOADER (flatline_history_loader_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHistoryLoader, flatline_history_loader, FLATLINE, HISTORY_LOADER, GObject)

/* @items: FlatlineFreeze, FlatlineFreezeGroup or FlatlineRun, as asked for. */
FlatlineHistoryLoader *
flatline_history_loader_new (GListStore *items);

/* NULL: nothing is loaded any more. */
void
flatline_history_loader_set_store (FlatlineHistoryLoader *self, FlatlineStore *store);

/* From the top, as many as there were, so that what arrives does not shorten what a person scrolled through. @filter is
 * copied; its limits are the loader's. */
void
flatline_history_loader_load (FlatlineHistoryLoader *self, FlatlineHistoryKind kind, const FlatlineStoreFilter *filter);
void
flatline_history_loader_reload (FlatlineHistoryLoader *self);

/* One page more, when there is one. */
void
flatline_history_loader_load_more (FlatlineHistoryLoader *self);

/* A freeze that is being deleted is not listed. */
void
flatline_history_loader_hide (FlatlineHistoryLoader *self, gint64 freeze_id);
void
flatline_history_loader_show (FlatlineHistoryLoader *self, gint64 freeze_id);

/* Signals: "changing" () before rows go; "loaded" (const char *error) after a reading, @error NULL when it was well. */

G_END_DECLS
