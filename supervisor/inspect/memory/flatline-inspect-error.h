/* SPDX-License-Identifier: MIT */
/* Why a target could not be read. The message is one line for people: what happened, to what, what to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FLATLINE_INSPECT_ERROR (flatline_inspect_error_quark ())
GQuark
flatline_inspect_error_quark (void);

typedef enum
{
  FLATLINE_INSPECT_ERROR_NO_PROCESS,     /* there is no such process, or it ended meanwhile */
  FLATLINE_INSPECT_ERROR_NOT_ALLOWED,    /* uid, ptrace_scope, capability, seccomp: the message says which */
  FLATLINE_INSPECT_ERROR_NOT_PYTHON,     /* no CPython in it; native stacks and process facts are still to be had */
  FLATLINE_INSPECT_ERROR_UNKNOWN_PYTHON, /* a CPython, but none of the versions known */
  FLATLINE_INSPECT_ERROR_FAILED,
} FlatlineInspectError;

G_END_DECLS
