/* SPDX-License-Identifier: MIT */
/*
 * Who gives up by abort() says before, on stderr, why: CPython, the C and C++ libraries, Rust, GLib and Qt each in
 * words of their own, in no other language. The newest such line of what the program has printed is the reason.
 */
#include "flatline-rules.h"

#include <string.h>

#define MAX_WORDS     300
#define FATAL         "Fatal Python error: "
#define FAULT_HANDLER "Aborted" /* faulthandler's own: what the signal is called */
#define CXX_TYPE      "terminate called after throwing an instance of '"
#define CXX_WHAT      "what():  "

/* CPython, Python/pylifecycle.c: "Fatal Python error: FUNCTION: WORDS". */
static char *
dup_fatal_error (char **line)
{
  const char *words = g_str_has_prefix (*line, FATAL) ? *line + strlen (FATAL) : NULL;

  return words && strcmp (words, FAULT_HANDLER) != 0 ? g_strdup (words) : NULL;
}

/* libstdc++ has the type, in quotes, and on the next line what() it is; libc++ has both in one line. */
static char *
dup_cxx_exception (char **line)
{
  static const char *const begins[] = { "uncaught exception of type ", "terminate called without an active exception" };
  const char *what = line[1] ? strstr (line[1], CXX_WHAT) : NULL;
  g_autofree char *type = NULL;

  if (g_str_has_prefix (*line, CXX_TYPE))
    {
      type = g_strndup (*line + strlen (CXX_TYPE), strcspn (*line + strlen (CXX_TYPE), "'"));
      return what ? g_strdup_printf ("%s: %s", type, what + strlen (CXX_WHAT)) : g_steal_pointer (&type);
    }
  if (strcmp (*line, begins[1]) == 0)
    return g_strdup (*line);
  what = strstr (*line, begins[0]);
  return what ? g_strdup (what + strlen (begins[0])) : NULL;
}

/* glibc: malloc/malloc.c, debug/fortify_fail.c and assert/assert.c ("PROGRAM: FILE:LINE: FUNCTION: Assertion `…'"). */
static char *
dup_c_library_words (char **line)
{
  static const char *const begins[] = { "double free or corruption",
                                        "free(): ",
                                        "malloc(): ",
                                        "realloc(): ",
                                        "calloc(): ",
                                        "malloc_consolidate(): ",
                                        "munmap_chunk(): ",
                                        "mremap_chunk(): ",
                                        "corrupted size vs. prev_size",
                                        "corrupted double-linked list",
                                        "invalid fastbin entry",
                                        "break adjusted to free malloc space",
                                        "*** " };
  const char *assertion = strstr (*line, ": Assertion `");
  const char *program = assertion ? strstr (*line, ": ") : NULL;

  if (assertion && g_str_has_suffix (*line, "' failed."))
    return g_strdup (program < assertion ? program + 2 : *line);
  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++)
    if (g_str_has_prefix (*line, begins[i]) && (**line != '*' || g_str_has_suffix (*line, " ***: terminated")))
      return g_strdup (*line);
  return NULL;
}

/* Rust: library/std/src/panicking.rs; the words follow the place on a line of their own since 1.73. */
static char *
dup_panic (char **line)
{
  const char *panicked = g_str_has_prefix (*line, "thread '") ? strstr (*line, "' panicked at ") : NULL;
  const char *place = panicked ? panicked + strlen ("' panicked at ") : NULL;

  if (!place)
    return NULL;
  return g_str_has_suffix (place, ":") && line[1] ? g_strdup_printf ("%s %s", place, line[1]) : g_strdup (place);
}

/* GLib, glib/gtestutils.c and gmessages.c; Qt, src/gui/kernel/qguiapplication.cpp. */
static char *
dup_toolkit_words (char **line)
{
  static const char *const marks[] = { "-ERROR **: ", "This application failed to start because " };

  if (g_str_has_prefix (*line, "ERROR:") && strstr (*line, ": assertion failed"))
    return g_strdup (*line + strlen ("ERROR:"));
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    if (strstr (*line, marks[i]))
      return g_strdup (i == 0 ? strstr (*line, marks[i]) + strlen (marks[i]) : strstr (*line, marks[i]));
  return NULL;
}

char *
flatline_output_dup_abort_words (const char *output)
{
  static char *(*const ways[]) (char **line) = { dup_fatal_error, dup_cxx_exception, dup_c_library_words, dup_panic,
                                                 dup_toolkit_words };
  g_auto (GStrv) lines = g_strsplit (output ? output : "", "\n", -1);
  guint n_lines = g_strv_length (lines);

  for (guint i = 0; i < n_lines; i++)
    g_strchomp (lines[i]);
  for (guint i = n_lines; i-- > 0;)
    for (gsize j = 0; j < G_N_ELEMENTS (ways); j++)
      {
        g_autofree char *words = ways[j](lines + i);

        if (words && g_utf8_strlen (words, -1) > MAX_WORDS)
          *g_utf8_offset_to_pointer (words, MAX_WORDS) = '\0';
        if (words)
          return g_steal_pointer (&words);
      }
  return NULL;
}
