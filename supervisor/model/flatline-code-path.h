/* SPDX-License-Identifier: MIT */
/* Whose code a file is, by where it lies. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE for the program's own code: no standard library, no installed package, not Flatline's agent. */
gboolean
flatline_path_is_own (const char *file);

/* TRUE for code of Flatline's agent. */
gboolean
flatline_path_is_agent (const char *file);

/* TRUE for code of the agent that lies in @agent_dir. */
gboolean
flatline_path_is_in_agent (const char *file, const char *agent_dir);

/* The name that the agent's code has in a program, as the path of its file; other names as they are. In place. */
char *
flatline_path_take_mark_off (char *file);

G_END_DECLS
