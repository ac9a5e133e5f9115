/* SPDX-License-Identifier: MIT */
/* The rules are those of ptrace(2), "Ptrace access mode checking", and of the kernel's Yama documentation. */
#include "flatline-access.h"

#include "flatline-elf-image.h"
#include "flatline-inspect-error.h"
#include "flatline-residence.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define CAP_SYS_PTRACE 19 /* linux/capability.h */

/* A field of /proc/…/status as text, NULL when it is not there. Transfer full. */
static char *
read_status_field (const char *file, const char *name)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length = strlen (name);

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    if (strncmp (*line, name, length) == 0 && (*line)[length] == ':')
      return g_strdup (g_strstrip (*line + length + 1));
  return NULL;
}

static char *
read_field_of (gint64 pid, const char *name)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", pid);

  return read_status_field (file, name);
}

static gboolean
has_capability (void)
{
  g_autofree char *effective = read_status_field ("/proc/self/status", "CapEff");

  return effective && (g_ascii_strtoull (effective, NULL, 16) >> CAP_SYS_PTRACE & 1);
}

static gboolean
is_filtered (void)
{
  g_autofree char *mode = read_status_field ("/proc/self/status", "Seccomp");

  return g_strcmp0 (mode, "2") == 0;
}

static int
read_ptrace_scope (void)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/proc/sys/kernel/yama/ptrace_scope", &text, NULL, NULL) ? atoi (text) : 0;
}

/* Captures of several programs run in threads of their own, and getpwuid() has one answer for all. */
static char *
dup_user_name (uid_t uid)
{
  char texts[4096];
  struct passwd entry, *user = NULL;

  return getpwuid_r (uid, &entry, texts, sizeof texts, &user) == 0 && user ? g_strdup (user->pw_name)
                                                                           : g_strdup_printf (_ ("user %u"), uid);
}

/* Whether we are in a user namespace, where root is not the root of the machine: there not all ids are mapped. */
static gboolean
is_confined (void)
{
  g_autofree char *map = NULL;
  unsigned inside, outside, n;

  return g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL)
         && (sscanf (map, "%u %u %u", &inside, &outside, &n) != 3 || n != G_MAXUINT32);
}

/* Another user namespace: a container. Which one it has may itself not be asked from inside of one. */
static gboolean
is_in_container (gint64 pid)
{
  g_autofree char *theirs = g_strdup_printf ("/proc/%" PRId64 "/ns/user", pid);
  struct stat one, other;

  if (stat (theirs, &other) != 0)
    return is_confined ();
  return stat ("/proc/self/ns/user", &one) == 0 && one.st_ino != other.st_ino;
}

static char *
explain (gint64 pid)
{
  g_autofree char *uids = read_field_of (pid, "Uid");
  /* The folder itself stays the user's, what is in it becomes root's: proc(5). */
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/environ", pid);
  g_autofree char *user = NULL;
  uid_t uid = uids ? (uid_t)g_ascii_strtoull (uids, NULL, 10) : 0;
  struct stat status;

  if (read_ptrace_scope () >= 3)
    return g_strdup (_ ("kernel.yama.ptrace_scope is 3: nobody may read another program until the machine is started "
                        "with a lower value; only core files can be read"));
  if (has_capability ())
    {
      if (is_filtered ())
        return g_strdup (
            _ ("a seccomp filter forbids it here; start this container with --security-opt seccomp=unconfined"));
      if (is_in_container (pid))
        return g_strdup (
            _ ("it runs in another user namespace; run Flatline inside that container, or as root of the machine"));
      return g_strdup (_ ("the kernel or a security module forbids it; its log (dmesg) may say which"));
    }
  if (geteuid () == 0)
    return g_strdup (_ ("this root has no CAP_SYS_PTRACE; start this container with --cap-add=SYS_PTRACE"));
  if (uid != geteuid ())
    {
      user = dup_user_name (uid);
      return g_strdup_printf (_ ("it belongs to %s; run Flatline as %s or with sudo"), user, user);
    }
  if (stat (file, &status) == 0 && status.st_uid != uid)
    return g_strdup (_ ("it has protected itself (it changed its user, or is not dumpable); run Flatline with sudo"));
  if (read_ptrace_scope () == 1)
    return g_strdup (_ ("kernel.yama.ptrace_scope is 1, so that only programs started by Flatline may be read; start "
                        "it with flatline-cli run, or use sudo, or “sudo sysctl kernel.yama.ptrace_scope=0”"));
  if (read_ptrace_scope () >= 2)
    return g_strdup (_ ("kernel.yama.ptrace_scope allows it to root alone; run Flatline with sudo"));
  if (is_filtered ())
    return g_strdup (
        _ ("a seccomp filter forbids it here; start this container with --security-opt seccomp=unconfined"));
  return g_strdup (_ ("the kernel does not allow it; run Flatline with sudo"));
}

/* Whether one byte of what it has mapped can be read. */
static gboolean
can_read (gint64 pid, GPtrArray *mappings)
{
  g_autoptr (FlatlineResidence) residence = flatline_residence_new (pid);

  errno = EPERM;
  for (guint i = 0; mappings && i < mappings->len; i++)
    {
      FlatlineMapping *mapping = g_ptr_array_index (mappings, i);
      char byte;
      struct iovec local = { &byte, 1 };
      struct iovec remote = { GSIZE_TO_POINTER (mapping->start), 1 };

      if (flatline_residence_count_readable (residence, mapping->start, 1) == 0)
        continue;
      if (process_vm_readv ((pid_t)pid, &local, 1, &remote, 1, 0) == 1)
        return TRUE;
      if (errno == EPERM || errno == ESRCH || errno == ENOSYS)
        return FALSE;
    }
  return FALSE;
}

gboolean
flatline_access_check (gint64 pid, GPtrArray *mappings, GError **error)
{
  g_autofree char *state = NULL;
  g_autofree char *why = NULL;
  gboolean is_gone;

  if (mappings && mappings->len > 0 && can_read (pid, mappings))
    return TRUE;
  is_gone = mappings && mappings->len > 0 && errno == ESRCH;
  state = read_field_of (pid, "State");
  if (!state || is_gone)
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS, _ ("There is no process %" PRId64),
                 pid);
  else if (state[0] == 'Z' || state[0] == 'X')
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS,
                 _ ("Process %" PRId64 " has ended; its parent has not taken note of it yet"), pid);
  else if (mappings && mappings->len == 0 && has_capability ())
    g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON,
                 _ ("Process %" PRId64 " is a thread of the kernel, or on its way out"), pid);
  else
    {
      why = explain (pid);
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_ALLOWED,
                   _ ("Process %" PRId64 " may not be read: %s"), pid, why);
    }
  return FALSE;
}
