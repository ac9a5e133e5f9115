/* SPDX-License-Identifier: MIT */
/*
 * FlatlineCommand: what to execute for what a person typed. Python scripts, and what -m and -c name, get the
 * interpreter a person would expect (flatline-interpreter.h). Any other executable runs as it is. Only looks at files;
 * starts nothing.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char **argv;        /* argv[0] is the path to execute */
  char *program;      /* the script or executable a person named, absolute; of -m and -c the folder with that */
  gboolean is_python; /* argv[0] is a Python interpreter, as far as its name tells */
  gboolean isolated;  /* -I or -E: the interpreter takes no PYTHONPATH, so the agent cannot come in */
} FlatlineCommand;

/*
 * @argv: script or executable, or -m MODULE or -c CODE as Python has it, then its arguments. @cwd: what relative names
 * start from, NULL: the current folder.
 * @python: interpreter for scripts or NULL. @environment: where PATH and VIRTUAL_ENV come from. NULL with
 * FLATLINE_SESSION_ERROR_USAGE and one clear line when it cannot run. Transfer full.
 */
FlatlineCommand *
flatline_command_resolve (
    const char *const *argv, const char *cwd, const char *python, char **environment, GError **error);

/*
 * What is executed has rights of its own (set-user-ID, set-group-ID, capabilities), an interpreter that its first line
 * names included: a process that is traced meanwhile does not get them.
 */
gboolean
flatline_command_has_privileges (const FlatlineCommand *self);

/* A warning about an interpreter that is too old to be looked into, as far as its name tells. Transfer full, NULL. */
char *
flatline_command_dup_doubt (const FlatlineCommand *self);

void
flatline_command_free (FlatlineCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineCommand, flatline_command_free)

G_END_DECLS
