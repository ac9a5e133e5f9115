/* SPDX-License-Identifier: MIT */
/* Steps of a recording as lines. All text of the program is cleaned: it may be anybody's. */
#include "config.h"

#include "flatline-replay-lines.h"

#include "flatline-cli.h"

#include <glib/gi18n.h>
#include <string.h>

static void
append_value (GString *text, FlatlineValue *value)
{
  g_string_append_printf (text, "%s = %s", value->name ? value->name : "", value->text ? value->text : _ ("(gone)"));
  if (value->size >= 0 && value->truncated)
    g_string_append_printf (text, " (%" G_GINT64_FORMAT ")", value->size);
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      g_string_append_printf (text, "%s%s=%s", i ? ", " : " {", child->name, child->text);
    }
  if (value->children)
    g_string_append_c (text, '}');
}

void
flatline_replay_print_value (FlatlineValue *value, const char *indent)
{
  g_autoptr (GString) text = g_string_new (indent);

  append_value (text, value);
  flatline_cli_print ("%s", text->str);
}

static void
append_result (GString *text, FlatlineRecording *recording, guint event)
{
  g_autoptr (FlatlineValue) result = flatline_recording_dup_result (recording, event);

  if (result)
    g_string_append_printf (text, " %s", result->text);
}

void
flatline_replay_print_step (FlatlineRecording *recording, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (recording, event);
  FlatlineThread *thread = flatline_recording_peek_thread (recording, event);
  g_autofree char *source = flatline_recording_dup_source_line (recording, event);
  g_autoptr (GPtrArray) changes = flatline_recording_dup_changes (recording, event);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "#%u %.6f s %s ", event, at->time_us / 1e6, thread->name ? thread->name : "");
  /* Translators: a file, a line, a function */
  g_string_append_printf (text, _ ("%s:%d in %s"), flatline_recording_peek_file (recording, event), (int)at->line,
                          flatline_recording_peek_function (recording, event));
  g_string_append_printf (text, ": %s", flatline_event_kind_get_label (at->kind));
  append_result (text, recording, event);
  flatline_cli_print ("%s", text->str);
  for (guint i = 0; i < changes->len; i++)
    flatline_replay_print_value (changes->pdata[i], "      ");
  if (source)
    {
      g_string_printf (text, "%5u  %s", at->line, source);
      flatline_cli_print ("%s", text->str);
    }
}

void
flatline_replay_print_line (FlatlineRecording *recording, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (recording, event);
  g_autoptr (GPtrArray) changes = flatline_recording_dup_changes (recording, event);
  g_autofree char *source =
      at->kind == FLATLINE_EVENT_LINE ? flatline_recording_dup_source_line (recording, event) : NULL;
  g_autofree char *file = g_path_get_basename (flatline_recording_peek_file (recording, event));
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%6u %10.6f %u %*s%s:%u %s ", event, at->time_us / 1e6, at->thread,
                          (int)MIN (at->depth - 1, 40) * 2, "", file, at->line,
                          flatline_recording_peek_function (recording, event));
  g_string_append (text, source ? source : flatline_event_kind_get_label (at->kind));
  append_result (text, recording, event);
  for (guint i = 0; i < changes->len; i++)
    {
      g_string_append (text, i ? ", " : "    # ");
      append_value (text, changes->pdata[i]);
    }
  flatline_cli_print ("%s", text->str);
}

void
flatline_replay_print_json (FlatlineRecording *recording, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (recording, event);
  g_autoptr (GPtrArray) changes = flatline_recording_dup_changes (recording, event);
  g_autoptr (FlatlineValue) result = flatline_recording_dup_result (recording, event);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  json_builder_add_int_value (json_builder_set_member_name (builder, "event"), event);
  json_builder_add_string_value (json_builder_set_member_name (builder, "kind"),
                                 flatline_event_kind_get_word (at->kind));
  json_builder_add_int_value (json_builder_set_member_name (builder, "time_us"), at->time_us);
  json_builder_add_string_value (json_builder_set_member_name (builder, "thread"),
                                 flatline_recording_peek_thread (recording, event)->name);
  json_builder_add_int_value (json_builder_set_member_name (builder, "depth"), at->depth);
  json_builder_add_string_value (json_builder_set_member_name (builder, "file"),
                                 flatline_recording_peek_file (recording, event));
  json_builder_add_int_value (json_builder_set_member_name (builder, "line"), at->line);
  json_builder_add_string_value (json_builder_set_member_name (builder, "function"),
                                 flatline_recording_peek_function (recording, event));
  if (result)
    json_builder_add_value (json_builder_set_member_name (builder, "value"),
                            flatline_record_to_json (FLATLINE_RECORD (result)));
  json_builder_begin_array (json_builder_set_member_name (builder, "changes"));
  for (guint i = 0; i < changes->len; i++)
    json_builder_add_value (builder, flatline_record_to_json (changes->pdata[i]));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  flatline_cli_write_json (json);
}
