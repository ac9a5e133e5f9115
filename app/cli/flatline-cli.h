/* SPDX-License-Identifier: MIT */
/*
 * The parts of flatline-cli: one function a command, and the reading of options they share. Data goes to stdout, words
 * for people to stderr. A command returns the exit status: 0 fine, 1 failed, 2 wrong usage (`run`: the program's own).
 */
#pragma once

#include "flatline-config.h"
#include "flatline-snapshot.h"
#include "flatline-store.h"

G_BEGIN_DECLS

enum
{
  FLATLINE_CLI_FINE = 0,
  FLATLINE_CLI_FAILED = 1,
  FLATLINE_CLI_USAGE = 2,
};

/* argv[0] is the command's name. */
int
flatline_cli_run (int argc, char **argv);
int
flatline_cli_dump (int argc, char **argv);
int
flatline_cli_core (int argc, char **argv);
int
flatline_cli_debug (int argc, char **argv);
int
flatline_cli_freezes (int argc, char **argv);
int
flatline_cli_show (int argc, char **argv);
int
flatline_cli_export (int argc, char **argv);
int
flatline_cli_import (int argc, char **argv);
int
flatline_cli_prune (int argc, char **argv);
int
flatline_cli_record (int argc, char **argv);
int
flatline_cli_recordings (int argc, char **argv);
int
flatline_cli_replay (int argc, char **argv);
/* argv[0] is one of the words of FlatlineLive. */
int
flatline_cli_live (int argc, char **argv);

typedef enum
{
  FLATLINE_CLI_OPTION_ON,      /* gboolean, becomes TRUE */
  FLATLINE_CLI_OPTION_OFF,     /* gboolean, becomes FALSE */
  FLATLINE_CLI_OPTION_TEXT,    /* const char *, points into argv */
  FLATLINE_CLI_OPTION_SECONDS, /* double, more than 0 */
  FLATLINE_CLI_OPTION_COUNT,   /* gint64, 1 or more */
} FlatlineCliOptionKind;

typedef struct
{
  const char *name; /* without the dashes */
  char letter;      /* short form, 0 for none */
  FlatlineCliOptionKind kind;
  gpointer value;
  const char *argument; /* what --help calls it, NULL for switches */
  const char *help;
} FlatlineCliOption;

/* How a command is called; options end with a NULL name. */
typedef struct
{
  const char *usage; /* "dump [OPTION…] PID|CORE [EXECUTABLE]" */
  const char *description;
  const char *details;      /* after the options, may be NULL */
  gboolean stop_at_word;    /* what follows the first word is not ours */
  const char *stop_letters; /* "mc": -m and -c are such words; NULL: none */
  const FlatlineCliOption *options;
} FlatlineCliUsage;

/*
 * Reads the options of @argv. @words_out gets the rest, NULL-terminated, pointing into @argv (free the array alone).
 * FALSE: the command is over, with *@status_out (help was asked for, or a line on stderr says what is wrong).
 */
gboolean
flatline_cli_parse (const FlatlineCliUsage *usage, int argc, char **argv, char ***words_out, int *status_out);

/* One line on stderr: "flatline-cli: …"; what acts on a terminal is told, not sent. */
void
flatline_cli_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* @text filled with blanks to @width cells of the terminal, on the left when it is negative; longer ones stay whole.
 * Control characters are told, not sent. */
char *
flatline_cli_dup_cell (const char *text, int width);

/*
 * The settings: @file, else config.ini of the working folder when it has a [flatline] group, else the defaults. Warns
 * on stderr. Transfer full; NULL after a complaint.
 */
FlatlineConfig *
flatline_cli_load_config (const char *file);

/* Where freezes are kept; its troubles are complained about. @wait: until a server answered, or did not. Transfer full;
 * NULL after a complaint. */
FlatlineStore *
flatline_cli_open_store (FlatlineConfig *config, gboolean wait);

/* Waits a moment until all is kept, and tells what is not. TRUE: it is safe. */
gboolean
flatline_cli_close_store (FlatlineStore *store);

/* The snapshot of a freeze's id, or of a .flatline or .json file. Transfer full; NULL after a complaint. */
FlatlineSnapshot *
flatline_cli_load_snapshot (const char *id_or_file, const char *config_file);

/* The snapshot of a .flatline or .json file. Transfer full; NULL after a complaint. */
FlatlineSnapshot *
flatline_cli_load_file (const char *path);

/*
 * A moment in the past, microseconds UTC: "3d", "12h", "30m" before now, or ISO 8601, "2026-11-21" or
 * "2026-11-21T04:12:09", local time without a zone. FALSE when @text is neither.
 */
gboolean
flatline_cli_parse_time (const char *text, gint64 *time_us);

/* @snapshot in the @format flatline, html, text or json. */
GBytes *
flatline_cli_make_document (FlatlineSnapshot *snapshot, const char *format);

/* The format that the name of a file asks for, or NULL. */
const char *
flatline_cli_guess_format (const char *path);

/* To the file @path, or to stdout when it is NULL; FALSE after a complaint. */
gboolean
flatline_cli_write_document (GBytes *document, const char *path);

/* The exit status of a command that answered @status: no success when something did not get to stdout. */
int
flatline_cli_finish (int status);

/* All of @length bytes to stdout; FALSE after a complaint, of which there is one for each run. */
gboolean
flatline_cli_write (const char *data, gsize length);

/* Words and a new line to stdout, of which text of the program may be part: what acts on a terminal is told, not sent.
 * FALSE after a complaint. */
gboolean
flatline_cli_print (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* @json as a line, with no character in it that a terminal obeys. Transfer full. */
char *
flatline_cli_dup_json_line (const char *json);

/* That line to stdout; FALSE after a complaint. */
gboolean
flatline_cli_write_json (const char *json);

/* Pipes where our own streams are no terminals, and what goes to one place from us goes there from the program, too, in
 * its order: it finds what it would find without us. */
void
flatline_cli_give_streams (FlatlineConfig *config);

/* The recordings in a folder, newest first. Transfer full, of paths. */
GPtrArray *
flatline_cli_list_recordings (const char *folder);

/* Says that there is no recording, and how to make one. */
void
flatline_cli_complain_of_no_recording (void);

/* TRUE when people look at stdout and want colours (NO_COLOR is honoured). */
gboolean
flatline_cli_wants_color (void);

G_END_DECLS
