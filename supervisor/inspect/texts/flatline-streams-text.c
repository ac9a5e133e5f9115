/* SPDX-License-Identifier: MIT */
/* The connections of asyncio: Lib/asyncio/streams.py, selector_events.py, base_events.py, trsock.py. */
#include "flatline-dicts.h"
#include "flatline-library-text-private.h"
#include "flatline-sequences.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <string.h>

#define USUAL_LIMIT   65536 /* bytes that a StreamReader keeps */
#define EVENT_READ    1     /* Lib/selectors.py */
#define EVENT_WRITE   2
#define KEY_EVENTS    2  /* their place in a SelectorKey */
#define MEMORY_AT     40 /* Py_buffer in a memoryview, from its first field on */
#define MEMORY_LENGTH 16 /* len in a Py_buffer */

static void
append_part (FlatlineTextWriter *self, GString *text, guint64 object, const char *name, const char *label)
{
  const guint64 value = flatline_text_get (self, object, name);

  if (flatline_text_is_none (self, value))
    return;
  g_string_append_printf (text, " %s=", label);
  flatline_text_append_object (self, text, value);
}

/* "<StreamReader 3 bytes transport=<…>>" */
void
flatline_library_append_stream_reader (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 buffer = flatline_text_get (self, address, "_buffer");
  const gint64 n = buffer ? flatline_object_read_size (self->target, buffer) : 0;

  g_string_append (text, "<StreamReader");
  if (n > 0)
    g_string_append_printf (text, " %" G_GINT64_FORMAT " bytes", n);
  if (flatline_text_get_number (self, address, "_eof"))
    g_string_append (text, " eof");
  if (flatline_text_get_number (self, address, "_limit") != USUAL_LIMIT)
    append_part (self, text, address, "_limit", "limit");
  append_part (self, text, address, "_waiter", "waiter");
  append_part (self, text, address, "_exception", "exception");
  append_part (self, text, address, "_transport", "transport");
  if (flatline_text_get_number (self, address, "_paused"))
    g_string_append (text, " paused");
  g_string_append_c (text, '>');
}

/* "<StreamWriter transport=<…> reader=<…>>" */
void
flatline_library_append_stream_writer (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s transport=", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "_transport");
  append_part (self, text, address, "_reader", "reader");
  g_string_append_c (text, '>');
}

/* What the selector of the loop waits for on a descriptor. */
typedef struct
{
  FlatlineTextWriter *writer;
  guint64 descriptor;
  guint64 events;
} Registered;

static gboolean
match_descriptor (guint64 key, guint64 value, gpointer user_data)
{
  Registered *registered = user_data;
  FlatlineTarget *target = registered->writer->target;
  guint64 number = 0;

  if (!flatline_int_read (target, key, &number) || number != registered->descriptor)
    return TRUE;
  flatline_int_read (
      target,
      flatline_text_read_pointer (registered->writer, value + (guint64)target->layout.tuple_items + KEY_EVENTS * 8),
      &registered->events);
  return FALSE;
}

static guint64
read_events (FlatlineTextWriter *self, guint64 transport)
{
  const guint64 loop = flatline_text_get (self, transport, "_loop");
  const guint64 selector = flatline_text_get (self, loop, "_selector");
  const guint64 keys = selector ? flatline_text_get (self, selector, "_fd_to_key") : 0;
  const FlatlineTypeInfo *type = flatline_text_type_of (self, keys);
  Registered registered = { self, flatline_text_get_number (self, transport, "_sock_fd"), 0 };

  if (type && type->family == FLATLINE_FAMILY_DICT)
    flatline_dict_foreach (self->target, keys, match_descriptor, &registered);
  return registered.events;
}

static gboolean
add_length (gint64 i, guint64 item, gpointer user_data)
{
  gpointer *data = user_data;
  FlatlineTextWriter *self = data[0];
  const FlatlineTypeInfo *type = flatline_text_type_of (self, item);
  const gboolean is_view = type && strcmp (type->full_name, "memoryview") == 0;

  *(guint64 *)data[1] +=
      is_view ? flatline_text_read_pointer (self, flatline_text_fields_of (self, item) + MEMORY_AT + MEMORY_LENGTH)
              : (guint64)MAX (flatline_object_read_size (self->target, item), 0);
  return TRUE;
}

/* A bytearray, from 3.12 on a deque of bytes and memoryviews. */
static guint64
count_buffered (FlatlineTextWriter *self, guint64 buffer)
{
  const FlatlineTypeInfo *type = flatline_text_type_of (self, buffer);
  guint64 n = 0;
  gpointer data[] = { self, &n };

  if (type && type->family == FLATLINE_FAMILY_DEQUE)
    flatline_sequence_foreach (self->target, buffer, type, 0, add_length, data);
  else if (type && type->family == FLATLINE_FAMILY_BYTEARRAY)
    n = (guint64)MAX (flatline_object_read_size (self->target, buffer), 0);
  return n;
}

/* "<_SelectorSocketTransport fd=12 read=polling write=<idle, bufsize=0>>" */
void
flatline_library_append_transport (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const gboolean is_closed = flatline_text_is_none (self, flatline_text_get (self, address, "_sock"));
  const gboolean is_closing = flatline_text_get_number (self, address, "_closing") != 0;
  guint64 events;

  g_string_append_printf (text, "<%s%s fd=", flatline_text_short_name (type),
                          is_closed    ? " closed"
                          : is_closing ? " closing"
                                       : "");
  flatline_text_append_attribute (self, text, address, "_sock_fd");
  /* A transport that is closed has no loop that would know. */
  if (!is_closed)
    {
      events = read_events (self, address);
      g_string_append_printf (text, " read=%s write=<%s, bufsize=%" G_GUINT64_FORMAT ">",
                              events & EVENT_READ ? "polling" : "idle", events & EVENT_WRITE ? "polling" : "idle",
                              count_buffered (self, flatline_text_get (self, address, "_buffer")));
    }
  g_string_append_c (text, '>');
}

/* "<asyncio.TransportSocket fd=…, family=2, type=1, proto=6, laddr=…>" */
void
flatline_library_append_transport_socket (FlatlineTextWriter *self,
                                          GString *text,
                                          guint64 address,
                                          const FlatlineTypeInfo *type)
{
  flatline_text_append_socket (self, text, flatline_text_get (self, address, "_sock"), "asyncio.TransportSocket", "");
}

/* "<Server sockets=(…)>": each as a TransportSocket would write it. */
static gboolean
append_server_socket (gint64 i, guint64 item, gpointer user_data)
{
  gpointer *data = user_data;

  if (!flatline_text_begin_item (data[0], data[1], (guint64)i))
    return FALSE;
  flatline_text_append_socket (data[0], data[1], item, "asyncio.TransportSocket", "");
  return TRUE;
}

void
flatline_library_append_server (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const guint64 sockets = flatline_text_get (self, address, "_sockets");
  const FlatlineTypeInfo *list = flatline_text_type_of (self, sockets);
  const gint64 n =
      list && flatline_type_is_sequence (list) ? flatline_sequence_read_size (self->target, sockets, list) : 0;
  gpointer data[] = { self, text };

  g_string_append_printf (text, "<%s sockets=(", flatline_text_short_name (type));
  if (n > 0)
    flatline_sequence_foreach (self->target, sockets, list, 0, append_server_socket, data);
  g_string_append (text, n == 1 ? ",)>" : ")>");
}
