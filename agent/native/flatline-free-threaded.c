/* SPDX-License-Identifier: MIT */
/*
 * flatline._free_threaded: the C part for free-threaded CPythons, whose objects have another head than the limited API
 * of the others knows. All but the beats, which look into strings and are Python there. Of the one object that is laid
 * out here the head is Include/object.h's with Py_GIL_DISABLED, which 3.13, 3.14 and 3.15 share. agent.py loads it into
 * no others.
 */
#include "flatline-methods.h"

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

static PyModuleDef_Slot slots[] = {
  { FREE_SLOT_MULTIPLE, FREE_MULTIPLE_OF_OWN },
  { FREE_SLOT_GIL, FREE_GIL_NOT_USED },
  { 0, NULL },
};

static FreeModuleDef definition = {
  .head = { .flags = FREE_STATIC, .ref_local = FREE_IMMORTAL },
  .name = "flatline._free_threaded",
  .doc = "What the agent does in C, for free-threaded builds.",
  .methods = flatline_methods,
  .slots = slots,
};

PyMODINIT_FUNC
PyInit__free_threaded (void);

PyMODINIT_FUNC
PyInit__free_threaded (void)
{
  return PyModuleDef_Init ((PyModuleDef *)&definition);
}
