/* SPDX-License-Identifier: MIT */
/*
 * Rules about locks. The capture lists the locks it found with owner and waiters; a thread that is among the waiters
 * and sleeps in futex waits for that lock. Without such an entry the source of the line still names the lock.
 */
#include "flatline-diagnosis.h"

#include "flatline-record-words.h"

#include <string.h>

static FlatlineLock *
find_awaited_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineLock *lock = g_hash_table_lookup (diagnosis->awaited, &thread->native_id);

  return lock && (lock->pid == 0 || thread->pid == 0 || lock->pid == thread->pid) ? lock : NULL;
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
  g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", lock->address);
  /* Translators: a type of Python, an address */
  g_autofree char *source = g_strdup_printf (_ ("%s at %s"), lock->type ? lock->type : "lock", address);

  flatline_finding_add_evidence (finding, source, _ ("%s is among the waiters of %s"), waiter, what);
  if (owner)
    {
      g_autofree char *label = flatline_thread_dup_label (owner);
      g_autofree char *proof =
          /* Translators: where it is written ("owner field"), the lock ("_thread.RLock at 0x7f…") */
          g_strdup_printf (_ ("%s of the %s"),
                           lock->owner_source ? flatline_record_word_text (lock->owner_source) : _ ("owner"), source);

      flatline_finding_add_evidence (finding, proof, _ ("%s is held by %s"), what, label);
    }
}

static void
hold_unlisted (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *name);

gboolean
flatline_rule_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineLock *lock = find_awaited_lock (diagnosis, thread);
  FlatlineThread *owner;
  g_autofree char *name = NULL;
  g_autofree char *address = NULL;
  g_autofree char *what = NULL;
  FlatlineConfidence confidence;

  if (!lock || (thread->syscall && !flatline_thread_in_syscall (thread, "futex")))
    return FALSE;
  owner = flatline_diagnosis_find_thread (diagnosis, lock->owner);
  /* Its own holder never waits for a reentrant lock: the entry is of another moment. */
  if (owner == thread && is_reentrant (lock))
    return FALSE;
  name = lock->name ? g_strdup (lock->name) : flatline_diagnosis_dup_name_of (diagnosis, thread, lock->address);
  address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", lock->address);
  what = name ? g_strdup_printf (_ ("lock ‘%s’"), name) : g_strdup_printf (_ ("a lock (at %s)"), address);
  confidence =
      owner && flatline_thread_waits_for_ever (thread) ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY;
  flatline_finding_settle (finding, "lock-wait", confidence, g_strdup_printf (_ ("waits for %s"), what));
  finding->resource = g_strdup (what);
  finding->holder = owner ? owner->native_id : 0;
  flatline_finding_add_kernel_evidence (finding);
  add_lock_evidence (finding, lock, what, owner);
  if (!owner && name)
    hold_unlisted (diagnosis, finding, name);
  return TRUE;
}

/* --- the lock of a module that is being imported --- */

/* importlib keeps the owner as the number of threading.get_ident(). */
static FlatlineThread *
find_importer (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, FlatlineValue *module_lock)
{
  FlatlineValue *owner = flatline_value_find_child (module_lock, "owner");
  const guint64 ident = owner && owner->text ? g_ascii_strtoull (owner->text, NULL, 10) : 0;
  FlatlineThread *thread;

  for (guint i = 0; ident && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (thread->pid == waiting->pid && thread->ident == ident)
      return thread;
  return NULL;
}

gboolean
flatline_rule_import (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *acquire = flatline_thread_find_call (thread, "<frozen importlib._bootstrap>", "acquire");
  FlatlineValue *self = flatline_frame_find_local (acquire, "self");
  FlatlineValue *name = flatline_value_find_child (self, "name");
  FlatlineThread *importer = find_importer (diagnosis, thread, self);
  g_autofree char *module = NULL;
  g_autofree char *label = importer ? flatline_thread_dup_label (importer) : g_strdup (_ ("another thread"));

  if (!acquire || !flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  if (name && name->text && strlen (name->text) > 2)
    module = g_strdup_printf ("‘%.*s’", (int)strlen (name->text) - 2, name->text + 1);
  flatline_finding_settle (
      finding, "lock-wait",
      importer && flatline_thread_waits_for_ever (thread) ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY,
      g_strdup_printf (_ ("waits until %s has imported %s"), label, module ? module : _ ("a module")));
  finding->resource = g_strdup_printf (_ ("the import of %s"), module ? module : _ ("a module"));
  finding->holder = importer ? importer->native_id : 0;
  finding->names_holder = TRUE;
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, acquire);
  if (importer)
    flatline_finding_add_evidence (finding, _ ("owner field of the module's lock"), _ ("%s imports %s"), label,
                                   module ? module : _ ("the module"));
  return TRUE;
}

/* --- locks that the capture does not list --- */

/* A child that was forked while another thread of its parent held the lock has a copy that nobody will ever release. */
static void
note_forked_copy (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *name)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, finding->thread->pid);
  FlatlineThread *parent = process ? flatline_diagnosis_find_thread (diagnosis, process->ppid) : NULL;
  FlatlineFrame *frame = NULL;
  FlatlineThread *holder;
  g_autofree char *label = NULL;

  if (!parent || !flatline_diagnosis_is_relative (diagnosis, finding->thread))
    return;
  holder = flatline_diagnosis_find_lock_holder_in (diagnosis, finding->thread, name, parent->pid, &frame);
  if (!holder)
    return;
  label = flatline_thread_dup_label (holder);
  g_free (finding->does);
  finding->does =
      g_strdup_printf (_ ("waits for lock ‘%s’, of which it got a locked copy when it was forked: %s holds it in "
                          "the parent"),
                       name, label);
  flatline_finding_add_evidence (finding, _ ("the source on the stack"),
                                 _ ("%s has taken lock ‘%s’ in the parent process"), label, name);
}

/* A lock of multiprocessing may be held by any process of the tree. */
static gboolean
is_shared_between_processes (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, const char *name)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_auto (GStrv) parts = g_strsplit (name, ".", 2);
  FlatlineValue *value = flatline_frame_find_local (place, parts[0]);

  if (parts[1])
    value = flatline_value_find_child (value, parts[1]);
  return value && value->type && strstr (value->type, "multiprocessing.synchronize");
}

static void
hold_unlisted (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *name)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *frame = NULL;
  FlatlineThread *holder = flatline_diagnosis_find_lock_holder (diagnosis, thread, name, &frame);
  const gboolean shared = is_shared_between_processes (diagnosis, thread, name);
  g_autofree char *label = NULL;
  g_autofree char *location = NULL;

  if (!holder && shared)
    holder = flatline_diagnosis_find_lock_holder_in (diagnosis, thread, name, 0, &frame);
  if (!holder)
    {
      if (!shared)
        note_forked_copy (diagnosis, finding, name);
      return;
    }
  label = flatline_thread_dup_label (holder);
  location = flatline_frame_dup_location (frame);
  finding->holder = holder->native_id;
  flatline_finding_add_evidence (finding, _ ("the source on the stack"), _ ("%s has taken lock ‘%s’ around %s"), label,
                                 name, location);
}

/* "acquire" or "with" in the line that sleeps in futex, though the capture lists no lock for it. */
gboolean
flatline_rule_unlisted_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;
  g_autofree char *name = NULL;

  if (!flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  name = flatline_source_dup_object (line, "acquire");
  if (!name)
    return FALSE;
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("waits for lock ‘%s’"), name));
  finding->resource = g_strdup_printf (_ ("lock ‘%s’"), name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, place);
  hold_unlisted (diagnosis, finding, name);
  return TRUE;
}
