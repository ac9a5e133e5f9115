/* SPDX-License-Identifier: MIT */
/*
 * Rules about locks. The capture lists the locks it found with owner and waiters; a thread that is among the waiters
 * and sleeps in futex waits for that lock. Without such an entry the source of the line still names the lock.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include "flatline-record-words.h"

#include <linux/futex.h>
#include <string.h>

FlatlineLock *
flatline_diagnosis_find_awaited_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineLock *lock = g_hash_table_lookup (diagnosis->awaited, &thread->native_id);

  return lock && (lock->pid == 0 || thread->pid == 0 || lock->pid == thread->pid) ? lock : NULL;
}

static gboolean
is_reentrant (FlatlineLock *lock)
{
  return lock->type && strstr (lock->type, "RLock");
}

static gboolean
is_of_processes (FlatlineLock *lock)
{
  return lock->type && g_str_has_prefix (lock->type, "multiprocessing.");
}

static void
add_lock_evidence (FlatlineFinding *finding, FlatlineLock *lock, const char *what, FlatlineThread *owner)
{
  g_autofree char *waiter = flatline_thread_dup_label (finding->thread);
  g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", lock->address);
  /* Translators: a type of Python, an address */
  g_autofree char *source = g_strdup_printf (_ ("%s at %s"), lock->type ? lock->type : "lock", address);

  flatline_finding_add_evidence (finding, source, _ ("%s is among the waiters of %s"), waiter, what);
  flatline_finding_point (finding, flatline_reference_new_for_lock (lock, what));
  if (owner)
    {
      g_autofree char *label = flatline_thread_dup_label (owner);
      g_autofree char *proof =
          /* Translators: where it is written ("owner field"), the lock ("_thread.RLock at 0x7f…") */
          g_strdup_printf (_ ("%s of the %s"),
                           lock->owner_source ? flatline_record_word_text (lock->owner_source) : _ ("owner"), source);

      flatline_finding_add_evidence (finding, proof, _ ("%s is held by %s"), what, label);
      flatline_finding_point (finding, flatline_reference_new_for_thread (owner));
    }
}

static void
hold_unlisted (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *lock, const char *name);

/* "registry.lock" out of the program's own line that waits. */
static char *
dup_name_in_line (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_autofree char *line = NULL;

  if (!place || place != flatline_thread_find_innermost (thread))
    return NULL;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  return flatline_source_dup_object (line, "acquire");
}

/*
 * The owner field proves who has the lock. A `with` block proves it unless the program releases the lock by hand
 * somewhere, which it may do inside of the block.
 */
static gboolean
is_proven (FlatlineDiagnosis *diagnosis, FlatlineLock *lock, const char *name)
{
  if (g_strcmp0 (lock->owner_source, "owner field") == 0)
    return TRUE;
  return lock->owner_source && !strstr (lock->owner_source, " of its wrapper")
         && !flatline_diagnosis_releases_by_hand (diagnosis, name);
}

/* A process that has ended, by the object that its parent has of it: "<Process name='a' … stopped exitcode=-SIGKILL>".
 */
static void
note_ended_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    for (guint j = 0; j < flatline_thread_count_frames (thread); j++)
      {
        FlatlineFrame *frame = flatline_thread_peek_frame (thread, j);

        for (guint k = 0; k < flatline_list_length (frame->locals); k++)
          {
            FlatlineValue *value = flatline_list_peek (frame->locals, k);

            if (!value->type || !value->text || !g_str_has_suffix (value->type, "Process")
                || !strstr (value->text, " stopped exitcode=") || strstr (value->text, " exitcode=0")
                || !g_hash_table_add (seen, value->text))
              continue;
            flatline_finding_add_evidence (finding, value->name ? value->name : _ ("the variables"),
                                           /* Translators: a process, as its object describes itself */
                                           _ ("%s did not end well"), value->text);
          }
      }
}

/* Killed, most likely, before it could give the lock back. What is no RLock might be given back by anybody. */
void
flatline_finding_tell_forsaken (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineLock *lock,
                                const char *name)
{
  g_free (finding->does);
  /* Translators: "lock ‘a’" */
  finding->does = g_strdup_printf (_ ("waits for %s, which a process that has ended had taken and never gave back"),
                                   finding->resource);
  finding->names_holder = TRUE;
  if (flatline_thread_waits_for_ever (finding->thread)
      && (is_reentrant (lock) || !flatline_diagnosis_releases_by_hand (diagnosis, name)))
    {
      finding->kind = "deadlock";
      finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
    }
  flatline_finding_add_evidence (finding, _ ("the memory of all processes that share it"),
                                 _ ("None of them has %s, though it is taken"), finding->resource);
  note_ended_processes (diagnosis, finding);
}

