/* SPDX-License-Identifier: MIT */
/*
 * FlatlineRelay: the port existing programs send their beats to (DESIGN.md, "Relay protocol"): TCP on 127.0.0.1, one
 * JSON object a line with the run's token. A wrong token or anything else is dropped and counted.
 *
 * Signal: "event" (FlatlineProgramEvent *).
 */
#pragma once

#include "flatline-program-event.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 messages; /* taken */
  gint64 wrong_tokens;
  gint64 garbage; /* no JSON object, too long, or of no known kind */
  gint64 refused; /* connections that had to go */
  gint64 connections;
} FlatlineRelayCounts;

#define FLATLINE_TYPE_RELAY (flatline_relay_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineRelay, flatline_relay, FLATLINE, RELAY, GObject)

/* Listens at once, with a new random token. Transfer full, NULL on failure. */
FlatlineRelay *
flatline_relay_new (GError **error);

/* On 127.0.0.1. */
guint16
flatline_relay_get_port (FlatlineRelay *self);
/* 32 hex digits; borrowed. */
const char *
flatline_relay_get_token (FlatlineRelay *self);
FlatlineRelayCounts
flatline_relay_get_counts (FlatlineRelay *self);

/*
 * Takes what has arrived up to now, without waiting. Stops when the monotonic
 * clock says @until_us; FALSE when there was more by then.
 */
gboolean
flatline_relay_drain (FlatlineRelay *self, gint64 until_us);

/* Sends one command ("close", "ping") to a program's control port, in the background; failures are silent. */
void
flatline_relay_send_command (FlatlineRelay *self, gint64 control_port, const char *command);

/* Whether somebody who said @text (NULL: nothing) knows @token. */
gboolean
flatline_token_is (const char *token, const char *text);

G_END_DECLS
