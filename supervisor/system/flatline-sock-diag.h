/* SPDX-License-Identifier: MIT */
/*
 * Private to system/: the sockets of a network namespace, by inode. From sock_diag(7) where the namespace is our own,
 * from /proc/PID/net otherwise (fewer facts: no bytes, no Unix peers).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_SOCKET_TCP,
  FLATLINE_SOCKET_UDP,
  FLATLINE_SOCKET_UNIX,
} FlatlineSocketProtocol;

/* Both ends of an internet socket; IPv4 in its IPv6 form (::ffff:a.b.c.d), so that ends of both families compare. */
typedef struct
{
  guint8 local[16];
  guint8 remote[16];
  guint16 local_port;
  guint16 remote_port;
  guint16 protocol;
} FlatlineSocketEnds;

typedef struct
{
  guint64 inode;
  FlatlineSocketProtocol protocol;
  gboolean is_ipv6;
  guint8 state; /* TCP_ESTABLISHED, … for all protocols */
  FlatlineSocketEnds ends;
  char *path;            /* Unix: the name it is bound to, "@name" for an abstract one, NULL without */
  gint64 receive_queue;  /* bytes; of one that listens: connections that wait to be accepted */
  gint64 send_queue;     /* bytes; of one that listens: how many it lets wait, 0 unknown */
  gint64 bytes_received; /* -1 unknown, as the next three */
  gint64 bytes_sent;
  gint64 retransmits;
  gint64 silent_ms;   /* TCP: since data last came in */
  guint64 peer_inode; /* Unix: of the other end, 0 unknown or not accepted yet */
  GArray *pending;    /* Unix, listening: guint32 inodes of who has connected and was not accepted yet; NULL */
} FlatlineSocket;

typedef struct
{
  GHashTable *by_inode;  /* guint64 * -> FlatlineSocket, owns them */
  GHashTable *listeners; /* guint64 *: inode of a pending client -> FlatlineSocket that listens, borrowed */
  GHashTable *by_ends;   /* FlatlineSocketEnds * -> FlatlineSocket; internet sockets that are no listeners */
  GPtrArray *listening;  /* TCP sockets that listen, borrowed */
  GHashTable *orphans;   /* FlatlineSocketEnds *, set: TCP ends that nobody has accepted yet */
} FlatlineSocketTable;

/* The sockets that @pid may have, those of its network namespace. Transfer full. */
FlatlineSocketTable *
flatline_socket_table_read (gint64 pid);
void
flatline_socket_table_free (FlatlineSocketTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineSocketTable, flatline_socket_table_free)

/* Takes @socket, unless its inode is known or 0. */
void
flatline_socket_table_add (FlatlineSocketTable *self, FlatlineSocket *socket);

/* The other end of @socket in the same table, the listener of one that was not accepted yet, or NULL; borrowed. */
const FlatlineSocket *
flatline_socket_table_find_peer (FlatlineSocketTable *self, const FlatlineSocket *socket);

gboolean
flatline_socket_listens (const FlatlineSocket *socket);

/* "127.0.0.1:80", "[::1]:80"; NULL for an address and port of zeros. Transfer full. */
char *
flatline_socket_dup_address (const guint8 *address, guint16 port);

/* "ESTABLISHED", "LISTEN", …; "UNCONNECTED" for what is no TCP and has no peer. Static. */
const char *
flatline_socket_state_text (const FlatlineSocket *socket);

/* Reads /proc/PID/net of @pid into @self: what flatline_socket_table_read() does for another namespace. */
void
flatline_socket_table_read_proc (FlatlineSocketTable *self, gint64 pid);

FlatlineSocketTable *
flatline_socket_table_new (void);

G_END_DECLS
