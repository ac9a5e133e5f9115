/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* A popover for what a verdict rests on; shows nothing until it is given one. */
GtkWidget *
flatline_evidence_popover_new (void);

/* @verdict: NULL empties it. Returns whether there is anything to read. */
gboolean
flatline_evidence_popover_show_verdict (GtkPopover *popover, FlatlineVerdict *verdict);

G_END_DECLS
