/* SPDX-License-Identifier: GPL-3.0-or-later */
/* predict.h - from what a measuring phase under MPS showed of the jobs of one machine to their
 * speeds on its slices (MISO, SoCC 2022, reference design in two steps): times of an iteration on
 * 7g, 4g, 3g are learned from measured mixes; speeds on 2g and 1g follow by linear regression from
 * those on 4g and 3g. Absolute slow-down under MPS is not among the measurements.
 *
 * A mix is a set: rows are put in a canonical order first, so that no model can depend on the
 * order in which jobs are listed, and equal rows get equal speeds. */
#ifndef RMS_JOBS_PREDICT_H
#define RMS_JOBS_PREDICT_H

#include "instances/base/text.h"
#include "instances/jobs/mixes.h"

#define RMS_PREDICTOR_FILE_MAX  ((size_t)16 << 20)
#define RMS_PREDICTED_SPEED_MIN 0.01

struct rms_predictor; /* a trained model; const after it is made */

/* The models that are compiled in (solvers/jobs/models/miso-NAME.json); the i-th name, NULL past
 * the end. */
const char *rms_predictor_name(size_t i);
int rms_predictor_builtin(struct rms_predictor **result, const char *name, struct rms_error *err);

/* Read a model file (rms-predictor/1, FORMAT.md); `origin` names it in errors. Hostile bytes are
 * refused with one message. RMS_E_FORMAT, RMS_E_LIMIT, RMS_E_NOMEM. */
int rms_predictor_parse(struct rms_predictor **result, const char *bytes, size_t n,
                        const char *origin, struct rms_error *err);
void rms_predictor_free(struct rms_predictor *predictor); /* accepts NULL */
/* The canonical file: parse gives back the same predictor, write the same bytes. */
int rms_predictor_write(const struct rms_predictor *predictor, struct rms_text *text);

/* Times of an iteration on 7g, 4g, 3g over the largest of them, as learned.
 *   rows [in]  n (1..7) jobs that ran together
 *   time [out] [n], each in [0.01, 1.2] */
void rms_predict_times(const struct rms_predictor *predictor, const struct rms_mps_row *rows, int n,
                       double (*time)[RMS_TARGETS]);

/* Speeds relative to 7g on 7g 4g 3g 2g 1g, each at least RMS_PREDICTED_SPEED_MIN; 2g no faster than
 * 3g, 1g no faster than 2g. Whether a job fits is not predicted: memory tells. */
void rms_predict_speeds(const struct rms_predictor *predictor, const struct rms_mps_row *rows,
                        int n, double (*speed)[RMS_SLICE_SIZES]);

/* The second step alone, for errors of its own: speed on 2g (k = 0) or 1g (k = 1) from those on 4g
 * and 3g by coefficients a s4 + b s3 + c. */
double rms_predict_small(const double coefficient[3], double speed_4g, double speed_3g);

#endif
