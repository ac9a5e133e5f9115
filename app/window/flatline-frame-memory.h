/* SPDX-License-Identifier: MIT */
/*
 * On X11 without OpenGL each frame is copied into memory that is shared with the X server. Cairo gives it back when the
 * frame is over and asks for it anew for the next one, whose every page the system has to find and clear then: for a
 * whole window that takes as long as to draw half of it. Here that memory stays as long as its window.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For as long as @window lives. */
void
flatline_frame_memory_keep (GtkWindow *window);

G_END_DECLS
