/* SPDX-License-Identifier: MIT */
/* Fills the places of a session view with the panes this build has, and binds them to each other and to the view. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where the panes go; borrowed AdwBins. */
typedef struct
{
  GtkWidget *heartbeat;
  GtkWidget *stack;
  GtkWidget *source;
  GtkWidget *variables;
  GtkWidget *network;
} FlatlineSessionSlots;

/* @view: an object with the properties "session" and "snapshot". A place without a pane is hidden. */
void
flatline_session_panes_fill (GtkWidget *view, const FlatlineSessionSlots *slots);

G_END_DECLS
