/* SPDX-License-Identifier: MIT */
/* What the agent says of traces and patches, in the language of whoever reads it. */
#include "config.h"

#include "flatline-live-command.h"
#include "flatline-program-event.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#define US_A_MS 1000

/* Each with one %s: of what the agent spoke. */
static const struct
{
  const char *reason;
  const char *sentence;
} REFUSALS[] = {
  { "no-name", N_ ("“%s” is not a name: names are MODULE:FUNCTION, MODULE:CLASS.METHOD or FILE:LINE") },
  { "no-module",
    N_ ("The program has loaded no module “%s”; names are MODULE:FUNCTION, MODULE:CLASS.METHOD or FILE:LINE") },
  { "missing", N_ ("The program has no “%s”") },
  { "no-match", N_ ("No function written in Python in this module has a name that matches “%s”") },
  { "too-many", N_ ("More than a thousand functions match “%s”: give more of the name") },
  { "no-function", N_ ("“%s” is not something that can be called") },
  { "no-constructor", N_ ("“%s” has no constructor written in Python; name one of its methods") },
  { "no-file", N_ ("No module of the program comes from “%s”") },
  { "no-line", N_ ("No function is at %s") },
  { "no-code", N_ ("Nothing begins at %s: name a line with a statement") },
  { "no-tool",
    N_ ("“%s” cannot be hooked: other debuggers or profilers in the program take up all that Python offers") },
  { "runs-already", N_ ("“%s” cannot be hooked while it runs, before Python 3.12") },
  { "immutable", N_ ("“%s” is written in C, and nothing can be put in its place; trace what calls it") },
  { "syntax", N_ ("This is not Python: %s") },
  { "unsettable", N_ ("This cannot be set: %s") },
  { "no-such-function", N_ ("The file defines no such function: %s") },
  { "not-on", N_ ("There is nothing to undo for “%s”") },
};

static JsonObject *
peek_object (JsonNode *node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Of what there has to be, but for an agent that says anything. */
static const char *
peek_text (JsonObject *object, const char *name)
{
  const char *text = flatline_program_event_text (object, name);

  return text ? text : "?";
}

static gboolean
take_refusal (JsonObject *object, GError **error)
{
  const char *reason = object ? flatline_program_event_text (object, "refused") : NULL;
  const char *detail = object ? flatline_program_event_text (object, "detail") : NULL;

  for (guint i = 0; reason && i < G_N_ELEMENTS (REFUSALS); i++)
    if (g_str_equal (reason, REFUSALS[i].reason))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ (REFUSALS[i].sentence), detail ? detail : "");
        return TRUE;
      }
  if (reason)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, reason);
  return reason != NULL;
}

