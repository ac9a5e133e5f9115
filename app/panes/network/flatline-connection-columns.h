/* SPDX-License-Identifier: MIT */
/* The columns of a table of FlatlineConnections. */
#pragma once

#include "flatline-columns.h"

G_BEGIN_DECLS

extern const FlatlineRows flatline_connection_rows;
extern const FlatlineColumn flatline_connection_columns[];
extern const guint flatline_connection_n_columns;

G_END_DECLS
