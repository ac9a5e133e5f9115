/* SPDX-License-Identifier: MIT */
/*
 * flatline._deaths: for free-threaded CPythons, whose objects have another head than the limited API of the others
 * knows. Only what holds a fatal signal and opens the line, no matters of Python's; thread and beats are Python there.
 * Nothing here looks into an object: all is asked of functions, and of the one object that is laid out here the head is
 * Include/object.h's with Py_GIL_DISABLED, which 3.13, 3.14 and 3.15 share. agent.py loads it into no others.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

#include "flatline-death.h"
#include "flatline-line-object.h"

#include <stdint.h>

#define FREE_SLOT_GIL        4 /* Py_mod_gil */
#define FREE_GIL_NOT_USED    ((void *)1)
#define FREE_IMMORTAL        UINT32_MAX
#define FREE_STATIC          4           /* _Py_STATICALLY_ALLOCATED_FLAG, from 3.14 on; padding before */
#define FREE_SLOT_MULTIPLE   3           /* Py_mod_multiple_interpreters */
#define FREE_MULTIPLE_OF_OWN ((void *)0) /* Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED */

typedef struct
{
  uintptr_t tid;
  uint16_t flags;
  uint8_t mutex;
  uint8_t gc_bits;
  uint32_t ref_local;
  Py_ssize_t ref_shared;
  void *type;
} FreeHead;

typedef struct
{
  FreeHead head;
  PyObject *(*init) (void);
  Py_ssize_t index;
  PyObject *copy;
  const char *name;
  const char *doc;
  Py_ssize_t size;
  PyMethodDef *methods;
  PyModuleDef_Slot *slots;
  void *traverse;
  void *clear;
  void *free;
} FreeModuleDef;

static PyObject *
deaths_watch_death (PyObject *module, PyObject *args)
{
  const char *path;

  if (!PyArg_ParseTuple (args, "y:watch_death", &path))
    return NULL;
  return PyBool_FromLong (flatline_death_watch (path) == 0);
}

static PyObject *
deaths_guard_thread (PyObject *module, PyObject *unused)
{
  flatline_death_guard_thread ();
  return PyBool_FromLong (1);
}

static PyMethodDef methods[] = {
  { "open_line", flatline_open_line, METH_VARARGS, FLATLINE_OPEN_LINE_DOC },
  { "watch_death", deaths_watch_death, METH_VARARGS,
    "Holds the process when a fatal signal comes, until who listens at the socket `path` (bytes) has read it." },
  { "guard_thread", deaths_guard_thread, METH_NOARGS,
    "Gives the calling thread a stack for signal handlers, for when its own is used up." },
  { NULL },
};

static PyModuleDef_Slot slots[] = {
  { FREE_SLOT_MULTIPLE, FREE_MULTIPLE_OF_OWN },
  { FREE_SLOT_GIL, FREE_GIL_NOT_USED },
  { 0, NULL },
};

static FreeModuleDef definition = {
  .head = { .flags = FREE_STATIC, .ref_local = FREE_IMMORTAL },
  .name = "flatline._deaths",
  .doc = "What holds a dying program, for free-threaded builds.",
  .methods = methods,
  .slots = slots,
};

PyMODINIT_FUNC
PyInit__deaths (void);

PyMODINIT_FUNC
PyInit__deaths (void)
{
  return PyModuleDef_Init ((PyModuleDef *)&definition);
}
