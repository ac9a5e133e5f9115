/* SPDX-License-Identifier: MIT */
/*
 * FlatlineConfig: the settings of a session, from config.ini (DESIGN.md, "Command line") and from options on top.
 * Unknown keys warn, wrong values are errors with file and line; no file is ever written.
 */
#pragma once

#include "flatline-streams.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define FLATLINE_CONFIG_ERROR (flatline_config_error_quark ())
GQuark
flatline_config_error_quark (void);

typedef struct
{
  gboolean enabled;
  char *host;
  gint64 port;
  char *user;
  char *password;
  char *database;
  char *socket;
  gboolean tls;
  gboolean tls_verify;
  char *tls_ca;
  char *option_group; /* of my.cnf, with host, user, password and so on; NULL: my.cnf is not read */
} FlatlineDatabaseConfig;

/* Which programs the kernel is to hold at their death: see FlatlineExitWatch. */
typedef enum
{
  FLATLINE_TRACE_EXITS_AUTO, /* those without our agent */
  FLATLINE_TRACE_EXITS_ALWAYS,
  FLATLINE_TRACE_EXITS_NEVER,
} FlatlineTraceExits;

#define FLATLINE_TYPE_CONFIG (flatline_config_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineConfig, flatline_config, FLATLINE, CONFIG, GObject)

/* Plain data; set before the session starts. */
struct _FlatlineConfig
{
  GObject parent_instance;
  char *file;                /* where it came from, NULL: defaults */
  char *app;                 /* script of config.ini */
  double freeze_threshold;   /* s, 2.5 */
  double poll_interval;      /* s, 1.0 */
  gint64 poll_fail_limit;    /* 3 */
  double startup_threshold;  /* s, 30.0 */
  double shutdown_threshold; /* s, 10.0 */
  double close_grace;        /* s between Close, SIGTERM and SIGKILL, 3.0 */
  char *python;              /* interpreter, NULL: found as the launcher says */
  gboolean strict_beats;
  gboolean pipes;                 /* pipes in place of pseudo-terminals */
  FlatlineStreamSet piped;        /* of no setting: streams that alone are pipes, or joined */
  gboolean use_agent;             /* TRUE */
  FlatlineTraceExits trace_exits; /* auto */
  gboolean follow;                /* the run goes on with what the program leaves running, FALSE */
  gboolean kill_with_supervisor;  /* the program dies with the supervisor, FALSE */
  char *record;                   /* of no setting: where a recording goes, a file or a folder (made); NULL: none */
  gboolean record_everything;     /* libraries, too */
  gboolean record_places_only;    /* no variables */
  char *record_only;              /* patterns of files, divided by commas; NULL: the program's own */
  gint64 record_megabytes;        /* 0: the agent's default */
  char *log_folder;               /* NULL: the program's working folder; "" : no log files */
  gint64 log_max_bytes;           /* a file, 10 MiB */
  gboolean repl_enabled;
  gint64 repl_port; /* 5050 */
  FlatlineDatabaseConfig database;
  gint64 keep_days;       /* freezes; 0: for ever */
  gint64 keep_beats_days; /* beats one by one, 30; 0: for ever */
  gint64 keep_megabytes;  /* of the file; 0: no limit */
};

/* The program's streams that are to be pipes, and whether errors go with output. */
FlatlineStreamSet
flatline_config_get_piped (const FlatlineConfig *self);

/* Defaults. Transfer full. */
FlatlineConfig *
flatline_config_new (void);

/*
 * Reads @file over the defaults. A missing file is an error. @warnings (nullable): GPtrArray of char * with free
 * function, gets a line for each unknown key. Transfer full, NULL on error.
 */
FlatlineConfig *
flatline_config_load (const char *file, GPtrArray *warnings, GError **error);

/*
 * Whether @file, which nobody named, is for us: many programs have a config.ini, and only one with a [flatline] group
 * is read. Not a pipe, which would keep whoever opens it. An error when that cannot be told.
 */
gboolean
flatline_config_is_ours (const char *file, GError **error);

/* "auto", "always" or "never"; FALSE: it is none of them. */
gboolean
flatline_trace_exits_parse (const char *text, FlatlineTraceExits *when);

/* Reads @file over what @self says already: preferences first, then the file. FALSE on error. */
gboolean
flatline_config_read (FlatlineConfig *self, const char *file, GPtrArray *warnings, GError **error);

G_END_DECLS
