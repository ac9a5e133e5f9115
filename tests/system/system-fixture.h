/* SPDX-License-Identifier: MIT */
/* Real processes for the tests of system/: shell scripts started and waited for, and conditions with a deadline. */
#pragma once

#include "flatline-connections.h"

G_BEGIN_DECLS

/* Starts `sh -c SCRIPT` in a process group of its own, with a pipe on its standard output (@output, may be NULL). */
GPid
fixture_spawn_shell (const char *script, int *output);

/* Starts @argv in the same way; @environment adds one "NAME=value" to ours, may be NULL. */
GPid
fixture_spawn (const char *const *argv, const char *environment, int *output);

/* Reads one line; fails the test at the end of the file. Transfer full. */
char *
fixture_read_line (int fd);

/* Kills the group of @pid and reaps it. */
void
fixture_end (GPid pid);

typedef gboolean (*FixtureCondition) (gpointer data);

/* Tries @condition until it holds; FALSE when it does not within 20 s. */
gboolean
fixture_wait_until (FixtureCondition condition, gpointer data);

/* All of this very process. Transfer full. */
GPtrArray *
fixture_list_connections (void);

/* The one at @fd of this process, or NULL; borrowed. */
FlatlineConnection *
fixture_find_connection (GPtrArray *connections, gint64 fd);

G_END_DECLS
