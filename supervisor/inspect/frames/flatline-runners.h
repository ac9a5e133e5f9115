/* SPDX-License-Identifier: MIT */
/* Which thread runs a thread state that was made by another. */
#pragma once

#include "flatline-stack-walk.h"

G_BEGIN_DECLS

/* Of each state that its maker does not run itself, sets ident and native_id to those of the thread that does. */
void
flatline_thread_states_find_runners (FlatlineTarget *target, GArray *threads);

G_END_DECLS
