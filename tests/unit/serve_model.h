/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve_model.h - the linear relaxation of the compact integer program of a small instance, given
 * to GLPK as it is written: an oracle for tests. */
#ifndef RMS_TEST_SERVE_MODEL_H
#define RMS_TEST_SERVE_MODEL_H

#include "instances/serve/serve.h"

/* Least cost with divisible slices and machines; INFINITY when there is no solution, NAN when GLPK
 * gives up. */
double serve_model(const struct rms_serve *inst);

#endif
