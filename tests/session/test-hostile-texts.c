/* SPDX-License-Identifier: MIT */
/*
 * Texts from elsewhere that are read line by line, spoiled: settings, and what a program prints as it ends. What is
 * read of them can be kept and shown, and is within what is allowed.
 * ./test --fuzz SECONDS session/hostile-texts goes on with it for so long; FLATLINE_TEST_SEED tries one.
 */
#include "flatline-config.h"
#include "flatline-records.h"
#include "flatline-traceback.h"
#include "spoiled-text.h"

#include <glib/gstdio.h>
#include <string.h>

#define LEAST_ROUNDS 2000
#define HEADER       FLATLINE_TRACEBACK_HEADER "\n"
#define CAUSED       "\nThe above exception was the direct cause of the following exception:\n\n"
#define MEANWHILE    "\nDuring handling of the above exception, another exception occurred:\n\n"

static const char *const settings[] = {
  "\xef\xbb\xbf# comment\r\n[flatline]\r\napp = my app.py\r\nfreeze_threshold=1.5\npoll_interval = "
  "1\npoll_fail_limit=3\n"
  "strict_beats = Yes\npython = \"/opt/my python\"\ntrace_exits = never\nlog_folder=\nlog_max_bytes=8192\n; other\n"
  "[database]\nenabled = true\nport=3307\npassword = \" p=w#d \"\n[store]\nkeep_days=7\nkeep_megabytes=100\n[repl]\n"
  "port = 0\n",
  "[flatline]\nstartup_threshold = 30\nshutdown_threshold = 1e1\nclose_grace = 0.05\nkill_with_supervisor=no\n",
};

static const char *const tracebacks[] = {
  HEADER
  "  File \"/srv/a \"b\".py\", line 12, in <module>\r\n    work(1)\r\n    ~~~~^^^\r\n  File \"lib.py\", line 3, in "
  "work\r\n  [Previous line repeated 3 more times]\r\npkg.Wrong.<locals>.Error: x: y\r\nmore\r\na note\r\n",
  HEADER "  File \"a.py\", line 1, in f\nOSError: first\n" MEANWHILE HEADER "  File \"a.py\", line 2, in g\nKeyError: "
         "'x'\n" CAUSED HEADER "  File \"a.py\", line 3, in h\nKeyboardInterrupt\nException ignored in: <x>\n",
  "  + Exception Group " HEADER
  "  |   File \"a.py\", line 9, in <module>\n  |     raise group\n  | ExceptionGroup: two (2 "
  "sub-exceptions)\n  +-+---------------- 1 ----------------\n    | " HEADER
  "    |   File \"a.py\", line 2, in f\n    | "
  "ValueError: 1\n    +---------------- 2 ----------------\n    | OSError: 2\n    "
  "+------------------------------------\n",
  "  File \"b.py\", line 1\n    a b\n      ^\nSyntaxError: invalid syntax\n",
};

static GString *
choose (GRand *random, const char *const *texts, guint n)
{
  GString *text = g_string_new (texts[g_rand_int_range (random, 0, (gint32)n)]);

  for (guint i = (guint)g_rand_int_range (random, 0, 4); i-- > 0;)
    g_string_append (text, texts[g_rand_int_range (random, 0, (gint32)n)]);
  if (g_rand_int_range (random, 0, 8) > 0)
    spoil_text (random, text);
  return text;
}

/* --- settings --- */

static void
check_settings (const FlatlineConfig *config)
{
  g_assert_cmpfloat (config->freeze_threshold, >=, 0.05);
  g_assert_cmpfloat (config->freeze_threshold, <=, 86400);
  g_assert_cmpfloat (config->poll_interval, >=, 0.05);
  g_assert_cmpfloat (config->close_grace, >=, 0.05);
  g_assert_cmpint (config->poll_fail_limit, >=, 1);
  g_assert_cmpint (config->log_max_bytes, >=, 4096);
  g_assert_cmpint (config->database.port, >=, 1);
  g_assert_cmpint (config->database.port, <=, 65535);
  g_assert_cmpint (config->repl_port, >=, 0);
  g_assert_cmpint (config->repl_port, <=, 65535);
  g_assert_cmpint (config->keep_days, >=, 0);
  g_assert_cmpint (config->keep_megabytes, >=, 0);
  g_assert_true (!config->app || (*config->app && g_utf8_validate (config->app, -1, NULL)));
  g_assert_nonnull (config->database.password);
}

