/* SPDX-License-Identifier: MIT */
/*
 * The agent's thread, as a thread of C: it belongs to the interpreter only while it takes its turn, so that Python's
 * own lists of threads (faulthandler, sys._current_frames(), the count that os.fork() warns of) do not have it between.
 */
#pragma once

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03090000
#endif
#include <Python.h>

#include "flatline-line.h"

/* The name by which the supervisor knows the thread. */
#define FLATLINE_TICKER_NAME "flatline-agent"

/*
 * Calls @turn (whether a beat is due) every @interval_ms, with the GIL, until it answers something false or raises, but
 * not while it is quiet (flatline-quiet.h): then it beats by itself; the first time after @first_ms, or when the next
 * would have come if it had not been ended. Just before that it opens a line to the supervisor with the @greeting
 * (copied, filled in), if it @greets, which needs no GIL: whoever holds that by then is heard of, and that it is silent
 * afterwards; while the program has no processor, that is put off. FALSE: no thread could be made. With the GIL.
 */
int
flatline_ticker_start (PyObject *turn, int interval_ms, int first_ms, const char *greeting, int greets);

/* The line that was greeted, once, to be closed by the caller; else there is none, and will be none. */
FlatlineLine
flatline_ticker_take_line (void);

/* Ends it, after a turn that is due, for at most @timeout_ms, until the kernel knows nothing of it either. With the
 * GIL, which is let go meanwhile. */
void
flatline_ticker_stop (int timeout_ms);

/* Keeps it between its turns, with nothing half done, for which it waits @timeout_ms at most, until it is let go of as
 * often: for fork(). FALSE: there is none. With the GIL, which is let go meanwhile. */
int
flatline_ticker_hold (int timeout_ms);

void
flatline_ticker_let_go (void);

/* In a forked child, where there is no such thread. */
void
flatline_ticker_forget (void);

/* The same, and starts one that greets, and has the turns of its parent's, the first after @first_ms. FALSE: none could
 * be made. It touches no object of Python's: a page that is written to after fork() is copied. */
int
flatline_ticker_restart (int first_ms);
