/* SPDX-License-Identifier: MIT */
/*
 * Where DEBUGINFOD_URLS is set (Ubuntu and Fedora set it), elfutils asks servers of the network for the debug file of
 * each library that has none here, for up to a minute and a half each. Nobody who looks at a hanging program waits for
 * that, and no network is to learn of it: stacks in C are read with the files that are here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes the variable out of the environment. For the beginning of main(): no other thread may read it meanwhile. */
void
flatline_debug_servers_leave (void);

/* Puts it back into @environment, that of a program which we start. Takes and returns ownership. */
char **
flatline_debug_servers_return (char **environment);

G_END_DECLS
