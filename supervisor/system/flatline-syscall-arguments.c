/* SPDX-License-Identifier: MIT */
/*
 * Paths and sets of descriptors that a system call was given by address: poll's array, select's bits, the path of
 * open or of a socket, the time of a sleep. What epoll watches is in /proc/PID/fdinfo. The thread sleeps in the call
 * meanwhile, so they stand still; should it go on, the read finds anything, and the caller uses it as a hint.
 */
#include "flatline-syscall-arguments.h"

#include "flatline-proc-stat.h"
#include "flatline-thread-status.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_POLLED       64
#define MAX_PATH_BYTES   4096
#define MAX_FDINFO_BYTES (64 * 1024)
#define MAX_DESCRIPTOR   (1 << 20)

/* From the kernel's uapi/linux/eventpoll.h, which does not go together with sys/epoll.h. */
#define EPOLL_READ  0x001
#define EPOLL_WRITE 0x004

/* Of a thread whose arguments are read. */
typedef struct
{
  FlatlineThread *thread;
  FlatlineThreadMemoryFunc read; /* NULL: by the kernel */
  gpointer source;
} Call;

static gboolean
read_memory (const Call *call, guint64 address, void *bytes, gsize length)
{
  struct iovec local = { .iov_base = bytes, .iov_len = length };
  struct iovec remote = { .iov_base = (void *)(gsize)address, .iov_len = length };

  if (address == 0)
    return FALSE;
  if (call->read)
    return call->read (call->source, address, bytes, length);
  return process_vm_readv ((pid_t)call->thread->pid, &local, 1, &remote, 1, 0) == (gssize)length;
}

static gboolean
is_one_of (const char *name, const char *const *names)
{
  return name && g_strv_contains (names, name);
}

static guint64
argument (const Call *call, guint index)
{
  return g_ascii_strtoull (call->thread->syscall_args[index], NULL, 16);
}

static void
add_polled (GPtrArray *polled, gint64 fd, gboolean reads, gboolean writes)
{
  if (fd < 0 || fd > MAX_DESCRIPTOR || polled->len >= MAX_POLLED || (!reads && !writes))
    return;
  g_ptr_array_add (polled, g_strdup_printf ("%" G_GINT64_FORMAT " %s", fd, reads ? "read" : "write"));
}

static void
read_poll (const Call *call, GPtrArray *polled)
{
  struct pollfd set[MAX_POLLED];
  const gsize n = MIN (argument (call, 1), MAX_POLLED);

  if (!read_memory (call, argument (call, 0), set, n * sizeof *set))
    return;
  for (gsize i = 0; i < n; i++)
    add_polled (polled, set[i].fd, (set[i].events & (POLLIN | POLLPRI)) != 0, (set[i].events & POLLOUT) != 0);
}

static void
read_select (const Call *call, GPtrArray *polled)
{
  const guint64 n = MIN (argument (call, 0), FD_SETSIZE);
  fd_set sets[2];

  for (guint i = 0; i < 2; i++)
    {
      FD_ZERO (&sets[i]);
      if (!read_memory (call, argument (call, 1 + i), &sets[i], (n + 63) / 64 * 8))
        FD_ZERO (&sets[i]);
    }
  for (guint64 fd = 0; fd < n; fd++)
    add_polled (polled, (gint64)fd, FD_ISSET (fd, &sets[0]), FD_ISSET (fd, &sets[1]));
}

static gboolean
is_open (gint64 pid, gint64 fd)
{
  char path[96];
  char target[8];

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/fd/%" G_GINT64_FORMAT, pid, fd);
  return readlink (path, target, sizeof target) >= 0 || errno != ENOENT;
}

