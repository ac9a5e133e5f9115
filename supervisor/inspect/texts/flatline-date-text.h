/* SPDX-License-Identifier: MIT */
/* The text of the structs of C that the datetime and decimal modules keep their values in. */
#pragma once

#include "flatline-object-text.h"

G_BEGIN_DECLS

/* @name is how the class calls itself: its whole name, or that of a class of the program. */
void
flatline_date_text_append_date (FlatlineTextWriter *self, GString *text, guint64 address, const char *name);
void
flatline_date_text_append_time (FlatlineTextWriter *self, GString *text, guint64 address, const char *name);
void
flatline_date_text_append_datetime (FlatlineTextWriter *self, GString *text, guint64 address, const char *name);
void
flatline_date_text_append_timedelta (FlatlineTextWriter *self, GString *text, guint64 address, const char *name);
void
flatline_date_text_append_timezone (FlatlineTextWriter *self, GString *text, guint64 address, const char *name);
void
flatline_date_text_append_decimal (FlatlineTextWriter *self, GString *text, guint64 address);

/* @digits times ten to the power of @exponent, as the specification of decimal arithmetic writes it. */
void
flatline_date_text_append_scientific (GString *text, const char *digits, gint64 exponent);

G_END_DECLS
