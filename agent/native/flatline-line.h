/* SPDX-License-Identifier: MIT */
/*
 * The line to the supervisor: two named pipes, one for what is told and one for what is asked. A socket would be one of
 * the program's own connections to whoever counts those.
 */
#pragma once

#include <stddef.h>

typedef struct
{
  int reader; /* -1: there is no line */
  int writer;
} FlatlineLine;

#define FLATLINE_NO_LINE ((FlatlineLine){ -1, -1 })

/*
 * Makes the pipes beside the socket at @path, says @hello there (whole lines of @length bytes) and hands over their
 * other ends with it, all without waiting. Reading and writing do not wait either; what is written to a supervisor that
 * is gone is lost without a signal, reading finds the end. Allocates nothing and takes no lock.
 */
FlatlineLine
flatline_line_open (const char *path, const char *hello, size_t length);

void
flatline_line_close (FlatlineLine *line);
