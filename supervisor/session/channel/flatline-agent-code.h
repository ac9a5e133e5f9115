/* SPDX-License-Identifier: MIT */
/*
 * The agent's code as interpreters compile it. Where Flatline is installed they may not keep it, and would compile it
 * anew at each start of each process: that takes longer than all else that the agent does. So it is kept in the user's
 * cache, by an interpreter of ours; those of the program only look there (agent/flatline/startup/unseen.py).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Where agents look for it, the value of FLATLINE_AGENT_CACHE; NULL when that is somebody else's, as of who uses sudo:
 * code from there would do with our rights what he wants. Transfer full.
 */
char *
flatline_agent_code_dup_cache_dir (void);

/*
 * Process @pid had to compile the agent: has its interpreter do it once more, for those that follow, when nothing else
 * wants the processor. Once for each interpreter; not for a program that has one within it, which is no interpreter.
 */
void
flatline_agent_code_compile (gint64 pid);

G_END_DECLS
