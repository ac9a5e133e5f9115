/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRecording: what a program did, event by event, as agent/flatline/recording/ wrote it (DESIGN.md,
 * "Recordings"). It is read once and does not change; each event is shown as a FlatlineSnapshot, so that whoever shows
 * a freeze shows a step. Events are numbered from 0 in the order of time, over all threads.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

#define FLATLINE_RECORDING_ENDING ".flatline-recording"
#define FLATLINE_NO_EVENT         G_MAXUINT32

typedef enum
{
  FLATLINE_EVENT_CALL,
  FLATLINE_EVENT_RESUME, /* of a generator or coroutine */
  FLATLINE_EVENT_LINE,   /* is about to run */
  FLATLINE_EVENT_EXCEPTION,
  FLATLINE_EVENT_RETURN,
  FLATLINE_EVENT_YIELD,
  FLATLINE_EVENT_UNWIND, /* the call is left by an exception */
} FlatlineEventKind;

/* One event; an index is FLATLINE_NO_EVENT where there is none. */
typedef struct
{
  gint64 time_us; /* since the recording began */
  guint32 offset; /* of its line in the text */
  guint32 call;   /* 1-based number */
  guint32 before; /* the event before in the same call */
  guint32 entry;  /* the event that entered the call; of one that does: the event of the caller that it was called at */
  guint32 change; /* the newest change of a variable of the call, FLATLINE_NO_EVENT none */
  guint32 line;   /* 1-based */
  guint32 depth;  /* 1 is the outermost */
  guint16 thread; /* index into flatline_recording_peek_thread() */
  guint8 kind;    /* FlatlineEventKind */
} FlatlineEvent;

#define FLATLINE_TYPE_RECORDING (flatline_recording_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineRecording, flatline_recording, FLATLINE, RECORDING, GObject)

/* Whether the file @path is called as a recording is, or begins as one does. Reads a few bytes. */
gboolean
flatline_recording_is_one (const char *path);

/* Reads @path, also while it is being written. Blocks for as long as that takes. Transfer full. */
FlatlineRecording *
flatline_recording_load (const char *path, GError **error);

guint
flatline_recording_get_n_events (FlatlineRecording *self);

const FlatlineEvent *
flatline_recording_peek_event (FlatlineRecording *self, guint event);

/* The thread of an event; borrowed. */
FlatlineThread *
flatline_recording_peek_thread (FlatlineRecording *self, guint event);

/* NULL: the file is older than its first event. Borrowed. */
FlatlineProgram *
flatline_recording_peek_program (FlatlineRecording *self);

const char *
flatline_recording_peek_host (FlatlineRecording *self);

/* UTC. */
gint64
flatline_recording_get_started_us (FlatlineRecording *self);

/* A sentence for people about how it ended; NULL: with the program, as it should. Transfer full. */
char *
flatline_recording_dup_ending (FlatlineRecording *self);

/* Where an event is; borrowed. */
const char *
flatline_recording_peek_file (FlatlineRecording *self, guint event);
const char *
flatline_recording_peek_function (FlatlineRecording *self, guint event);

/* The text of the line at an event, without the blanks around it; NULL: no source. Transfer full. */
char *
flatline_recording_dup_source_line (FlatlineRecording *self, guint event);

/* "call", "line", "return", … for machines. */
const char *
flatline_event_kind_get_word (FlatlineEventKind kind);

/* The same for people, translated: "called", "returns". */
const char *
flatline_event_kind_get_label (FlatlineEventKind kind);

/* What is returned, yielded or raised at the event; NULL: nothing. Transfer full. */
FlatlineValue *
flatline_recording_dup_result (FlatlineRecording *self, guint event);

/* Those that the line before has changed, with what they are now; gone ones have no text. Transfer full, GPtrArray. */
GPtrArray *
flatline_recording_dup_changes (FlatlineRecording *self, guint event);

/* The event of the caller that the call of @event was made at; FLATLINE_NO_EVENT: it has none. */
guint
flatline_recording_get_caller (FlatlineRecording *self, guint event);

/* All threads as they stood at @event; its own comes first. Transfer full. */
FlatlineSnapshot *
flatline_recording_dup_snapshot (FlatlineRecording *self, guint event);

/* Ways through it. All answer FLATLINE_NO_EVENT where there is none. */
typedef enum
{
  FLATLINE_STEP_INTO, /* the next event of the thread */
  FLATLINE_STEP_OVER, /* the next that is not in a call made from here */
  FLATLINE_STEP_OUT,  /* the next in the caller */
} FlatlineStep;

/* @direction: 1 forward, -1 back. */
guint
flatline_recording_step (FlatlineRecording *self, guint event, FlatlineStep step, int direction);

/* An exception that is raised: not its way through the callers. */
guint
flatline_recording_find_exception (FlatlineRecording *self, guint event, int direction);

/* @place: "FILE:LINE" (the file by its end), "LINE" (of the event's file), or the name of a function that is called. */
guint
flatline_recording_find_place (FlatlineRecording *self, guint event, const char *place, int direction);

/* A value, name or exception with @text in it. */
guint
flatline_recording_find_text (FlatlineRecording *self, guint event, const char *text, int direction);

/*
 * When @name, a variable of the call at @event or an attribute of one ("self.total"), became what it is: the event
 * whose line did it. An attribute is followed through all calls that saw the object. @old_out and @new_out (transfer
 * full, may be NULL): the values; @old_out is NULL when there was none before.
 */
guint
flatline_recording_find_change (
    FlatlineRecording *self, guint event, const char *name, FlatlineValue **old_out, FlatlineValue **new_out);

G_END_DECLS
