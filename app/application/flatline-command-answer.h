/* SPDX-License-Identifier: MIT */
/* What needs no window is answered here, by the process that was asked, before anything is started. */
#pragma once

#include "flatline-command-line.h"

G_BEGIN_DECLS

/* Whether that was all: then there is an exit status. Initializes GTK for what needs a window. */
gboolean
flatline_command_answer (const FlatlineCommandLine *command, int *exit_status);

G_END_DECLS
