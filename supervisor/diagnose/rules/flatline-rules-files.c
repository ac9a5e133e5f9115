/* SPDX-License-Identifier: MIT */
/*
 * Rules about files: a lock of a file held elsewhere, a named pipe without another end, a database that another
 * connection has locked, a slow file system.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <fcntl.h>
#include <string.h>

#define FILE_CALLS                                                                                                     \
  "flock fcntl fsync fdatasync open openat openat2 close lseek ftruncate fallocate statfs copy_file_range read readv " \
  "pread64 preadv write writev pwrite64 pwritev sendfile"
#define MAX_LINES_ABOVE 12
#define OPENING_CALLS   "open openat openat2"

/* The lock of @path or, where the path is not known, the one that the kernel says @pid waits for. */
static FlatlineLock *
find_file_lock (FlatlineDiagnosis *diagnosis, const char *path, gint64 pid)
{
  g_autofree char *waiter = g_strdup_printf ("%" G_GINT64_FORMAT, pid);

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      if (g_strcmp0 (lock->type, "file lock") == 0
          && (path ? g_strcmp0 (lock->name, path) == 0
                   : lock->waiters && g_strv_contains ((const char *const *)lock->waiters, waiter)))
        return lock;
    }
  return NULL;
}

/* "the file lock of x, held by process 12 (…)"; the holder goes into the chain. */
static char *
dup_held_by (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *lock)
{
  FlatlineThread *thread;
  char *label;

  finding->names_holder = TRUE;
  if (!lock || lock->owner <= 0)
    return g_strdup (_ ("held elsewhere"));
  if (lock->owner == finding->thread->pid)
    return g_strdup (_ ("held by this very process"));
  finding->other_holder = flatline_diagnosis_dup_process_label (diagnosis, lock->owner);
  finding->other_holder_id = lock->owner;
  thread = flatline_diagnosis_find_only_thread (diagnosis, lock->owner);
  finding->holder = thread ? thread->native_id : 0;
  label = g_strdup_printf (_ ("held by %s"), finding->other_holder);
  flatline_finding_add_evidence (finding, "/proc/locks", _ ("The lock of %s is %s"), lock->name, label);
  return label;
}

static gboolean
settle_lock (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *path)
{
  FlatlineLock *lock = find_file_lock (diagnosis, path, finding->thread->pid);
  g_autofree char *holder = dup_held_by (diagnosis, finding, lock);
  const char *target = path ? path : lock ? lock->name : _ ("a file");

  flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_CERTAIN,
                           /* Translators: a file, then "held by process 12 (…)" */
                           g_strdup_printf (_ ("waits for the file lock of %s, %s"), target, holder));
  finding->resource = g_strdup_printf (_ ("the file lock of %s"), target);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

static gboolean
settle_opening (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  const char *path = thread->syscall_path ? thread->syscall_path : _ ("a file");
  /* linux/fs/pipe.c: the one place where open() of a named pipe sleeps. */
  const gboolean is_pipe = thread->wait_channel && strstr (thread->wait_channel, "wait_for_partner");

  flatline_finding_settle (
      finding, "file-wait", is_pipe ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY,
      is_pipe ? g_strdup_printf (_ ("opens the named pipe %s, and nobody opens its other end"), path)
              : g_strdup_printf (_ ("waits for %s to open (a named pipe without another end, or a slow disk)"), path));
  finding->resource = g_strdup_printf (_ ("%s to open"), path);
  flatline_finding_add_kernel_evidence (finding);
  if (is_pipe)
    flatline_finding_add_evidence (finding, "/proc/PID/task/TID/wchan", _ ("The kernel waits in %s"),
                                   thread->wait_channel);
  return TRUE;
}

