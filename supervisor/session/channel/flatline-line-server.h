/* SPDX-License-Identifier: MIT */
/*
 * FlatlineLineServer: a socket that takes one JSON object a line from many connections, for the relay (TCP) and the
 * agent's channel (Unix). Everything is bounded: the length of a line, its nesting, the number of connections, the
 * bytes read in one turn of the main loop. What does not fit is dropped and counted; nothing ever waits.
 *
 * Signals: "message" (FlatlineLineConnection *, JsonNode *object), "closed" (FlatlineLineConnection *).
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define FLATLINE_TYPE_LINE_SERVER (flatline_line_server_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineLineServer, flatline_line_server, FLATLINE, LINE_SERVER, GObject)

/* One peer; lives as long as its connection, owned by the server. */
typedef struct
{
  FlatlineLineServer *server;
  int fd;              /* read from */
  int writer_fd;       /* the same, but for pipes that the peer has handed over */
  GByteArray *line;    /* not ended yet */
  GByteArray *pending; /* to be written */
  guint writer;
  gboolean skipping; /* inside a line that was too long */
  gboolean trusted;  /* sent something valid (set by the user of the server) */
  gint64 peer_pid;   /* Unix sockets: who connected; 0 on TCP */
} FlatlineLineConnection;

typedef struct
{
  guint64 messages;    /* JSON objects taken */
  guint64 garbage;     /* lines that are no JSON object, too long or too deep */
  guint64 refused;     /* connections closed: too many, or not of this user */
  guint64 connections; /* accepted in all */
} FlatlineLineCounts;

/* On 127.0.0.1, a port of the system's choice. Transfer full, NULL on failure. */
FlatlineLineServer *
flatline_line_server_new_tcp (gsize max_line_bytes, guint max_connections, GError **error);

/* At @path, mode 0600, only for processes of this user. Transfer full, NULL on failure. */
FlatlineLineServer *
flatline_line_server_new_unix (const char *path, gsize max_line_bytes, guint max_connections, GError **error);

/* The port of a TCP server. */
guint16
flatline_line_server_get_port (FlatlineLineServer *self);
const FlatlineLineCounts *
flatline_line_server_get_counts (FlatlineLineServer *self);

/* Counts one more line as garbage: JSON that means nothing here. */
void
flatline_line_server_count_garbage (FlatlineLineServer *self);

/*
 * Takes what has arrived up to now, without waiting: all waiting connections and what they sent. Stops when the
 * monotonic clock says @until_us; FALSE when there was more by then.
 */
gboolean
flatline_line_server_drain (FlatlineLineServer *self, gint64 until_us);

/* Sends one line (@text without its end). FALSE when the peer does not read. */
gboolean
flatline_line_connection_send (FlatlineLineConnection *connection, const char *text);

G_END_DECLS
