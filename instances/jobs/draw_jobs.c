/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/draw_jobs.h"

#include <math.h>
#include <string.h>

#include "instances/base/csv.h"
#include "instances/base/embedded.h"
#include "instances/base/rng.h"

enum { ROWS_MAX = 1024 };

struct row { /* of MISO's trace */
  uint32_t type;
  double seconds;
};

struct quantile {
  double part, seconds;
};

struct tables {
  size_t n_rows, n_quantiles;
  struct row rows[ROWS_MAX];
  struct quantile quantiles[ROWS_MAX];
};

enum stream { STREAM_ORDER, STREAM_TYPE, STREAM_LENGTH, STREAM_ARRIVAL };

struct draw {
  const struct rms_jobs_recipe *recipe;
  struct tables tables;
  struct rms_job *jobs;
  size_t n;
  uint64_t key;
};

static struct rms_rng open_stream(const struct draw *d, enum stream stream)
{
  return (struct rms_rng){
      .key = {.seed = (uint64_t)rms_jobs_whole(d->recipe, RMS_JOBS_SEED), .job = d->key},
      .purpose = RMS_PURPOSE_INSTANCE,
      .stream = (uint32_t)rms_jobs_whole(d->recipe, RMS_JOBS_INDEX),
      .island = (uint32_t)stream};
}

/* ---- figure tables -----------------------------------------------------------------------------
 */

typedef int row_fn(struct tables *tables, const struct rms_csv *csv, const struct rms_mixes *mixes,
                   struct rms_error *err);

static int trace_row(struct tables *tables, const struct rms_csv *csv,
                     const struct rms_mixes *mixes, struct rms_error *err)
{
  int status = RMS_OK;
  int64_t batch;
  double seconds;
  RMS_TRY(rms_csv_int(csv, 1, "batch", 1, 65536, &batch, err));
  RMS_TRY(rms_csv_double(csv, 2, "runtime_s", 1, 5e6, &seconds, err));
  const int variant = rms_mixes_variant(mixes, csv->field[0], (int)batch);
  if (variant < 0) RMS_TRY(rms_csv_error(csv, err, "no speeds are known of this model and batch"));
  tables->rows[tables->n_rows++] = (struct row){.type = (uint32_t)variant, .seconds = seconds};
out:
  return status;
}

static int quantile_row(struct tables *tables, const struct rms_csv *csv,
                        const struct rms_mixes *mixes, struct rms_error *err)
{
  (void)mixes;
  int status = RMS_OK;
  struct quantile q = {0};
  const size_t n = tables->n_quantiles;
  const double least = n ? tables->quantiles[n - 1].seconds : 0;
  RMS_TRY(
      rms_csv_double(csv, 0, "quantile", n ? tables->quantiles[n - 1].part : 0, 1, &q.part, err));
  RMS_TRY(rms_csv_double(csv, 1, "runtime_s", least, 1e9, &q.seconds, err));
  tables->quantiles[tables->n_quantiles++] = q;
out:
  return status;
}

static int read_table(struct draw *d, const char *name, size_t fields, row_fn *take,
                      const struct rms_mixes *mixes, struct rms_error *err)
{
  struct rms_csv csv;
  bool found = false;
  const struct rms_embedded *const file = rms_embedded_find(name);
  if (!file) return rms_error_set(err, RMS_E_INTERNAL, "%s is not built in", name);
  rms_csv_open(&csv, (const char *)file->bytes, file->size, name);
  int status = rms_csv_next(&csv, &found, err); /* the header */
  for (size_t n = 0; status == RMS_OK && n < ROWS_MAX; n++) {
    status = rms_csv_next(&csv, &found, err);
    if (status < 0 || !found) return status;
    if (csv.n != fields) return rms_csv_error(&csv, err, "must have %zu fields", fields);
    status = take(&d->tables, &csv, mixes, err);
  }
  return status < 0 ? status : rms_csv_error(&csv, err, "more than %d rows", ROWS_MAX);
}

/* ---- what a job is -----------------------------------------------------------------------------
 */

static void set_work(struct rms_job *job, double seconds)
{
  const int64_t us = (int64_t)(seconds * (double)RMS_JOBS_SECOND);
  job->work = (us < 1 ? 1 : us) * RMS_JOBS_FULL;
}

/* The published jobs in random order, as often as needed, each time in another order. */
static void take_trace(struct draw *d)
{
  struct rms_rng rng = open_stream(d, STREAM_ORDER);
  uint32_t order[ROWS_MAX];
  const size_t n = d->tables.n_rows;
  for (size_t j = 0; j < d->n; j++) {
    const size_t at = j % n;
    if (at == 0)
      for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    const size_t pick = at + (size_t)rms_rng_below(&rng, n - at);
    const uint32_t row = order[pick];
    order[pick] = order[at];
    d->jobs[j].type = d->tables.rows[row].type;
    set_work(&d->jobs[j], d->tables.rows[row].seconds);
  }
}

/* Between two quantiles the logarithm of the run time is linear. */
static double philly_length(const struct tables *t, double part)
{
  size_t i = 1;
  while (i + 1 < t->n_quantiles && t->quantiles[i].part < part) i++;
  const struct quantile a = t->quantiles[i - 1], b = t->quantiles[i];
  const double x = log(a.seconds < 1 ? 1 : a.seconds), y = log(b.seconds < 1 ? 1 : b.seconds);
  return exp(x + (y - x) * (part - a.part) / (b.part - a.part));
}

