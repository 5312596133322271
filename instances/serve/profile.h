/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.h - measured figures: throughput of a model on a slice size for a batch size and a number
 * of processes, and the goals (rate, latency objective) of scenarios. Three layouts are read:
 *
 *   ours      model,gpcs,batch,processes,throughput_per_process,flag
 *   tidy      model,gpcs,...,batch_size,num_procs,fits,throughput_per_proc,...,flag
 *   original  one file per model: Mig instance,Batch size,Workload Number,Throughput,Latency
 *
 * The throughput of all three is that of ONE process; a slice serves processes times as much. A row
 * with throughput 0, or fits 0, did not run and is dropped. */
#ifndef RMS_SERVE_PROFILE_H
#define RMS_SERVE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/memory.h"
#include "instances/serve/serve.h"

enum {
  RMS_FIGURES_MODELS_MAX = 4096,
  RMS_FIGURES_GPCS_MAX = 64,
  RMS_FIGURES_BATCH_MAX = 65536,
  RMS_FIGURES_PROCESSES_MAX = 64,
  RMS_GOALS_SCENARIOS_MAX = 1000000
};
#define RMS_FIGURES_FILE_MAX ((size_t)64 << 20)
#define RMS_FIGURES_ROWS_MAX ((size_t)4000000)

enum rms_figure_flag {
  RMS_FIGURE_GOOD,
  RMS_FIGURE_REPEATED, /* same_as_fewer_procs: the extra process most likely did not start */
  RMS_FIGURE_OUTLIER   /* more than 1.5 times the next best total of its slice */
};

struct rms_figure {
  uint16_t model; /* index */
  uint8_t gpcs, processes, flag;
  int32_t batch; /* of each process */
  int64_t rate;  /* of one process, micros, > 0 */
};

struct rms_figures {
  struct rms_arena *arena;
  size_t n_models;
  const char **models; /* in byte order */
  size_t n_rows;
  const struct rms_figure *rows; /* sorted by model, gpcs, batch, processes; no two alike */
  size_t n_flagged;
};

/* The table inside the project (instances/profiles/parvagpu-a100-80gb.csv). */
int rms_figures_builtin(struct rms_figures **result, struct rms_error *err);

struct rms_figures_source { /* one file in memory; borrowed */
  const char *bytes;
  size_t n;
  const char *origin; /* path, for errors; its stem is the model's name in the original layout */
};

/* Read one or more files of any of the layouts, recognised by the header, into one table.
 *   result [out] free with rms_figures_free; untouched on error
 * When no file has a flag column the two flags are found by rule: a figure equal, digit for digit,
 * to the one of one process fewer; a total above 1.5 times the next best of its model and size.
 * Errors: RMS_E_FORMAT (file, line, reason), RMS_E_LIMIT, RMS_E_NOMEM. Cost: O(rows log rows). */
int rms_figures_parse(struct rms_figures **result, const struct rms_figures_source *sources,
                      size_t n, struct rms_error *err);
void rms_figures_free(struct rms_figures *figures); /* accepts NULL */

/* Does the text begin like one of the three layouts? */
bool rms_figures_is_table(const char *bytes, size_t n);

int rms_figures_model(const struct rms_figures *figures, const char *name); /* index, -1: none */

/* Which rows a service may run at, and how they carry over to another machine. Zero means the
 * default. The paper's statement has latency <= factor * objective; ParvaGPU's solver accepts
 * strictly less, with factor 0.45, batch <= 128, processes <= 3 and objective and rate cut to
 * integers. We compare strictly unless `is_inclusive` is set; the two differ only on exact ties. */
struct rms_figures_rule {
  double lat_factor; /* default 1 */
  int procs_max;     /* default: no limit */
  int batch_max;     /* default: no limit */
  bool is_inclusive; /* latency <= instead of < */
  bool has_flagged;  /* flagged rows are taken too */
  bool is_truncated; /* the objective is cut to an integer first */
  double speed;      /* throughput times this, latency divided by it; default 1 (as measured) */
  double
      memory; /* part of the measured slice's memory that is there, (0, 1]; a batch needs memory in
                 proportion: batch <= memory * largest batch that ran with as many processes */
};

/* Best total throughput (rate * processes) of a model on a size within the rule, micros; 0: none.
 *   latency = 1000 * batch / throughput of one process, unrounded, milliseconds
 *   slo_ms  [in]  objective, > 0; INFINITY: none
 *   point   [out] where it is reached; ties go to fewer processes, then to the smaller batch; may
 * be NULL Cost: O(log rows + rows of that model and size). */
int64_t rms_figures_rate(const struct rms_figures *figures, size_t model, int gpcs, double slo_ms,
                         const struct rms_figures_rule *rule, struct rms_serve_point *point);

struct rms_goal {   /* one service of a scenario */
  int64_t scenario; /* from 1 */
  const char *model;
  double rate;   /* requests per second, > 0 */
  double slo_ms; /* > 0 */
};

struct rms_goals {
  struct rms_arena *arena;
  size_t n;
  const struct rms_goal *goals; /* sorted by scenario, then model in byte order */
};

/* The goals inside the project (instances/profiles/parvagpu-slo.csv). */
int rms_goals_builtin(struct rms_goals **result, struct rms_error *err);

/* Layouts: scenario,model,rate,slo_ms or scenario,model,request_rate_per_s,slo_latency_ms. */
int rms_goals_parse(struct rms_goals **result, const char *bytes, size_t n, const char *origin,
                    struct rms_error *err);

/* The original pair of matrices without header: row = scenario, column = model of `figures` in byte
 * order, N/A in both: the scenario does not serve it. Origins name the files in errors. */
int rms_goals_matrices(struct rms_goals **result, const struct rms_figures *figures,
                       const struct rms_figures_source *rates,
                       const struct rms_figures_source *latencies, struct rms_error *err);
void rms_goals_free(struct rms_goals *goals); /* accepts NULL */

#endif
