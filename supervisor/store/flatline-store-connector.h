/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreConnector: connects to a server in a thread of its own, again and again while it is away, so that nobody
 * else ever waits for a connection.
 */
#pragma once

#include "flatline-store-place.h"

G_BEGIN_DECLS

typedef struct _FlatlineStoreConnector FlatlineStoreConnector;

/* @wake is called from the connector's thread whenever there is news. Begins at once. Copies @server. */
FlatlineStoreConnector *
flatline_store_connector_new (const FlatlineServer *server, void (*wake) (gpointer data), gpointer data);

/* Never waits: a thread in the middle of connecting ends by itself, and calls nobody. */
void
flatline_store_connector_free (FlatlineStoreConnector *self);

/*
 * The connection once it is there (transfer full), else NULL: with an error when the last attempt failed, each failure
 * told once. FLATLINE_STORE_ERROR_AWAY: it goes on trying. Any other: it has given up.
 */
FlatlineDatabase *
flatline_store_connector_take (FlatlineStoreConnector *self, GError **error);

/* The connection that was taken is lost. */
void
flatline_store_connector_ask_again (FlatlineStoreConnector *self);

G_END_DECLS
