/* SPDX-License-Identifier: MIT */
/* ServerCase: a store of a server that is not as it should be, and what it said. */
#pragma once

#include "store-fixture.h"

#include <gio/gio.h>

typedef struct
{
  char *folder;
  char *file; /* the fallback */
  FlatlineServer *address;
  FlatlineStore *store;
  GPtrArray *lines; /* troubles */
} ServerCase;

/* FALSE when there is no server here: the test is skipped. */
gboolean
server_case_begin (ServerCase *self, const char *database);
void
server_case_open (ServerCase *self);
/* The same, and waits until the server is at hand: what is kept from now on waits for nothing, however busy it is. */
void
server_case_connect (ServerCase *self);
void
server_case_end (ServerCase *self);

/* Until one of the lines has @part in it. */
void
server_case_wait_for_line (ServerCase *self, const char *part);

/* The run goes on embedded, and one line with @part says so. */
void
server_case_assert_falls_back (ServerCase *self, const char *part);

/*
 * From now on the address is a TCP port that leads to the server for ten commands, then drops the connection. Transfer
 * full: stop it.
 */
GSocketService *
server_case_put_between (ServerCase *self);
