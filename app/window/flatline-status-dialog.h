/* SPDX-License-Identifier: MIT */
/* The Status window: one line a fact about the supervision, as key S of the terminal prints it; follows the session. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

void
flatline_status_dialog_present (GtkWidget *parent, FlatlineSession *session);

G_END_DECLS
