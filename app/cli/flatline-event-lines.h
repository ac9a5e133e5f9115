/* SPDX-License-Identifier: MIT */
/*
 * FlatlineEventLines: what a session tells, as one JSON object a line (`flatline-cli run --json`). Every line has
 * "event" and "time_us" (UTC); the rest by event:
 *
 * - started: pid, argv, cwd, python, run (its uid)
 * - state: state, cause
 * - beat: beat (the record: lane, reason, caller, pid, time_us)
 * - output: stream, text; a character is never divided between two lines, bytes that are no UTF-8 become U+FFFD
 * - freeze: id (of the store; null when not kept), uid, kind, stale (s since the last beat), threshold (s), freeze (the
 *   record), verdict, snapshot (whole)
 * - recovered: id, uid, freeze
 * - message: level, text
 * - exited: status (null when by a signal), signal, signal_name (null when none)
 * - call: name, text: a line of a function that is traced
 * - held: verdict, snapshot: a thread is at a breakpoint
 */
#pragma once

#include "flatline-session.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_EVENT_LINES (flatline_event_lines_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineEventLines, flatline_event_lines, FLATLINE, EVENT_LINES, GObject)

typedef void (*FlatlineEventLineFunc) (GBytes *line, gpointer user_data);

/* Calls @write with each line, its "\n" included, while it lives. @store may be NULL. Transfer full. */
FlatlineEventLines *
flatline_event_lines_new (FlatlineSession *session,
                          FlatlineStore *store,
                          FlatlineEventLineFunc write,
                          gpointer user_data);

G_END_DECLS