static void
try_settings (GRand *random, const char *file)
{
  GString *text = choose (random, settings, G_N_ELEMENTS (settings));
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineConfig) config = NULL;

  g_assert_true (g_file_set_contents (file, text->str, (gssize)text->len, NULL));
  flatline_config_is_ours (file, NULL);
  config = flatline_config_load (file, warnings, &error);
  if (config)
    check_settings (config);
  else
    g_assert_true (error && g_utf8_validate (error->message, -1, NULL));
  for (guint i = 0; i < warnings->len; i++)
    g_assert_true (g_utf8_validate (warnings->pdata[i], -1, NULL));
  g_string_free (text, TRUE);
}

/* --- tracebacks --- */

static guint
check_exception (FlatlineExceptionInfo *exception)
{
  guint n = 0;

  for (FlatlineExceptionInfo *at = exception; at; at = at->cause, n++)
    {
      g_assert_true (at->type_name && *at->type_name);
      g_assert_nonnull (at->message);
    }
  return n;
}

/* What is kept can be read again, however many there are of it. */
static void
keep (FlatlineExceptionInfo *exception)
{
  g_autofree char *json = flatline_record_to_json_string (FLATLINE_RECORD (exception), FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (json, &error);
  g_autoptr (FlatlineRecord) again =
      node ? flatline_record_from_json (FLATLINE_TYPE_EXCEPTION_INFO, node, &error) : NULL;

  g_assert_true (g_utf8_validate (json, -1, NULL));
  g_assert_no_error (error);
  check_exception (FLATLINE_EXCEPTION_INFO (again));
}

static void
try_traceback (GRand *random)
{
  GString *text = choose (random, tracebacks, G_N_ELEMENTS (tracebacks));
  /* As the session gives it. */
  g_autofree char *words = g_utf8_make_valid (text->str, (gssize)text->len);
  g_autoptr (FlatlineExceptionInfo) exception = flatline_traceback_read (words);

  if (exception)
    {
      check_exception (exception);
      flatline_traceback_may_end_program (exception);
      keep (exception);
    }
  g_string_free (text, TRUE);
}

/* A program that goes on and on in its handlers prints no end of causes. */
static void
test_many_causes (void)
{
  g_autoptr (GString) text = g_string_new (HEADER "  File \"a.py\", line 1, in f\nE: 0\n");
  g_autoptr (FlatlineExceptionInfo) exception = NULL;

  for (guint i = 0; i < 3000; i++)
    g_string_append (text, MEANWHILE HEADER "  File \"a.py\", line 1, in f\nE\n");
  exception = flatline_traceback_read (text->str);
  g_assert_cmpuint (check_exception (exception), >, 1000);
  keep (exception);
}

static void
test_nonsense (void)
{
  const char *one = g_getenv ("FLATLINE_TEST_SEED");
  const char *seconds = g_getenv ("FLATLINE_TEST_FUZZ_SECONDS");
  const gint64 end_us = g_get_monotonic_time () + (seconds ? g_ascii_strtoll (seconds, NULL, 10) : 0) * G_USEC_PER_SEC;
  guint32 seed = one ? (guint32)g_ascii_strtoull (one, NULL, 10) : seconds ? g_random_int () : 1;
  g_autofree char *file = NULL;
  guint n;

  g_close (g_file_open_tmp ("flatline-hostile-XXXXXX", &file, NULL), NULL);
  for (n = 0; n < (one ? 1 : LEAST_ROUNDS) || (!one && g_get_monotonic_time () < end_us); n++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);

      if (n % 100 == 0)
        g_test_message ("seed %u and those after it", seed);
      try_settings (random, file);
      try_traceback (random);
      seed++;
    }
  g_test_message ("%u tried", n);
  g_unlink (file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/hostile-texts/many-causes", test_many_causes);
  g_test_add_func ("/session/hostile-texts/nonsense", test_nonsense);
  return g_test_run ();
}
