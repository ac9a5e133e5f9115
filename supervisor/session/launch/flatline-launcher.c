/* SPDX-License-Identifier: MIT */
/*
 * Starting a program. The order of processes: supervisor forks the keeper; the keeper makes the terminal session and
 * clones the program with CLONE_PARENT, so that the program is the supervisor's own child (its exit status is ours to
 * collect) but lives in the keeper's session. Both tell how it goes (flatline-start-report.h), and the program waits
 * before its execve() until whoever hears of its birth has done what is to be done before.
 */
#include "config.h"

#include "flatline-launcher.h"
#include "flatline-given.h"
#include "flatline-orphan-reaper.h"
#include "flatline-paths.h"
#include "flatline-session-error.h"
#include "flatline-start-report.h"
#include "flatline-terminal-keeper.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

/* What both sides of a start need; every descriptor is at least 3, close-on-exec, and -1 when not open. */
typedef struct
{
  FlatlineCommand *command;
  const char *cwd;
  char **environment;
  gboolean kill_with_supervisor;
  gint64 supervisor;
  FlatlineStreams streams; /* theirs become 0, 1, 2 of the program */
  int report_fds[2];
  int command_fds[2];
  int birth_fds[2]; /* nothing is ever written: its end lets the program begin */
  char *keeper_program;
} Start;

struct _FlatlineLauncher
{
  GObject parent_instance;
  gint64 pid;
  gint64 keeper;
  int pidfd;
  int input;
  int output;
  int error;
  int keeper_command;
  guint exit_source;
  gint64 peak_bytes;
  gboolean left_core;
  gboolean running;
};

enum
{
  SIGNAL_BORN,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FlatlineLauncher, flatline_launcher, G_TYPE_OBJECT)

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
flatline_launcher_finalize (GObject *object)
{
  FlatlineLauncher *self = FLATLINE_LAUNCHER (object);

  g_clear_handle_id (&self->exit_source, g_source_remove);
  if (self->running)
    {
      /* Nobody is told any more how it ends; it is only kept from staying a zombie. */
      flatline_orphan_reaper_release (self->pid);
      flatline_orphan_reaper_adopt (self->pid);
    }
  flatline_launcher_release_terminal (self, FALSE);
  close_fd (&self->input);
  close_fd (&self->output);
  close_fd (&self->error);
  close_fd (&self->pidfd);
  G_OBJECT_CLASS (flatline_launcher_parent_class)->finalize (object);
}

