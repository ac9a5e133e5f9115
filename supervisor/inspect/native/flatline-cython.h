/* SPDX-License-Identifier: MIT */
/* The functions of Cython's, which C knows by names and places of its own making. For one capture. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct _FlatlineCython FlatlineCython;

FlatlineCython *
flatline_cython_new (void);
void
flatline_cython_free (FlatlineCython *self);

/* "__pyx_pf_5shape_4area" at shape.c:2917 becomes shape.area at shape.pyx:5, as far as that C file is there to tell.
 * What is no function of Cython's stays. */
void
flatline_cython_rename (FlatlineCython *self, FlatlineFrame *frame);

G_END_DECLS