/* Another thread that has taken the lock, as the source tells, is believed before the `with` block is. */
static FlatlineThread *
doubt_owner (FlatlineDiagnosis *diagnosis,
             FlatlineThread *waiting,
             FlatlineLock *lock,
             const char *name,
             FlatlineThread *owner,
             gboolean *is_doubtful)
{
  FlatlineFrame *frame = NULL;
  FlatlineThread *other =
      name ? flatline_diagnosis_find_lock_holder (diagnosis, waiting, name, lock->address, &frame) : NULL;

  *is_doubtful = TRUE;
  return other ? other : owner;
}

gboolean
flatline_rule_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineLock *lock = flatline_diagnosis_find_awaited_lock (diagnosis, thread);
  FlatlineThread *owner;
  g_autofree char *name = NULL;
  g_autofree char *address = NULL;
  g_autofree char *what = NULL;
  FlatlineConfidence confidence;
  gboolean is_doubtful = FALSE;

  if (!lock || (thread->syscall && !flatline_thread_in_syscall (thread, "futex")))
    return FALSE;
  owner = flatline_diagnosis_find_thread (diagnosis, lock->owner);
  /* Who writes into the pipe of a queue says more than that its lock is held. */
  if (owner && is_of_processes (lock) && flatline_thread_find_frame (thread, "multiprocessing/queues.py", "_feed"))
    return FALSE;
  /* Its own holder never waits for a reentrant lock: the entry is of another moment. */
  if (owner == thread && is_reentrant (lock))
    return FALSE;
  name = lock->name ? g_strdup (lock->name) : flatline_diagnosis_dup_name_of (diagnosis, thread, lock->address);
  if (!name)
    name = dup_name_in_line (diagnosis, thread);
  address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", lock->address);
  what = name ? g_strdup_printf (_ ("lock ‘%s’"), name) : g_strdup_printf (_ ("a lock (at %s)"), address);
  if (owner && !is_proven (diagnosis, lock, name))
    {
      if (is_of_processes (lock))
        is_doubtful = TRUE;
      else
        owner = doubt_owner (diagnosis, thread, lock, name, owner, &is_doubtful);
    }
  confidence = owner && !is_doubtful && flatline_thread_waits_for_ever (thread) ? FLATLINE_CONFIDENCE_CERTAIN
                                                                                : FLATLINE_CONFIDENCE_LIKELY;
  flatline_finding_settle (finding, "lock-wait", confidence, g_strdup_printf (_ ("waits for %s"), what));
  finding->resource = g_strdup (what);
  finding->holder = owner ? owner->native_id : 0;
  flatline_finding_take_resource (finding, flatline_reference_new_for_lock (lock, what));
  flatline_finding_add_kernel_evidence (finding);
  add_lock_evidence (finding, lock, what, owner);
  if (lock->forsaken)
    flatline_finding_tell_forsaken (diagnosis, finding, lock, name);
  else if (!owner)
    hold_unlisted (diagnosis, finding, lock, name);
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
    flatline_finding_add_evidence (finding, _ ("owner field of the module’s lock"), _ ("%s imports %s"), label,
                                   module ? module : _ ("the module"));
  return TRUE;
}

/* --- locks that the capture does not list --- */