gboolean
flatline_rule_file (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gint64 fd = (gint32)flatline_thread_syscall_argument (thread, 0);
  const guint64 command = flatline_thread_syscall_argument (thread, 1);
  FlatlineDescriptor *descriptor;
  g_autofree char *number = NULL;
  const char *target;

  if (!flatline_thread_in_syscall (thread, FILE_CALLS))
    return FALSE;
  if (flatline_thread_in_syscall (thread, OPENING_CALLS))
    return settle_opening (finding);
  descriptor = flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd);
  target = descriptor && descriptor->target ? descriptor->target : _ ("a file");
  if (flatline_thread_in_syscall (thread, "flock")
      || (flatline_thread_in_syscall (thread, "fcntl") && (command == F_SETLKW || command == F_OFD_SETLKW)))
    return settle_lock (diagnosis, finding, descriptor ? descriptor->target : NULL);
  /* What it is may not be known: a core has none. */
  if (!descriptor)
    target = number = g_strdup_printf (_ ("descriptor %d"), (int)fd);
  /* That output is held, by Ctrl+S, nobody but the terminal itself knows. */
  if (descriptor && g_strcmp0 (descriptor->kind, "tty") == 0 && flatline_thread_in_syscall (thread, "write writev"))
    flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY, /* Translators: "/dev/pts/2" */
                             g_strdup_printf (_ ("writes to the terminal %s, which takes nothing more: its output is "
                                                 "held (Ctrl+S; Ctrl+Q lets it go on), or nobody reads it"),
                                              target));
  else
    flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
                             /* Translators: a system call, a file */
                             g_strdup_printf (_ ("waits in %s for %s"), thread->syscall, target));
  finding->resource = g_strdup (target);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* --- databases --- */

static gboolean
line_speaks_of_statements (const char *line)
{
  static const char *const words[] = { ".execute(", ".executemany(", ".executescript(", ".commit(", ".fetch" };

  for (gsize i = 0; line && i < G_N_ELEMENTS (words); i++)
    if (strstr (line, words[i]))
      return TRUE;
  return FALSE;
}

/* The open file of the process that somebody has locked, the first; SQLite locks bytes of the database itself. */
static FlatlineLock *
find_locked_database (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      if (g_strcmp0 (lock->type, "file lock") == 0 && lock->name && lock->pid == thread->pid)
        return lock;
    }
  return NULL;
}

/* SQLite asks for a busy database again and again, and sleeps in between: no system call names the lock. */
gboolean
flatline_rule_database (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;
  g_autofree char *holder = NULL;
  FlatlineLock *lock;

  if (!flatline_thread_in_syscall (thread, "clock_nanosleep nanosleep"))
    return FALSE;
  /* Of the program itself, or of a package that has wrapped the driver. */
  line = flatline_diagnosis_dup_source_line (diagnosis, flatline_thread_find_innermost (thread));
  lock = line_speaks_of_statements (line) ? find_locked_database (diagnosis, thread) : NULL;
  if (!lock)
    return FALSE;
  holder = dup_held_by (diagnosis, finding, lock);
  flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("waits for the lock of the database %s, %s"), lock->name, holder));
  finding->resource = g_strdup_printf (_ ("the lock of the database %s"), lock->name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

/* --- locks that a library asks for again and again --- */

/* The value, or an attribute of it, that names @path: "'/run/x.lock'", "PosixPath('/run/x.lock')". */
static gboolean
names_path (FlatlineValue *value, const char *path)
{
  const char *at = value->text ? strstr (value->text, path) : NULL;

  if (at && at > value->text && strchr ("'\"", at[-1]) && strchr ("'\"", at[strlen (path)]))
    return TRUE;
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    if (names_path (flatline_list_peek (value->children, i), path))
      return TRUE;
  return FALSE;
}

static FlatlineLock *
find_lock_named_by (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFrame *frame)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      if (g_strcmp0 (lock->type, "file lock") != 0 || !lock->name || lock->owner == thread->pid)
        continue;
      for (guint j = 0; j < flatline_list_length (frame->locals); j++)
        if (names_path (flatline_list_peek (frame->locals, j), lock->name))
          return lock;
    }
  return NULL;
}

/* What filelock calls it: it does not keep the file open in between, so that nobody else may be known to have it. */
static char *
dup_lock_file (FlatlineFrame *frame)
{
  FlatlineValue *name = flatline_frame_find_local (frame, "lock_filename");
  const gsize length = name && name->text ? strlen (name->text) : 0;

  return length > 2 && strchr ("'\"", name->text[0]) ? g_strndup (name->text + 1, length - 2) : NULL;
}

