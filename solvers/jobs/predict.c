/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/embedded.h"
#include "solvers/jobs/learner.h"

#define FORMAT          "rms-predictor/1"
#define FOLDER          "solvers/jobs/models/miso-"
#define TIME_MIN        0.01
#define TIME_MAX        1.2
#define COEFFICIENT_MAX 1000

/* ---- what is compiled in ---- */

const char *rms_predictor_name(size_t i)
{
  for (size_t f = 0; f < rms_embedded_count; f++)
    if (!strncmp(rms_embedded_files[f].name, FOLDER, strlen(FOLDER)) && i-- == 0)
      return rms_embedded_files[f].stem + strlen("miso-");
  return NULL;
}

int rms_predictor_builtin(struct rms_predictor **result, const char *name, struct rms_error *err)
{
  char path[128];
  snprintf(path, sizeof path, FOLDER "%.64s.json", name);
  const struct rms_embedded *file = rms_embedded_find(path);
  if (!file) return rms_error_set(err, RMS_E_UNKNOWN, "no predictor \"%.64s\" is built in", name);
  return rms_predictor_parse(result, (const char *)file->bytes, file->size, path, err);
}

/* ---- predicting ---- */

static double clip(double value, double lo, double hi)
{
  return value >= lo ? value <= hi ? value : hi : lo;
}

void rms_predict_times(const struct rms_predictor *predictor, const struct rms_mps_row *rows, int n,
                       double (*time)[RMS_TARGETS])
{
  struct rms_mps_row sorted[RMS_MIX_JOBS_MAX];
  double found[RMS_MIX_JOBS_MAX][RMS_TARGETS];
  uint8_t order[RMS_MIX_JOBS_MAX];
  rms_mix_order(rows, n, order);
  for (int k = 0; k < n; k++) sorted[k] = rows[order[k]];
  predictor->learner->predict(predictor->model, sorted, n, found);
  for (int k = 0; k < n; k++)
    for (int t = 0; t < RMS_TARGETS; t++) time[order[k]][t] = clip(found[k][t], TIME_MIN, TIME_MAX);
}

double rms_predict_small(const double coefficient[3], double speed_4g, double speed_3g)
{
  return coefficient[0] * speed_4g + coefficient[1] * speed_3g + coefficient[2];
}

void rms_predict_speeds(const struct rms_predictor *predictor, const struct rms_mps_row *rows,
                        int n, double (*speed)[RMS_SLICE_SIZES])
{
  double time[RMS_MIX_JOBS_MAX][RMS_TARGETS];
  rms_predict_times(predictor, rows, n, time);
  for (int j = 0; j < n; j++) {
    double *s = speed[j];
    s[0] = 1;
    s[1] = clip(time[j][0] / time[j][1], RMS_PREDICTED_SPEED_MIN, TIME_MAX);
    s[2] = clip(time[j][0] / time[j][2], RMS_PREDICTED_SPEED_MIN, TIME_MAX);
    for (int k = 0; k < 2; k++)
      s[3 + k] = clip(rms_predict_small(predictor->small[k], s[1], s[2]), RMS_PREDICTED_SPEED_MIN,
                      s[2 + k]);
  }
}

/* ---- file ---- */

int rms_predictor_write(const struct rms_predictor *p, struct rms_text *text)
{
  rms_text_printf(text,
                  "{ \"format\": \"" FORMAT
                  "\", \"model\": \"%s\", \"seed\": %llu, \"mixes\": %zu, "
                  "\"examples\": %zu,\n  \"held_out\": ",
                  p->learner->name, (unsigned long long)p->seed, p->n_mixes, p->n_examples);
  rms_text_json(text, p->note);
  for (int k = 0; k < 2; k++) {
    rms_text_add(text, k ? "], \"1g\": [" : ",\n  \"2g\": [");
    for (int i = 0; i < 3; i++) {
      if (i) rms_text_add(text, ", ");
      rms_text_double(text, p->small[k][i]);
    }
  }
  rms_text_add(text, "],\n  \"learned\":\n    ");
  const int status = p->learner->write(p->model, text);
  rms_text_add(text, "\n}\n");
  return status < 0 ? status : rms_text_status(text);
}

static int parse_head(struct rms_predictor *p, const struct rms_node *root, struct rms_error *err)
{
  static const char *const fields[] = {"format",   "model", "seed", "mixes",   "examples",
                                       "held_out", "2g",    "1g",   "learned", NULL};
  int status = RMS_OK;
  const char *text;
  int64_t value;
  RMS_TRY(rms_node_fields(root, fields, err));
  RMS_TRY(rms_node_get_string(root, "format", 1, 64, &text, err));
  if (strcmp(text, FORMAT) != 0)
    RMS_TRY(rms_node_error(root, err, "format is \"%s\", must be \"" FORMAT "\"", text));
  RMS_TRY(rms_node_get_string(root, "model", 1, 64, &text, err));
  p->learner = rms_learner_find(text);
  if (!p->learner)
    RMS_TRY(rms_node_error(root, err, "model \"%s\" is unknown (rms train --list)", text));
  RMS_TRY(rms_node_get_int(root, "seed", 0, INT64_MAX, &value, err));
  p->seed = (uint64_t)value;
  RMS_TRY(rms_node_get_int(root, "mixes", 1, RMS_MIXES_MAX, &value, err));
  p->n_mixes = (size_t)value;
  RMS_TRY(rms_node_get_int(root, "examples", 1, RMS_MIXES_MAX * RMS_MIX_JOBS_MAX, &value, err));
  p->n_examples = (size_t)value;
  RMS_TRY(rms_node_get_string(root, "held_out", 0, sizeof p->note - 1, &text, err));
  snprintf(p->note, sizeof p->note, "%s", text);
  RMS_TRY(rms_learner_numbers(root, "2g", 3, COEFFICIENT_MAX, p->small[0], err));
  RMS_TRY(rms_learner_numbers(root, "1g", 3, COEFFICIENT_MAX, p->small[1], err));
out:
  return status;
}

int rms_predictor_parse(struct rms_predictor **result, const char *bytes, size_t n,
                        const char *origin, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  struct rms_node learned;
  struct rms_predictor *p = calloc(1, sizeof *p);
  if (!p) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (n > RMS_PREDICTOR_FILE_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s: larger than 16 MiB", origin));
  RMS_TRY(rms_document_parse(&doc, bytes, n, origin, err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(parse_head(p, &root, err));
  RMS_TRY(rms_node_get(&root, "learned", &learned, err));
  RMS_TRY(p->learner->parse(&p->model, &learned, err));
  *result = p;
  p = NULL;
out:
  rms_document_free(doc);
  rms_predictor_free(p);
  return status;
}

void rms_predictor_free(struct rms_predictor *predictor)
{
  if (!predictor) return;
  if (predictor->learner) predictor->learner->free_model(predictor->model);
  free(predictor);
}
