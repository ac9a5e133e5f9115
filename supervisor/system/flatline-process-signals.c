/* SPDX-License-Identifier: MIT */
/*
 * Signals that cannot hit the wrong process: a pidfd is opened first, then the start time is compared, then the signal
 * is sent through the pidfd. Between these a reused pid shows itself.
 */
#include "flatline-process.h"

#include "flatline-process-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often the tree is looked at again for those born meanwhile; a fork bomb must not hold us for ever. */
#define MAX_ROUNDS 64

char *
flatline_signal_dup_name (int signum)
{
  const char *abbreviation = signum > 0 ? sigabbrev_np (signum) : NULL;

  if (abbreviation)
    return g_strconcat ("SIG", abbreviation, NULL);
  if (signum == SIGRTMIN)
    return g_strdup ("SIGRTMIN");
  if (signum > SIGRTMIN && signum <= SIGRTMAX)
    return g_strdup_printf ("SIGRTMIN+%d", signum - SIGRTMIN);
  return g_strdup_printf (_ ("signal %d"), signum);
}

static gboolean
refuse_gone (gint64 pid, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("Process %" PRId64 " has already ended; there is nothing to signal"), pid);
  return FALSE;
}

static gboolean
refuse_with_errno (gint64 pid, int signum, int reason, GError **error)
{
  g_autofree char *name = flatline_signal_dup_name (signum);

  if (reason == ESRCH)
    return refuse_gone (pid, error);
  if (reason == EPERM)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("Not allowed to send %s to process %" PRId64 "; run Flatline as the user who owns it"), name, pid);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), _ ("Could not send %s to process %" PRId64 ": %s"),
                 name, pid, g_strerror (reason));
  return FALSE;
}

gboolean
flatline_process_send_signal (gint64 pid, gint64 start_ticks, int signum, GError **error)
{
  gboolean sent = FALSE;
  int reason = 0;
  int fd;

  if (pid <= 0 || pid > G_MAXINT)
    return refuse_gone (pid, error);
  fd = syscall (SYS_pidfd_open, (pid_t)pid, 0);
  if (fd < 0)
    return refuse_with_errno (pid, signum, errno, error);
  if (start_ticks == 0 || flatline_process_read_start_ticks (pid) == start_ticks)
    {
      sent = syscall (SYS_pidfd_send_signal, fd, signum, NULL, 0) == 0;
      reason = sent ? 0 : errno;
    }
  close (fd);
  if (sent)
    return TRUE;
  return reason ? refuse_with_errno (pid, signum, reason, error) : refuse_gone (pid, error);
}

static gint64 *
copy_number (gint64 number)
{
  gint64 *copy = g_new (gint64, 1);

  *copy = number;
  return copy;
}

/* Sends @signum to those of the tree that @reached does not hold yet, and notes them there. Returns how many got it. */
static guint
signal_newcomers (const FlatlineProcessKinship *kinship, GHashTable *reached, int signum)
{
  g_autoptr (FlatlineProcessTable) table = flatline_process_table_read ();
  g_autoptr (GPtrArray) members = flatline_process_table_list_members (table, kinship);
  guint sent = 0;

  for (guint i = 0; i < members->len; i++)
    {
      const FlatlineProcStat *stat = g_ptr_array_index (members, i);
      gint64 *before = g_hash_table_lookup (reached, &stat->pid);

      if (stat->pid == getpid () || (before && *before == stat->start_ticks)
          || (stat->state == 'Z' && stat->threads <= 1))
        continue;
      if (flatline_process_send_signal (stat->pid, stat->start_ticks, signum, NULL))
        {
          g_hash_table_replace (reached, copy_number (stat->pid), copy_number (stat->start_ticks));
          sent++;
        }
    }
  return sent;
}

guint
flatline_process_send_signal_to_kin (const FlatlineProcessKinship *kinship, int signum)
{
  g_autoptr (GHashTable) reached = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  GHashTableIter iter;
  gint64 *member, *start_ticks;
  guint sent = 0;

  /* Nothing stopped can fork, so a tree that is to die is held still first: no child is born between look and blow. */
  for (int round = 0; round < MAX_ROUNDS; round++)
    {
      guint newcomers = signal_newcomers (kinship, reached, signum == SIGKILL ? SIGSTOP : signum);

      sent += newcomers;
      /* Who was reached stays known, though its parent may end meanwhile. */
      g_hash_table_iter_init (&iter, reached);
      while (kinship->known && g_hash_table_iter_next (&iter, (gpointer *)&member, (gpointer *)&start_ticks))
        g_hash_table_replace (kinship->known, copy_number (*member), copy_number (*start_ticks));
      if (newcomers == 0)
        break;
    }
  if (signum != SIGKILL)
    return sent;
  sent = 0;
  g_hash_table_iter_init (&iter, reached);
  while (g_hash_table_iter_next (&iter, (gpointer *)&member, (gpointer *)&start_ticks))
    if (flatline_process_send_signal (*member, *start_ticks, SIGKILL, NULL))
      sent++;
  return sent;
}

guint
flatline_process_send_signal_to_tree (gint64 pid, int signum)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autofree char *token = flatline_process_read_token (pid);
  const FlatlineProcessKinship kinship = {
    .root = pid,
    .root_start_ticks = flatline_process_read_start_ticks (pid),
    .token = token,
    .known = known,
  };

  return pid > 1 ? flatline_process_send_signal_to_kin (&kinship, signum) : 0;
}
