/* SPDX-License-Identifier: MIT */
/*
 * Which interpreter runs a script: the setting, the one that the script's first line names, a .venv or venv beside the
 * script or in its project, $VIRTUAL_ENV, python3 of PATH. Relative names start from a folder, NULL: the current one.
 * Only looks at files.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first line of a file, taken apart. */
typedef struct
{
  char **words; /* interpreter and its arguments, "/usr/bin/env" already looked through; NULL: no such line */
  char *wanted; /* the interpreter as it stands there, for messages */
  gboolean is_python;
  gboolean takes_any; /* "env python3": whichever is meant here, not a certain one */
} FlatlineShebang;

/* Into an empty @shebang, which stays empty where there is no such line. */
void
flatline_shebang_read (const char *path, FlatlineShebang *shebang);
void
flatline_shebang_clear (FlatlineShebang *shebang);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlatlineShebang, flatline_shebang_clear)

char *
flatline_interpreter_dup_absolute (const char *path, const char *cwd);

/* The name in the folders of PATH, as a shell finds it. Transfer full, NULL when it is in none. */
char *
flatline_interpreter_find_in_path (const char *name, const char *cwd, char **environment);

/* A path stays one, a bare name is looked up. Transfer full, NULL when nothing executable is there. */
char *
flatline_interpreter_find (const char *name, const char *cwd, char **environment);

/* As far as its name tells. */
gboolean
flatline_interpreter_is_python (const char *path);

/* A folder that Python runs as a program. */
gboolean
flatline_interpreter_runs_folder (const char *path);

/*
 * The interpreter, and its own arguments, for @script, which may be a folder; @shebang may be empty. @python: the
 * setting, or NULL. Transfer full; NULL with FLATLINE_SESSION_ERROR_USAGE when there is none.
 */
char **
flatline_interpreter_find_python (const char *script,
                                  const FlatlineShebang *shebang,
                                  const char *cwd,
                                  const char *python,
                                  char **environment,
                                  GError **error);

G_END_DECLS
