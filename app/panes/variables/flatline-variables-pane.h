/* SPDX-License-Identifier: MIT */
/* FlatlineVariablesPane: the local variables of one frame, with what they hold. */
#pragma once

#include <gtk/gtk.h>

#include "flatline-session.h"

G_BEGIN_DECLS

/* Properties: "frame" (FlatlineFrame, nullable), "examiner" (FlatlineExaminer, nullable: reads on while the program
 * lives), "has-filter" (construct-only: who shows it has none). */
#define FLATLINE_TYPE_VARIABLES_PANE (flatline_variables_pane_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineVariablesPane, flatline_variables_pane, FLATLINE, VARIABLES_PANE, GtkWidget)

G_END_DECLS