/* "'cron'", as a lock of Redis or of a cache is called there; NULL nameless. */
static const char *
find_lock_name (FlatlineValue *lock)
{
  static const char *const names[] = { "name", "key", "_key", "_name", "lock_name" };

  for (gsize i = 0; lock && i < G_N_ELEMENTS (names); i++)
    {
      FlatlineValue *name = flatline_value_find_child (lock, names[i]);

      if (name && name->text && (g_strcmp0 (name->type, "str") == 0 || g_strcmp0 (name->type, "bytes") == 0))
        return name->text;
    }
  return NULL;
}

/* Locks that a library keeps in a database or cache: acquire() asks for it, sleeps and asks again. */
static gboolean
settle_library_lock (FlatlineFinding *finding, FlatlineFrame *acquire)
{
  FlatlineValue *self = flatline_frame_find_local (acquire, "self");
  const char *class = self && self->type ? self->type : acquire->qualified_name;
  const char *name = find_lock_name (self);

  if (!class || !(strstr (class, "Lock") || strstr (class, "Semaphore") || strstr (class, "Mutex")))
    return FALSE;
  finding->resource = name ? /* Translators: a name in quotes, a class: "'cron'", "redis.lock.Lock" */
                          g_strdup_printf (_ ("lock %s (%s)"), name, class)
                           : g_strdup_printf (_ ("a lock (%s)"), class);
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("asks for %s, which somebody has taken"), finding->resource));
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, acquire);
  return TRUE;
}

/* The program asks by flock() with LOCK_NB not far above where it sleeps, in the same function. */
static gboolean
tries_above (FlatlineDiagnosis *diagnosis, FlatlineFrame *place)
{
  for (gint64 number = place->line, n = 0; number > 0 && n < MAX_LINES_ABOVE; number--, n++)
    {
      gsize length = 0;
      const char *at = flatline_diagnosis_find_line (diagnosis, place->file, number, &length);
      g_autofree char *line = at ? g_strndup (at, length) : NULL;

      if (!line || g_str_has_prefix (g_strchug (line), "def "))
        return FALSE;
      if (strstr (line, "flock(") || strstr (line, "lockf("))
        return TRUE;
    }
  return FALSE;
}

/* What the program does by itself as the libraries do. */
static gboolean
settle_own_tries (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineLock *lock = NULL;
  g_autofree char *holder = NULL;

  if (!place || place != flatline_thread_find_innermost (thread) || !tries_above (diagnosis, place))
    return FALSE;
  for (guint i = 0; !lock && i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *other = flatline_list_peek (diagnosis->snapshot->locks, i);

      if (g_strcmp0 (other->type, "file lock") == 0 && other->name && other->pid == thread->pid && other->owner > 0
          && other->owner != thread->pid)
        lock = other;
    }
  if (!lock)
    return FALSE;
  holder = dup_held_by (diagnosis, finding, lock);
  flatline_finding_settle (finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("waits for the file lock of %s, %s"), lock->name, holder));
  finding->resource = g_strdup_printf (_ ("the file lock of %s"), lock->name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

/* filelock, fasteners, portalocker: acquire() tries, sleeps and tries again, since flock() itself knows no time-out. */
gboolean
flatline_rule_lock_file (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *acquire = NULL;
  FlatlineLock *lock = NULL;
  g_autofree char *path = NULL;
  g_autofree char *holder = NULL;

  if (!flatline_thread_sleeps (thread))
    return FALSE;
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);

      if (flatline_frame_is_own (frame))
        break;
      if (!flatline_frame_is_of_package (frame))
        continue;
      if (g_strcmp0 (frame->function, "acquire") == 0)
        acquire = frame;
      if (!lock)
        lock = find_lock_named_by (diagnosis, thread, frame);
      if (!path)
        path = dup_lock_file (frame);
    }
  if (acquire && !lock && !path)
    return settle_library_lock (finding, acquire);
  if (!acquire)
    return settle_own_tries (diagnosis, finding);
  if (lock)
    holder = dup_held_by (diagnosis, finding, lock);
  flatline_finding_settle (
      finding, "file-wait", FLATLINE_CONFIDENCE_LIKELY,
      holder ? g_strdup_printf (_ ("waits for the file lock of %s, %s"), lock->name, holder)
             : g_strdup_printf (_ ("tries again and again to get the file lock of %s, which somebody else has"), path));
  finding->resource = g_strdup_printf (_ ("the file lock of %s"), lock ? lock->name : path);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, acquire);
  return TRUE;
}
