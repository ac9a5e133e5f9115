/* SPDX-License-Identifier: MIT */
/* Private to diagnose/. What is certain because no thread is left that could change it. */
#pragma once

#include "flatline-diagnosis.h"

G_BEGIN_DECLS

/* Makes the circle that @circle is in certain when its process has no thread left that could break it. */
void
flatline_diagnosis_prove_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle);

/*
 * Makes a certain deadlock of waiting for a lock without a known holder when no thread is left that could release it,
 * and says of a loop's task that nothing is left that could end its wait; also of whom @finding waits for.
 */
void
flatline_diagnosis_prove_forsaken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* TRUE when @thread runs a loop of asyncio that nothing inside or outside of the program can wake. */
gboolean
flatline_diagnosis_is_stranded (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* TRUE when a task waits for the only child, whose end is all that can still wake the loop that it runs in. */
gboolean
flatline_diagnosis_hangs_on_child (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

G_END_DECLS
