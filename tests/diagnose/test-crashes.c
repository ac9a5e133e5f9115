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

/* The innermost frames in C, "module function" or "module function file" each; then, unless it is without Python, a
 * line of Python. */
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
  { "fortified",
    SIGABRT,
    FALSE,
    { ABORT, C_LIB " __GI___fortify_fail", C_LIB " __GI___chk_fail",
      OWN_LIB " memset /usr/include/bits/string_fortified.h", OWN_LIB " box_clear", FUNCTION },
    "in box_clear:",
    LINE,
    "__chk_fail" },
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
      g_auto (GStrv) call = g_strsplit (ends[number].calls[i], " ", 3);

      g_object_set (scene_add_frame (thread, call[2], call[1], 0), "kind", "native", "module", call[0], NULL);
    }
  if (!ends[number].without_python)
    scene_add_frame (thread, SCENE_FILE, "work", 12);
  scene_expect (scene, "crash", "certain", ends[number].location);
  scene_expect_words (scene, ends[number].words);
  g_assert_true (!ends[number].fact || has_fact (scene, ends[number].fact));
  g_assert_false (has_fact (scene, "pthread_kill"));
}

/* What the program had printed when it gave up, and what of that is the reason; NULL none. */
static const struct
{
  const char *output, *words;
} outputs[] = {
  { "up\nFatal Python error: box_check: no box\nPython runtime state: initialized\n", "“box_check: no box”" },
  { "malloc(): corrupted top size\r\nFatal Python error: Aborted\r\n\r\nCurrent thread 0x7f (most recent call "
    "first):\n",
    "“malloc(): corrupted top size”" },
  { "terminate called after throwing an instance of 'std::out_of_range'\r\n  what():  vector::at\r\n",
    "“std::out_of_range: vector::at”" },
  { "terminate called after throwing an instance of 'int'\n", "“int”" },
  { "terminate called without an active exception\n", "“terminate called without an active exception”" },
  { "libc++abi: terminating due to uncaught exception of type box::full: no room\n", "“box::full: no room”" },
  { "*** stack smashing detected ***: terminated\n", "“*** stack smashing detected ***: terminated”" },
  { "python3: box.c:12: box_open: Assertion `box != 0' failed.\n",
    "“box.c:12: box_open: Assertion `box != 0' failed.”" },
  { "thread 'main' panicked at src/box.rs:7:5:\nno room\nnote: run with `RUST_BACKTRACE=1`\n",
    "“src/box.rs:7:5: no room”" },
  { "thread 'main' panicked at 'no room', src/box.rs:7:5\n", "“'no room', src/box.rs:7:5”" },
  { "**\nERROR:../box.c:12:box_open: assertion failed: (box)\nBail out!\n",
    "“../box.c:12:box_open: assertion failed: (box)”" },
  { "(python3:7): Box-ERROR **: 10:00:00.123: no room\n", "“10:00:00.123: no room”" },
  { "This application failed to start because no Qt platform plugin could be initialized.\n",
    "“This application failed to start because no Qt" },
  { "free(): invalid pointer\nand later free(): invalid size\n", "“free(): invalid pointer”" },
  { "*** done ***\nterminate\nAssertion failed\n", NULL },
  { "", NULL },
  { NULL, NULL },
};

/* A mapped file of which the touched page is gone; what is mapped from nowhere is told as before. */
static void
test_file_cut_short (void)
{
  static const char *const maps[] = { "7f0000000000-7f0000003000 r--s 00000000 fe:00 99   /srv/stock.db",
                                      "7f0000000000-7f0000003000 rw-p 00000000 00:00 0" };

  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      g_autoptr (FlatlineSnapshot) scene = scene_new ();
      FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

      scene->signal = SIGBUS;
      scene->signal_thread = SCENE_PID;
      scene->fault_address = 0x7f0000001000;
      scene->mappings = g_strdupv ((char *[]){ (char *)maps[i], NULL });
      scene_add_frame (thread, SCENE_FILE, "work", 12);
      scene_expect (scene, "crash", "certain", LINE);
      scene_expect_words (scene,
                          i == 0 ? "mapped file /srv/stock.db that is not there" : "memory that cannot be reached");
    }
}

static FlatlineSnapshot *
give_up (const char *output, gint64 sender)
{
  FlatlineSnapshot *scene = scene_new ();
  FlatlineThread *thread = scene_add_thread (scene, SCENE_PID, "MainThread");

  scene->signal = SIGABRT;
  scene->signal_thread = SCENE_PID;
  scene->signal_sender = sender;
  scene->output_tail = g_strdup (output);
  scene_add_frame (thread, SCENE_FILE, "work", 12);
  scene_expect (scene, "crash", "certain", LINE);
  return scene;
}

static void
test_reason (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      g_autoptr (FlatlineSnapshot) scene = give_up (outputs[i].output, 0);

      g_test_message ("%s", outputs[i].output ? outputs[i].output : "(none)");
      if (outputs[i].words)
        scene_expect_words (scene, outputs[i].words);
      else
        g_assert_null (strstr (scene->verdict->summary, "said"));
      g_assert_cmpint (has_fact (scene, "It printed"), ==, outputs[i].words != NULL);
    }
}

/* Who was sent the signal had no reason of its own. */
static void
test_reason_of_another (void)
{
  g_autoptr (FlatlineSnapshot) scene = give_up ("free(): invalid pointer\n", SCENE_PID + 1);

  g_assert_null (strstr (scene->verdict->summary, "said"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnose/crashes/reason", test_reason);
  g_test_add_func ("/diagnose/crashes/file-cut-short", test_file_cut_short);
  g_test_add_func ("/diagnose/crashes/reason-of-another", test_reason_of_another);
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ("/diagnose/crashes/", ends[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_end);
    }
  return g_test_run ();
}
