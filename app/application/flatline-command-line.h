/* SPDX-License-Identifier: MIT */
/* The words after `flatline` (DESIGN.md, "Command line"), understood. Pure: opens nothing, prints nothing. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_COMMAND_RUN, /* program, or what config.ini names, or nothing: an empty window */
  FLATLINE_COMMAND_OPEN_SNAPSHOTS,
  FLATLINE_COMMAND_HELP,
  FLATLINE_COMMAND_VERSION,
  FLATLINE_COMMAND_LICENSE,
} FlatlineCommandKind;

typedef struct
{
  FlatlineCommandKind kind;
  char *config_file; /* --config, else NULL */
  char *app;         /* the script, NULL: none given */
  char **arguments;  /* what belongs to the script, or the snapshots; never NULL */
} FlatlineCommandLine;

/* @argv: as main() got it. Transfer full; NULL with one line that says what is wrong (G_OPTION_ERROR). */
FlatlineCommandLine *
flatline_command_line_parse (const char *const *argv, GError **error);

void
flatline_command_line_free (FlatlineCommandLine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineCommandLine, flatline_command_line_free)

G_END_DECLS
