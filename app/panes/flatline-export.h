/* SPDX-License-Identifier: MIT */
/* Saves a snapshot for others: as a .flatline file, as text, as one HTML page, or as JSON. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Asks for a file and writes @snapshot to it; what became of it is told in the toast overlay around @parent. */
void
flatline_export_ask (GtkWidget *parent, FlatlineSnapshot *snapshot);

G_END_DECLS
