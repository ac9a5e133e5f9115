/* SPDX-License-Identifier: MIT */
/* FlatlineStorePlace: where a store is: a file or a server. Opening it gives a connection with the schema in order. */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineServer *server; /* NULL: a file */
  char *file;
  gboolean is_default;   /* the file: nobody asked for this one */
  gboolean is_makeshift; /* of a default file that could not be written: one that may go with the session */
  char *news;            /* one line to people, on a file that was set aside or could not be; NULL: nothing */
} FlatlineStorePlace;

/* Both copy what they are given. @file NULL: "flatline.sqlite" in the data folder. */
FlatlineStorePlace *
flatline_store_place_new_file (const char *file);
FlatlineStorePlace *
flatline_store_place_new_server (const FlatlineServer *server);
void
flatline_store_place_free (FlatlineStorePlace *self);

/*
 * For writing: makes and migrates the schema. A file that is damaged is set aside and a new one begun; where the data
 * folder cannot be written, the default file is one in the runtime folder, until the computer is switched off.
 * Blocking; a server has seconds to answer.
 */
FlatlineDatabase *
flatline_store_place_open_for_writing (FlatlineStorePlace *self, GError **error);

/* What there is to tell since the last call, or NULL. Transfer full. */
char *
flatline_store_place_take_news (FlatlineStorePlace *self);

/* For reading: changes nothing. */
FlatlineDatabase *
flatline_store_place_open_for_reading (FlatlineStorePlace *self, GError **error);

/* The file of this place, found to be damaged while it was in use, gets another name. @inode: which one it was. */
void
flatline_store_place_set_aside (FlatlineStorePlace *self, guint64 inode);

/* Names the server and its database among others, for the name of a folder. Transfer full. */
char *
flatline_store_place_dup_hash (FlatlineStorePlace *self);

G_END_DECLS
