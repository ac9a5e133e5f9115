/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli debug`: another debugger at a program that a Flatline traces to be there when it dies. A process has
 * one tracer, so ours steps aside as long as the descriptor is open that this command hands on to the debugger.
 */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-exit-door.h"
#include "flatline-seizing.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <unistd.h>

/* FALSE after a complaint. */
static gboolean
make_room (gint64 pid)
{
  const int door = flatline_exit_door_knock (pid);
  pid_t tracer;

  if (door >= 0)
    return fcntl (door, F_SETFD, 0) == 0;
  tracer = flatline_seizing_read_tracer (pid);
  if (tracer != 0)
    flatline_cli_complain (_ ("process %" PRId64 " is being debugged by process %d"), pid, (int)tracer);
  return tracer == 0;
}

int
flatline_cli_debug (int argc, char **argv)
{
  const FlatlineCliOption options[] = { { NULL } };
  const FlatlineCliUsage usage = {
    "debug PID COMMAND [ARGUMENT…]",
    N_ ("Lets gdb, strace or another debugger at a program that Flatline traces to be there when it dies.\n"
        "Flatline steps aside until the command has ended: flatline-cli debug 4711 gdb -p 4711"),
    NULL,
    TRUE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  gint64 pid;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  pid = words[0] ? g_ascii_strtoll (words[0], NULL, 10) : 0;
  if (pid <= 0 || !words[1])
    {
      flatline_cli_complain (_ ("say which process, and what to run: flatline-cli debug PID COMMAND [ARGUMENT…]"));
      return FLATLINE_CLI_USAGE;
    }
  if (!make_room (pid))
    return FLATLINE_CLI_FAILED;
  execvp (words[1], words + 1);
  flatline_cli_complain (_ ("Cannot execute “%s”: %s"), words[1], g_strerror (errno));
  return FLATLINE_CLI_FAILED;
}
