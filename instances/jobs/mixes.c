/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/mixes.h"

#include <stdlib.h>
#include <string.h>

#include "instances/base/csv.h"
#include "instances/base/embedded.h"
#include "instances/base/rng.h"

static const char speeds_name[] = "instances/profiles/miso-speeds.csv";
static const char mixes_name[] = "instances/profiles/miso-mixes.csv";
enum { VARIANT_FIELDS = 12, JOB_FIELDS = 1 + RMS_MPS_LEVELS, BATCH_MAX = 65536 };

struct reader {
  struct rms_arena *arena;
  struct rms_variant *variants;
  struct rms_mix *mixes;
  size_t n_variants, n, capacity;
};

/* ---- speeds ---- */

static int check_header(const struct rms_csv *csv, struct rms_error *err)
{
  static const char *const names[VARIANT_FIELDS] = {
      "model",    "batch",       "speed_7g",   "speed_4g", "speed_3g", "speed_2g",
      "speed_1g", "iteration_s", "memory_mib", "time_7g",  "time_4g",  "time_3g"};
  for (size_t i = 0; i < VARIANT_FIELDS; i++)
    if (i >= csv->n || strcmp(csv->field[i], names[i]) != 0)
      return rms_csv_error(csv, err, "column %zu must be \"%s\"", i + 1, names[i]);
  return RMS_OK;
}

static int read_variant(struct reader *r, const struct rms_csv *csv, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_variant *v = &r->variants[r->n_variants];
  int64_t batch;
  if (csv->n != VARIANT_FIELDS)
    RMS_TRY(rms_csv_error(csv, err, "%zu fields, must be %d", csv->n, VARIANT_FIELDS));
  if (r->n_variants == RMS_VARIANTS_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s:%zu: more than %d variants", csv->origin, csv->line,
                          RMS_VARIANTS_MAX));
  RMS_TRY(rms_csv_int(csv, 1, "batch", 1, BATCH_MAX, &batch, err));
  v->batch = (int)batch;
  for (size_t s = 0; s < RMS_SLICE_SIZES; s++)
    RMS_TRY(rms_csv_double(csv, 2 + s, "speed", s < RMS_TARGETS ? 0.01 : 0, 2, &v->speed[s], err));
  RMS_TRY(rms_csv_double(csv, 7, "iteration_s", 1e-9, 1e6, &v->iteration, err));
  RMS_TRY(rms_csv_double(csv, 8, "memory_mib", 0, 1e9, &v->memory_mib, err));
  for (size_t s = 0; s < RMS_TARGETS; s++)
    RMS_TRY(rms_csv_double(csv, 9 + s, "time", 0.01, 1, &v->time[s], err));
  if (strlen(csv->field[0]) < 1 || strlen(csv->field[0]) > 64)
    RMS_TRY(rms_csv_error(csv, err, "the model's name must have 1 to 64 bytes"));
  v->model = rms_arena_text(r->arena, csv->field[0]);
  if (!v->model) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  r->n_variants++;
out:
  return status;
}

static int read_speeds(struct reader *r, const struct rms_mixes_source *source,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_csv csv;
  bool found;
  rms_csv_open(&csv, source->speeds, source->n_speeds, source->speeds_origin);
  RMS_TRY(rms_csv_next(&csv, &found, err));
  if (!found) RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s: no header line", csv.origin));
  RMS_TRY(check_header(&csv, err));
  for (;;) {
    RMS_TRY(rms_csv_next(&csv, &found, err));
    if (!found) break;
    RMS_TRY(read_variant(r, &csv, err));
  }
  if (r->n_variants == 0) RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s: no variants", csv.origin));
out:
  return status;
}

/* ---- mixes ---- */

static int read_job(const struct reader *r, const struct rms_csv *csv, struct rms_mix *mix,
                    struct rms_error *err)
{
  int status = RMS_OK;
  const size_t at = (size_t)mix->n * JOB_FIELDS;
  struct rms_mps_row *row = &mix->row[mix->n];
  int64_t value, largest = 0;
  RMS_TRY(rms_csv_int(csv, at, "variant", 0, (int64_t)r->n_variants - 1, &value, err));
  mix->variant[mix->n] = (uint8_t)value;
  for (size_t level = 0; level < RMS_MPS_LEVELS; level++) {
    RMS_TRY(rms_csv_int(csv, at + 1 + level, "time", 1, RMS_MPS_SCALE, &value, err));
    row->time[level] = (uint16_t)value;
    if (value > largest) largest = value;
  }
  if (largest != RMS_MPS_SCALE)
    RMS_TRY(rms_csv_error(csv, err, "the largest time of job %d is %d, must be %d", mix->n + 1,
                          (int)largest, RMS_MPS_SCALE));
  mix->n++;
out:
  return status;
}

