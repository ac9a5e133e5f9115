/* SPDX-License-Identifier: MIT */
/* What goes to stdout: all of it or a complaint, with colours where a person looks at it. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-given.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

gboolean
flatline_cli_write (const char *data, gsize length)
{
  if (!flatline_given_has_stdout ())
    {
      flatline_cli_complain (_ ("cannot write to stdout: %s"), g_strerror (EBADF));
      return FALSE;
    }
  while (length > 0)
    {
      gssize written = write (STDOUT_FILENO, data, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        {
          flatline_cli_complain (_ ("cannot write to stdout: %s"), g_strerror (errno));
          return FALSE;
        }
      data += written;
      length -= written;
    }
  return TRUE;
}

gboolean
flatline_cli_wants_color (void)
{
  const char *no_color = g_getenv ("NO_COLOR");

  return isatty (STDOUT_FILENO) && (!no_color || !*no_color) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}
