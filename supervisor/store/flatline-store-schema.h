/* SPDX-License-Identifier: MIT */
/* The schema: made when it is missing, brought to the newest version when it is old, refused when it is newer. */
#pragma once

#include "flatline-database.h"

G_BEGIN_DECLS

#define FLATLINE_STORE_SCHEMA_NEWEST 0

/*
 * Up to @version. Several may come at once: one migrates, the others wait. FALSE with FLATLINE_STORE_ERROR_VERSION when
 * a newer Flatline was here.
 */
gboolean
flatline_store_schema_migrate (FlatlineDatabase *database, int version, GError **error);

/* TRUE when the schema is the newest already; never changes anything. */
gboolean
flatline_store_schema_is_current (FlatlineDatabase *database);

G_END_DECLS
