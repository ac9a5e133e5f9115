/* SPDX-License-Identifier: MIT */
/*
 * The words after `flatline`, understood. GOption cannot be used here: it would take options out of the middle of the
 * script's own arguments, and those belong to the script, verbatim.
 */
#include "config.h"

#include "flatline-command-line.h"

#include <glib/gi18n.h>
#include <string.h>

/* "--config=FILE" or "--config FILE"; moves @index past it. NULL when @argv[*index] is another option. */
static const char *
take_value (const char *const *argv, guint *index, const char *option, GError **error)
{
  const char *word = argv[*index];
  gsize length = strlen (option);

  if (!g_str_has_prefix (word, option) || (word[length] != '\0' && word[length] != '='))
    return NULL;
  if (word[length] == '=')
    {
      (*index)++;
      return word + length + 1;
    }
  if (!argv[*index + 1])
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("%s needs a value; see flatline --help"),
                   option);
      return NULL;
    }
  *index += 2;
  return argv[*index - 1];
}

static gboolean
set_kind (FlatlineCommandLine *self, const char *word)
{
  if (g_str_equal (word, "--help") || g_str_equal (word, "-h"))
    self->kind = FLATLINE_COMMAND_HELP;
  else if (g_str_equal (word, "--version"))
    self->kind = FLATLINE_COMMAND_VERSION;
  else if (g_str_equal (word, "--license"))
    self->kind = FLATLINE_COMMAND_LICENSE;
  else
    return FALSE;
  return TRUE;
}

static void
take_rest (FlatlineCommandLine *self, const char *const *rest)
{
  g_strfreev (self->arguments);
  self->arguments = g_strdupv ((char **)rest);
}

static void
take_script (FlatlineCommandLine *self, const char *const *words)
{
  if (g_str_has_suffix (words[0], ".flatline"))
    {
      self->kind = FLATLINE_COMMAND_OPEN_SNAPSHOTS;
      take_rest (self, words);
      return;
    }
  self->app = g_strdup (words[0]);
  take_rest (self, words + 1);
}

FlatlineCommandLine *
flatline_command_line_parse (const char *const *argv, GError **error)
{
  g_autoptr (FlatlineCommandLine) self = g_new0 (FlatlineCommandLine, 1);
  guint index = argv[0] ? 1 : 0;

  self->arguments = g_new0 (char *, 1);
  while (argv[index])
    {
      GError *value_error = NULL;
      const char *value;

      if (set_kind (self, argv[index]))
        return g_steal_pointer (&self);
      if (g_str_equal (argv[index], "-a") || g_str_equal (argv[index], "--args") || g_str_equal (argv[index], "--"))
        {
          gboolean names_script = g_str_equal (argv[index], "--") && !self->app && argv[index + 1];

          if (names_script)
            take_script (self, argv + index + 1);
          else
            take_rest (self, argv + index + 1);
          break;
        }
      if ((value = take_value (argv, &index, "--app", &value_error)))
        {
          g_free (self->app);
          self->app = g_strdup (value);
          continue;
        }
      if (!value_error && (value = take_value (argv, &index, "--config", &value_error)))
        {
          g_free (self->config_file);
          self->config_file = g_strdup (value);
          continue;
        }
      if (value_error)
        {
          g_propagate_error (error, value_error);
          return NULL;
        }
      /* What Python is to run, and from there on it is the program's own. */
      if (!self->app && argv[index][0] == '-' && (argv[index][1] == 'm' || argv[index][1] == 'c'))
        {
          take_script (self, argv + index);
          break;
        }
      if (argv[index][0] == '-' && argv[index][1])
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                       _ ("unknown option %s; see flatline --help"), argv[index]);
          return NULL;
        }
      if (self->app)
        take_rest (self, argv + index);
      else
        take_script (self, argv + index);
      break;
    }
  return g_steal_pointer (&self);
}

void
flatline_command_line_free (FlatlineCommandLine *self)
{
  g_free (self->config_file);
  g_free (self->app);
  g_strfreev (self->arguments);
  g_free (self);
}
