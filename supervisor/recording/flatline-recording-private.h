/* SPDX-License-Identifier: MIT */
/* What the parts of FlatlineRecording share. */
#pragma once

#include "flatline-recording.h"

G_BEGIN_DECLS

/* A variable of a call that became something else, or is gone. */
typedef struct
{
  guint32 previous; /* change of the same call, FLATLINE_NO_EVENT none */
  guint32 event;    /* where it was noticed: the line before that has made it */
  guint32 offset;   /* of its line in the text */
  guint32 name;     /* index into names */
} FlatlineChange;

typedef struct
{
  guint32 code;
  guint32 parent; /* call, 0 none */
  guint32 last_event;
  guint32 last_change;
  guint32 entry;
} FlatlineRecordedCall;

typedef struct
{
  char *file;
  char *function;
  char *qualified_name;
  char **arguments;
  guint32 line;
} FlatlineRecordedCode;

typedef struct
{
  FlatlineThread *thread;
  guint32 call;   /* while it is read: where it is */
  GArray *events; /* guint32, its own in order */
} FlatlineRecordedThread;

struct _FlatlineRecording
{
  GObject parent_instance;
  GString *text;
  GArray *events;     /* FlatlineEvent */
  GArray *changes;    /* FlatlineChange */
  GArray *calls;      /* FlatlineRecordedCall, [0] unused */
  GPtrArray *codes;   /* FlatlineRecordedCode, [0] NULL */
  GPtrArray *threads; /* FlatlineRecordedThread, [0] NULL */
  GPtrArray *names;   /* const char *, of name_numbers */
  GHashTable *name_numbers;
  GListStore *sources;
  GHashTable *source_lines; /* file to GPtrArray of begins of lines, made when asked for */
  FlatlineProgram *program;
  char *host;
  gint64 started_us;
  char *how; /* the word of the file's head; "": it goes on or was cut off */
  GPtrArray *notes;
  gboolean is_damaged;
};

/* The lines of the file at @path, and its word for how it ended. What is cut short is read as far as it goes. */
GString *
flatline_recording_read_file (const char *path, char **how_out, gboolean *damaged_out, GError **error);

/* Of the file only so little is there that nothing can be shown. */
void
flatline_recording_set_cut (const char *path, GError **error);

/* Fills @self from its text. */
void
flatline_recording_index (FlatlineRecording *self);

/* The value whose JSON begins at @json and ends at the end of the line. Transfer full; NULL when it is none. */
FlatlineValue *
flatline_recorded_value_parse (const char *json, const char *name);

/* The JSON string at *@at, which is moved behind it. Transfer full; NULL: there is none. */
char *
flatline_recorded_string_parse (const char **at);

FlatlineRecordedCode *
flatline_recording_peek_code (FlatlineRecording *self, guint event);

/* The value that a change has in the text; NULL: the variable is gone. Transfer full. */
FlatlineValue *
flatline_recording_dup_changed (FlatlineRecording *self, guint change);

G_END_DECLS