/* Lines "tfd:        5 events:       19 data: …". */
static void
read_epoll (const Call *call, GPtrArray *polled)
{
  const gint64 pid = call->thread->pid;
  g_autofree char *text = g_malloc (MAX_FDINFO_BYTES);
  char path[96];
  guint n_watched = 0, n_open = 0;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/fdinfo/%" G_GUINT64_FORMAT, pid, argument (call, 0));
  if (flatline_proc_read_file (path, text, MAX_FDINFO_BYTES) <= 0)
    return;
  for (const char *at = strstr (text, "tfd:"); at; at = strstr (at + 1, "\ntfd:"))
    {
      const char *fd = strchr (at, ':');
      const char *events = strstr (at, "events:");
      guint64 mask;

      n_watched++;
      if (!fd || !events)
        break;
      mask = g_ascii_strtoull (events + strlen ("events:"), NULL, 16);
      if (is_open (pid, g_ascii_strtoll (fd + 1, NULL, 10)))
        n_open++;
      add_polled (polled, g_ascii_strtoll (fd + 1, NULL, 10), (mask & EPOLL_READ) != 0, (mask & EPOLL_WRITE) != 0);
    }
  /* One that was closed while a duplicate is left is still listed, and can never be told apart by its number again. */
  if (n_open == 0)
    {
      g_ptr_array_set_size (polled, 0);
      g_ptr_array_add (polled, g_strdup (n_watched ? "-1 closed" : "-1 nothing"));
    }
}

static void
read_path (const Call *call, guint index)
{
  g_autofree char *bytes = g_malloc0 (MAX_PATH_BYTES + 1);
  const guint64 address = argument (call, index);
  gsize length = 0;

  /* A page at a time: the next one may not be there. */
  while (length < MAX_PATH_BYTES)
    {
      const gsize step = MIN (MAX_PATH_BYTES - length, 4096 - (address + length) % 4096);

      if (!read_memory (call, address + length, bytes + length, step))
        return;
      if (memchr (bytes + length, '\0', step))
        break;
      length += step;
    }
  if (*bytes)
    call->thread->syscall_path = g_utf8_make_valid (bytes, -1);
}

/* Of a Unix socket; an abstract name begins with a zero byte, here with "@". */
static void
read_socket_path (const Call *call)
{
  struct sockaddr_un address = { 0 };
  const gsize length = MIN (argument (call, 2), sizeof address);

  if (length <= offsetof (struct sockaddr_un, sun_path) || !read_memory (call, argument (call, 1), &address, length)
      || address.sun_family != AF_UNIX)
    return;
  if (address.sun_path[0] == '\0')
    address.sun_path[0] = '@';
  call->thread->syscall_path =
      g_utf8_make_valid (address.sun_path, strnlen (address.sun_path, sizeof address.sun_path));
}

/* The set that sigwait, sigtimedwait and sigsuspend were given; the last takes it as what is blocked meanwhile. */
static void
read_awaited_signals (const Call *call)
{
  guint64 mask = 0;

  if (!read_memory (call, argument (call, 0), &mask, sizeof mask))
    return;
  if (g_strcmp0 (call->thread->syscall, "rt_sigsuspend") == 0)
    mask = ~mask;
  call->thread->awaited_signals = flatline_signals_of_mask (mask);
}

/* --- time-outs --- */

/* Ways in which a system call is told its time-out. */
typedef enum
{
  LIMIT_MILLISECONDS, /* an int in the argument; negative: none */
  LIMIT_TIMEVAL,      /* microseconds, else nanoseconds, behind a pointer; NULL: none */
  LIMIT_TIMESPEC,
  LIMIT_FUTEX,
  LIMIT_CLOCK,
} LimitKind;

static const struct
{
  const char *call;
  guint argument;
  LimitKind kind;
} limits[] = {
  { "poll", 2, LIMIT_MILLISECONDS },        { "epoll_wait", 3, LIMIT_MILLISECONDS },
  { "epoll_pwait", 3, LIMIT_MILLISECONDS }, { "epoll_pwait2", 3, LIMIT_TIMESPEC },
  { "ppoll", 2, LIMIT_TIMESPEC },           { "select", 4, LIMIT_TIMEVAL },
  { "pselect6", 4, LIMIT_TIMESPEC },        { "rt_sigtimedwait", 2, LIMIT_TIMESPEC },
  { "semtimedop", 3, LIMIT_TIMESPEC },      { "nanosleep", 0, LIMIT_TIMESPEC },
  { "clock_nanosleep", 2, LIMIT_CLOCK },    { "futex", 3, LIMIT_FUTEX },
};

/* A container may count time since boot differently (time_namespaces(7)). */
static gboolean
shares_our_clocks (gint64 pid)
{
  char path[64];
  struct stat ours, its;

  g_snprintf (path, sizeof path, "/proc/%" G_GINT64_FORMAT "/ns/time", pid);
  return stat ("/proc/self/ns/time", &ours) != 0 || (stat (path, &its) == 0 && ours.st_ino == its.st_ino);
}

