/* SPDX-License-Identifier: MIT */
/* FlatlineStorePlace: where a store is: a file or a server. Opening it gives a connection with the schema in order. */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineServer *server; /* NULL: a file */
  char *file;
} FlatlineStorePlace;

/* Both copy what they are given. @file NULL: "flatline.sqlite" in the data folder. */
FlatlineStorePlace *
flatline_store_place_new_file (const char *file);
FlatlineStorePlace *
flatline_store_place_new_server (const FlatlineServer *server);
void
flatline_store_place_free (FlatlineStorePlace *self);

/* For writing: makes and migrates the schema. Blocking; a server has seconds to answer. */
FlatlineDatabase *
flatline_store_place_open_for_writing (FlatlineStorePlace *self, GError **error);

/* For reading: changes nothing. */
FlatlineDatabase *
flatline_store_place_open_for_reading (FlatlineStorePlace *self, GError **error);

/* Names the server and its database among others, for the name of a folder. Transfer full. */
char *
flatline_store_place_dup_hash (FlatlineStorePlace *self);

G_END_DECLS