/* A child that was forked while another thread of its parent held the lock has a copy that nobody will ever release. */
static gboolean
note_forked_copy (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *name)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, finding->thread->pid);
  FlatlineThread *parent = process ? flatline_diagnosis_find_thread (diagnosis, process->ppid) : NULL;
  const char *last = strrchr (name, '.');
  FlatlineFrame *frame = NULL;
  FlatlineThread *holder;
  g_autofree char *label = NULL;

  if (!parent || !flatline_diagnosis_is_relative (diagnosis, finding->thread))
    return FALSE;
  holder = flatline_diagnosis_find_lock_holder_in (diagnosis, finding->thread, name, parent->pid, &frame);
  /* The lock inside of another: who has taken "bar" has taken "bar.lock". */
  if (!holder && last)
    {
      g_autofree char *outer = g_strndup (name, last - name);

      holder = flatline_diagnosis_find_lock_holder_in (diagnosis, finding->thread, outer, parent->pid, &frame);
    }
  if (!holder)
    return FALSE;
  label = flatline_thread_dup_label (holder);
  g_free (finding->does);
  finding->does =
      g_strdup_printf (_ ("waits for lock ‘%s’, of which it got a locked copy when it was forked: %s holds it in "
                          "the parent"),
                       name, label);
  finding->names_holder = TRUE;
  flatline_finding_add_evidence (finding, _ ("the source on the stack"),
                                 _ ("%s has taken lock ‘%s’ in the parent process"), label, name);
  return TRUE;
}

/*
 * A lock of multiprocessing may be held by any process of the tree. That it is one tells the variable, where those were
 * read, and the kernel: what only one process has is slept on with FUTEX_PRIVATE_FLAG.
 */
static gboolean
is_shared_between_processes (FlatlineThread *thread, const char *name)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  g_auto (GStrv) parts = g_strsplit (name, ".", 2);
  FlatlineValue *value = flatline_frame_find_local (place, parts[0]);

  if (!value)
    return thread->syscall_args && !(flatline_thread_syscall_argument (thread, 1) & FUTEX_PRIVATE_FLAG);
  if (parts[1])
    value = flatline_value_find_child (value, parts[1]);
  return value && value->type && strstr (value->type, "multiprocessing.synchronize");
}

/* A lock of multiprocessing says of itself in each process whether that has it: "<Lock(owner=indexer)>". */
static gboolean
is_owned_here (FlatlineValue *value)
{
  return value->type && value->text && g_str_has_prefix (value->type, "multiprocessing.synchronize.")
         && (g_str_has_prefix (value->text, "<Lock(owner=") || g_str_has_prefix (value->text, "<RLock("))
         && !strstr (value->text, "(owner=None") && !strstr (value->text, "(None")
         && !strstr (value->text, "(owner=SomeOther") && !strstr (value->text, "(SomeOther");
}

/* Forked processes have the lock at one address; in others an equal name has to do. */
static FlatlineValue *
find_owned (GListStore *values, const char *name, guint64 address, guint depth)
{
  const char *last = strrchr (name, '.') ? strrchr (name, '.') + 1 : name;

  for (guint i = 0; i < flatline_list_length (values); i++)
    {
      FlatlineValue *value = flatline_list_peek (values, i);
      FlatlineValue *within = NULL;

      if (is_owned_here (value) && (value->address == address || g_strcmp0 (value->name, last) == 0))
        return value;
      if (depth > 0)
        within = find_owned (value->children, name, address, depth - 1);
      if (within)
        return within;
    }
  return NULL;
}

/* The thread of another process that has acquired the lock of multiprocessing that @waiting calls @name; NULL: none. */
static FlatlineThread *
find_owner_elsewhere (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, const char *name, FlatlineFrame **frame)
{
  FlatlineFrame *enter = flatline_thread_find_call (waiting, "multiprocessing/synchronize.py", "__enter__");
  FlatlineValue *lock = flatline_frame_find_local (enter, "self");
  FlatlineThread *thread;

  if (!lock)
    lock = flatline_frame_find_local (flatline_thread_find_place (waiting), name);
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    for (guint j = 0; thread->pid != waiting->pid && j < flatline_thread_count_frames (thread); j++)
      {
        *frame = flatline_thread_peek_frame (thread, j);
        if (find_owned ((*frame)->locals, name, lock ? lock->address : 0, 1))
          {
            *frame = flatline_thread_find_place (thread);
            return thread;
          }
      }
  *frame = NULL;
  return NULL;
}

/*
 * A coroutine that awaits something else inside of `with lock:` keeps the lock, and when it belongs to the thread that
 * waits, nobody is left to go on with it.
 */
