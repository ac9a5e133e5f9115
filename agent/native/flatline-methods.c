/* SPDX-License-Identifier: MIT */
#include "flatline-methods.h"

#include "flatline-death.h"
#include "flatline-error-marks.h"
#include "flatline-line.h"
#include "flatline-quiet.h"
#include "flatline-references.h"
#include "flatline-ticker.h"
#include "flatline-tracing.h"

static PyObject *
new_line (FlatlineLine line)
{
  flatline_quiet_own (line);
  return line.reader >= 0 ? Py_BuildValue ("(ii)", line.reader, line.writer) : flatline_new_none ();
}

static PyObject *
open_line (PyObject *module, PyObject *args)
{
  const char *path, *greeting;
  Py_ssize_t length;

  if (!PyArg_ParseTuple (args, "yy#:open_line", &path, &greeting, &length))
    return NULL;
  return new_line (flatline_line_open (path, greeting, (size_t)length));
}

static PyObject *
watch_death (PyObject *module, PyObject *args)
{
  const char *path;

  if (!PyArg_ParseTuple (args, "y:watch_death", &path))
    return NULL;
  return PyBool_FromLong (flatline_death_watch (path) == 0);
}

static PyObject *
guard_thread (PyObject *module, PyObject *unused)
{
  flatline_death_guard_thread ();
  return flatline_new_none ();
}

static PyObject *
start_ticking (PyObject *module, PyObject *args)
{
  PyObject *turn;
  const char *greeting;
  int interval_ms, first_ms, greets;

  if (!PyArg_ParseTuple (args, "Oiiyp:start_ticking", &turn, &interval_ms, &first_ms, &greeting, &greets))
    return NULL;
  return PyBool_FromLong (flatline_ticker_start (turn, interval_ms, first_ms, greeting, greets));
}

static PyObject *
take_line (PyObject *module, PyObject *unused)
{
  return new_line (flatline_ticker_take_line ());
}

static PyObject *
begin_quiet (PyObject *module, PyObject *args)
{
  FlatlineLine line;

  if (!PyArg_ParseTuple (args, "ii:begin_quiet", &line.reader, &line.writer))
    return NULL;
  flatline_quiet_begin (line);
  return flatline_new_none ();
}

static PyObject *
end_quiet (PyObject *module, PyObject *unused)
{
  flatline_quiet_end ();
  return flatline_new_none ();
}

static PyObject *
stop_ticking (PyObject *module, PyObject *args)
{
  int timeout_ms;

  if (!PyArg_ParseTuple (args, "i:stop_ticking", &timeout_ms))
    return NULL;
  flatline_ticker_stop (timeout_ms);
  return flatline_new_none ();
}

/* Of a forked child in which nothing has happened yet, or of a fork that is to leave one like that. */
static struct
{
  int is_unaware;
  int can_wait;
  int first_ms;
} child;

static PyObject *
hold_ticking (PyObject *module, PyObject *args)
{
  int timeout_ms;

  if (!PyArg_ParseTuple (args, "iip:hold_ticking", &timeout_ms, &child.first_ms, &child.can_wait))
    return NULL;
  return PyBool_FromLong (flatline_ticker_hold (timeout_ms));
}

static PyObject *
let_go_of_ticking (PyObject *module, PyObject *unused)
{
  flatline_ticker_let_go ();
  return flatline_new_none ();
}

static PyObject *
forget_ticking (PyObject *module, PyObject *unused)
{
  flatline_ticker_forget ();
  return flatline_new_none ();
}

static PyObject *
call_unseen (PyObject *function, PyObject *args, PyObject *kwargs)
{
  PyObject *result;

  flatline_tracing_suspend ();
  result = PyObject_Call (function, args, kwargs);
  flatline_tracing_resume ();
  return result;
}

