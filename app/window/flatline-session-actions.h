/* SPDX-License-Identifier: MIT */
/* The action group "session" of one tab: what its toolbar, banner and keys do. */
#pragma once

#include "flatline-session-view.h"

G_BEGIN_DECLS

/* @view is not kept alive; its session must be set. What is possible follows the session's properties. Transfer full.
 */
GActionGroup *
flatline_session_actions_new (FlatlineSessionView *view);

G_END_DECLS
