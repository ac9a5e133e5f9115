/* SPDX-License-Identifier: MIT */
/* The line to the supervisor as both extensions give it to Python. */
#pragma once

#include "flatline-line.h"
#include "flatline-references.h"

#define FLATLINE_OPEN_LINE_DOC                                                                                         \
  "open_line(path, greeting): opens a line to who listens at the socket `path` (bytes), with whole lines that are "    \
  "said "                                                                                                              \
  "there. What to read from and what to write to, two descriptors; None when nobody listens, or there are no pipes."

static inline PyObject *
flatline_new_line (FlatlineLine line)
{
  return line.reader >= 0 ? Py_BuildValue ("(ii)", line.reader, line.writer) : flatline_new_none ();
}

static PyObject *
flatline_open_line (PyObject *module, PyObject *args)
{
  const char *path, *greeting;
  Py_ssize_t length;

  if (!PyArg_ParseTuple (args, "yy#:open_line", &path, &greeting, &length))
    return NULL;
  return flatline_new_line (flatline_line_open (path, greeting, (size_t)length));
}
