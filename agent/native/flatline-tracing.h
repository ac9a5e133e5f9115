/* SPDX-License-Identifier: MIT */
/*
 * What runs between these is seen by nothing that traces, profiles or monitors the program: the tools of
 * sys.monitoring, cProfile's among them, look at all threads, and hooks around a fork run in the midst of the program's
 * own code. From Python 3.11 on. With the GIL.
 */
#pragma once

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03090000
#endif
#include <Python.h>

void
flatline_tracing_suspend (void);

void
flatline_tracing_resume (void);