static void
flatline_launcher_class_init (FlatlineLauncherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flatline_launcher_finalize;
  /* Writing to a program that is gone is an error to be told, not our end; GIO's sockets do the same. */
  signal (SIGPIPE, SIG_IGN);
  signals[SIGNAL_BORN] = g_signal_new ("born", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
}

static void
flatline_launcher_init (FlatlineLauncher *self)
{
  self->pidfd = self->input = self->output = self->error = self->keeper_command = -1;
}

FlatlineLauncher *
flatline_launcher_new (void)
{
  return g_object_new (FLATLINE_TYPE_LAUNCHER, NULL);
}

static void
start_close_program_side (Start *start)
{
  flatline_streams_close_theirs (&start->streams);
  close_fd (&start->report_fds[1]);
  close_fd (&start->command_fds[0]);
  close_fd (&start->birth_fds[0]);
}

static void
start_clear (Start *start)
{
  start_close_program_side (start);
  flatline_streams_clear (&start->streams);
  close_fd (&start->report_fds[0]);
  close_fd (&start->command_fds[1]);
  close_fd (&start->birth_fds[1]);
  g_clear_pointer (&start->keeper_program, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Start, start_clear)

/* As they were before this process set its own. What a shell has a background job ignore is meant for the keys of the
 * shell's terminal; the program has one of its own. */
static void
reset_signals (gboolean has_terminal)
{
  for (int i = 1; i < NSIG; i++)
    {
      const gboolean is_key = i == SIGINT || i == SIGQUIT;
      struct sigaction action = { .sa_handler = SIG_DFL };

      if (flatline_given_ignores (i) && !(is_key && has_terminal))
        action.sa_handler = SIG_IGN;
      sigaction (i, &action, NULL);
    }
  sigprocmask (SIG_SETMASK, flatline_given_peek_blocked (), NULL);
}

/* Whoever wants to trace it does so before it runs anything of its own. */
static void
wait_for_birth (const Start *start)
{
  char nothing;

  close (start->birth_fds[1]);
  while (read (start->birth_fds[0], &nothing, 1) < 0 && errno == EINTR)
    continue;
}

/* In the program's process, all signals blocked: only async-signal-safe calls. */
static _Noreturn void
become_program (const Start *start)
{
  setpgid (0, 0);
  if (start->streams.terminal >= 0)
    tcsetpgrp (start->streams.theirs[start->streams.terminal], getpid ());
  wait_for_birth (start);
  for (int i = 0; i < 3; i++)
    dup2 (start->streams.theirs[i], i);
  close_range (3, ~0U, CLOSE_RANGE_CLOEXEC);
  flatline_given_pass_descriptors (start->environment);
  if (start->kill_with_supervisor)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != start->supervisor)
        _exit (EXIT_NOT_STARTED);
    }
  if (start->cwd && chdir (start->cwd) != 0)
    {
      flatline_start_report_tell (start->report_fds[1], FLATLINE_START_REPORT_FOLDER, errno);
      _exit (EXIT_NOT_STARTED);
    }
  reset_signals (start->streams.terminal >= 0);
  execve (start->command->argv[0], start->command->argv, start->environment);
  flatline_start_report_tell (start->report_fds[1], FLATLINE_START_REPORT_EXECUTE, errno);
  _exit (EXIT_NOT_STARTED);
}

static _Noreturn void
become_keeper (const Start *start)
{
  const int terminal = start->streams.terminal;
  const int first = terminal >= 0 ? terminal : STDOUT_FILENO;
  const int second = first == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO;
  FlatlineKeeperFlags flags = (terminal >= 0 ? FLATLINE_KEEPER_HAS_TERMINAL : 0)
                              | (start->kill_with_supervisor ? FLATLINE_KEEPER_LEAVES_WITH_SUPERVISOR : 0);
  long pid;

  setsid ();
  if (terminal >= 0)
    ioctl (start->streams.theirs[terminal], TIOCSCTTY, 0);
  pid = syscall (SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
  if (pid == 0)
    become_program (start);
  if (pid < 0)
    flatline_start_report_tell (start->report_fds[1], FLATLINE_START_REPORT_CLONE, errno);
  else
    flatline_start_report_tell (start->report_fds[1], FLATLINE_START_REPORT_STARTED, (int)pid);
  dup2 (start->command_fds[0], FLATLINE_KEEPER_COMMAND);
  dup2 (start->streams.ours[first], FLATLINE_KEEPER_FIRST);
  dup2 (start->streams.ours[second], FLATLINE_KEEPER_SECOND);
  close_range (FLATLINE_KEEPER_N_FDS, ~0U, CLOSE_RANGE_CLOEXEC);
  flatline_terminal_keeper_become (start->keeper_program, flags);
}

/* Reads what the keeper and the program tell, until both closed the pipe. Returns the pid, 0 on failure. */
static int
read_reports (FlatlineLauncher *self, Start *start, GError **error)
{
  FlatlineStartReport report;
  int pid = 0;
  gboolean failed = FALSE;

  while (flatline_start_report_read (start->report_fds[0], &report))
    {
      if (report.kind == FLATLINE_START_REPORT_STARTED)
        {
          pid = report.code;
          g_signal_emit (self, signals[SIGNAL_BORN], 0, (gint64)pid);
          close_fd (&start->birth_fds[1]);
        }
      else if (!failed)
        {
          flatline_start_report_set_error (&report, start->command->argv[0], start->cwd, error);
          failed = TRUE;
        }
    }
  if (failed && pid > 0)
    waitpid (pid, NULL, 0);
  if (!failed && pid <= 0)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH,
                 _ ("The process for “%s” ended before it began"), start->command->argv[0]);
  return failed ? 0 : pid;
}

