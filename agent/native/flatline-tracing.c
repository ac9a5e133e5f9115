/* SPDX-License-Identifier: MIT */
#include "flatline-tracing.h"

#include <dlfcn.h>

/* Not in the limited API. */
static void
call_with_thread_state (const char *name)
{
  void (*function) (PyThreadState *) = (void (*) (PyThreadState *))dlsym (RTLD_DEFAULT, name);

  if (function)
    function (PyThreadState_Get ());
}

void
flatline_tracing_suspend (void)
{
  call_with_thread_state ("PyThreadState_EnterTracing");
}

void
flatline_tracing_resume (void)
{
  call_with_thread_state ("PyThreadState_LeaveTracing");
}
