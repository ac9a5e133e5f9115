/* SPDX-License-Identifier: MIT */
/*
 * The handler of fatal signals. It runs wherever the program broke: in a thread that Python does not know, inside
 * malloc() with its lock held, on a stack that is used up. So it allocates nothing, takes no lock and calls only what
 * signal-safety(7) lists. It connects at that moment and not before: a connection kept open could be closed by the
 * program, is shared after a fork, and costs every start.
 *
 * When the supervisor lets go, or is gone, the handler puts back what was there before it (mostly the default) and
 * queues the same signal with the same details to the same thread: it is delivered where the first one was.
 */
#include "flatline-death.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FIRST_WORD_MS 10000 /* a supervisor that lives answers at once */
#define LEAVE_MS      30000 /* to read a large process takes it a second or two */
#define FULL_QUEUE_MS 2000  /* its queue of connections is full */
#define DYING_MS      1000  /* a program that still lives then has survived */
#define NAP_MS        10
#define STACK_BYTES   (32 * 1024)
#define MAX_SPARE     16

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
#define N_FATAL (sizeof fatal / sizeof fatal[0])

static struct sigaction before[N_FATAL];
static struct sockaddr_un supervisor = { .sun_family = AF_UNIX };
static atomic_llong let_go_ms; /* monotonic, when a dying thread was last let go; 0 never */
static atomic_int teller;      /* the thread that is dying first; others that die meanwhile wait for it */

static pthread_key_t stack_key;
static size_t stack_bytes;
static _Atomic (void *) spare_stacks[MAX_SPARE];

static void
append_text (char **at, const char *text)
{
  while (*text)
    *(*at)++ = *text++;
}

static void
append_number (char **at, uint64_t number)
{
  char digits[24];
  int n = 0;

  do
    digits[n++] = (char)('0' + number % 10);
  while (number /= 10);
  while (n > 0)
    *(*at)++ = digits[--n];
}

