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

FlatlineHeld *
flatline_held_new_of_watch (FlatlineExitWatch *watch, gint64 pid, const FlatlineLastMoment *moment)
{
  FlatlineHeld *self = g_new0 (FlatlineHeld, 1);

  self->fd = -1;
  self->watch = flatline_exit_watch_ref (watch);
  self->threads = g_array_ref (moment->held);
  self->is_exit = moment->is_exit;
  self->pid = pid;
  self->thread = moment->thread;
  self->signal = moment->signal;
  self->code = moment->code;
  self->is_fault = moment->is_fault;
  self->fault_address = moment->fault_address;
  self->sender = moment->sender;
  self->is_final = TRUE;
  return self;
}

void
flatline_held_let_go (FlatlineHeld *self)
{
  if (self->watch)
    flatline_exit_watch_let_go (self->watch);
  g_clear_pointer (&self->watch, flatline_exit_watch_unref);
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
  g_clear_pointer (&self->threads, g_array_unref);
  g_free (self);
}
