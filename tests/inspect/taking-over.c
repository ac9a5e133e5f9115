/* SPDX-License-Identifier: MIT */
/*
 * As a program that embeds Python does: a thread of C that runs a thread state which another thread made, of the main
 * interpreter or of a new one. Loaded by taking_over_program.py into whatever Python runs it, so it uses no header of
 * Python and nothing of the C library but what it is given.
 */

typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;
typedef int (*CreateThread) (unsigned long *thread, const void *attributes, void *(*start) (void *), void *data);

PyThreadState *
PyThreadState_Get (void);
PyThreadState *
PyThreadState_New (PyInterpreterState *interpreter);
PyThreadState *
PyThreadState_Swap (PyThreadState *state);
PyInterpreterState *
PyInterpreterState_Get (void);
PyThreadState *
Py_NewInterpreter (void);
void
PyEval_AcquireThread (PyThreadState *state);
void
PyEval_ReleaseThread (PyThreadState *state);
int
PyRun_SimpleString (const char *code);

PyThreadState *
make_state (int in_new_interpreter);
int
run_taken_over (CreateThread create, PyThreadState *state, const char *code);

typedef struct
{
  PyThreadState *state;
  const char *code;
} Work;

static Work works[8];
static int n_works;

static void *
take_over (void *data)
{
  const Work *work = data;

  PyEval_AcquireThread (work->state);
  PyRun_SimpleString (work->code);
  PyEval_ReleaseThread (work->state);
  return 0;
}

/* Called with the GIL held, as is the other; the state is for that one. */
PyThreadState *
make_state (int in_new_interpreter)
{
  PyThreadState *own = PyThreadState_Get ();
  PyThreadState *state;

  if (!in_new_interpreter)
    return PyThreadState_New (PyInterpreterState_Get ());
  state = Py_NewInterpreter ();
  PyThreadState_Swap (own);
  return state;
}

/* @create is pthread_create(); @code is to last. 0: it runs. */
int
run_taken_over (CreateThread create, PyThreadState *state, const char *code)
{
  Work *work = &works[n_works++];
  unsigned long thread;

  *work = (Work){ state, code };
  return create (&thread, 0, take_over, work);
}
