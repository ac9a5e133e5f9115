/* SPDX-License-Identifier: MIT */
/* Reading what programs tell, where nothing may be trusted to be there or to be of the right kind. */
#include "config.h"

#include "flatline-program-event.h"

#include <math.h>

#define MAX_SHORT_CHARACTERS 256
#define LAST_TIME_S          7258118400.0 /* the year 2200 */

void
flatline_program_event_clear (FlatlineProgramEvent *event)
{
  g_clear_pointer (&event->reason, g_free);
  g_clear_pointer (&event->caller, g_free);
  g_clear_pointer (&event->held, flatline_held_free);
}

static JsonNode *
find_value (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
flatline_program_event_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

gint64
flatline_program_event_integer (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;
}

gboolean
flatline_program_event_flag (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

guint64
flatline_program_event_address (JsonObject *object, const char *name)
{
  const char *text = flatline_program_event_text (object, name);

  return text ? g_ascii_strtoull (text, NULL, 10) : 0;
}

const char *
flatline_program_event_element (JsonArray *array, guint i)
{
  JsonNode *node = i < json_array_get_length (array) ? json_array_get_element (array, i) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

gint64
flatline_program_event_time (JsonNode *node)
{
  double seconds;

  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE && json_node_get_value_type (node) != G_TYPE_INT64))
    return 0;
  seconds = json_node_get_double (node);
  return isfinite (seconds) && seconds > 0 && seconds < LAST_TIME_S ? (gint64)(seconds * G_USEC_PER_SEC) : 0;
}

char *
flatline_program_event_dup_short (const char *text)
{
  char *copy;

  if (!text)
    return NULL;
  copy = g_utf8_strlen (text, -1) > MAX_SHORT_CHARACTERS ? g_utf8_substring (text, 0, MAX_SHORT_CHARACTERS)
                                                         : g_strdup (text);
  for (char *c = copy; *c; c++)
    if ((guchar)*c < ' ' || *c == 0x7f)
      *c = ' ';
  return copy;
}

void
flatline_program_event_read_report (FlatlineProgramEvent *event, JsonObject *object)
{
  event->pid = flatline_program_event_integer (object, "pid");
  event->time_us = flatline_program_event_time (object ? json_object_get_member (object, "timestamp") : NULL);
  event->context = flatline_program_event_text (object, "context");
  event->type_name = flatline_program_event_text (object, "type_name");
  event->message = flatline_program_event_text (object, "message");
  event->thread_name = flatline_program_event_text (object, "thread");
  event->traceback_text = flatline_program_event_text (object, "traceback_text");
  event->text = flatline_program_event_text (object, "text");
  event->similar = flatline_program_event_text (object, "similar");
  event->found_in = flatline_program_event_text (object, "found_in");
  event->shadow = flatline_program_event_text (object, "shadow");
}
