/* SPDX-License-Identifier: MIT */
/* The rule of a program that a signal ended: a core file, or a process held at the moment of its death. */
#include "flatline-diagnosis.h"

#include <signal.h>
#include <string.h>

static const char *
text_of (int number)
{
  switch (number)
    {
    case SIGSEGV:
      return "it used memory that is not there";
    case SIGBUS:
      return "it used memory that cannot be reached";
    case SIGABRT:
      return "it gave up by itself, by abort()";
    case SIGFPE:
      return "an arithmetic error";
    case SIGILL:
      return "an illegal instruction";
    case SIGTRAP:
      return "a trap";
    default:
      return g_strsignal (number);
    }
}

static char *
dup_signal_name (int number)
{
  const char *name = sigabbrev_np (number);

  return name ? g_strdup_printf ("SIG%s", name) : g_strdup_printf ("signal %d", number);
}

/* The innermost frames are the C library's raise() and abort() when a program ends itself: who called them is told. */
static FlatlineFrame *
find_native_place (FlatlineThread *thread)
{
  static const char *const plumbing[] = { "raise", "abort", "pthread_kill", "__libc_message", "__fortify_fail", NULL };
  guint n_frames = flatline_list_length (thread->frames);

  for (guint i = 0; i < n_frames; i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      gboolean dull = FALSE;

      if (flatline_frame_is_python (frame))
        return NULL;
      for (int j = 0; plumbing[j] && frame->function; j++)
        dull = dull || strstr (frame->function, plumbing[j]);
      if (!dull)
        return frame;
    }
  return NULL;
}

gboolean
flatline_rule_crash (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineSnapshot *snapshot = diagnosis->snapshot;
  int number = (int)snapshot->signal;
  FlatlineFrame *native;
  g_autoptr (GString) does = NULL;
  g_autofree char *name = NULL;

  if (number == 0 || thread->native_id != snapshot->signal_thread)
    return FALSE;
  native = find_native_place (thread);
  name = dup_signal_name (number);
  does = g_string_new ("crashed");
  if (native)
    g_string_append_printf (does, " in native code, in %s", native->function);
  g_string_append_printf (does, ": %s (%s", text_of (number), name);
  if (snapshot->fault_address)
    g_string_append_printf (does, " at 0x%" G_GINT64_MODIFIER "x", snapshot->fault_address);
  g_string_append_c (does, ')');
  flatline_finding_settle (finding, "crash", FLATLINE_CONFIDENCE_CERTAIN,
                           g_string_free (g_steal_pointer (&does), FALSE));
  flatline_finding_add_evidence (finding, "the kernel", "%s ended the program", name);
  if (native)
    flatline_finding_add_frame_evidence (finding, native);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (thread));
  return TRUE;
}