static gboolean
hold_by_task (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *lock, const char *name)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *frame = NULL;
  FlatlineTask *task = flatline_diagnosis_find_lock_holding_task (diagnosis, flatline_thread_find_place (thread), name,
                                                                  lock ? lock->address : 0, &frame);
  FlatlineThread *its_thread = task ? flatline_diagnosis_find_thread (diagnosis, task->thread) : NULL;
  g_autofree char *label = task ? flatline_task_dup_label (task) : NULL;
  g_autofree char *location = task ? flatline_frame_dup_location (frame) : NULL;

  if (!task)
    return FALSE;
  g_free (finding->does);
  /* Translators: a lock, a task of asyncio */
  finding->does =
      its_thread == thread
          ? g_strdup_printf (
              _ ("waits for lock ‘%s’, which %s has taken and keeps while it awaits something else; only "
                 "this very thread could go on with it"),
              name, label)
          : g_strdup_printf (_ ("waits for lock ‘%s’, which %s has taken and keeps while it awaits something else"),
                             name, label);
  finding->names_holder = TRUE;
  finding->holder = its_thread ? its_thread->native_id : 0;
  flatline_finding_add_evidence (finding, _ ("the tasks of asyncio and the source"),
                                 _ ("%s has taken lock ‘%s’ around %s"), label, name, location);
  flatline_finding_point (finding, flatline_reference_new_for_task (task, thread->pid, label));
  return TRUE;
}

static void
hold_unlisted (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *lock, const char *name)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *frame = NULL;
  const gboolean shared = name && is_shared_between_processes (thread, name);
  FlatlineThread *holder = NULL;
  g_autofree char *label = NULL;
  g_autofree char *location = NULL;

  /* A forked child has copies of its parent's frames, which hold nothing of what both share. */
  if (shared)
    holder = flatline_diagnosis_find_lock_holder_in (diagnosis, thread, name, 0, &frame);
  if (shared && !holder)
    holder = find_owner_elsewhere (diagnosis, thread, name, &frame);
  if (!holder && name)
    holder = flatline_diagnosis_find_lock_holder (diagnosis, thread, name, lock ? lock->address : 0, &frame);
  if (!name || (!holder && hold_by_task (diagnosis, finding, lock, name)))
    return;
  if (!holder)
    {
      if (shared || !note_forked_copy (diagnosis, finding, name))
        flatline_finding_add_evidence (finding, _ ("the stacks of all threads"),
                                       _ ("No thread is seen to hold lock ‘%s’: it may have been left locked"), name);
      return;
    }
  label = flatline_thread_dup_label (holder);
  location = flatline_frame_dup_location (frame);
  finding->holder = holder->native_id;
  flatline_finding_add_evidence (finding, _ ("the source on the stack"), _ ("%s has taken lock ‘%s’ around %s"), label,
                                 name, location);
  flatline_finding_point (finding, flatline_reference_new_for_frame (frame, holder->pid));
}

/* "acquire" or "with" in the line that sleeps in futex, though the capture lists no lock for it. */
gboolean
flatline_rule_unlisted_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *innermost = flatline_thread_find_innermost (thread);
  FlatlineValue *object;
  g_autofree char *line = NULL;
  g_autofree char *name = NULL;

  if (!flatline_thread_in_syscall (thread, "futex"))
    return FALSE;
  line = flatline_diagnosis_dup_source_line (diagnosis, place);
  name = flatline_source_dup_object (line, "acquire");
  /* A package's own lock, in C, of which its line tells: `with phil:` of h5py. */
  if (!name && innermost && flatline_frame_is_of_package (innermost))
    {
      g_free (line);
      line = flatline_diagnosis_dup_source_line (diagnosis, innermost);
      name = flatline_source_dup_object (line, "acquire");
      place = innermost;
    }
  if (!name)
    return FALSE;
  object = flatline_frame_find_local (place, name);
  /* Of a library of its own: anybody may release it, whoever has acquired it. */
  if (object && object->type && g_str_has_suffix (object->type, "Semaphore"))
    {
      finding->resource = g_strdup_printf (_ ("semaphore ‘%s’"), name);
      flatline_finding_settle (finding, "semaphore-wait", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf (_ ("waits for %s"), finding->resource));
      flatline_finding_add_kernel_evidence (finding);
      flatline_finding_add_frame_evidence (finding, place);
      return TRUE;
    }
  flatline_finding_settle (finding, "lock-wait", FLATLINE_CONFIDENCE_LIKELY,
                           g_strdup_printf (_ ("waits for lock ‘%s’"), name));
  finding->resource = g_strdup_printf (_ ("lock ‘%s’"), name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_frame_evidence (finding, place);
  hold_unlisted (diagnosis, finding, NULL, name);
  return TRUE;
}
