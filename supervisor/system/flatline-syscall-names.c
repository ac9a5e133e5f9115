/* SPDX-License-Identifier: MIT */
/*
 * Names of system calls. The table is made at build time from <sys/syscall.h> of the machine that is built for
 * (syscall-table.py), so that every architecture has its own numbers without a list of ours to go stale.
 */
#include "flatline-syscall-names.h"

#include <sys/syscall.h>

static const char *const names[] = {
#include "flatline-syscall-table.inc"
};

const char *
flatline_syscall_name (gint64 number)
{
  if (number < 0 || number >= (gint64)G_N_ELEMENTS (names))
    return NULL;
  return names[number];
}
