/* SPDX-License-Identifier: MIT */
/* Rule about child processes: waited for by wait4/waitid, or through subprocess and multiprocessing. */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include "flatline-record-words.h"

#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#define MAX_NAMED_CHILDREN 3

gint64
flatline_diagnosis_find_only_child (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);
  gint64 only = 0;

  for (guint i = 0; process && i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);

      if (!child->alive)
        continue;
      if (only)
        return 0;
      only = child->pid;
    }
  return only;
}

/* "any of its 3 child processes: process 12 (sleep 9), …" for who waits for whichever ends first. */
static char *
dup_any_child (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);
  g_autoptr (GString) labels = g_string_new (NULL);
  guint n_living = 0;

  for (guint i = 0; process && i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);
      g_autofree char *label = NULL;

      if (!child->alive)
        continue;
      label = flatline_diagnosis_dup_process_label (diagnosis, child->pid);
      if (n_living < MAX_NAMED_CHILDREN)
        g_string_append_printf (labels, "%s%s", n_living ? ", " : "", label);
      n_living++;
    }
  if (n_living < 2)
    return g_strdup (_ ("a child process"));
  return g_strdup_printf (
      ngettext ("any of its %u child process: %s%s", "any of its %u child processes: %s%s", n_living), n_living,
      labels->str, n_living > MAX_NAMED_CHILDREN ? ", …" : "");
}

/* The child that the system call names; 0 when it takes any. */
static gint64
child_of_syscall (FlatlineThread *thread)
{
  gint64 pid = 0;

  if (flatline_thread_in_syscall (thread, "wait4"))
    pid = (gint32)flatline_thread_syscall_argument (thread, 0);
  else if (flatline_thread_in_syscall (thread, "waitid") && flatline_thread_syscall_argument (thread, 0) == P_PID)
    pid = (gint32)flatline_thread_syscall_argument (thread, 1);
  return MAX (pid, 0);
}

/* The pid that a Popen or Process object keeps. */
static gint64
child_of_object (FlatlineFrame *call)
{
  static const char *const names[] = { "pid", "_popen", "process" };
  FlatlineValue *object = flatline_frame_find_local (call, "self");

  if (!object)
    object = flatline_frame_find_local (call, "process");
  for (guint depth = 0; object && depth < G_N_ELEMENTS (names); depth++)
    {
      FlatlineValue *pid = flatline_value_find_child (object, "pid");
      FlatlineValue *popen = flatline_value_find_child (object, "_popen");

      if (pid && pid->text && g_ascii_isdigit (pid->text[0]))
        return g_ascii_strtoll (pid->text, NULL, 10);
      object = popen;
    }
  return 0;
}

/* "child process ‘crawler’ 12", by the name that multiprocessing gave it. */
static char *
dup_child_label (FlatlineDiagnosis *diagnosis, FlatlineFrame *call, gint64 child)
{
  FlatlineValue *name = flatline_value_find_child (flatline_frame_find_local (call, "self"), "_name");
  const gsize length = name && name->text ? strlen (name->text) : 0;

  if (child == 0)
    return NULL;
  if (length > 2 && (name->text[0] == '\'' || name->text[0] == '"'))
    return g_strdup_printf (_ ("process ‘%.*s’ (%d)"), (int)length - 2, name->text + 1, (int)child);
  return flatline_diagnosis_dup_process_label (diagnosis, child);
}

/* What the child itself does comes from its own finding; that it is stopped or a zombie, from the tree. */
static void
follow_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gint64 child)
{
  FlatlineThread *thread = flatline_diagnosis_find_thread (diagnosis, child);

  if (thread && thread != finding->thread)
    finding->holder = thread->native_id;
}

/* Which of several it will be told once it is known what each of them does. */
static void
follow_any_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, finding->thread->pid);

  finding->workers = g_ptr_array_new ();
  finding->workers_part = FLATLINE_WORKERS_ARE_AWAITED;
  for (guint i = 0; process && i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);
      FlatlineThread *thread = child->alive ? flatline_diagnosis_find_thread (diagnosis, child->pid) : NULL;

      if (thread)
        g_ptr_array_add (finding->workers, thread);
    }
}