static gboolean
on_exit_ready (gint fd, GIOCondition condition, gpointer user_data)
{
  FlatlineLauncher *self = user_data;
  siginfo_t info = { 0 };
  struct rusage usage = { 0 };

  /* The system call tells what waitid(3) keeps to itself: the resources used. */
  if (syscall (SYS_waitid, P_PIDFD, self->pidfd, &info, WEXITED | WNOHANG, &usage) == 0 && info.si_pid == 0)
    return G_SOURCE_CONTINUE;
  self->peak_bytes = (gint64)usage.ru_maxrss * 1024;
  self->left_core = info.si_pid == self->pid && info.si_code == CLD_DUMPED;
  self->exit_source = 0;
  self->running = FALSE;
  flatline_orphan_reaper_release (self->pid);
  if (info.si_pid != self->pid)
    g_signal_emit (self, signals[SIGNAL_ENDED], 0, -1, 0);
  else if (info.si_code == CLD_EXITED)
    g_signal_emit (self, signals[SIGNAL_ENDED], 0, info.si_status, 0);
  else
    g_signal_emit (self, signals[SIGNAL_ENDED], 0, -1, info.si_status);
  return G_SOURCE_REMOVE;
}

static gboolean
wait_for_end (FlatlineLauncher *self, gint64 pid)
{
  const int pidfd = (int)syscall (SYS_pidfd_open, (pid_t)pid, 0);

  if (pidfd < 0)
    return FALSE;
  close_fd (&self->pidfd);
  self->pidfd = pidfd;
  self->pid = pid;
  self->running = TRUE;
  self->exit_source = g_unix_fd_add_full (G_PRIORITY_DEFAULT, self->pidfd, G_IO_IN, on_exit_ready, self, NULL);
  return TRUE;
}

static void
adopt_start (FlatlineLauncher *self, Start *start, int pid)
{
  int *const ours = start->streams.ours;

  for (int i = 0; i < 3; i++)
    if (ours[i] >= 0)
      g_unix_set_fd_nonblocking (ours[i], TRUE, NULL);
  self->input = ours[STDIN_FILENO];
  self->output = ours[STDOUT_FILENO];
  self->error = ours[STDERR_FILENO];
  self->keeper_command = start->command_fds[1];
  ours[0] = ours[1] = ours[2] = start->command_fds[1] = -1;
  wait_for_end (self, pid);
}

/* By it the end of the program is seen: without, as in some sandboxes, nobody would ever hear of it. */
static gboolean
check_pidfd (GError **error)
{
  const int pidfd = (int)syscall (SYS_pidfd_open, getpid (), 0);

  if (pidfd < 0)
    g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH,
                 _ ("No program can be supervised here, pidfd_open() says: %s. It takes Linux 5.4, and a sandbox that "
                    "lets it through"),
                 g_strerror (errno));
  else
    close (pidfd);
  return pidfd >= 0;
}

static char **
dup_marked_environment (char **environment, FlatlineErrorMarks *marks, int fd)
{
  g_autofree char *word = flatline_error_marks_dup_word (marks, fd);
  char **copy = g_strdupv (environment);

  return word ? g_environ_setenv (copy, FLATLINE_ERROR_MARKS_VARIABLE, word, TRUE) : copy;
}

