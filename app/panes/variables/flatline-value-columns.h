/* SPDX-License-Identifier: MIT */
/* The columns of a table of FlatlineValues in a tree: name, value, type. */
#pragma once

#include "flatline-columns.h"

G_BEGIN_DECLS

extern const FlatlineRows flatline_value_rows;
extern const FlatlineColumn flatline_value_columns[];
extern const guint flatline_value_n_columns;

G_END_DECLS