static PyObject *
call_in_child (PyObject *step, PyObject *unused)
{
  PyObject *result;

  if (child.can_wait && flatline_ticker_restart (child.first_ms))
    {
      child.is_unaware = 1;
      return flatline_new_none ();
    }
  flatline_tracing_suspend ();
  result = PyObject_CallFunctionObjArgs (step, NULL);
  flatline_tracing_resume ();
  return result;
}

static PyObject *
in_child (PyObject *module, PyObject *step)
{
  static PyMethodDef definition = { "in_child", call_in_child, METH_NOARGS };

  return PyCFunction_NewEx (&definition, step, NULL);
}

static PyObject *
is_unaware (PyObject *module, PyObject *unused)
{
  return PyBool_FromLong (child.is_unaware);
}

static PyObject *
become_aware (PyObject *module, PyObject *unused)
{
  child.is_unaware = 0;
  return flatline_new_none ();
}

static PyObject *
unseen (PyObject *module, PyObject *function)
{
  static PyMethodDef definition = { "unseen", (PyCFunction)(void (*) (void))call_unseen, METH_VARARGS | METH_KEYWORDS };

  return PyCFunction_NewEx (&definition, function, NULL);
}

PyMethodDef flatline_methods[] = {
  { "mark_errors", flatline_mark_errors, METH_VARARGS,
    "mark_errors(raw, begin, end, device, inode): what this `io.FileIO` of descriptor 2 writes gets marks (bytes) "
    "around "
    "it, as long as the descriptor is that file." },
  { "watch_death", watch_death, METH_VARARGS,
    "Holds the process when a fatal signal comes, until who listens at the socket `path` (bytes) has read it." },
  { "guard_thread", guard_thread, METH_NOARGS,
    "Gives the calling thread a stack for signal handlers, for when its own is used up." },
  { "start_ticking", start_ticking, METH_VARARGS,
    "start_ticking(turn, interval, first, greeting, greets): calls turn(whether a beat is due) every `interval` "
    "milliseconds "
    "in a thread of its own, until it answers something false; the first time after `first`, when it has opened a line "
    "with `greeting` if it greets, in which $P, $Q and $T are the process, its parent and the time then." },
  { "begin_quiet", begin_quiet, METH_VARARGS,
    "begin_quiet(reader, writer): nothing is to be said, so that thread beats there by itself, and has no turn until "
    "something is asked, or is to be said." },
  { "end_quiet", end_quiet, METH_NOARGS, "Something is to be said; no beat comes in between." },
  { "open_line", open_line, METH_VARARGS,
    "open_line(path, greeting): opens a line to who listens at the socket `path` (bytes), with whole lines that are "
    "said there. What to read from and what to write to, two descriptors; None when nobody listens, or there are no "
    "pipes." },
  { "take_line", take_line, METH_NOARGS, "That line, once; None when there is none." },
  { "unseen", unseen, METH_O, "Calls the function as before, unseen by what traces or profiles the program." },
  { "stop_ticking", stop_ticking, METH_VARARGS, "Ends that thread, waiting at most `timeout` milliseconds." },
  { "hold_ticking", hold_ticking, METH_VARARGS,
    "hold_ticking(timeout, first, can_wait): keeps that thread between its turns, waiting for that at most `timeout` "
    "milliseconds, until let_go_of_ticking(); whether there is one. If what is to be done in a child that is forked "
    "now "
    "can wait, the first turn of its own thread will be after `first`." },
  { "let_go_of_ticking", let_go_of_ticking, METH_NOARGS, "Once for each hold_ticking()." },
  { "forget_ticking", forget_ticking, METH_NOARGS, "In a forked child, which has no such thread." },
  { "in_child", in_child, METH_O,
    "What is to be called in a forked child. Where that can wait, it starts a thread that goes on as its parent's, and "
    "the "
    "child is unaware of itself; else it calls `step`." },
  { "is_unaware", is_unaware, METH_NOARGS, "Whether this is such a child, and nothing has happened in it." },
  { "become_aware", become_aware, METH_NOARGS, "Something has." },
  { NULL },
};
