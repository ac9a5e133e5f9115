/* SPDX-License-Identifier: MIT */
/* The columns of a table of FlatlineProcesses in a tree. */
#pragma once

#include "flatline-columns.h"

G_BEGIN_DECLS

extern const FlatlineRows flatline_process_rows;
extern const FlatlineColumn flatline_process_columns[];
extern const guint flatline_process_n_columns;

/* Which of them it is. */
extern const guint flatline_process_memory_column;

G_END_DECLS
