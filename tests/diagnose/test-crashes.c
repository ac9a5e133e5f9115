/* SPDX-License-Identifier: MIT */
/* Programs that a signal ended: which function is named, and which place is pointed to. */
#include "scene.h"

#include <signal.h>
#include <string.h>

#define C_LIB     "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define CXX_LIB   "/site-packages/box.libs/libstdc++-a1b2c3.so.6.0.30"
#define OWN_LIB   "/opt/lib/libbox.so.1"
#define PYTHON    "/usr/bin/python3.11"
#define CTYPES    "/usr/lib/python3.11/lib-dynload/_ctypes.cpython-311-x86_64-linux-gnu.so"
#define FFI       "/usr/lib/x86_64-linux-gnu/libffi.so.8.1.2"
#define LINE      SCENE_FILE ":12 in work"
#define ABORT     C_LIB " __pthread_kill_implementation", C_LIB " __GI_raise", C_LIB " __GI_abort"
#define CALL      FFI " ffi_call", CTYPES " _ctypes_callproc", PYTHON " _PyObject_MakeTpCall"
#define FUNCTION  PYTHON " cfunction_vectorcall_NOARGS"
#define MAX_CALLS 12

/* The innermost frames in C, "module function" each; then, unless it is without Python, a line of Python. */
static const struct
{
  const char *name;
  int signal;
  gboolean without_python;
  const char *calls[MAX_CALLS];
  const char *words, *location, *fact;
} ends[] = {
  { "own-abort", SIGABRT, FALSE, { ABORT, OWN_LIB " box_abort_all", CALL }, "in box_abort_all:", LINE, NULL },
  { "assertion",
    SIGABRT,
    FALSE,
    { ABORT, C_LIB " __assert_fail_base", C_LIB " __GI___assert_fail", OWN_LIB " box_open", CALL },
    "in box_open:",
    LINE,
    "__assert_fail" },
  { "double-free",
    SIGABRT,
    FALSE,
    { ABORT, C_LIB " __libc_message", C_LIB " malloc_printerr", C_LIB " free", OWN_LIB " box_close", FUNCTION },
    "in box_close:",
    LINE,
    "in free" },
  { "freed-by-ctypes",
    SIGABRT,
    FALSE,
    { ABORT, C_LIB " __libc_message", C_LIB " free", CALL },
    "in free:",
    LINE,
    NULL },
  { "abort-by-ctypes", SIGABRT, FALSE, { ABORT, FFI " 0x7f1f5c37cf79", CALL }, "crashed: it gave up", LINE, NULL },
  { "cxx-exception",
    SIGABRT,
    FALSE,
    { ABORT, CXX_LIB " 0x7f2a1829d918", CXX_LIB " std::terminate()", CXX_LIB " __cxa_throw", OWN_LIB " box::fill()",
      FUNCTION },
    "in box::fill():",
    LINE,
    "__cxa_throw" },
  { "without-a-name", SIGABRT, FALSE, { ABORT, OWN_LIB " 0x7f2a1829d918", FUNCTION }, "in libbox.so.1:", LINE, NULL },
  { "os-abort", SIGABRT, FALSE, { ABORT, PYTHON " os_abort_impl", FUNCTION }, "crashed: it gave up", LINE, NULL },
  { "os-abort-at-exit",
    SIGABRT,
    TRUE,
    { ABORT, PYTHON " os_abort", FUNCTION, PYTHON " atexit_callfuncs", PYTHON " Py_FinalizeEx" },
    "in os_abort:",
    PYTHON " in os_abort",
    NULL },
  { "abort-at-exit",
    SIGABRT,
    TRUE,
    { ABORT, OWN_LIB " box_unload", PYTHON " call_ll_exitfuncs" },
    "in box_unload:",
    OWN_LIB " in box_unload",
    NULL },
  { "fatal-error",
    SIGABRT,
    FALSE,
    { ABORT, PYTHON " fatal_error_exit", PYTHON " _Py_FatalErrorFunc", PYTHON " PyThreadState_Get",
      OWN_LIB " box_call" },
    "in PyThreadState_Get:",
    LINE,
    NULL },
  { "tried-for-trouble",
    SIGABRT,
    FALSE,
    { ABORT, PYTHON " faulthandler_sigabrt", FUNCTION },
    "in faulthandler_sigabrt:",
    LINE,
    NULL },
  { "behind-a-handler",
    SIGABRT,
    FALSE,
    { C_LIB " __GI_raise", PYTHON " faulthandler_fatal_error", C_LIB " __restore_rt", ABORT, OWN_LIB " box_open",
      FUNCTION },
    "in box_open:",
    LINE,
    NULL },
  /* What it died of is where it died, be that in the C library or in how Python calls. */
  { "copied", SIGSEGV, FALSE, { C_LIB " memcpy", OWN_LIB " box_open", FUNCTION }, "in memcpy:", LINE, NULL },
  { "called", SIGSEGV, FALSE, { FUNCTION, PYTHON " slot_tp_call" }, "in cfunction_vectorcall_NOARGS:", LINE, NULL },
};

static gboolean
has_fact (FlatlineSnapshot *scene, const char *words)
{
  for (guint i = 0; i < flatline_list_length (scene->verdict->evidence); i++)
    if (strstr (((FlatlineEvidence *)flatline_list_peek (scene->verdict->evidence, i))->fact, words))
      return TRUE;
  return FALSE;
}

static void
test_end (gconstpointer data)
{
  const gsize number = GPOINTER_TO_SIZE (data);
  g_autoptr (FlatlineSnapshot) scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene->signal = ends[number].signal;
  scene->signal_thread = SCENE_PID;
  for (guint i = 0; i < MAX_CALLS && ends[number].calls[i]; i++)
    {
      g_auto (GStrv) call = g_strsplit (ends[number].calls[i], " ", 2);

      g_object_set (scene_add_frame (thread, NULL, call[1], 0), "kind", "native", "module", call[0], NULL);
    }
  if (!ends[number].without_python)
    scene_add_frame (thread, SCENE_FILE, "work", 12);
  scene_expect (scene, "crash", "certain", ends[number].location);
  scene_expect_words (scene, ends[number].words);
  g_assert_true (!ends[number].fact || has_fact (scene, ends[number].fact));
  g_assert_false (has_fact (scene, "pthread_kill"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ("/diagnose/crashes/", ends[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_end);
    }
  return g_test_run ();
}
