/* SPDX-License-Identifier: MIT */
/*
 * GTK, started without OpenGL where that could only be software. GDK loads Mesa's software driver, and LLVM with it, to
 * choose a visual, even when nothing is drawn by OpenGL: 50 MB and some tenths of a second for something that draws
 * this program slower than Cairo does.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As gtk_init_check(), with the environment put back afterwards: the programs that are started inherit it. */
gboolean
flatline_graphics_init (void);

G_END_DECLS
