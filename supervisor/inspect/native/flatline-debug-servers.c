/* SPDX-License-Identifier: MIT */
/* See flatline-debug-servers.h; the variable is that of debuginfod(8). */
#include "flatline-debug-servers.h"

#define VARIABLE "DEBUGINFOD_URLS"

static char *servers; /* set once, before there are threads */

void
flatline_debug_servers_leave (void)
{
  servers = g_strdup (g_getenv (VARIABLE));
  g_unsetenv (VARIABLE);
}

char **
flatline_debug_servers_return (char **environment)
{
  return servers ? g_environ_setenv (environment, VARIABLE, servers, FALSE) : environment;
}