static int read_mix(struct reader *r, const struct rms_csv *csv, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_mix mix = {0};
  if (csv->n % JOB_FIELDS != 0 || csv->n > JOB_FIELDS * RMS_MIX_JOBS_MAX)
    RMS_TRY(rms_csv_error(csv, err, "%zu fields, must be four for each of 1 to %d jobs", csv->n,
                          RMS_MIX_JOBS_MAX));
  while (mix.n < csv->n / JOB_FIELDS) RMS_TRY(read_job(r, csv, &mix, err));
  if (r->n == RMS_MIXES_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s:%zu: more than %d mixes", csv->origin, csv->line,
                          RMS_MIXES_MAX));
  if (rms_grow(&r->mixes, &r->capacity, r->n + 1, sizeof *r->mixes) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  r->mixes[r->n++] = mix;
out:
  return status;
}

static int read_mixes(struct reader *r, const struct rms_mixes_source *source,
                      struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_csv csv;
  bool found;
  rms_csv_open(&csv, source->mixes, source->n_mixes, source->mixes_origin);
  for (;;) {
    RMS_TRY(rms_csv_next(&csv, &found, err));
    if (!found) break;
    RMS_TRY(read_mix(r, &csv, err));
  }
  if (r->n == 0) RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s: no mixes", csv.origin));
out:
  return status;
}

int rms_mixes_parse(struct rms_mixes **result, const struct rms_mixes_source *source,
                    struct rms_error *err)
{
  int status = RMS_OK;
  struct reader r = {.arena = rms_arena_new()};
  if (!r.arena) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  struct rms_mixes *mixes = rms_arena_alloc(r.arena, 1, sizeof *mixes);
  r.variants = rms_arena_alloc(r.arena, RMS_VARIANTS_MAX, sizeof *r.variants);
  if (!mixes || !r.variants) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(read_speeds(&r, source, err));
  RMS_TRY(read_mixes(&r, source, err));
  struct rms_mix *copy = rms_arena_alloc(r.arena, r.n, sizeof *copy);
  if (!copy) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  memcpy(copy, r.mixes, r.n * sizeof *copy);
  *mixes = (struct rms_mixes){.arena = r.arena,
                              .n_variants = r.n_variants,
                              .n = r.n,
                              .variants = r.variants,
                              .mixes = copy};
  *result = mixes;
  r.arena = NULL;
out:
  free(r.mixes);
  rms_arena_free(r.arena);
  return status;
}

int rms_mixes_builtin(struct rms_mixes **result, struct rms_error *err)
{
  const struct rms_embedded *speeds = rms_embedded_find(speeds_name);
  const struct rms_embedded *mixes = rms_embedded_find(mixes_name);
  if (!speeds || !mixes)
    return rms_error_set(err, RMS_E_INTERNAL, "%s or %s was not built in", speeds_name, mixes_name);
  const struct rms_mixes_source source = {.speeds = (const char *)speeds->bytes,
                                          .n_speeds = speeds->size,
                                          .speeds_origin = speeds_name,
                                          .mixes = (const char *)mixes->bytes,
                                          .n_mixes = mixes->size,
                                          .mixes_origin = mixes_name};
  return rms_mixes_parse(result, &source, err);
}

void rms_mixes_free(struct rms_mixes *mixes)
{
  if (mixes) rms_arena_free(mixes->arena);
}

int rms_mixes_variant(const struct rms_mixes *mixes, const char *model, int batch)
{
  for (size_t v = 0; v < mixes->n_variants; v++)
    if (mixes->variants[v].batch == batch && strcmp(mixes->variants[v].model, model) == 0)
      return (int)v;
  return -1;
}

/* ---- folds ---- */

/* Shuffle the mixes of one number of jobs and deal them in turn. */
static void deal_size(const struct rms_mixes *mixes, int size, struct rms_rng *rng, int folds,
                      uint32_t *order, uint8_t *fold)
{
  size_t n = 0;
  for (size_t i = 0; i < mixes->n; i++)
    if (mixes->mixes[i].n == size) order[n++] = (uint32_t)i;
  for (size_t i = n; i > 1; i--) {
    const size_t j = (size_t)rms_rng_below(rng, i);
    const uint32_t other = order[j];
    order[j] = order[i - 1];
    order[i - 1] = other;
  }
  for (size_t i = 0; i < n; i++) fold[order[i]] = (uint8_t)(i % (size_t)folds);
}

int rms_mixes_deal(const struct rms_mixes *mixes, uint64_t seed, int folds, uint8_t *fold)
{
  uint32_t *order = malloc(mixes->n * sizeof *order);
  if (!order) return RMS_E_NOMEM;
  struct rms_rng rng = {.key = {.seed = seed}, .purpose = RMS_PURPOSE_INSTANCE, .stream = 1};
  for (int size = 1; size <= RMS_MIX_JOBS_MAX; size++)
    deal_size(mixes, size, &rng, folds, order, fold);
  free(order);
  return RMS_OK;
}
