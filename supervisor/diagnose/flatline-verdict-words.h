/* SPDX-License-Identifier: MIT */
/* Private to diagnose/. The words of a verdict. */
#pragma once

#include "flatline-diagnosis.h"

G_BEGIN_DECLS

/* Writes the verdict about @finding, followed along its holders, which lead to a @circle of waiting; NULL: to none. */
FlatlineVerdict *
flatline_diagnosis_word_verdict (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFinding *circle);

G_END_DECLS
