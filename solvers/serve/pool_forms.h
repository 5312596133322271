/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool_forms.h - the linear forms (forms.h) of an instance with one pool. */
#ifndef RMS_SERVE_POOL_FORMS_H
#define RMS_SERVE_POOL_FORMS_H

#include "instances/serve/serve.h"
#include "solvers/serve/forms.h"

struct rms_pool_forms {
  bool
      is_derived; /* otherwise slice totals do not decide by forms: several pools, too large, gap */
  struct rms_forms forms;
  size_t kind_of[RMS_FORMS_DIMENSIONS_MAX]; /* the instance's kind of each dimension */
};

/* The kinds that the pool's machines can hold are the dimensions, in their order. Everything lives
 * in `arena`. 0 or RMS_E_NOMEM. Cost: rms_forms_derive. */
int rms_pool_forms_find(struct rms_pool_forms *result, struct rms_arena *arena,
                        const struct rms_serve *inst);

#endif
