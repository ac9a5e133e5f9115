/* SPDX-License-Identifier: MIT */
/* Pipes and pseudo-terminals, none of them in the place of a standard stream. */
#include "config.h"

#include "flatline-streams.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS    24

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* 0, 1 and 2 may be free in a supervisor without a terminal; the program's own must not be overwritten by ours. */
static int
lift (int fd)
{
  int lifted;

  if (fd < 0 || fd > 2)
    return fd;
  lifted = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  close (fd);
  return lifted;
}

gboolean
flatline_streams_open_pipe (int fds[2])
{
  if (pipe2 (fds, O_CLOEXEC) != 0)
    return FALSE;
  fds[0] = lift (fds[0]);
  fds[1] = lift (fds[1]);
  return fds[0] >= 0 && fds[1] >= 0;
}

/*
 * The program's bytes come through unchanged: no carriage return is added to a line end. What Ctrl+S stopped goes on at
 * any key: in the window Ctrl+Q is Quit.
 */
static gboolean
open_terminal (int *ours, int *theirs)
{
  struct winsize size = { .ws_col = DEFAULT_COLUMNS, .ws_row = DEFAULT_ROWS };
  struct termios settings;
  char name[128];

  *ours = lift (posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (*ours < 0 || grantpt (*ours) != 0 || unlockpt (*ours) != 0 || ptsname_r (*ours, name, sizeof name) != 0)
    return FALSE;
  *theirs = lift (open (name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (*theirs < 0 || tcgetattr (*theirs, &settings) != 0)
    return FALSE;
  settings.c_oflag &= ~ONLCR;
  settings.c_iflag |= IUTF8 | IXANY;
  tcsetattr (*theirs, TCSANOW, &settings);
  ioctl (*theirs, TIOCSWINSZ, &size);
  return TRUE;
}

static gboolean
open_spoken (FlatlineStreams *self, int stream, gboolean piped)
{
  int fds[2] = { -1, -1 };
  gboolean opened;

  if (!piped)
    return open_terminal (&self->ours[stream], &self->theirs[stream]);
  opened = flatline_streams_open_pipe (fds);
  self->ours[stream] = fds[0];
  self->theirs[stream] = fds[1];
  return opened;
}

static gboolean
open_input (FlatlineStreams *self, FlatlineStreamSet piped)
{
  int fds[2] = { -1, -1 };
  gboolean opened;

  if (piped & FLATLINE_STREAM_GIVEN)
    {
      fds[0] = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
      opened = fds[0] >= 0;
    }
  else if (piped & FLATLINE_STREAM_INPUT)
    opened = flatline_streams_open_pipe (fds);
  else
    {
      fds[0] = fcntl (self->theirs[self->terminal], F_DUPFD_CLOEXEC, 3);
      fds[1] = fcntl (self->ours[self->terminal], F_DUPFD_CLOEXEC, 3);
      opened = fds[0] >= 0 && fds[1] >= 0;
    }
  self->theirs[0] = fds[0];
  self->ours[0] = fds[1];
  return opened;
}

/* Our side of what is used no more says at once that nobody writes there. */
static gboolean
join_errors (FlatlineStreams *self)
{
  close_fd (&self->theirs[STDERR_FILENO]);
  self->theirs[STDERR_FILENO] = fcntl (self->theirs[STDOUT_FILENO], F_DUPFD_CLOEXEC, 3);
  return self->theirs[STDERR_FILENO] >= 0;
}

FlatlineStreamSet
flatline_streams_settle (FlatlineStreamSet piped)
{
  const FlatlineStreamSet spoken = FLATLINE_STREAM_OUTPUT | FLATLINE_STREAM_ERROR;

  if (!(piped & spoken))
    return piped | FLATLINE_STREAM_JOINED;
  return (piped & spoken) == spoken ? piped | FLATLINE_STREAM_ALL : piped;
}

gboolean
flatline_streams_are_joined (FlatlineStreamSet piped)
{
  return (piped & FLATLINE_STREAM_JOINED) && !(piped & FLATLINE_STREAM_OUTPUT) == !(piped & FLATLINE_STREAM_ERROR);
}

gboolean
flatline_streams_open (FlatlineStreams *self, FlatlineStreamSet piped)
{
  piped = flatline_streams_settle (piped);
  *self = (FlatlineStreams){ .ours = { -1, -1, -1 }, .theirs = { -1, -1, -1 }, .terminal = -1 };
  if (!(piped & FLATLINE_STREAM_OUTPUT))
    self->terminal = STDOUT_FILENO;
  else if (!(piped & FLATLINE_STREAM_ERROR))
    self->terminal = STDERR_FILENO;
  return open_spoken (self, STDOUT_FILENO, piped & FLATLINE_STREAM_OUTPUT)
         && open_spoken (self, STDERR_FILENO, piped & FLATLINE_STREAM_ERROR) && open_input (self, piped)
         && (!flatline_streams_are_joined (piped) || join_errors (self));
}

void
flatline_streams_close_theirs (FlatlineStreams *self)
{
  for (int i = 0; i < 3; i++)
    close_fd (&self->theirs[i]);
}

void
flatline_streams_clear (FlatlineStreams *self)
{
  flatline_streams_close_theirs (self);
  for (int i = 0; i < 3; i++)
    close_fd (&self->ours[i]);
}
