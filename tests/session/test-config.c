/* SPDX-License-Identifier: MIT */
/* config.ini: values, warnings for unknown keys, errors with file and line. */
#include "flatline-config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static FlatlineConfig *
load (const char *text, GPtrArray *warnings, GError **error)
{
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp ("flatline-config-XXXXXX", &file, NULL);
  FlatlineConfig *config;

  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  config = flatline_config_load (file, warnings, error);
  g_unlink (file);
  return config;
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineConfig) config = load (
      "\xef\xbb\xbf# comment\r\n[flatline]\r\napp = my app.py\r\nfreeze_threshold=1.5\nstrict_beats = Yes\n"
      "python = \"/opt/my python\"\ntrace_exits = never\nlog_folder=\n; other\n[database]\nenabled = true\nport=3307\n"
      "password = \" p=w#d \"\n[repl]\nport = 0\n",
      NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->app, ==, "my app.py");
  g_assert_cmpfloat (config->freeze_threshold, ==, 1.5);
  g_assert_true (config->strict_beats);
  g_assert_cmpint (config->trace_exits, ==, FLATLINE_TRACE_EXITS_NEVER);
  g_assert_cmpstr (config->python, ==, "/opt/my python");
  g_assert_cmpstr (config->log_folder, ==, "");
  g_assert_true (config->database.enabled);
  g_assert_cmpint (config->database.port, ==, 3307);
  g_assert_cmpstr (config->database.password, ==, " p=w#d ");
  g_assert_cmpstr (config->database.host, ==, "127.0.0.1");
  g_assert_cmpint (config->repl_port, ==, 0);
}

static void
test_defaults (void)
{
  g_autoptr (FlatlineConfig) config = load ("", NULL, NULL);

  g_assert_cmpfloat (config->freeze_threshold, ==, 2.5);
  g_assert_cmpfloat (config->poll_interval, ==, 1.0);
  g_assert_cmpint (config->poll_fail_limit, ==, 3);
  g_assert_true (config->use_agent);
  g_assert_null (config->log_folder);
  g_assert_null (config->python);
}

static void
test_warnings (void)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (FlatlineConfig) config = load ("[flatline]\nfreeze_treshold = 3\n[other]\na = 1\n", warnings, NULL);

  g_assert_nonnull (config);
  g_assert_cmpuint (warnings->len, ==, 2);
  g_assert_nonnull (g_strstr_len (warnings->pdata[0], -1, ":2: unknown key “freeze_treshold”"));
  g_assert_nonnull (g_strstr_len (warnings->pdata[1], -1, ":3: unknown section [other]"));
}

static void
test_errors (void)
{
  static const char *const texts[] = {
    "[flatline]\n\nfreeze_threshold = soon\n",
    "[flatline]\n\nfreeze_threshold = -1\n",
    "[flatline]\n\nfreeze_threshold = nan\n",
    "[flatline]\n\npoll_fail_limit = 2.5\n",
    "[flatline]\n\nstrict_beats = maybe\n",
    "[flatline]\n\ntrace_exits = perhaps\n",
    "[flatline]\n\nnot a line\n",
    "[database]\n\nport = 70000\n",
    "#\n\napp = x.py\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (FlatlineConfig) config = load (texts[i], NULL, &error);

      g_assert_null (config);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, ":3: "));
    }
}

static void
test_unreadable (void)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) binary = NULL;

  g_assert_null (flatline_config_load ("/nonexistent/config.ini", NULL, &missing));
  g_assert_nonnull (strstr (missing->message, "/nonexistent/config.ini"));
  g_assert_null (load ("[flatline]\n\xff\xfe\n", NULL, &binary));
  g_assert_nonnull (binary);
}

/* One that nobody named is read when it speaks to us; a pipe would keep whoever opens it. */
static void
test_unasked (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("flatline-config-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "config.ini", NULL);

  g_assert_false (flatline_config_is_ours (file, NULL));
  g_assert_true (g_file_set_contents (file, "[somebody]\nname = x\n", -1, NULL));
  g_assert_false (flatline_config_is_ours (file, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (file, "[flatline]\n", -1, NULL));
  g_assert_true (flatline_config_is_ours (file, &error));
  g_assert_no_error (error);
  g_unlink (file);
  g_assert_cmpint (mkfifo (file, 0600), ==, 0);
  g_assert_false (flatline_config_is_ours (file, &error));
  g_assert_no_error (error);
  g_unlink (file);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/config/values", test_values);
  g_test_add_func ("/session/config/defaults", test_defaults);
  g_test_add_func ("/session/config/warnings", test_warnings);
  g_test_add_func ("/session/config/errors", test_errors);
  g_test_add_func ("/session/config/unreadable", test_unreadable);
  g_test_add_func ("/session/config/unasked", test_unasked);
  return g_test_run ();
}