static void draw_works(struct draw *d)
{
  struct rms_rng types = open_stream(d, STREAM_TYPE), lengths = open_stream(d, STREAM_LENGTH);
  const bool is_philly = rms_jobs_whole(d->recipe, RMS_JOBS_LENGTHS) == RMS_LENGTHS_PHILLY;
  const double clip = d->recipe->value[RMS_JOBS_CLIP].real;
  for (size_t j = 0; j < d->n; j++) {
    d->jobs[j].type = d->tables.rows[rms_rng_below(&types, d->tables.n_rows)].type;
    const double part = rms_rng_unit(&lengths);
    const double seconds = is_philly
                               ? philly_length(&d->tables, part)
                               : d->tables.rows[(size_t)(part * (double)d->tables.n_rows)].seconds;
    set_work(&d->jobs[j], fmin(seconds, clip));
  }
}

/* ---- when it comes -----------------------------------------------------------------------------
 */

/* By inversion; a sum of parts, so that exp(-mean) does not vanish. */
static double draw_poisson(struct rms_rng *rng, double mean)
{
  double sum = 0;
  for (; mean > 0; mean -= 500) {
    const double part = fmin(mean, 500), u = rms_rng_unit(rng);
    double term = exp(-part), below = term;
    int k = 0;
    while (below < u && k < 5000) {
      term *= part / ++k;
      below += term;
    }
    sum += k;
  }
  return sum;
}

static double draw_exponential(struct rms_rng *rng, double mean)
{
  return -mean * log(rms_rng_unit(rng));
}

struct clock {
  double gap, now;
  bool is_burst;
};

static double gap_miso(const struct draw *d, struct rms_rng *rng, struct clock *c, size_t j)
{
  const bool is_front = rms_jobs_whole(d->recipe, RMS_JOBS_FRONT) && j < (d->n + 2) / 3;
  return draw_poisson(rng, is_front ? c->gap / 2 : c->gap);
}

static double gap_poisson(const struct draw *d, struct rms_rng *rng, struct clock *c, size_t j)
{
  (void)d, (void)j;
  return draw_exponential(rng, c->gap);
}

/* Bursts and calms of 20 jobs on average; gaps in a burst are a ninth of those in a calm. */
static double gap_bursty(const struct draw *d, struct rms_rng *rng, struct clock *c, size_t j)
{
  (void)d, (void)j;
  if (rms_rng_unit(rng) < 0.05) c->is_burst = !c->is_burst;
  return draw_exponential(rng, c->gap * (c->is_burst ? 0.2 : 1.8));
}

/* Rate (1 + 0.8 sin) over a day of 24 hours, by thinning. */
static double gap_diurnal(const struct draw *d, struct rms_rng *rng, struct clock *c, size_t j)
{
  (void)d, (void)j;
  double t = c->now;
  do {
    t += draw_exponential(rng, c->gap / 1.8);
  } while (rms_rng_unit(rng) * 1.8 > 1 + 0.8 * sin(2 * 3.14159265358979323846 * t / 86400));
  return t - c->now;
}

static int draw_arrivals(struct draw *d, double gap, struct rms_error *err)
{
  static double (*const processes[])(const struct draw *, struct rms_rng *, struct clock *,
                                     size_t) = {[RMS_ARRIVALS_MISO] = gap_miso,
                                                [RMS_ARRIVALS_POISSON] = gap_poisson,
                                                [RMS_ARRIVALS_BURSTY] = gap_bursty,
                                                [RMS_ARRIVALS_DIURNAL] = gap_diurnal};
  struct rms_rng rng = open_stream(d, STREAM_ARRIVAL);
  struct clock c = {.gap = gap};
  for (size_t j = 0; j < d->n; j++) {
    c.now += processes[rms_jobs_whole(d->recipe, RMS_JOBS_ARRIVALS)](d, &rng, &c, j);
    if (c.now * 1e6 >= (double)RMS_JOBS_TIME_MAX_US)
      return rms_error_set(err, RMS_E_LIMIT, "job %zu would arrive after 31 years", j);
    d->jobs[j].arrival_us = (int64_t)(c.now * (double)RMS_JOBS_SECOND);
  }
  return RMS_OK;
}

int rms_jobs_draw(const struct rms_jobs_recipe *recipe, uint64_t key, const struct rms_mixes *mixes,
                  struct rms_job *jobs, struct rms_error *err)
{
  int status = RMS_OK;
  struct draw d = {.recipe = recipe,
                   .jobs = jobs,
                   .n = (size_t)rms_jobs_whole(recipe, RMS_JOBS_JOBS),
                   .key = key};
  memset(jobs, 0, d.n * sizeof *jobs);
  RMS_TRY(read_table(&d, "instances/profiles/miso-trace.csv", 3, trace_row, mixes, err));
  RMS_TRY(read_table(&d, "instances/profiles/philly-runtimes.csv", 2, quantile_row, mixes, err));
  if (rms_jobs_whole(recipe, RMS_JOBS_TRACE) == RMS_TRACE_MISO)
    take_trace(&d);
  else
    draw_works(&d);
out:
  return status;
}

int rms_jobs_draw_arrivals(const struct rms_jobs_recipe *recipe, uint64_t key, double gap,
                           struct rms_job *jobs, struct rms_error *err)
{
  struct draw d = {.recipe = recipe,
                   .jobs = jobs,
                   .n = (size_t)rms_jobs_whole(recipe, RMS_JOBS_JOBS),
                   .key = key};
  return draw_arrivals(&d, gap, err);
}
