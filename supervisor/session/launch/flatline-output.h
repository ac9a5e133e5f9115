/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOutput: reads what a program writes to one terminal or pipe, as fast as it comes, in pieces of at most 64
 * KiB, and writes what a person types. It keeps nothing; the program is never slowed down by us.
 *
 * Signals: "data" (GBytes *), "closed" (): nobody can write any more.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_OUTPUT (flatline_output_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineOutput, flatline_output, FLATLINE, OUTPUT, GObject)

/* @fd: non-blocking, owned from here on. */
FlatlineOutput *
flatline_output_new (int fd);

/* Reads what is there now, without waiting; at most 1 MiB. */
void
flatline_output_drain (FlatlineOutput *self);

gboolean
flatline_output_is_closed (FlatlineOutput *self);
int
flatline_output_get_fd (FlatlineOutput *self);

/* FlatlineInput: the way in. What the program does not take at once is kept, at most 1 MiB. */
#define FLATLINE_TYPE_INPUT (flatline_input_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineInput, flatline_input, FLATLINE, INPUT, GObject)

/* @fd: non-blocking, owned from here on. */
FlatlineInput *
flatline_input_new (int fd);

/* FALSE when it could not be kept whole; then none of it was. */
gboolean
flatline_input_write (FlatlineInput *self, const char *data, gsize length);

/* Bytes the program has not taken yet. */
gsize
flatline_input_get_pending (FlatlineInput *self);

/* There is no more, once what is pending was taken: a terminal gets its key for that, a pipe is closed. */
void
flatline_input_end (FlatlineInput *self, gboolean is_terminal);

G_END_DECLS
