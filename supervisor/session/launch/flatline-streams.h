/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStreams: stdin, stdout and stderr of a program that is to be started, both sides of each. What is not piped
 * lies on one pseudo-terminal, so that output and errors come in the order of writing, and programs have what they
 * would have alone: job control, keys that are read from the terminal of stderr (flatline-error-marks tells errors
 * apart). Where output is piped, the input shares the terminal of errors; where both are, there is no terminal that
 * could show what is typed, and the input is piped as well; errors have a pipe of their own unless they are joined.
 * Input that is given is what it would be alone: not a byte of it is read before the program does. Used by the
 * launcher.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_STREAM_NONE = 0,
  FLATLINE_STREAM_INPUT = 1 << 0,
  FLATLINE_STREAM_OUTPUT = 1 << 1,
  FLATLINE_STREAM_ERROR = 1 << 2,
  FLATLINE_STREAM_ALL = FLATLINE_STREAM_INPUT | FLATLINE_STREAM_OUTPUT | FLATLINE_STREAM_ERROR,
  FLATLINE_STREAM_GIVEN = 1 << 3, /* beside INPUT: that is our own stdin itself, of which nobody else reads */
  FLATLINE_STREAM_JOINED = 1 << 4 /* errors go where output goes, if both are pipes; terminals are one anyhow */
} FlatlineStreamSet;

/* Descriptors, in the order of 0, 1, 2: close-on-exec, at least 3, -1 where closed; ours of a given input always is. */
typedef struct
{
  int ours[3];
  int theirs[3];
  int terminal; /* the stream, 1 or 2, whose terminal is the program's own; -1: none */
} FlatlineStreams;

/* What of @piped holds in the end: see above. */
FlatlineStreamSet
flatline_streams_settle (FlatlineStreamSet piped);

/* Of what settled: whether errors go where output goes. */
gboolean
flatline_streams_are_joined (FlatlineStreamSet piped);

/* FALSE with errno; clear it in any case. */
gboolean
flatline_streams_open (FlatlineStreams *self, FlatlineStreamSet piped);

void
flatline_streams_close_theirs (FlatlineStreams *self);

void
flatline_streams_clear (FlatlineStreams *self);

/* A pipe as the above: close-on-exec, at least 3. */
gboolean
flatline_streams_open_pipe (int fds[2]);

G_END_DECLS
