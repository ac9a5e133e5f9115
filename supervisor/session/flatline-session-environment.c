/* SPDX-License-Identifier: MIT */
/*
 * What the program finds in its environment: what it would find alone, the way to the relay and to the agent's channel,
 * and nothing that is meant for us.
 */
#include "config.h"

#include "flatline-config-store.h"
#include "flatline-debug-servers.h"
#include "flatline-paths.h"
#include "flatline-session-private.h"

#include <string.h>
#include <unistd.h>

/* What the child of a supervised supervisor inherited is not its own. */
static char *
dup_original_python_path (char **environment, const char *agent_dir)
{
  const char *path = g_environ_getenv (environment, "PYTHONPATH");

  if (path && g_environ_getenv (environment, "FLATLINE_ENABLED") && g_str_has_prefix (path, agent_dir))
    path = g_environ_getenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH");
  return g_strdup (path);
}

static char **
set_agent_environment (FlatlineSession *self, char **environment)
{
  g_autofree char *agent_dir = flatline_paths_dup_agent_dir ();
  g_autofree char *original = dup_original_python_path (environment, agent_dir);
  g_autofree char *supervisor = g_strdup_printf ("%d", getpid ());
  g_autofree char *path = original && *original ? g_strdup_printf ("%s:%s", agent_dir, original) : g_strdup (agent_dir);

  environment = g_environ_unsetenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH");
  environment = g_environ_unsetenv (environment, "FLATLINE_AGENT_SOCKET");
  environment = g_environ_unsetenv (environment, "FLATLINE_SUPERVISOR");
  if (!self->channel)
    {
      environment = g_environ_unsetenv (environment, "PYTHONPATH");
      return original ? g_environ_setenv (environment, "PYTHONPATH", original, TRUE) : environment;
    }
  if (original)
    environment = g_environ_setenv (environment, "FLATLINE_ORIGINAL_PYTHONPATH", original, TRUE);
  environment = g_environ_setenv (environment, "PYTHONPATH", path, TRUE);
  environment = g_environ_setenv (environment, "FLATLINE_SUPERVISOR", supervisor, TRUE);
  return g_environ_setenv (environment, "FLATLINE_AGENT_SOCKET", flatline_agent_channel_get_path (self->channel), TRUE);
}

char **
flatline_session_dup_given_environment (FlatlineSession *self)
{
  return self->environment ? g_strdupv (self->environment) : flatline_debug_servers_return (g_get_environ ());
}

char **
flatline_session_make_environment (FlatlineSession *self)
{
  static const char *const prefixes[] = { "FLATLINE", "TRIO_DEBUGGER" };
  g_autofree char *port = g_strdup_printf ("%u", flatline_relay_get_port (self->relay));
  char **environment = set_agent_environment (self, flatline_session_dup_given_environment (self));

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      const char *const values[][2] = { { "ENABLED", "1" },
                                        { "HOST", "127.0.0.1" },
                                        { "PORT", port },
                                        { "TOKEN", flatline_relay_get_token (self->relay) } };

      for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
        {
          g_autofree char *name = g_strdup_printf ("%s_%s", prefixes[i], values[j][0]);

          environment = g_environ_setenv (environment, name, values[j][1], TRUE);
        }
    }
  environment = g_environ_unsetenv (environment, FLATLINE_DB_PASSWORD_VARIABLE);
  if (flatline_config_get_piped (self->config) != FLATLINE_STREAM_ALL && !g_environ_getenv (environment, "TERM"))
    environment = g_environ_setenv (environment, "TERM", "xterm-256color", TRUE);
  return environment;
}
