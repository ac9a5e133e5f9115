/* SPDX-License-Identifier: MIT */
#include "flatline-tracing.h"

#include <dlfcn.h>

typedef void (*Step) (PyThreadState *);

/* Not in the limited API. */
static void
call_with_thread_state (Step *step, int *is_known, const char *name)
{
  if (!*is_known)
    {
      *step = (Step)dlsym (RTLD_DEFAULT, name);
      *is_known = 1;
    }
  if (*step)
    (*step) (PyThreadState_Get ());
}

void
flatline_tracing_suspend (void)
{
  static Step step;
  static int is_known;

  call_with_thread_state (&step, &is_known, "PyThreadState_EnterTracing");
}

void
flatline_tracing_resume (void)
{
  static Step step;
  static int is_known;

  call_with_thread_state (&step, &is_known, "PyThreadState_LeaveTracing");
}
