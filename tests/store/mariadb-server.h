/* SPDX-License-Identifier: MIT */
/* MariadbServer: a real mariadbd of our own: private data folder, Unix socket, no network, no root needed. */
#pragma once

#include "flatline-database.h"

typedef struct
{
  char *folder;
  char *socket;
  guint port;                 /* on 127.0.0.1, with TLS; 0: no network */
  const char *const *options; /* more of them, from its next start on; NULL: none */
  GPid pid;
} MariadbServer;

/* With its data in a new folder in @parent, NULL: where temporary files are. NULL when there is no mariadbd here. */
MariadbServer *
mariadb_server_new (const char *parent);

/* FALSE once it ended by itself. */
gboolean
mariadb_server_is_alive (MariadbServer *self);

/*
 * From its next start on it listens on 127.0.0.1 too, with a certificate for @host_name by an authority of its own,
 * "ca.pem" in its folder. FALSE when certificates cannot be made here.
 */
gboolean
mariadb_server_use_tls (MariadbServer *self, const char *host_name);

/* Starts it once more after a kill. */
void
mariadb_server_start (MariadbServer *self);

/* @signal: SIGTERM, SIGKILL. Returns when it is gone. */
void
mariadb_server_stop (MariadbServer *self, int signal);

void
mariadb_server_free (MariadbServer *self);

/* How to connect to it as its owner; transfer full. */
FlatlineServer *
mariadb_server_dup_address (MariadbServer *self, const char *database);

/* Runs one statement as its owner. */
void
mariadb_server_execute (MariadbServer *self, const char *sql);
