/* SPDX-License-Identifier: MIT */
/* Asked of the kernel once, before anything here opens a file or sets a handler. */
#include "config.h"

#include "flatline-given.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define LISTEN_PID  "LISTEN_PID="
#define SMALL_STACK ((gsize)2 << 20)

static gboolean ignored[NSIG];
static sigset_t blocked;
static gboolean was_closed[STDERR_FILENO + 1];
static GArray *descriptors; /* of int; all close on execute */
static char listener[64];   /* "LISTEN_PID=12", for the process that noted them */

void
flatline_given_open_streams (void)
{
  /* open() takes the lowest number that is free. */
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      {
        was_closed[fd] = TRUE;
        if (open ("/dev/null", O_RDWR) != fd)
          return;
      }
}

gboolean
flatline_given_has_stdout (void)
{
  return !was_closed[STDOUT_FILENO];
}

void
flatline_given_note_descriptors (void)
{
  DIR *folder = opendir ("/proc/self/fd");
  const struct dirent *entry;

  g_snprintf (listener, sizeof listener, LISTEN_PID "%d", (int)getpid ());
  descriptors = g_array_new (FALSE, FALSE, sizeof (int));
  while (folder && (entry = readdir (folder)))
    {
      const int fd = (int)g_ascii_strtoll (entry->d_name, NULL, 10);
      const int flags = fd > STDERR_FILENO ? fcntl (fd, F_GETFD) : -1;

      if (flags >= 0 && !(flags & FD_CLOEXEC) && fcntl (fd, F_SETFD, flags | FD_CLOEXEC) == 0)
        g_array_append_val (descriptors, fd);
    }
  if (folder)
    closedir (folder);
}

/* Without a function that formats: those are not for a child of threads. */
static void
name_listener (char **entry)
{
  char digits[16];
  int n = 0, length = strlen (LISTEN_PID);

  for (pid_t rest = getpid (); rest > 0; rest /= 10)
    digits[n++] = (char)('0' + rest % 10);
  while (n > 0)
    listener[length++] = digits[--n];
  listener[length] = '\0';
  *entry = listener;
}

void
flatline_given_pass_descriptors (char **environment)
{
  for (char **entry = environment; descriptors && entry && *entry; entry++)
    if (strcmp (*entry, listener) == 0)
      {
        name_listener (entry);
        break;
      }
  for (guint i = 0; descriptors && i < descriptors->len; i++)
    fcntl (g_array_index (descriptors, int, i), F_SETFD, 0);
}

void
flatline_given_note_signals (void)
{
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, &blocked);
  for (int signum = 1; signum < NSIG; signum++)
    {
      struct sigaction action;

      ignored[signum] = sigaction (signum, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    }
  if (ignored[SIGCHLD])
    signal (SIGCHLD, SIG_DFL);
  signal (SIGXFSZ, SIG_IGN);
}

const sigset_t *
flatline_given_peek_blocked (void)
{
  return &blocked;
}

gboolean
flatline_given_ignores (int signum)
{
  return signum > 0 && signum < NSIG && ignored[signum];
}

static void
make_stacks_small (void)
{
  pthread_attr_t attributes;

  if (pthread_getattr_default_np (&attributes) != 0)
    return;
  pthread_attr_setstacksize (&attributes, SMALL_STACK);
  pthread_setattr_default_np (&attributes);
  pthread_attr_destroy (&attributes);
}

char *
flatline_given_fit_address_space (gsize room_bytes)
{
  struct rlimit limit;
  void *room;
  g_autofree char *size = NULL;

  if (getrlimit (RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return NULL;
  mallopt (M_ARENA_MAX, 1);
  make_stacks_small ();
  room = mmap (NULL, room_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED)
    {
      munmap (room, room_bytes);
      return NULL;
    }
  size = g_format_size_full (limit.rlim_cur, G_FORMAT_SIZE_IEC_UNITS);
  return g_strdup_printf (_ ("the address space is limited to %s here (ulimit -v), which is too little for Flatline: "
                             "raise the limit, or have only the program set one"),
                          size);
}

static gpointer
wait_for_lock (gpointer lock)
{
  g_mutex_lock (lock);
  g_mutex_unlock (lock);
  return NULL;
}

/* At the same time, as far as @wanted. */
static guint
count_threads (guint wanted)
{
  g_autoptr (GPtrArray) threads = g_ptr_array_new_with_free_func ((GDestroyNotify)g_thread_join);
  GThread *thread;
  GMutex lock;
  guint n;

  g_mutex_init (&lock);
  g_mutex_lock (&lock);
  while (threads->len < wanted && (thread = g_thread_try_new ("given", wait_for_lock, &lock, NULL)))
    g_ptr_array_add (threads, thread);
  n = threads->len;
  g_mutex_unlock (&lock);
  g_ptr_array_set_size (threads, 0);
  g_mutex_clear (&lock);
  return n;
}

static guint
count_files (guint wanted)
{
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (int));
  int file;

  while (files->len < wanted && (file = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
    g_array_append_val (files, file);
  for (guint i = 0; i < files->len; i++)
    close (g_array_index (files, int, i));
  return files->len;
}

char *
flatline_given_find_lack (guint n_threads, guint n_files)
{
  const guint n_open = count_files (n_files);
  const guint n_started = n_open < n_files ? 0 : count_threads (n_threads);

  if (n_open < n_files)
    return g_strdup_printf (
        _ ("only %u more files can be open here (ulimit -n), which is too few for Flatline: raise the limit"), n_open);
  if (n_started < n_threads)
    return g_strdup_printf (_ ("only %u threads can be started here (ulimit -u), which is too few for Flatline: end "
                               "some programs, or raise the limit"),
                            n_started);
  return NULL;
}