static void
append_field (char **at, const char *name, int64_t number)
{
  append_text (at, ",\"");
  append_text (at, name);
  append_text (at, "\":");
  if (number < 0)
    append_text (at, "-");
  append_number (at, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* Addresses go as text: JSON's numbers do not hold all of them. */
static void
append_address (char **at, const char *name, const void *address)
{
  append_text (at, ",\"");
  append_text (at, name);
  append_text (at, "\":\"");
  append_number (at, (uintptr_t)address);
  append_text (at, "\"");
}

static int
is_fault (int number, const siginfo_t *info)
{
  return info->si_code > 0 && (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL);
}

static int
find (int number)
{
  for (int i = 0; i < (int)N_FATAL; i++)
    if (fatal[i] == number)
      return i;
  return -1;
}

/* Nothing was there before us that could do anything else than end the process. */
static int
is_final (int number)
{
  int i = find (number);

  return i >= 0 && before[i].sa_handler == SIG_DFL;
}

static size_t
write_message (char *message, int number, const siginfo_t *info, const void *context)
{
  char *at = message;

  append_text (&at, "{\"event\":\"dying\",\"params\":{\"hold\":true");
  append_field (&at, "pid", getpid ());
  append_field (&at, "thread", syscall (SYS_gettid));
  append_field (&at, "signal", number);
  append_field (&at, "code", info->si_code);
  if (is_fault (number, info))
    append_address (&at, "address", info->si_addr);
  else if (info->si_code <= 0)
    append_field (&at, "sender", info->si_pid);
  append_address (&at, "context", context);
  if (is_final (number))
    append_text (&at, ",\"final\":true");
  append_text (&at, "}}\n");
  return (size_t)(at - message);
}

/* A program that has no descriptor left is helped to one: its limit is put back before it goes on. */
static int
open_socket (void)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct rlimit limit, wider;

  if (fd >= 0 || errno != EMFILE || getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
    return fd;
  wider = limit;
  wider.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &wider);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setrlimit (RLIMIT_NOFILE, &limit);
  return fd;
}

const char *
flatline_death_get_path (void)
{
  return supervisor.sun_path;
}

static void
nap (void)
{
  poll (NULL, 0, NAP_MS);
}

static int
connect_to_supervisor (void)
{
  int fd = open_socket ();

  for (int waited_ms = 0; fd >= 0; waited_ms += NAP_MS)
    {
      if (connect (fd, (struct sockaddr *)&supervisor, sizeof supervisor) == 0)
        return fd;
      if (errno != EAGAIN || waited_ms >= FULL_QUEUE_MS)
        break;
      nap ();
    }
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Until the other end closes, or has said nothing for too long. */
static void
wait_for_leave (int fd)
{
  int timeout_ms = FIRST_WORD_MS;
  char word[16];

  for (;;)
    {
      struct pollfd entry = { .fd = fd, .events = POLLIN };

      if (poll (&entry, 1, timeout_ms) <= 0 || read (fd, word, sizeof word) <= 0)
        return;
      timeout_ms = LEAVE_MS;
    }
}

static void
hold (int number, const siginfo_t *info, const void *context)
{
  char message[512];
  size_t length = write_message (message, number, info, context);
  int fd = connect_to_supervisor ();

  if (fd < 0)
    return;
  if (send (fd, message, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length)
    wait_for_leave (fd);
  close (fd);
}

static long long
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
flatline_death_is_under_way (void)
{
  return atomic_load (&teller) != 0
         || (atomic_load (&let_go_ms) != 0 && now_ms () - atomic_load (&let_go_ms) < DYING_MS);
}

static void
on_fatal_signal (int number, siginfo_t *info, void *context)
{
  int saved_errno = errno;
  int nobody = 0;
  int own = (int)syscall (SYS_gettid);
  int i = find (number);

  if (atomic_compare_exchange_strong (&teller, &nobody, own))
    {
      hold (number, info, context);
      atomic_store (&let_go_ms, now_ms ());
      atomic_store (&teller, 0);
    }
  else
    for (int waited_ms = 0; atomic_load (&teller) != 0 && waited_ms < FIRST_WORD_MS + LEAVE_MS; waited_ms += NAP_MS)
      nap ();
  if (i >= 0)
    sigaction (number, &before[i], NULL);
  if (syscall (SYS_rt_tgsigqueueinfo, getpid (), own, number, info) != 0)
    syscall (SYS_tgkill, getpid (), own, number);
  errno = saved_errno;
}

/* Stacks of handlers */

static void
release_stack (void *stack)
{
  stack_t now;

  if (sigaltstack (NULL, &now) == 0 && now.ss_sp == stack)
    sigaltstack (&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
  for (int i = 0; i < MAX_SPARE; i++)
    {
      void *none = NULL;

      if (atomic_compare_exchange_strong (&spare_stacks[i], &none, stack))
        return;
    }
  munmap (stack, stack_bytes);
}

static void *
take_stack (void)
{
  void *stack;

  for (int i = 0; i < MAX_SPARE; i++)
    {
      if (atomic_load_explicit (&spare_stacks[i], memory_order_relaxed) == NULL)
        continue;
      stack = atomic_exchange (&spare_stacks[i], NULL);
      if (stack)
        return stack;
    }
  stack =
      mmap (NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  return stack == MAP_FAILED ? NULL : stack;
}

void
flatline_death_guard_thread (void)
{
  stack_t now;
  void *stack;

  if (stack_bytes == 0 || sigaltstack (NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE))
    return;
  stack = take_stack ();
  if (!stack)
    return;
  if (pthread_setspecific (stack_key, stack) != 0
      || sigaltstack (&(stack_t){ .ss_sp = stack, .ss_size = stack_bytes }, NULL) != 0)
    {
      pthread_setspecific (stack_key, NULL);
      munmap (stack, stack_bytes);
    }
}

int
flatline_death_watch (const char *path)
{
  struct sigaction action = { .sa_sigaction = on_fatal_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

  if (strlen (path) >= sizeof supervisor.sun_path)
    return -1;
  strcpy (supervisor.sun_path, path);
  if (stack_bytes == 0 && pthread_key_create (&stack_key, release_stack) == 0)
    stack_bytes = (getauxval (AT_MINSIGSTKSZ) + STACK_BYTES + 4095) & ~(size_t)4095;
  flatline_death_guard_thread ();
  /* Nothing of the program's is to run in a thread that is dying. */
  sigfillset (&action.sa_mask);
  for (size_t i = 0; i < N_FATAL; i++)
    {
      struct sigaction now;

      if (sigaction (fatal[i], NULL, &now) != 0 || now.sa_handler == SIG_IGN || now.sa_sigaction == on_fatal_signal)
        continue;
      before[i] = now;
      sigaction (fatal[i], &action, NULL);
    }
  return 0;
}
