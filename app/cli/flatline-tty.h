/* SPDX-License-Identifier: MIT */
/*
 * The terminal that flatline-cli itself runs in. While a program is supervised, keys go to the program's own terminal,
 * so this one hands over every key as it is pressed (raw); whatever ends this process, the terminal is put back.
 * There is one a process, so this is state of the process and no object.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE when stdin is a terminal and this process is in its foreground. */
gboolean
flatline_tty_is_ours (void);

/* Every key as it is pressed, unechoed, no key makes a signal; output is still treated as usual. */
void
flatline_tty_set_raw (void);

/* As it was found: lines, echo, signals. */
void
flatline_tty_restore (void);

/* FALSE when the size is not known. */
gboolean
flatline_tty_get_size (int *columns, int *rows);

G_END_DECLS