/* From now until @moment of @clock; of a core nobody knows when it was now. */
static gint64
count_ms_until (const Call *call, clockid_t clock, const struct timespec *moment)
{
  struct timespec now;

  if (call->read || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) || clock_gettime (clock, &now) != 0
      || (clock == CLOCK_MONOTONIC && !shares_our_clocks (call->thread->pid)))
    return 0;
  return (moment->tv_sec - now.tv_sec) * 1000 + (moment->tv_nsec - now.tv_nsec) / 1000000;
}

static gint64
read_limit (const Call *call, guint index, LimitKind kind)
{
  const guint64 operation = argument (call, 1);
  struct timespec time = { 0 };

  if (kind == LIMIT_MILLISECONDS)
    return (gint32)argument (call, index);
  if (!read_memory (call, argument (call, index), &time, sizeof time) || time.tv_sec < 0 || time.tv_nsec < 0
      || time.tv_nsec >= 1000000000 || time.tv_sec > G_MAXINT64 / 1000 - 1)
    return 0;
  /* FUTEX_WAIT_BITSET and what takes a lock with priorities are given the moment, FUTEX_WAIT how long (futex(2)). */
  if (kind == LIMIT_FUTEX && (operation & FUTEX_CMD_MASK) != FUTEX_WAIT)
    return count_ms_until (call,
                           operation & FUTEX_CLOCK_REALTIME || (operation & FUTEX_CMD_MASK) == FUTEX_LOCK_PI
                               ? CLOCK_REALTIME
                               : CLOCK_MONOTONIC,
                           &time);
  if (kind == LIMIT_CLOCK && operation & TIMER_ABSTIME)
    return count_ms_until (call, (clockid_t)argument (call, 0), &time);
  return time.tv_sec * 1000 + time.tv_nsec / (kind == LIMIT_TIMEVAL ? 1000 : 1000000);
}

void
flatline_syscall_read_arguments (FlatlineThread *thread, FlatlineThreadMemoryFunc read, gpointer source)
{
  static const char *const polls[] = { "poll", "ppoll", NULL };
  static const char *const selects[] = { "select", "pselect6", NULL };
  static const char *const epolls[] = { "epoll_wait", "epoll_pwait", "epoll_pwait2", NULL };
  static const char *const signals[] = { "rt_sigtimedwait", "rt_sigsuspend", NULL };
  static const char *const paths_first[] = { "open",  "stat",   "lstat", "statfs",   "access", "unlink",
                                             "mkdir", "rename", "chdir", "readlink", "execve", NULL };
  static const char *const paths_second[] = { "openat",     "openat2",  "newfstatat", "statx",      "faccessat",
                                              "faccessat2", "unlinkat", "mkdirat",    "readlinkat", NULL };
  g_autoptr (GPtrArray) polled = g_ptr_array_new_with_free_func (g_free);
  const Call call = { thread, read, source };

  g_clear_pointer (&thread->polled, g_strfreev);
  g_clear_pointer (&thread->syscall_path, g_free);
  g_clear_pointer (&thread->awaited_signals, g_strfreev);
  thread->timeout_ms = 0;
  if (!thread->syscall || !thread->syscall_args || g_strv_length (thread->syscall_args) < 6)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    if (g_strcmp0 (thread->syscall, limits[i].call) == 0)
      thread->timeout_ms = MAX (read_limit (&call, limits[i].argument, limits[i].kind), 0);
  if (is_one_of (thread->syscall, polls))
    read_poll (&call, polled);
  else if (is_one_of (thread->syscall, selects))
    read_select (&call, polled);
  else if (is_one_of (thread->syscall, epolls) && !read)
    read_epoll (&call, polled);
  else if (is_one_of (thread->syscall, signals))
    read_awaited_signals (&call);
  else if (is_one_of (thread->syscall, paths_first))
    read_path (&call, 0);
  else if (is_one_of (thread->syscall, paths_second))
    read_path (&call, 1);
  else if (g_strcmp0 (thread->syscall, "connect") == 0)
    read_socket_path (&call);
  if (polled->len == 0)
    return;
  g_ptr_array_add (polled, NULL);
  thread->polled = (char **)g_ptr_array_steal (polled, NULL);
}
