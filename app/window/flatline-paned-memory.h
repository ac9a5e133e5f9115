/* SPDX-License-Identifier: MIT */
/* Keeps the size of one side of a GtkPaned in a key of the settings (int, pixels). */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * @edge: GTK_PACK_START or GTK_PACK_END, the child whose size is kept. @share: how much of the paned it may take in a
 * small window, percent. Both arguments outlive nothing: they are bound.
 */
void
flatline_paned_remember (GtkPaned *paned, GSettings *settings, const char *key, GtkPackType edge, int share);

/* The share of a side that is remembered is one of @whole, which is around its paned and lives as long. */
void
flatline_paned_share_of (GtkPaned *paned, GtkPaned *whole);

/* A side that is remembered takes @size in a paned of less than @below, until a person says how much. What it is may be
 * learnt later, and change. */
void
flatline_paned_make_compact (GtkPaned *paned, int size, int below);

G_END_DECLS