static FlatlineFrame *
find_child_call (FlatlineThread *thread)
{
  static const struct
  {
    const char *file;
    const char *functions;
  } calls[] = {
    { "subprocess.py", "wait _wait communicate _communicate _execute_child call run check_output __exit__" },
    { "multiprocessing/process.py", "join" },
    { "multiprocessing/popen_fork.py", "wait poll" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      FlatlineFrame *frame = flatline_thread_find_call (thread, calls[i].file, calls[i].functions);

      if (frame)
        return frame;
    }
  return NULL;
}

/* A parent of vfork cannot be interrupted until the child runs its program; the kernel calls that state D as well. */
gboolean
flatline_rule_child_start (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gint64 child = flatline_diagnosis_find_only_child (diagnosis, finding->thread->pid);
  g_autofree char *label = child ? flatline_diagnosis_dup_process_label (diagnosis, child) : NULL;

  if (!flatline_thread_in_state (thread, 'D') || !flatline_thread_in_syscall (thread, "vfork clone clone3"))
    return FALSE;
  flatline_finding_settle (finding, "child-wait", FLATLINE_CONFIDENCE_LIKELY,
                           label ? g_strdup_printf (_ ("waits for its new child %s to start its program"), label)
                                 : g_strdup (_ ("waits for its new child to start its program")));
  finding->resource = g_strdup (_ ("the start of a child process"));
  finding->names_holder = TRUE;
  finding->other_holder = g_strdup (label);
  finding->other_holder_id = child;
  if (child)
    flatline_finding_take_resource (finding, flatline_reference_new_for_process (diagnosis, child));
  follow_child (diagnosis, finding, child);
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

void
flatline_finding_settle_process (FlatlineDiagnosis *diagnosis,
                                 FlatlineFinding *finding,
                                 gint64 pid,
                                 FlatlineConfidence confidence)
{
  g_autofree char *label = flatline_diagnosis_dup_process_label (diagnosis, pid);

  flatline_finding_settle (finding, "child-wait", confidence, g_strdup_printf (_ ("waits for the end of %s"), label));
  finding->resource = g_strdup (label);
  finding->names_holder = TRUE;
  finding->other_holder = g_strdup (label);
  finding->other_holder_id = pid;
  flatline_finding_take_resource (finding, flatline_reference_new_for_process (diagnosis, pid));
  follow_child (diagnosis, finding, pid);
  flatline_finding_add_kernel_evidence (finding);
}

void
flatline_finding_settle_terminal (FlatlineDiagnosis *diagnosis,
                                  FlatlineFinding *finding,
                                  gint64 pid,
                                  FlatlineConfidence confidence)
{
  g_autofree char *label = flatline_diagnosis_dup_process_label (diagnosis, pid);

  flatline_finding_settle_process (diagnosis, finding, pid, confidence);
  g_free (finding->does);
  finding->does = g_strdup_printf (_ ("waits for output in the terminal of %s"), label);
  flatline_finding_add_evidence (finding, "/proc/PID/fdinfo", _ ("%s leads the terminal at the other end"), label);
}

/*
 * The process that keeps the pipe open that the output of @child is read from: one that the child has started and left
 * behind. 0 when it is the child itself, as usual.
 */
static gint64
find_heir_of_pipe (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, gint64 child)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, child);
  gint64 fd = flatline_thread_in_syscall (thread, "read") ? (gint32)flatline_thread_syscall_argument (thread, 0)
                                                          : flatline_thread_polled_descriptor (thread, 0, NULL);

  if (process && process->alive)
    return 0;
  for (guint i = 0; fd >= 0; i++)
    {
      FlatlineDescriptor *descriptor = flatline_diagnosis_find_descriptor (diagnosis, thread->pid, fd);

      if (descriptor && g_strcmp0 (descriptor->kind, "pipe") == 0 && descriptor->peer_pid > 0
          && descriptor->peer_pid != child && descriptor->peer_pid != thread->pid)
        return descriptor->peer_pid;
      fd = flatline_thread_in_syscall (thread, "read") ? -1 : flatline_thread_polled_descriptor (thread, i + 1, NULL);
    }
  return 0;
}

