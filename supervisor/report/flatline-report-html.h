/* SPDX-License-Identifier: MIT */
/* A snapshot as one HTML page without outside references: for a bug tracker or a mail. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Transfer full. All text of the program is escaped. */
char *
flatline_report_html (FlatlineSnapshot *snapshot);

G_END_DECLS
