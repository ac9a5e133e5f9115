/* SPDX-License-Identifier: MIT */
/*
 * flatline-guard READER-PID: sees to it that nobody stays held because the reader was stopped itself (Ctrl+Z, SIGSTOP)
 * in the middle of a pause: its holder is stopped with it, and a stopped tracer lets go of nothing. Only another
 * process can tell that it is stopped; and only the reader can let go, so it is woken, and stops itself again when that
 * is done.
 */
#include "flatline-guard-shared.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static bool
is_stopped (const char *reader)
{
  char path[64], text[512];
  const char *end;
  FILE *file;
  size_t length;

  snprintf (path, sizeof path, "/proc/%s/stat", reader);
  file = fopen (path, "re");
  if (!file)
    return false;
  length = fread (text, 1, sizeof text - 1, file);
  fclose (file);
  text[length] = '\0';
  end = strrchr (text, ')');
  return end && strncmp (end, ") T", 3) == 0;
}

/* Between two ticks, not before the first, and not disarmed. */
static bool
is_overdue (void)
{
  struct itimerspec left;

  return timerfd_gettime (FLATLINE_GUARD_TIMER_FD, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0
         && left.it_value.tv_nsec <= left.it_interval.tv_nsec;
}

int
main (int argc, char **argv)
{
  struct pollfd waits[] = { { FLATLINE_GUARD_TIMER_FD, POLLIN, 0 }, { FLATLINE_GUARD_READER_FD, POLLIN, 0 } };
  FlatlineGuardShared *shared =
      mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, FLATLINE_GUARD_MEMORY_FD, 0);

  if (argc != 2 || shared == MAP_FAILED)
    {
      fputs ("flatline-guard: started by Flatline, for itself\n", stderr);
      return 2;
    }
  while (poll (waits, 2, -1) > 0 || errno == EINTR)
    {
      uint64_t n_ticks;
      unsigned pause;

      if (waits[1].revents)
        return 0;
      pause = atomic_load (&shared->pause);
      /* One that merely is late is asked again at the next tick. */
      if (read (FLATLINE_GUARD_TIMER_FD, &n_ticks, sizeof n_ticks) != sizeof n_ticks || !is_overdue ()
          || !is_stopped (argv[1]))
        continue;
      atomic_store (&shared->woken, pause);
      syscall (SYS_pidfd_send_signal, FLATLINE_GUARD_READER_FD, SIGCONT, NULL, 0);
    }
  return 1;
}