/* The child is long gone, yet its output has no end as long as somebody else may write to it. */
static gboolean
settle_heir (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *call, gint64 child)
{
  const gint64 heir = child > 0 ? find_heir_of_pipe (diagnosis, finding->thread, child) : 0;
  g_autofree char *label = NULL;
  g_autofree char *its_label = NULL;

  if (!heir)
    return FALSE;
  label = flatline_diagnosis_dup_process_label (diagnosis, child);
  its_label = flatline_diagnosis_dup_process_label (diagnosis, heir);
  flatline_finding_settle_process (diagnosis, finding, heir, FLATLINE_CONFIDENCE_CERTAIN);
  g_free (finding->does);
  finding->does = g_strdup_printf (_ ("waits for the end of the output of child %s, which has ended itself, but whose "
                                      "pipe is still held open by %s"),
                                   label, its_label);
  flatline_finding_add_evidence (finding, "/proc/PID/fd", _ ("%s has the other end of the pipe"), its_label);
  flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, heir));
  if (call)
    flatline_finding_add_frame_evidence (finding, call);
  return TRUE;
}

gboolean
flatline_rule_child (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean in_wait = flatline_thread_in_syscall (thread, "wait4 waitid");
  FlatlineFrame *call = find_child_call (thread);
  gint64 child = child_of_syscall (thread);
  gboolean named = child > 0;
  g_autofree char *label = NULL;

  if (!in_wait && !call)
    return FALSE;
  if (!child && call)
    child = child_of_object (call);
  named |= child > 0;
  if (!in_wait && settle_heir (diagnosis, finding, call, child))
    return TRUE;
  if (!child)
    child = flatline_diagnosis_find_only_child (diagnosis, thread->pid);
  label = child ? dup_child_label (diagnosis, call, child) : dup_any_child (diagnosis, thread->pid);
  if (call && strstr (call->function, "communicate"))
    flatline_finding_settle (finding, "child-wait", FLATLINE_CONFIDENCE_LIKELY,
                             g_strdup_printf (_ ("waits for the output of child %s"), label));
  else
    flatline_finding_settle (finding, "child-wait",
                             in_wait && named ? FLATLINE_CONFIDENCE_CERTAIN : FLATLINE_CONFIDENCE_LIKELY,
                             child ? g_strdup_printf (_ ("waits for the end of child %s"), label)
                                   : g_strdup_printf (_ ("waits for the end of %s"), label));
  finding->resource = child ? /* Translators: "process 12 (sleep 9)" */
                          g_strdup_printf (_ ("child %s"), label)
                            : g_strdup (label);
  finding->names_holder = TRUE;
  finding->other_holder = child ? g_strdup (label) : NULL;
  finding->other_holder_id = child;
  if (child)
    flatline_finding_take_resource (finding, flatline_reference_new_for_process (diagnosis, child));
  follow_child (diagnosis, finding, child);
  if (in_wait && !child)
    follow_any_child (diagnosis, finding);
  flatline_finding_add_kernel_evidence (finding);
  if (call)
    flatline_finding_add_frame_evidence (finding, call);
  if (flatline_diagnosis_find_process (diagnosis, child))
    {
      FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, child);
      g_autofree char *source = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", child);

      flatline_finding_add_evidence (finding, source, _ ("Child %s is %s"), label,
                                     process->state_text ? flatline_record_word_text (process->state_text)
                                                         : _ ("there"));
      flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, child));
    }
  return TRUE;
}