static char *
dup_labels (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GString *text = g_string_new (NULL);

  for (guint i = 0; array && i < json_array_get_length (array); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", flatline_program_event_element (array, i));
  return g_string_free (text, FALSE);
}

static char *
word_break (JsonObject *object)
{
  const char *label = peek_text (object, "label");
  const char *place = flatline_program_event_text (object, "place");

  return g_strdup_printf (/* Translators: a function, FILE:LINE or nothing */
                          _ ("Threads that come to “%s” (%s) will be held; “continue” lets go of them"), label,
                          place && *place ? place : "C");
}

static char *
word_point (JsonObject *object)
{
  const char *label = peek_text (object, "label");

  if (json_object_has_member (object, "count"))
    {
      const guint count = (guint)CLAMP (flatline_program_event_integer (object, "count"), 0, G_MAXINT32);

      return g_strdup_printf (/* Translators: “module:Class.*” */
                              ngettext ("Tracing %u function, “%s”", "Tracing %u functions, “%s”", count), count,
                              label);
    }
  if (!flatline_program_event_flag (object, "is_python"))
    return g_strdup_printf (/* Translators: a function written in C */
                            _ ("Tracing “%s” where it is called by this name"), label);
  return g_strdup_printf (/* Translators: a function, FILE:LINE */ _ ("Tracing “%s” (%s)"), label,
                          peek_text (object, "place"));
}

static char *
word_patch (JsonObject *object)
{
  const char *label = peek_text (object, "label");
  const char *text = flatline_program_event_text (object, "text");

  if (!text || !*text)
    return g_strdup_printf (/* Translators: a function that has other code now */ _ ("Patched “%s”"), label);
  return g_strdup_printf (/* Translators: a variable, its value */ _ ("“%s” is now %s"), label, text);
}

static char *
word_unpatch (JsonObject *object, const char *labels)
{
  g_autofree char *changed = dup_labels (object, "changed");

  if (!*labels)
    return g_strdup (_ ("Nothing was patched"));
  if (*changed)
    return g_strdup_printf (_ ("No longer patched: %s\nThe program has set these since, and they stay as they are: %s"),
                            labels, changed);
  return g_strdup_printf (_ ("No longer patched: %s"), labels);
}

char *
flatline_live_words_of_answer (const FlatlineLiveCommand *command, JsonNode *answer, GError **error)
{
  JsonObject *object = peek_object (answer);
  g_autofree char *labels = NULL;

  if (take_refusal (object, error))
    return NULL;
  if (!object)
    return g_strdup ("");
  if (command->word == FLATLINE_LIVE_TRACE || command->word == FLATLINE_LIVE_BREAK)
    {
      g_autofree char *words = command->word == FLATLINE_LIVE_TRACE ? word_point (object) : word_break (object);

      return flatline_program_event_flag (object, "replaced")
                 ? g_strdup_printf (/* Translators: "Tracing “shop:Cart.add” (shop.py:12)" */
                                    _ ("%s, in place of the one that was on for this name"), words)
                 : g_steal_pointer (&words);
    }
  if (command->word == FLATLINE_LIVE_PATCH)
    return word_patch (object);
  labels = dup_labels (object, "labels");
  if (command->word == FLATLINE_LIVE_UNPATCH)
    return word_unpatch (object, labels);
  if (command->word == FLATLINE_LIVE_UNBREAK)
    return *labels ? g_strdup_printf (_ ("No longer a breakpoint: %s"), labels)
                   : g_strdup (_ ("There was no breakpoint"));
  if (!*labels)
    return g_strdup (_ ("Nothing was traced"));
  return g_strdup_printf (_ ("No longer traced: %s"), labels);
}

/* As short as it can be read: "12 µs", "3.4 ms", "1.20 s". */
static char *
dup_duration (gint64 us)
{
  if (us < US_A_MS)
    return g_strdup_printf ("%d µs", (int)us);
  if (us < G_USEC_PER_SEC)
    return g_strdup_printf ("%.1f ms", us / (double)US_A_MS);
  return g_strdup_printf ("%.2f s", us / (double)G_USEC_PER_SEC);
}

static void
append_durations (GString *line, JsonObject *call)
{
  g_autofree char *took = dup_duration (flatline_program_event_integer (call, "took_us"));
  g_autofree char *ran = NULL;

  g_string_append_printf (line, "   %s", took);
  if (!json_object_has_member (call, "ran_us"))
    return;
  ran = dup_duration (flatline_program_event_integer (call, "ran_us"));
  g_string_append_printf (line, /* Translators: a duration, part of one before */ _ (", running %s"), ran);
}

/* "[worker]   → Cart.add(n=3)" */
static char *
word_step (JsonObject *call, const char *what)
{
  const char *label = flatline_program_event_text (call, "name");
  const char *name = label && strchr (label, ':') ? strrchr (label, ':') + 1 : label;
  const char *text = flatline_program_event_text (call, "text");
  const char *thread = flatline_program_event_text (call, "thread");
  const gint64 depth = CLAMP (flatline_program_event_integer (call, "depth"), 0, 40);
  GString *line = g_string_new (NULL);

  name = name ? name : "?";
  text = text ? text : "";
  g_string_append_printf (line, "[%s] %*s", thread ? thread : "?", (int)depth * 2, "");
  if (g_str_equal (what, "call"))
    g_string_append_printf (line, "→ %s(%s)", name, text);
  else if (g_str_equal (what, "return"))
    g_string_append_printf (line, "← %s = %s", name, text);
  else if (g_str_equal (what, "raise"))
    g_string_append_printf (line, /* Translators: a function, an exception */ _ ("✗ %s raises %s"), name, text);
  else if (g_str_equal (what, "yield"))
    g_string_append_printf (line, /* Translators: a generator, a value */ _ ("↑ %s yields %s"), name, text);
  else if (g_str_equal (what, "await"))
    g_string_append_printf (line, /* Translators: a coroutine, what it waits for */ _ ("↑ %s gives way, with %s"), name,
                            text);
  else if (g_str_equal (what, "throw"))
    g_string_append_printf (line, /* Translators: a generator, an exception */ _ ("↓ %s goes on with %s raised in it"),
                            name, text);
  else
    g_string_append_printf (line, /* Translators: a generator or coroutine */ _ ("↓ %s goes on"), name);
  if (json_object_has_member (call, "took_us"))
    append_durations (line, call);
  return g_string_free (line, FALSE);
}

char *
flatline_live_words_of_call (JsonObject *call)
{
  const char *what = flatline_program_event_text (call, "what");
  const guint count = (guint)CLAMP (flatline_program_event_integer (call, "count"), 0, G_MAXINT32);

  if (!what)
    return NULL;
  if (g_str_equal (what, "dropped"))
    return g_strdup_printf (
        ngettext ("… and one more call, too fast to be told", "… and %u more calls, too fast to be told", count),
        count);
  if (g_str_equal (what, "complaint"))
    return g_strdup_printf (/* Translators: a function, what Python says */ _ ("The condition of “%s” fails: %s"),
                            peek_text (call, "name"), peek_text (call, "text"));
  return word_step (call, what);
}
