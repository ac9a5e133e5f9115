/* SPDX-License-Identifier: MIT */
/* The end of the connection is the word to go on: it comes also when we end without having said anything. */
#include "flatline-held.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

FlatlineHeld *
flatline_held_new (int fd, gint64 pid)
{
  FlatlineHeld *self = g_new0 (FlatlineHeld, 1);

  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  self->pid = pid;
  return self;
}

void
flatline_held_let_go (FlatlineHeld *self)
{
  if (self->fd < 0)
    return;
  /* Others have the connection open, too: closing alone would not be seen. */
  shutdown (self->fd, SHUT_RDWR);
  close (self->fd);
  self->fd = -1;
}

void
flatline_held_free (FlatlineHeld *self)
{
  flatline_held_let_go (self);
  g_free (self);
}
