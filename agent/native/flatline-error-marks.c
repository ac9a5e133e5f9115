/* SPDX-License-Identifier: MIT */
/*
 * One write() has both marks and the text: nobody else's comes in between, and whoever looks at a thread that waits in
 * there sees the call that it would be in alone. All else (another file, a closed one) is left to io.FileIO.
 */
#include "flatline-error-marks.h"

#include "flatline-references.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MARK_BYTES 32

/* Written once, by the thread that starts the program. */
static struct
{
  char begin[MAX_MARK_BYTES];
  char end[MAX_MARK_BYTES];
  size_t length; /* of each */
  uint64_t device;
  uint64_t inode;
} marks;

static int
is_ours (PyObject *raw)
{
  PyObject *closed = PyObject_GetAttrString (raw, "closed");
  int is_open = closed == Py_False;
  struct stat status;

  PyErr_Clear ();
  flatline_clear_reference (&closed);
  return is_open && fstat (STDERR_FILENO, &status) == 0 && status.st_dev == marks.device
         && status.st_ino == marks.inode;
}

static PyObject *
write_as_ever (PyObject *raw, PyObject *data)
{
  PyObject *type = PyObject_Type (raw);
  PyObject *result = PyObject_CallMethod (type, "write", "OO", raw, data);

  flatline_clear_reference (&type);
  return result;
}

/* What follows is the next write's, or somebody else's. */
static void
end_what_was_cut (void)
{
  const ssize_t ignored = write (STDERR_FILENO, marks.end, marks.length);

  (void)ignored;
}

/* Bytes of @text that were written, -1 with an exception set, -2 when none can be now. */
static Py_ssize_t
write_between_marks (const char *text, Py_ssize_t length)
{
  const size_t all = (size_t)length + 2 * marks.length;
  char *marked = malloc (all);
  ssize_t n;
  int failure;

  if (!marked)
    {
      PyErr_NoMemory ();
      return -1;
    }
  memcpy (marked, marks.begin, marks.length);
  memcpy (marked + marks.length, text, (size_t)length);
  memcpy (marked + marks.length + length, marks.end, marks.length);
  do
    {
      PyThreadState *state = PyEval_SaveThread ();

      n = write (STDERR_FILENO, marked, all);
      failure = errno;
      if (n >= 0 && (size_t)n < all)
        end_what_was_cut ();
      PyEval_RestoreThread (state);
    }
  while (n < 0 && failure == EINTR && PyErr_CheckSignals () == 0);
  free (marked);
  if (n >= 0)
    {
      n -= (ssize_t)marks.length;
      return n < 0 ? 0 : n < length ? n : length;
    }
  if (failure == EAGAIN)
    return -2;
  if (!PyErr_Occurred ())
    {
      errno = failure;
      PyErr_SetFromErrno (PyExc_OSError);
    }
  return -1;
}

/* What io's buffers and texts give. All else is taken or refused there, in Python's own words. */
static int
is_plain (PyObject *data)
{
  PyObject *type = PyObject_Type (data);
  const int plain = type == (PyObject *)&PyMemoryView_Type || type == (PyObject *)&PyBytes_Type;

  flatline_clear_reference (&type);
  return plain;
}

static PyObject *
write_marked (PyObject *raw, PyObject *data)
{
  PyObject *bytes;
  char *text;
  Py_ssize_t length, written;

  if (!is_plain (data) || !is_ours (raw))
    return write_as_ever (raw, data);
  bytes = PyBytes_FromObject (data);
  if (!bytes || PyBytes_AsStringAndSize (bytes, &text, &length) < 0)
    {
      flatline_clear_reference (&bytes);
      return NULL;
    }
  written = length > 0 ? write_between_marks (text, length) : 0;
  flatline_clear_reference (&bytes);
  if (written == -1)
    return NULL;
  return written == -2 ? flatline_new_none () : PyLong_FromSsize_t (written);
}

PyObject *
flatline_mark_errors (PyObject *module, PyObject *args)
{
  static PyMethodDef definition = { "write", write_marked, METH_O, NULL };
  PyObject *raw, *write;
  const char *begin, *end;
  Py_ssize_t length, end_length;
  unsigned long long device, inode;
  int status;

  if (!PyArg_ParseTuple (args, "Oy#y#KK:mark_errors", &raw, &begin, &length, &end, &end_length, &device, &inode))
    return NULL;
  if (length > MAX_MARK_BYTES || end_length != length)
    {
      PyErr_SetString (PyExc_ValueError, "marks of one length, 32 bytes at most");
      return NULL;
    }
  memcpy (marks.begin, begin, (size_t)length);
  memcpy (marks.end, end, (size_t)length);
  marks.length = (size_t)length;
  marks.device = device;
  marks.inode = inode;
  write = PyCFunction_NewEx (&definition, raw, NULL);
  status = write ? PyObject_SetAttrString (raw, "write", write) : -1;
  flatline_clear_reference (&write);
  return status == 0 ? flatline_new_none () : NULL;
}
