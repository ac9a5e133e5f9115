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
      return _ ("it used memory that is not there");
    case SIGBUS:
      return _ ("it used memory that cannot be reached");
    case SIGABRT:
      return _ ("it gave up by itself, by abort()");
    case SIGFPE:
      return _ ("an arithmetic error");
    case SIGILL:
      return _ ("an illegal instruction");
    case SIGTRAP:
      return _ ("a trap");
    default:
      return g_strsignal (number);
    }
}

static char *
dup_signal_name (int number)
{
  const char *name = sigabbrev_np (number);

  return name ? g_strdup_printf ("SIG%s", name) : g_strdup_printf (_ ("signal %d"), number);
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
  char *does;
  g_autofree char *reason = NULL;
  g_autofree char *name = NULL;

  if (number == 0 || thread->native_id != snapshot->signal_thread)
    return FALSE;
  native = find_native_place (thread);
  name = dup_signal_name (number);
  if (snapshot->fault_address)
    {
      g_autofree char *address = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", snapshot->fault_address);

      /* Translators: "it used memory that is not there", a signal, an address */
      reason = g_strdup_printf (_ ("%s (%s at %s)"), text_of (number), name, address);
    }
  else
    reason = g_strdup_printf ("%s (%s)", text_of (number), name);
  /* Translators: after the colon the reason: "it used memory that is not there (SIGSEGV at 0x0)" */
  does = native ? g_strdup_printf (_ ("crashed in native code, in %s: %s"), native->function, reason)
                : g_strdup_printf (_ ("crashed: %s"), reason);
  flatline_finding_settle (finding, "crash", FLATLINE_CONFIDENCE_CERTAIN, does);
  flatline_finding_add_evidence (finding, _ ("the kernel"), _ ("%s ended the program"), name);
  if (native)
    flatline_finding_add_frame_evidence (finding, native);
  flatline_finding_add_frame_evidence (finding, flatline_thread_find_place (thread));
  return TRUE;
}
