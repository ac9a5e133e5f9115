/* SPDX-License-Identifier: MIT */
/* A beat is shorter than what a pipe takes whole or not at all. The lock is held for moments, with or without the GIL.
 */
#include "flatline-quiet.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct
{
  pthread_mutex_t lock;
  FlatlineLine line; /* that this process has */
  struct stat reader;
  struct stat writer;
  int is_on;
} quiet = { .lock = PTHREAD_MUTEX_INITIALIZER, .line = { -1, -1 } };

/* A program may close what it has not opened, and use the number for something of its own. */
static int
is_the_same (int fd, const struct stat *before)
{
  struct stat now;

  return fstat (fd, &now) == 0 && now.st_dev == before->st_dev && now.st_ino == before->st_ino;
}

static int
is_asked (int fd)
{
  struct pollfd entry = { .fd = fd, .events = POLLIN };

  return poll (&entry, 1, 0) != 0;
}

/* With the lock. */
static int
lasts (void)
{
  if (quiet.is_on
      && (!is_the_same (quiet.line.reader, &quiet.reader) || !is_the_same (quiet.line.writer, &quiet.writer)
          || is_asked (quiet.line.reader)))
    quiet.is_on = 0;
  return quiet.is_on;
}

static int
write_beat (int fd)
{
  struct timespec now;
  char text[160];
  int length;

  clock_gettime (CLOCK_REALTIME, &now);
  length =
      snprintf (text, sizeof text,
                "{\"event\":\"beats\",\"params\":{\"pid\":%d,\"beats\":[[\"interpreter\",\"\",\"\",%lld.%06ld]]}}\n",
                (int)getpid (), (long long)now.tv_sec, now.tv_nsec / 1000);
  return write (fd, text, (size_t)length) == length;
}

/* With the lock. */
static void
own (FlatlineLine line)
{
  quiet.line = line;
  if (fstat (line.reader, &quiet.reader) != 0 || fstat (line.writer, &quiet.writer) != 0)
    quiet.line = FLATLINE_NO_LINE;
}

void
flatline_quiet_own (FlatlineLine line)
{
  pthread_mutex_lock (&quiet.lock);
  own (line);
  quiet.is_on = 0;
  pthread_mutex_unlock (&quiet.lock);
}

void
flatline_quiet_begin (FlatlineLine line)
{
  pthread_mutex_lock (&quiet.lock);
  own (line);
  quiet.is_on = quiet.line.reader >= 0;
  pthread_mutex_unlock (&quiet.lock);
}

void
flatline_quiet_end (void)
{
  pthread_mutex_lock (&quiet.lock);
  quiet.is_on = 0;
  pthread_mutex_unlock (&quiet.lock);
}

int
flatline_quiet_lasts (void)
{
  int it_lasts;

  pthread_mutex_lock (&quiet.lock);
  it_lasts = lasts ();
  pthread_mutex_unlock (&quiet.lock);
  return it_lasts;
}

int
flatline_quiet_beat (void)
{
  int is_said;

  pthread_mutex_lock (&quiet.lock);
  is_said = lasts () && write_beat (quiet.line.writer);
  if (!is_said)
    quiet.is_on = 0;
  pthread_mutex_unlock (&quiet.lock);
  return is_said;
}

void
flatline_quiet_forget (void)
{
  quiet.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  quiet.is_on = 0;
  if (is_the_same (quiet.line.reader, &quiet.reader))
    close (quiet.line.reader);
  if (is_the_same (quiet.line.writer, &quiet.writer))
    close (quiet.line.writer);
  quiet.line = FLATLINE_NO_LINE;
}
