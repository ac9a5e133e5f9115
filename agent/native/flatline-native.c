/* SPDX-License-Identifier: MIT */
/*
 * flatline._native: the part of the agent that is worth C. One extension for all CPythons from 3.9 on (limited API);
 * flatline/client.py does the same without it, and uses what is here when it can be imported.
 *
 * A beat that is dropped, because the same (reason, caller) was accepted less than 50 ms ago, costs a look into a table
 * of hashes. The table has one entry a pair and is emptied when it is full, as the dictionary of client.py is. The rest
 * is in flatline-methods.c.
 */
#include "flatline-methods.h"

#include "flatline-references.h"

#include <stdint.h>
#include <time.h>

#define SAME_BEAT_NS INT64_C (50000000)
#define MAX_PAIRS    1024
#define SLOTS        4096 /* a power of two, so large that a search always ends at an empty one */

typedef struct
{
  PyObject *reason;
  PyObject *caller;
  Py_hash_t hash;
  int64_t accepted_ns; /* monotonic */
} Pair;

typedef struct
{
  PyObject *accept;         /* client.py's _accept(reason, caller) */
  PyObject *beat_in_python; /* client.py's _beat(reason, caller) */
  PyObject *default_reason;
  PyObject *default_caller;
  Pair *pairs;
  int n_pairs;
} State;

static int64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
forget_pairs (State *state)
{
  for (int i = 0; state->pairs && i < SLOTS; i++)
    {
      flatline_clear_reference (&state->pairs[i].reason);
      flatline_clear_reference (&state->pairs[i].caller);
    }
  state->n_pairs = 0;
}

/* The pair's slot or the empty one where it belongs. Both are plain strings: hashing and comparing run no code. */
static Pair *
find_pair (State *state, PyObject *reason, PyObject *caller)
{
  Py_hash_t hash = PyObject_Hash (reason) * 1000003 ^ PyObject_Hash (caller);

  for (size_t i = (size_t)hash ^ ((size_t)hash >> 20);; i++)
    {
      Pair *pair = &state->pairs[i & (SLOTS - 1)];

      if (!pair->reason)
        {
          pair->hash = hash;
          return pair;
        }
      if (pair->hash == hash && (pair->reason == reason || PyUnicode_Compare (pair->reason, reason) == 0)
          && (pair->caller == caller || PyUnicode_Compare (pair->caller, caller) == 0))
        return pair;
    }
}

/* Whether the beat is to be dropped; one that is not is noted as accepted. */
static int
is_repeated (State *state, PyObject *reason, PyObject *caller)
{
  Pair *pair = find_pair (state, reason, caller);
  int64_t now = now_ns ();

  if (pair->reason && now - pair->accepted_ns < SAME_BEAT_NS)
    return 1;
  if (!pair->reason)
    {
      if (state->n_pairs >= MAX_PAIRS)
        {
          forget_pairs (state);
          pair = find_pair (state, reason, caller);
        }
      Py_IncRef (reason);
      Py_IncRef (caller);
      pair->reason = reason;
      pair->caller = caller;
      state->n_pairs++;
    }
  pair->accepted_ns = now;
  return 0;
}

static PyObject *
native_beat (PyObject *module, PyObject *args, PyObject *kwargs)
{
  static char *names[] = { "reason", "caller", NULL };
  State *state = PyModule_GetState (module);
  PyObject *reason = state->default_reason, *caller = state->default_caller;
  Py_ssize_t n = kwargs ? -1 : PyTuple_Size (args);

  if (n == 2)
    {
      reason = PyTuple_GetItem (args, 0);
      caller = PyTuple_GetItem (args, 1);
    }
  else if (n != 0 && !PyArg_ParseTupleAndKeywords (args, kwargs, "|OO:beat", names, &reason, &caller))
    return NULL;
  if (!state->accept)
    return flatline_new_none ();
  if (!PyUnicode_CheckExact (reason) || !PyUnicode_CheckExact (caller))
    return PyObject_CallFunctionObjArgs (state->beat_in_python, reason, caller, NULL);
  if (is_repeated (state, reason, caller))
    return flatline_new_none ();
  return PyObject_CallFunctionObjArgs (state->accept, reason, caller, NULL);
}

static PyObject *
native_set_callables (PyObject *module, PyObject *args)
{
  State *state = PyModule_GetState (module);
  PyObject *accept, *beat_in_python;

  if (!PyArg_ParseTuple (args, "OO:set_callables", &accept, &beat_in_python))
    return NULL;
  Py_IncRef (accept);
  Py_IncRef (beat_in_python);
  flatline_clear_reference (&state->accept);
  flatline_clear_reference (&state->beat_in_python);
  state->accept = accept;
  state->beat_in_python = beat_in_python;
  forget_pairs (state);
  return flatline_new_none ();
}

static PyMethodDef methods[] = {
  { "beat", (PyCFunction)(void (*) (void))native_beat, METH_VARARGS | METH_KEYWORDS,
    "beat(reason='TICK', caller='')\n--\n\nThe program is alive: `reason` says what it does, `caller` where." },
  { "set_callables", native_set_callables, METH_VARARGS,
    "Sets what is called with (reason, caller): for a beat that is not dropped, and for one that is not of plain "
    "strings." },
  { NULL },
};

static int
execute (PyObject *module)
{
  State *state = PyModule_GetState (module);

  state->pairs = PyMem_Calloc (SLOTS, sizeof (Pair));
  state->default_reason = PyUnicode_InternFromString ("TICK");
  state->default_caller = PyUnicode_InternFromString ("");
  if (!state->pairs)
    PyErr_NoMemory ();
  if (!state->pairs || !state->default_reason || !state->default_caller)
    return -1;
  return PyModule_AddFunctions (module, flatline_methods);
}

static int
traverse (PyObject *module, visitproc visit, void *arg)
{
  State *state = PyModule_GetState (module);

  if (state)
    {
      Py_VISIT (state->accept);
      Py_VISIT (state->beat_in_python);
    }
  return 0;
}

static int
clear (PyObject *module)
{
  State *state = PyModule_GetState (module);

  if (state)
    {
      flatline_clear_reference (&state->accept);
      flatline_clear_reference (&state->beat_in_python);
      forget_pairs (state);
    }
  return 0;
}

static void
free_state (void *module)
{
  State *state = PyModule_GetState (module);

  clear (module);
  if (!state)
    return;
  flatline_clear_reference (&state->default_reason);
  flatline_clear_reference (&state->default_caller);
  PyMem_Free (state->pairs);
  state->pairs = NULL;
}

static PyModuleDef_Slot slots[] = {
  { Py_mod_exec, execute },
  { 0, NULL },
};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "flatline._native",
  .m_doc = "What the agent does in C.",
  .m_size = sizeof (State),
  .m_methods = methods,
  .m_slots = slots,
  .m_traverse = traverse,
  .m_clear = clear,
  .m_free = free_state,
};

PyMODINIT_FUNC
PyInit__native (void);

PyMODINIT_FUNC
PyInit__native (void)
{
  return PyModuleDef_Init (&definition);
}
