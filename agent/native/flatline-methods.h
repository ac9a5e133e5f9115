/* SPDX-License-Identifier: MIT */
/*
 * What both extensions give to Python: the thread, the line to the supervisor, what holds a fatal signal. Nothing there
 * looks into an object, all is asked of functions, so that it does not matter how the interpreter lays them out.
 */
#pragma once

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03090000
#endif
#include <Python.h>

extern PyMethodDef flatline_methods[];
