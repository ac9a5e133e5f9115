/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Removes the agents' sockets in the folder that no process has open: a supervisor that was killed left them there. */
void
flatline_dead_sockets_remove (const char *folder);
