/* SPDX-License-Identifier: MIT */
/*
 * Reading of options: a table a command, long and short forms, "--name VALUE" and "--name=VALUE", "--" ends them.
 * GOption is not used because what follows the script must stay untouched to the byte, in any locale.
 */
#include "config.h"

#include "flatline-clean-text.h"
#include "flatline-cli.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void
flatline_cli_complain (const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autofree char *clean = NULL;
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  clean = flatline_clean_text_dup_lines (line, "");
  g_printerr ("flatline-cli: %s\n", clean);
}

static gboolean
print_help (const FlatlineCliUsage *usage)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _ ("Usage: flatline-cli %s\n\n%s\n\nOptions:\n"), usage->usage, _ (usage->description));
  for (const FlatlineCliOption *option = usage->options; option->name; option++)
    {
      g_autofree char *letter = option->letter ? g_strdup_printf ("-%c, ", option->letter) : g_strdup ("    ");
      g_autofree char *form = g_strdup_printf ("%s--%s%s%s", letter, option->name, option->argument ? " " : "",
                                               option->argument ? _ (option->argument) : "");
      g_autofree char *cell = flatline_cli_dup_cell (form, 28);

      g_string_append_printf (text, "  %s %s\n", cell, _ (option->help));
    }
  /* Translators: what --help prints: this help */
  g_string_append_printf (text, "  %-28s %s\n", "-h, --help", _ ("this"));
  if (usage->details)
    g_string_append_printf (text, "\n%s\n", _ (usage->details));
  return flatline_cli_write (text->str, text->len);
}

static const FlatlineCliOption *
find_option (const FlatlineCliOption *options, const char *word, const char **value_out)
{
  gboolean is_long = word[1] == '-';
  const char *name = word + (is_long ? 2 : 1);
  const char *equals = is_long ? strchr (name, '=') : NULL;
  gsize length = equals ? (gsize)(equals - name) : strlen (name);

  *value_out = equals ? equals + 1 : NULL;
  for (const FlatlineCliOption *option = options; option->name; option++)
    {
      if (is_long && strlen (option->name) == length && strncmp (option->name, name, length) == 0)
        return option;
      if (!is_long && option->letter && name[0] == option->letter)
        {
          if (name[1])
            *value_out = name + 1;
          return option;
        }
    }
  return NULL;
}

static gboolean
set_option (const FlatlineCliOption *option, const char *value)
{
  char *end = NULL;

  switch (option->kind)
    {
    case FLATLINE_CLI_OPTION_ON:
    case FLATLINE_CLI_OPTION_OFF:
      *(gboolean *)option->value = option->kind == FLATLINE_CLI_OPTION_ON;
      return TRUE;

    case FLATLINE_CLI_OPTION_TEXT:
      *(const char **)option->value = value;
      return TRUE;

    case FLATLINE_CLI_OPTION_SECONDS:
      {
        double seconds = g_ascii_strtod (value, &end);

        if (end == value || *end || !isfinite (seconds) || seconds <= 0)
          {
            flatline_cli_complain (_ ("--%s wants a number of seconds above 0, not “%s”"), option->name, value);
            return FALSE;
          }
        *(double *)option->value = seconds;
        return TRUE;
      }

    case FLATLINE_CLI_OPTION_COUNT:
    default:
      {
        g_autoptr (GError) error = NULL;

        if (!g_ascii_string_to_signed (value, 10, 1, G_MAXINT, (gint64 *)option->value, &error))
          {
            flatline_cli_complain (_ ("--%s wants a whole number above 0, not “%s”"), option->name, value);
            return FALSE;
          }
        return TRUE;
      }
    }
}

gboolean
flatline_cli_parse (const FlatlineCliUsage *usage, int argc, char **argv, char ***words_out, int *status_out)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  gboolean options_over = FALSE;

  *status_out = FLATLINE_CLI_USAGE;
  for (int i = 1; i < argc; i++)
    {
      const FlatlineCliOption *option;
      const char *value;

      if (options_over || argv[i][0] != '-' || argv[i][1] == '\0')
        {
          g_ptr_array_add (words, argv[i]);
          options_over |= usage->stop_at_word;
          continue;
        }
      if (usage->stop_letters && argv[i][1] != '-' && strchr (usage->stop_letters, argv[i][1]))
        {
          g_ptr_array_add (words, argv[i]);
          options_over = TRUE;
          continue;
        }
      if (strcmp (argv[i], "--") == 0)
        {
          options_over = TRUE;
          continue;
        }
      if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
        {
          *status_out = print_help (usage) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
          return FALSE;
        }
      option = find_option (usage->options, argv[i], &value);
      if (!option)
        {
          flatline_cli_complain (_ ("unknown option %s; flatline-cli %s --help lists them"), argv[i], argv[0]);
          return FALSE;
        }
      if (!option->argument && value)
        {
          flatline_cli_complain (_ ("--%s takes no value"), option->name);
          return FALSE;
        }
      if (option->argument && !value)
        {
          if (i + 1 >= argc)
            {
              flatline_cli_complain (_ ("--%s needs a value: %s"), option->name, _ (option->argument));
              return FALSE;
            }
          value = argv[++i];
        }
      if (!set_option (option, value))
        return FALSE;
    }
  g_ptr_array_add (words, NULL);
  *words_out = (char **)g_ptr_array_free (g_steal_pointer (&words), FALSE);
  *status_out = FLATLINE_CLI_FINE;
  return TRUE;
}
