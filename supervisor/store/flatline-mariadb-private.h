/* SPDX-License-Identifier: MIT */
/* What connecting to MariaDB and using the connection share. */
#pragma once

#include "flatline-database-private.h"
#include "flatline-mariadb-library.h"

G_BEGIN_DECLS

/* In our words, and sorted by what it means for us. */
void
flatline_mariadb_set_error (const char *name, guint code, const char *message, GError **error);

/* Takes @mysql. */
FlatlineDatabase *
flatline_mariadb_database_new (MYSQL *mysql, const char *name);

G_END_DECLS
