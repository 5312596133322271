/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/pool_forms.h"

#include "solvers/serve/dual.h"

int rms_pool_forms_find(struct rms_pool_forms *result, struct rms_arena *arena,
                        const struct rms_serve *inst)
{
  const struct rms_serve_pool *pool = &inst->pools[0];
  enum rms_forms_kind kind = RMS_FORMS_TOO_LARGE;
  bool is_cut[RMS_SERVE_KINDS_MAX];
  size_t d = 0;
  *result = (struct rms_pool_forms){0};
  if (inst->n_pools != 1 || pool->n_cuts > RMS_FORMS_CUTS_MAX) return RMS_OK;
  rms_dual_kinds(inst, is_cut);
  for (size_t k = 0; k < inst->n_kinds; k++) {
    if (!is_cut[k]) continue;
    if (d == RMS_FORMS_DIMENSIONS_MAX) return RMS_OK;
    result->kind_of[d++] = k;
  }
  uint8_t(*cuts)[RMS_FORMS_DIMENSIONS_MAX] = rms_arena_alloc(arena, pool->n_cuts, sizeof *cuts);
  if (!cuts) return RMS_E_NOMEM;
  for (size_t c = 0; c < pool->n_cuts; c++)
    for (size_t i = 0; i < d; i++) cuts[c][i] = pool->cuts[c].count[result->kind_of[i]];
  const int status =
      rms_forms_derive(arena, d, pool->n_cuts, (const uint8_t(*)[RMS_FORMS_DIMENSIONS_MAX])cuts,
                       &result->forms, &kind);
  result->is_derived = status >= 0 && kind == RMS_FORMS_DERIVED;
  return status;
}
