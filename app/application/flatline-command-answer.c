/* SPDX-License-Identifier: MIT */
/* Help, version, licence, and that there is no display. */
#include "config.h"

#include "flatline-command-answer.h"

#include <glib/gi18n.h>

#include "flatline-graphics.h"

static const char help_text[] =
    N_ ("Usage: flatline [OPTION…] [SCRIPT [ARGUMENT…]]\n"
        "       flatline FILE.flatline…\n"
        "\n"
        "Runs SCRIPT, listens to its heart, and shows where it hangs. Everything after SCRIPT belongs to SCRIPT.\n"
        "Without SCRIPT: the ‘app’ of config.ini in the working folder, else an empty window.\n"
        "\n"
        "  -m MODULE …       a module, as ‘python -m’ runs it; -c CODE: that code\n"
        "  --app SCRIPT      the script to run\n"
        "  -a, --args …      all that follows goes to the script\n"
        "  --config FILE     settings (default: config.ini in the working folder, if there is one)\n"
        "  --version         print the version and exit\n"
        "  --license         print the licence and exit\n"
        "  -h, --help        print this and exit\n"
        "\n"
        "In the terminal, without a window: flatline-cli --help\n");

gboolean
flatline_command_answer (const FlatlineCommandLine *command, int *exit_status)
{
  *exit_status = 0;
  if (command->kind == FLATLINE_COMMAND_HELP)
    g_print ("%s", _ (help_text));
  else if (command->kind == FLATLINE_COMMAND_VERSION)
    g_print ("Flatline %s\n", FLATLINE_VERSION);
  else if (command->kind == FLATLINE_COMMAND_LICENSE)
    {
      g_autoptr (GBytes) text =
          g_resources_lookup_data ("/org/flatline/Flatline/COPYING", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

      if (text)
        g_print ("%.*s", (int)g_bytes_get_size (text), (const char *)g_bytes_get_data (text, NULL));
    }
  else if (!flatline_graphics_init ())
    {
      g_printerr (_ ("flatline: there is no display to open a window on; use ‘flatline-cli run SCRIPT’ in the "
                     "terminal, or set DISPLAY or WAYLAND_DISPLAY\n"));
      *exit_status = 1;
    }
  else
    return FALSE;
  return TRUE;
}
