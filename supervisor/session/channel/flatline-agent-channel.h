/* SPDX-License-Identifier: MIT */
/*
 * FlatlineAgentChannel: the Unix socket the agents of a run connect to, one connection a Python process (DESIGN.md,
 * "Agent channel"). Only processes of the same user are let in; the kernel says who connected.
 *
 * Signals: "event" (FlatlineProgramEvent *), "answered" (gint64 pid, gint64 id, const char *method, JsonNode *result
 * or NULL, JsonNode *error or NULL), "lost" (gint64 pid): the agent of pid is gone. Of others of the same user who
 * connect (flatline-cli): "asked" (FlatlineLineConnection *, gint64 pid or 0, const char *line): a command of
 * FlatlineLive, "left" (FlatlineLineConnection *).
 */
#pragma once

#include "flatline-program-event.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_AGENT_CHANNEL (flatline_agent_channel_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineAgentChannel, flatline_agent_channel, FLATLINE, AGENT_CHANNEL, GObject)

/* Makes a socket of its own in @folder (NULL: the runtime folder) and listens. Transfer full, NULL on failure. */
FlatlineAgentChannel *
flatline_agent_channel_new (const char *folder, GError **error);

const char *
flatline_agent_channel_get_path (FlatlineAgentChannel *self);

/* Whether the agent of @pid said hello and is still there. */
gboolean
flatline_agent_channel_has_agent (FlatlineAgentChannel *self, gint64 pid);
guint
flatline_agent_channel_get_n_agents (FlatlineAgentChannel *self);

/* Asks the agent of @pid; @params is a JSON object, NULL an empty one. The answer comes as "answered" with the id that
 * is returned. 0 when there is no agent. */
gint64
flatline_agent_channel_request (FlatlineAgentChannel *self, gint64 pid, const char *method, const char *params);

/*
 * Takes what has arrived up to now, without waiting. Stops when the monotonic
 * clock says @until_us; FALSE when there was more by then.
 */
gboolean
flatline_agent_channel_drain (FlatlineAgentChannel *self, gint64 until_us);

G_END_DECLS
