/* SPDX-License-Identifier: MIT */
/* Saves a long value to a file that a person chooses: its bytes as they are, of a str its UTF-8. */
#pragma once

#include "flatline-value-progress.h"

G_BEGIN_DECLS

/* @name is suggested; over the window of @progress, whose overlay is told how it went. */
void
flatline_value_saving_ask (FlatlineValueProgress *progress, GBytes *bytes, const char *name);

G_END_DECLS
