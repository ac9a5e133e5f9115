/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "flatline-inspect-error.h"

G_DEFINE_QUARK (flatline - inspect - error, flatline_inspect_error)
