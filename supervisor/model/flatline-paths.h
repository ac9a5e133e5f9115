/* SPDX-License-Identifier: MIT */
/* Where Flatline's own files are: in place in the build tree, or installed. One place decides. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE when the running program lies in the build tree. */
gboolean
flatline_paths_are_in_place (void);

/* The folder with the agent's sitecustomize and `flatline` package, to be put on PYTHONPATH. Transfer full. */
char *
flatline_paths_dup_agent_dir (void);

/* The flatline-cli that belongs to the running program. Transfer full. */
char *
flatline_paths_dup_cli (void);

/* The program that flatline-cli gives way to for all but the quickest commands. Transfer full. */
char *
flatline_paths_dup_cli_engine (void);

/* The program that holds the terminals of supervised programs (flatline-terminal-keeper.h). Transfer full. */
char *
flatline_paths_dup_keeper (void);

/* The program that watches over a reader of processes. Transfer full. */
char *
flatline_paths_dup_guard (void);

/* The folders with the catalogues of messages, the compiled GSettings schemas, the icon themes. Transfer full. */
char *
flatline_paths_dup_locale_dir (void);
char *
flatline_paths_dup_schema_dir (void);
char *
flatline_paths_dup_icons_dir (void);

/* $XDG_DATA_HOME/flatline: the store lives here; made (0700) when missing. Transfer full. */
char *
flatline_paths_dup_data_dir (void);

/* The user's folder of recordings; made when missing. Transfer full. */
char *
flatline_paths_dup_recordings_dir (void);

/* $XDG_RUNTIME_DIR/flatline (else a 0700 folder of the user in /tmp): sockets live here; made when missing. Transfer
 * full. */
char *
flatline_paths_dup_runtime_dir (void);

/* A new path for the socket on which the agent of one run calls. Transfer full. */
char *
flatline_paths_dup_agent_socket (const char *runtime_dir, const char *uid);

/* Whether @path is such a socket: what the agent opens is not the program's own. */
gboolean
flatline_paths_is_agent_socket (const char *path);

G_END_DECLS
