/* SPDX-License-Identifier: MIT */
/*
 * Counting references is left to the interpreter's own functions: what the headers of an older Python put in their
 * place does not know objects that live for ever (3.12 and later), whose counts debug builds check at exit, and
 * complain.
 */
#pragma once

static inline void
flatline_clear_reference (PyObject **reference)
{
  PyObject *object = *reference;

  *reference = NULL;
  Py_DecRef (object);
}

static inline PyObject *
flatline_new_none (void)
{
  Py_IncRef (Py_None);
  return Py_None;
}
