/* SPDX-License-Identifier: MIT */
/* A finding: what a rule knows about one thread, and the facts it knows it from. */
#include "flatline-diagnosis.h"

#include "flatline-record-words.h"

FlatlineFinding *
flatline_finding_new (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFinding *finding = g_new0 (FlatlineFinding, 1);

  finding->thread = thread;
  finding->is_of_core = flatline_diagnosis_is_of_core (diagnosis);
  finding->kind = "unknown";
  return finding;
}

void
flatline_finding_free (FlatlineFinding *finding)
{
  g_free (finding->does);
  g_free (finding->plainly);
  g_free (finding->resource);
  g_free (finding->other_holder);
  g_free (finding->aside);
  g_clear_object (&finding->resource_at);
  g_clear_pointer (&finding->evidence, g_ptr_array_unref);
  g_clear_pointer (&finding->links, g_ptr_array_unref);
  g_clear_pointer (&finding->workers, g_ptr_array_unref);
  g_free (finding);
}

void
flatline_finding_settle (FlatlineFinding *finding, const char *kind, FlatlineConfidence confidence, char *does)
{
  finding->kind = kind;
  finding->confidence = confidence;
  g_free (finding->does);
  g_clear_pointer (&finding->plainly, g_free);
  finding->does = does;
}

void
flatline_finding_extend (FlatlineFinding *finding, char *does)
{
  g_free (finding->plainly);
  finding->plainly = finding->does;
  finding->does = does;
}

void
flatline_finding_add_evidence (FlatlineFinding *finding, const char *source, const char *format, ...)
{
  FlatlineEvidence *evidence = g_object_new (FLATLINE_TYPE_EVIDENCE, NULL);
  va_list arguments;

  va_start (arguments, format);
  evidence->fact = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  evidence->source = g_strdup (source);
  if (!finding->evidence)
    finding->evidence = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (finding->evidence, evidence);
}

void
flatline_finding_point (FlatlineFinding *finding, FlatlineReference *reference)
{
  FlatlineEvidence *last = g_ptr_array_index (finding->evidence, finding->evidence->len - 1);

  g_clear_object (&last->about);
  last->about = reference;
}

void
flatline_finding_take_resource (FlatlineFinding *finding, FlatlineReference *reference)
{
  g_clear_object (&finding->resource_at);
  finding->resource_at = reference;
}

/* What tells of the thread, "/proc/7/task/8/syscall". */
static char *
dup_kernel_source (FlatlineFinding *finding, const char *file)
{
  if (finding->is_of_core)
    return g_strdup (_ ("the registers"));
  return g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/%s", finding->thread->pid,
                          finding->thread->native_id, file);
}

void
flatline_finding_add_kernel_evidence (FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  g_autofree char *label = flatline_thread_dup_label (thread);
  g_autofree char *source = dup_kernel_source (finding, thread->syscall ? "syscall" : "stat");

  if (thread->syscall)
    {
      g_autofree char *arguments = thread->syscall_args ? g_strjoinv (", ", thread->syscall_args) : g_strdup ("…");

      flatline_finding_add_evidence (finding, source, /* Translators: a thread, a system call, its arguments */
                                     _ ("%s is in the system call %s (%s)"), label, thread->syscall, arguments);
      flatline_finding_point (finding, flatline_reference_new_for_thread (thread));
      return;
    }
  if (thread->state)
    {
      if (thread->cpu_percent > 0)
        flatline_finding_add_evidence (
            finding, source, /* Translators: a thread, its state as the kernel has it ("sleeping") */
            _ ("%s is %s and uses %.0f %% of a processor"), label,
            thread->state_text ? flatline_record_word_text (thread->state_text) : thread->state, thread->cpu_percent);
      else
        flatline_finding_add_evidence (finding, source, _ ("%s is %s"), label,
                                       thread->state_text ? flatline_record_word_text (thread->state_text)
                                                          : thread->state);
      flatline_finding_point (finding, flatline_reference_new_for_thread (thread));
    }
}

void
flatline_finding_add_frame_evidence (FlatlineFinding *finding, FlatlineFrame *frame)
{
  g_autofree char *label = flatline_thread_dup_label (finding->thread);
  g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
  g_autofree char *location = flatline_frame_dup_location (frame);

  if (!location)
    return;
  flatline_finding_add_evidence (finding, source, /* Translators: a thread, a place ("app.py:12 in work") */
                                 _ ("%s is in %s"), label, location);
  flatline_finding_point (finding, flatline_reference_new_for_frame (frame, finding->thread->pid));
}

FlatlineFinding *
flatline_diagnosis_find_holder (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);

  return holder ? g_hash_table_lookup (diagnosis->findings, holder) : NULL;
}

char *
flatline_dup_held_by (const char *what, const char *holder)
{
  if (!holder)
    return g_strdup_printf (_ ("%s held by itself"), what);
  /* Translators: "lock ‘a’" or "waits for lock ‘a’", then the thread that holds the lock */
  return g_strdup_printf (_ ("%s held by %s"), what, holder);
}

char *
flatline_diagnosis_dup_deed (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);
  g_autofree char *label = NULL;

  if (!holder || finding->names_holder)
    return g_strdup (finding->does);
  label = flatline_thread_dup_label (holder);
  return flatline_dup_held_by (finding->does, holder == finding->thread ? NULL : label);
}
