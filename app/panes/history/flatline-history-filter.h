/* SPDX-License-Identifier: MIT */
/* FlatlineHistoryFilter: the button above the list of the past, with what to show and in which order. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-store.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_HISTORY_FILTER (flatline_history_filter_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineHistoryFilter, flatline_history_filter, FLATLINE, HISTORY_FILTER, GtkWidget)

/* What a person chose; texts live until the next choice. */
void
flatline_history_filter_fill (FlatlineHistoryFilter *self, FlatlineStoreFilter *filter);

/* Whether anything is left out. */
gboolean
flatline_history_filter_is_set (FlatlineHistoryFilter *self);

/* The hosts to choose from. */
void
flatline_history_filter_set_hosts (FlatlineHistoryFilter *self, const char *const *hosts);

/* Signal: "changed" (). */

G_END_DECLS
