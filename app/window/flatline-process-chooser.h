/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessChooser: the processes of this machine, to choose one to look at. Python programs come first, the
 * youngest before the older ones.
 *
 * Signal: "chosen" (int64 pid).
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_PROCESS_CHOOSER (flatline_process_chooser_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineProcessChooser, flatline_process_chooser, FLATLINE, PROCESS_CHOOSER, AdwWindow)

FlatlineProcessChooser *
flatline_process_chooser_new (GtkWindow *parent);

/* In the next turns of the main loop. */
void
flatline_process_chooser_present (FlatlineProcessChooser *self);

G_END_DECLS
