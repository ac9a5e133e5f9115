/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProgramEvent: what a program told us, whether it came by the relay (existing clients) or by the agent's
 * channel. Texts are borrowed from the message and hold during the signal only; they are bounded and valid UTF-8.
 */
#pragma once

#include "flatline-held.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_PROGRAM_EVENT_HELLO,   /* python, ppid, tells_deaths, compiled */
  FLATLINE_PROGRAM_EVENT_ATTACH,  /* control_port */
  FLATLINE_PROGRAM_EVENT_BEAT,    /* lane, reason, caller */
  FLATLINE_PROGRAM_EVENT_PROCESS, /* reason: the old client's loop sign of life */
  FLATLINE_PROGRAM_EVENT_LOOP,    /* loop, loop_runs, thread */
  FLATLINE_PROGRAM_EVENT_REPORT,  /* kind and the texts */
  FLATLINE_PROGRAM_EVENT_DROPPED, /* count */
  FLATLINE_PROGRAM_EVENT_EXITING,
  FLATLINE_PROGRAM_EVENT_DYING,   /* held */
  FLATLINE_PROGRAM_EVENT_CALL,    /* params: of a function that is traced */
  FLATLINE_PROGRAM_EVENT_CHANGES, /* params: all that is traced or patched now */
  FLATLINE_PROGRAM_EVENT_HELD,    /* held, params: a thread is at a breakpoint */
} FlatlineProgramEventType;

typedef struct
{
  FlatlineProgramEventType type;
  gint64 pid;
  gint64 time_us;     /* UTC, the sender's own time stamp; 0 none or nonsense */
  const char *lane;   /* "interpreter", "loop", "program" */
  char *reason;       /* owned, shortened */
  char *caller;       /* owned, shortened */
  const char *kind;   /* "warn", "die", "fault", "exception", "freeze" */
  JsonObject *params; /* as it was told */
  const char *context;
  const char *type_name;
  const char *message;
  const char *thread_name;
  const char *traceback_text;
  const char *text;
  const char *similar; /* of an exception of an import: see FlatlineExceptionInfo */
  const char *found_in;
  const char *shadow;
  const char *place; /* of EXITING: where os._exit() was called; NULL: it ends in good order */
  const char *loop;
  gboolean loop_runs;
  gint64 thread;
  gint64 ppid;
  const char *python;
  gboolean tells_deaths; /* of HELLO: it holds fatal signals itself */
  gboolean compiled;     /* of HELLO: its own code, which was nowhere to be had */
  gint64 control_port;
  gint64 count;
  FlatlineHeld *held; /* DYING, REPORT: the program waits; owned, the receiver may take it; NULL: it does not */
} FlatlineProgramEvent;

void
flatline_program_event_clear (FlatlineProgramEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlatlineProgramEvent, flatline_program_event_clear)

/* Members of @object that are absent or of another kind read as NULL and 0; @object may be NULL. */
const char *
flatline_program_event_text (JsonObject *object, const char *name);
gint64
flatline_program_event_integer (JsonObject *object, const char *name);
gboolean
flatline_program_event_flag (JsonObject *object, const char *name);
/* Written as text, since JSON's numbers do not hold all of them. */
guint64
flatline_program_event_address (JsonObject *object, const char *name);

/* "" for what is beyond the end or no text. */
const char *
flatline_program_event_element (JsonArray *array, guint i);

/* Seconds since the epoch as microseconds; 0 for what is no time between 1970 and 2200. */
gint64
flatline_program_event_time (JsonNode *node);

/* At most 256 characters, control characters made blank. Transfer full, NULL for NULL. */
char *
flatline_program_event_dup_short (const char *text);

/* Fills pid, time and the texts of a report. */
void
flatline_program_event_read_report (FlatlineProgramEvent *event, JsonObject *object);

G_END_DECLS
