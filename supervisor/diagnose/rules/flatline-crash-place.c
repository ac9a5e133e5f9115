/* SPDX-License-Identifier: MIT */
/*
 * Which C function a program died in that tells something. One that ended itself is within raise() and abort() of the C
 * library, which say nothing; who called them does: the library of the program's that gave up, and what it asked the C
 * library for. How Python calls a function of C says nothing either: the line of Python does.
 */
#include "flatline-rules.h"
#include "flatline-thread-facts.h"

#include <string.h>

#define MAX_HANDLER_FRAMES 16
#define GLIBC_INTERNAL     "__GI_" /* how glibc calls its own functions from within */

static gboolean
has_prefix_of (const char *word, const char *const *prefixes)
{
  for (; word && *prefixes; prefixes++)
    if (g_str_has_prefix (word, *prefixes))
      return TRUE;
  return FALSE;
}

static gboolean
is_in_module (const FlatlineFrame *frame, const char *const *prefixes)
{
  const char *slash = frame->module ? strrchr (frame->module, '/') : NULL;

  return has_prefix_of (slash ? slash + 1 : frame->module, prefixes);
}

/* What languages bring along: of C and C++. Wheels carry some under names with a hash ("libstdc++-a1b2c3.so.6"). */
static gboolean
is_of_c_library (const FlatlineFrame *frame)
{
  static const char *const modules[] = { "libc.so",   "libc-",  "libpthread", "libc.musl", "ld-musl",
                                         "libstdc++", "libc++", "libgcc_s",   NULL };

  return is_in_module (frame, modules);
}

static gboolean
is_giving_up (const FlatlineFrame *frame)
{
  static const char *const names[] = { "abort", "raise", "gsignal", "kill", "tgkill", "pthread_kill", NULL };
  const char *function = frame->function;

  if (!function || !is_of_c_library (frame))
    return FALSE;
  if (g_str_has_prefix (function, GLIBC_INTERNAL))
    function += strlen (GLIBC_INTERNAL);
  return g_strv_contains (names, function) || g_str_has_prefix (function, "__pthread_kill");
}

/* How C is called by Python, and how ctypes and cffi call it. */
static gboolean
is_call (const FlatlineFrame *frame)
{
  static const char *const words[] = { "ectorcall",           "PyCFunction", "PyObject_Call",
                                       "PyObject_MakeTpCall", "PyEval",      "cfunction_call" };
  static const char *const modules[] = { "libffi", "_ctypes.", "_cffi_backend.", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (frame->function && strstr (frame->function, words[i]))
      return TRUE;
  return is_in_module (frame, modules);
}

/* Python's own ways to give up: who asked for it comes next. */
static gboolean
is_fatal_error (const FlatlineFrame *frame)
{
  return frame->function
         && (strstr (frame->function, "FatalError") || g_str_has_prefix (frame->function, "fatal_error"));
}

/* Of the C library's headers, or of C++'s, and only inlined: what uses it comes next. */
static gboolean
is_of_header (const FlatlineFrame *frame)
{
  return frame->file && g_str_has_prefix (frame->file, "/usr/include/");
}

/* What comes after a handler of the program's that passes the signal on: that is what it interrupted. */
static guint
count_handler_frames (FlatlineThread *thread)
{
  const guint n_frames = MIN (flatline_list_length (thread->frames), MAX_HANDLER_FRAMES);
  guint n_handler = 0;

  for (guint i = 0; i < n_frames; i++)
    {
      const FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (frame->function
          && (strstr (frame->function, "faulthandler_fatal_error") || strcmp (frame->function, "__restore_rt") == 0))
        n_handler = i + 1;
    }
  return n_handler;
}

FlatlineCrashPlace
flatline_thread_find_crash_place (FlatlineThread *thread)
{
  const guint n_frames = flatline_list_length (thread->frames);
  const guint first = count_handler_frames (thread);
  guint at = first;
  FlatlineFrame *frame, *asked = NULL;
  FlatlineCrashPlace place = { NULL, NULL };

  if (at < n_frames && is_giving_up (flatline_list_peek (thread->frames, at)))
    for (; at < n_frames && is_of_c_library (flatline_list_peek (thread->frames, at)); at++)
      {
        frame = flatline_list_peek (thread->frames, at);
        place.called = is_giving_up (frame) ? NULL : frame;
      }
  for (; at < n_frames; at++)
    {
      frame = flatline_list_peek (thread->frames, at);
      if (flatline_frame_is_python (frame))
        break;
      if (frame->function && g_str_has_prefix (frame->function, "os_abort"))
        asked = frame;
      else if (at == first || (!is_call (frame) && !is_fatal_error (frame) && !is_of_header (frame)))
        {
          place.native = asked ? asked : frame;
          return place;
        }
    }
  place.native = g_steal_pointer (&place.called);
  return place;
}
