/* SPDX-License-Identifier: MIT */
/* flatline-keeper: holds the terminal of a supervised program; the supervisor starts one for each. Needs only the C
 * library. */
#include "flatline-terminal-keeper.h"

int
main (int argc, char **argv)
{
  flatline_terminal_keeper_run (argv);
}