gboolean
flatline_launcher_start (FlatlineLauncher *self,
                         FlatlineCommand *command,
                         const char *cwd,
                         char **environment,
                         FlatlineStreamSet piped,
                         FlatlineErrorMarks *marks,
                         gboolean kill_with_supervisor,
                         GError **error)
{
  g_auto (GStrv) marked_environment = NULL;
  g_auto (Start) start = {
    .command = command,
    .cwd = cwd,
    .environment = environment,
    .kill_with_supervisor = kill_with_supervisor,
    .supervisor = getpid (),
    .report_fds = { -1, -1 },
    .command_fds = { -1, -1 },
    .birth_fds = { -1, -1 },
    .keeper_program = flatline_paths_dup_keeper (),
  };
  sigset_t all;
  sigset_t before;
  pid_t keeper;
  int failure;
  int pid;

  g_return_val_if_fail (self->pid == 0, FALSE);
  if (!check_pidfd (error))
    return FALSE;
  if (!flatline_streams_open (&start.streams, piped) || !flatline_streams_open_pipe (start.report_fds)
      || !flatline_streams_open_pipe (start.command_fds) || !flatline_streams_open_pipe (start.birth_fds))
    {
      g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH,
                   _ ("No terminal or pipe is available: %s"), g_strerror (errno));
      return FALSE;
    }
  if (marks)
    start.environment = marked_environment = dup_marked_environment (environment, marks, start.streams.theirs[2]);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  keeper = fork ();
  if (keeper == 0)
    become_keeper (&start);
  failure = errno;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (keeper < 0)
    {
      g_set_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_LAUNCH, _ ("Cannot make a process: %s"),
                   g_strerror (failure));
      return FALSE;
    }
  start_close_program_side (&start);
  pid = read_reports (self, &start, error);
  if (pid == 0)
    {
      char leave = FLATLINE_KEEPER_LEAVE;

      if (write (start.command_fds[1], &leave, 1) == 1)
        waitpid (keeper, NULL, 0);
      return FALSE;
    }
  flatline_orphan_reaper_reserve (pid);
  flatline_orphan_reaper_adopt (keeper);
  adopt_start (self, &start, pid);
  self->keeper = keeper;
  return TRUE;
}

gint64
flatline_launcher_get_pid (FlatlineLauncher *self)
{
  return self->pid;
}

gint64
flatline_launcher_get_terminal_session (FlatlineLauncher *self)
{
  return self->keeper;
}

gboolean
flatline_launcher_has_left_core (FlatlineLauncher *self)
{
  return self->left_core;
}

gint64
flatline_launcher_get_peak_bytes (FlatlineLauncher *self)
{
  return self->peak_bytes;
}

gboolean
flatline_launcher_is_running (FlatlineLauncher *self)
{
  return self->running;
}

gboolean
flatline_launcher_follow (FlatlineLauncher *self, gint64 pid)
{
  g_return_val_if_fail (!self->running, FALSE);

  if (!wait_for_end (self, pid))
    return FALSE;
  flatline_orphan_reaper_reserve (pid);
  return TRUE;
}

static int
take_fd (int *fd)
{
  int taken = *fd;

  *fd = -1;
  return taken;
}

int
flatline_launcher_take_output (FlatlineLauncher *self)
{
  return take_fd (&self->output);
}

int
flatline_launcher_take_error (FlatlineLauncher *self)
{
  return take_fd (&self->error);
}

int
flatline_launcher_take_input (FlatlineLauncher *self)
{
  return take_fd (&self->input);
}

gboolean
flatline_launcher_send_signal (FlatlineLauncher *self, int signum)
{
  if (!self->running)
    {
      errno = ESRCH;
      return FALSE;
    }
  return syscall (SYS_pidfd_send_signal, self->pidfd, signum, NULL, 0) == 0;
}

gboolean
flatline_launcher_send_signal_to_group (FlatlineLauncher *self, int signum)
{
  if (!self->running)
    {
      errno = ESRCH;
      return FALSE;
    }
  return kill (-(pid_t)self->pid, signum) == 0 || flatline_launcher_send_signal (self, signum);
}

void
flatline_launcher_release_terminal (FlatlineLauncher *self, gboolean gone)
{
  char leave = FLATLINE_KEEPER_LEAVE;

  if (self->keeper_command < 0)
    return;
  if (gone && write (self->keeper_command, &leave, 1) != 1)
    g_debug ("The terminal keeper of %" G_GINT64_FORMAT " is gone", self->pid);
  close_fd (&self->keeper_command);
}
