/* SPDX-License-Identifier: MIT */
/* Whether the memory of a process may be read, and if not, what stands in the way and what would help. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * @mappings: of @pid, NULL when they could not be read. FALSE: no such process (FLATLINE_INSPECT_ERROR_NO_PROCESS), or
 * not allowed (…_NOT_ALLOWED): the message names the user, ptrace_scope, capability, container or seccomp filter it is
 * about, and the command that helps.
 */
gboolean
flatline_access_check (gint64 pid, GPtrArray *mappings, GError **error);

G_END_DECLS
