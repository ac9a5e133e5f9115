/* SPDX-License-Identifier: MIT */
/*
 * Whoever writes into one of the pipes has it open both ways: without a reader there would be SIGPIPE. The names are
 * there for a moment; what is left of them tells the supervisor's own view of descriptors that these are not the
 * program's.
 */
#include "flatline-line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TOLD_BYTES  (256 * 1024) /* thousands of beats: what is told just before the end does not wait for a reader */
#define ASKED_BYTES (16 * 1024)
#define HIGH_FD     900 /* out of the way of programs that count theirs, as in channel.py */

typedef struct
{
  int reader;
  int writer;
} Pipe;

static void
close_if_open (int fd)
{
  if (fd >= 0)
    close (fd);
}

static void
pipe_close (Pipe *pipe)
{
  close_if_open (pipe->reader);
  close_if_open (pipe->writer);
}

/* As many bytes are taken at once, if the user has not too many pipes already. */
static Pipe
pipe_make (const char *path, int bytes)
{
  char name[sizeof ((struct sockaddr_un *)NULL)->sun_path + 16];
  Pipe pipe = { -1, -1 };

  snprintf (name, sizeof name, "%s.%d", path, (int)getpid ());
  unlink (name);
  if (mkfifo (name, 0600) != 0)
    return pipe;
  pipe.writer = open (name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  pipe.reader = open (name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  unlink (name);
  if (pipe.writer >= 0)
    fcntl (pipe.writer, F_SETPIPE_SZ, bytes);
  return pipe;
}

/*
 * Where the program has no use for it: above its limit too, if it may go there, so that it has as many as it would
 * have alone.
 */
static void
move_up (int *fd)
{
  struct rlimit limit = { 0 }, wider;
  int least = HIGH_FD;
  int high;

  getrlimit (RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < HIGH_FD + 2)
    least = (int)limit.rlim_max - 2;
  wider = limit;
  wider.rlim_cur = limit.rlim_max;
  if (limit.rlim_cur < (rlim_t)least + 2)
    setrlimit (RLIMIT_NOFILE, &wider);
  high = fcntl (*fd, F_DUPFD_CLOEXEC, least);
  if (limit.rlim_cur < (rlim_t)least + 2)
    setrlimit (RLIMIT_NOFILE, &limit);
  if (high < 0)
    return;
  close (*fd);
  *fd = high;
}

static int
hand_over (const char *path, const char *hello, size_t length, int reader, int writer)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int handed[] = { reader, writer };
  union
  {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof handed)];
  } control = { 0 };
  struct iovec piece = { (void *)hello, length };
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
  };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int is_told;

  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN (sizeof handed);
  memcpy (CMSG_DATA (head), handed, sizeof handed);
  strcpy (address.sun_path, path);
  is_told = fd >= 0 && connect (fd, (struct sockaddr *)&address, sizeof address) == 0
            && sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
  close_if_open (fd);
  return is_told;
}

FlatlineLine
flatline_line_open (const char *path, const char *hello, size_t length)
{
  FlatlineLine line = FLATLINE_NO_LINE;
  Pipe told, asked;

  if (strlen (path) >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
    return line;
  told = pipe_make (path, TOLD_BYTES);
  asked = pipe_make (path, ASKED_BYTES);
  if (told.reader >= 0 && told.writer >= 0 && asked.reader >= 0 && asked.writer >= 0
      && hand_over (path, hello, length, told.reader, asked.writer))
    {
      line = (FlatlineLine){ asked.reader, told.writer };
      told.writer = asked.reader = -1;
    }
  pipe_close (&told);
  pipe_close (&asked);
  if (line.reader >= 0)
    {
      move_up (&line.reader);
      move_up (&line.writer);
    }
  return line;
}

void
flatline_line_close (FlatlineLine *line)
{
  close_if_open (line->reader);
  close_if_open (line->writer);
  *line = FLATLINE_NO_LINE;
}
