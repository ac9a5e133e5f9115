/* SPDX-License-Identifier: MIT */
/*
 * Rules about locks. The capture lists the locks it found with owner and waiters; a thread that is among the waiters
 * and sleeps in futex waits for that lock. Without such an entry the source of the line still names the lock.
 */
#include "flatline-diagnosis.h"

#include <string.h>

static FlatlineLock *
find_awaited_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineLock *lock = g_hash_table_lookup (diagnosis->awaited, &thread->native_id);

  return lock && (lock->pid == 0 || thread->pid == 0 || lock->pid == thread->pid) ? lock : NULL;
}

/* The fourth argument of futex is the time-out; 0 waits for ever. */
static gboolean
waits_for_ever (FlatlineThread *thread)
{
  return flatline_thread_in_syscall (thread, "futex") && thread->syscall_args
         && flatline_thread_syscall_argument (thread, 3) == 0;
}

static gboolean
is_reentrant (FlatlineLock *lock)
{
  return lock->type && strstr (lock->type, "RLock");
}

static void
add_lock_evidence (FlatlineFinding *finding, FlatlineLock *lock, const char *what, FlatlineThread *owner)
{
  g_autofree char *waiter = flatline_thread_dup_label (finding->thread);
  g_autofree char *source =
      g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x", lock->type ? lock->type : "lock", lock->address);

  flatline_finding_add_evidence (finding, source, "%s is among the waiters of %s", waiter, what);
  if (owner)
    {
      g_autofree char *label = flatline_thread_dup_label (owner);
      g_autofree char *proof =
          g_strdup_printf ("%s of the %s", lock->owner_source ? lock->owner_source : "owner", source);

      flatline_finding_add_evidence (finding, proof, "%s is held by %s", what, label);
    }
}

gboolean
flatline_rule_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineLock *lock = find_awaited_lock (diagnosis, thread);
  FlatlineThread *owner;
  g_autofree char *name = NULL;
  g_autofree char *what = NULL;
  FlatlineConfidence confidence;

  if (!lock || (thread->syscall && !flatline_thread_in_syscall (thread, "futex")))
    return FALSE;
  owner = flatline_diagnosis_find_thread (diagnosis, lock->owner);
  /* Its own holder never waits for a reentrant lock: the entry is of another moment. */
  if (owner == thread && is_reentrant (lock))
    return FALSE;
  name = lock->name ? g_strdup (lock->name) : flatline_diagnosis_dup_name_of (diagnosis, thread, lock->address);
  what = name ? g_strdup_printf ("lock ‘%s’", name)
              : g_strdup_printf ("a lock (at 0x%" G_GINT64_MODIFIER "x)", lock->address);
  confidence = owner && waits_for_ever (thread) ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY;
  flatline_finding_settle (finding, "lock-wait", confidence, g_strdup_printf ("waits for %s", what));
  finding->resource = g_strdup (what);
  finding->holder = owner ? owner->native_id : 0;
  flatline_finding_add_kernel_evidence (finding);
  add_lock_evidence (finding, lock, what, owner);
  return TRUE;
}

/* "acquire" or "with" in the line that sleeps in futex, though the capture lists no lock for it. */
gboolean
flatline_rule_unlisted_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *import_lock = flatline_thread_find_call (thread, "<frozen importlib._bootstrap>", "acquire");
  FlatlineFrame *frame = NULL;
  FlatlineThread *holder;
  g_autofree char *line = NULL;
  g_autofree char *name = NULL;

  if (!flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  if (import_lock)
    {
      FlatlineValue *self = flatline_frame_find_local (import_lock, "self");
      FlatlineValue *module = flatline_value_find_child (self, "name");

      flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf ("waits for the import of %s by another thread",
                                                module && module->text ? module->text : "a module"));
      finding->resource = g_strdup ("the import lock of a module");
      flatline_finding_add_frame_evidence (finding, import_lock);
      return TRUE;
    }
  line = flatline_diagnosis_dup_source_line (diagnosis, flatline_thread_find_place (thread));
  name = flatline_source_dup_object (line, "acquire");
  if (!name)
    return FALSE;
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf ("waits for lock ‘%s’", name));
  finding->resource = g_strdup_printf ("lock ‘%s’", name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (thread));
  holder = flatline_diagnosis_find_lock_holder (diagnosis, thread, name, &frame);
  if (holder)
    {
      g_autofree char *label = flatline_thread_dup_label (holder);
      g_autofree char *location = flatline_frame_dup_location (frame);

      finding->holder = holder->native_id;
      flatline_finding_add_evidence (finding, "the source on the stack", "%s has taken lock ‘%s’ around %s", label,
                                     name, location);
    }
  return TRUE;
}
