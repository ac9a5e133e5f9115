/* SPDX-License-Identifier: MIT */
/* What sys.stderr writes, between marks by which the supervisor knows it (supervisor/session/launch). */
#pragma once

#include "flatline-methods.h"

/* mark_errors(raw, begin, end, device, inode) */
PyObject *
flatline_mark_errors (PyObject *module, PyObject *args);
