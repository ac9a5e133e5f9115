/* SPDX-License-Identifier: MIT */
/* The store that the settings ask for: the file, or the server of [database]. */
#pragma once

#include "flatline-config.h"
#include "flatline-store.h"

G_BEGIN_DECLS

/* The variable with the server's password, so that it need not stand in a file; no program we start ever sees it. */
#define FLATLINE_DB_PASSWORD_VARIABLE "FLATLINE_DB_PASSWORD"

/* A server never fails here (flatline_store_open_server() tells how). Transfer full. */
FlatlineStore *
flatline_config_open_store (FlatlineConfig *config, GError **error);

/* The server that [database] names. Transfer full. */
FlatlineServer *
flatline_config_dup_server (FlatlineConfig *config);

/* What [store] says is not kept for ever. */
FlatlineRetention
flatline_config_get_retention (FlatlineConfig *config);

G_END_DECLS
