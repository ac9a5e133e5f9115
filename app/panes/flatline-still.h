/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStill: a place for a child that seldom changes, a bar of buttons above all. GTK's Cairo renderer goes through
 * all nodes of the window at each frame, wherever the change was, and colours each symbolic icon anew. Once the child
 * has been still for a moment, it is one picture.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_STILL (flatline_still_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineStill, flatline_still, FLATLINE, STILL, AdwBin)

G_END_DECLS
