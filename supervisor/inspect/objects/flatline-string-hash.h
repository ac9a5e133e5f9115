/* SPDX-License-Identifier: MIT */
/*
 * The hash that the interpreter of a target gives a str: SipHash with a secret of the process (Python/pyhash.c;
 * SipHash-2-4 up to 3.10, 1-3 from then on). With it one key of a dict is found without reading all others.
 */
#pragma once

#include "flatline-target.h"

G_BEGIN_DECLS

/*
 * The hash of @text, which is ASCII. @known is a str object of the target that has been hashed, a key of a dict for
 * example: the first time it shows whether this interpreter hashes as expected. FALSE: it does not, or its secret is
 * not to be had.
 */
gboolean
flatline_string_hash (FlatlineTarget *target, const char *text, guint64 known, guint64 *hash);

G_END_DECLS
