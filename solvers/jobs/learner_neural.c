/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_neural.c - a small network for sets (after Deep Sets, Zaheer et al. 2017), in place of
 * MISO's U-Net: each job's measurements are embedded by the same layer; a job's times follow from
 * its own embedding and the mean of the others'. Mean absolute error, Adam. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/learner.h"

enum {
  INPUTS = RMS_MPS_LEVELS + 1,
  EMBEDDED = 24,
  JOINED = INPUTS + 2 * EMBEDDED,
  HIDDEN = 48,
  NARROW = 24,
  EPOCHS = 60,
  BATCH = 16, /* mixes */
  WEIGHT_UNIT = 100000,
  WEIGHT_MAX = 1000,
  STREAM_INIT = 13,
  STREAM_ORDER = 14
};
#define RATE 2e-3

struct layer { /* out = W in + b; weights row by row, the bias after each row */
  int in, out;
  size_t first;
};
enum { EMBED_WEIGHTS = EMBEDDED * (INPUTS + 1), JOIN_WEIGHTS = HIDDEN * (JOINED + 1) };
enum { NARROW_WEIGHTS = NARROW * (HIDDEN + 1), LAST_WEIGHTS = RMS_TARGETS * (NARROW + 1) };
enum { WEIGHTS = EMBED_WEIGHTS + JOIN_WEIGHTS + NARROW_WEIGHTS + LAST_WEIGHTS };
static const struct layer embed = {INPUTS, EMBEDDED, 0};
static const struct layer join = {JOINED, HIDDEN, EMBED_WEIGHTS};
static const struct layer narrow = {HIDDEN, NARROW, EMBED_WEIGHTS + JOIN_WEIGHTS};
static const struct layer last = {NARROW, RMS_TARGETS,
                                  EMBED_WEIGHTS + JOIN_WEIGHTS + NARROW_WEIGHTS};

struct network {
  double weight[WEIGHTS];
};

struct pass { /* activations of one mix, and their gradients */
  int n;
  double input[RMS_MIX_JOBS_MAX][INPUTS], embedded[RMS_MIX_JOBS_MAX][EMBEDDED];
  double joined[RMS_MIX_JOBS_MAX][JOINED], hidden[RMS_MIX_JOBS_MAX][HIDDEN];
  double narrow[RMS_MIX_JOBS_MAX][NARROW], out[RMS_MIX_JOBS_MAX][RMS_TARGETS];
};

/* ---- forward ---- */

static void forward(const struct layer *l, const double *weight, const double *in, double *out,
                    bool is_rectified)
{
  enum { SIDE_BY_SIDE = 4 }; /* sums that do not wait for each other */
  const double *w = weight + l->first;
  const int row = l->in + 1;
  int o = 0;
  for (; o + SIDE_BY_SIDE <= l->out; o += SIDE_BY_SIDE, w += SIDE_BY_SIDE * row) {
    double a = w[l->in], b = w[row + l->in], c = w[2 * row + l->in], d = w[3 * row + l->in];
    for (int i = 0; i < l->in; i++) {
      a += w[i] * in[i];
      b += w[row + i] * in[i];
      c += w[2 * row + i] * in[i];
      d += w[3 * row + i] * in[i];
    }
    out[o] = a, out[o + 1] = b, out[o + 2] = c, out[o + 3] = d;
  }
  for (; o < l->out; o++, w += row) {
    out[o] = w[l->in];
    for (int i = 0; i < l->in; i++) out[o] += w[i] * in[i];
  }
  for (o = 0; o < l->out && is_rectified; o++)
    if (out[o] < 0) out[o] = 0;
}

static void read_rows(struct pass *p, const struct rms_mps_row *rows, int n)
{
  p->n = n;
  for (int j = 0; j < n; j++) {
    for (int level = 0; level < RMS_MPS_LEVELS; level++)
      p->input[j][level] = 2.0 * rows[j].time[level] / RMS_MPS_SCALE - 1;
    p->input[j][RMS_MPS_LEVELS] = 2.0 * n / RMS_MIX_JOBS_MAX - 1;
  }
}

static void join_job(struct pass *p, int j)
{
  double *joined = p->joined[j];
  memcpy(joined, p->input[j], sizeof p->input[j]);
  memcpy(joined + INPUTS, p->embedded[j], sizeof p->embedded[j]);
  double *mean = joined + INPUTS + EMBEDDED;
  for (int e = 0; e < EMBEDDED; e++) {
    double sum = 0;
    for (int k = 0; k < p->n; k++)
      if (k != j) sum += p->embedded[k][e];
    mean[e] = p->n > 1 ? sum / (p->n - 1) : 0;
  }
}

static void run(struct pass *p, const double *weight)
{
  for (int j = 0; j < p->n; j++) forward(&embed, weight, p->input[j], p->embedded[j], true);
  for (int j = 0; j < p->n; j++) {
    join_job(p, j);
    forward(&join, weight, p->joined[j], p->hidden[j], true);
    forward(&narrow, weight, p->hidden[j], p->narrow[j], true);
    forward(&last, weight, p->narrow[j], p->out[j], false);
  }
}

static void predict(const void *model, const struct rms_mps_row *rows, int n,
                    double (*time)[RMS_TARGETS])
{
  const struct network *network = model;
  struct pass p;
  read_rows(&p, rows, n);
  run(&p, network->weight);
  for (int j = 0; j < n; j++) memcpy(time[j], p.out[j], sizeof time[j]);
}

/* ---- backward ---- */

/* Gradient of the weights is added; that of the input is added to d_in (NULL: not wanted). Where
 * the layer was rectified, outputs that are 0 let nothing through. */
static void backward(const struct layer *l, const double *weight, const double *in,
                     const double *out, const double *d_out, double *gradient, double *d_in)
{
  const double *w = weight + l->first;
  double *g = gradient + l->first;
  for (int o = 0; o < l->out; o++, w += l->in + 1, g += l->in + 1) {
    const double d = out && out[o] <= 0 ? 0 : d_out[o];
    if (d == 0) continue;
    for (int i = 0; i < l->in; i++) g[i] += d * in[i];
    g[l->in] += d;
    if (d_in)
      for (int i = 0; i < l->in; i++) d_in[i] += d * w[i];
  }
}

static void back_job(const struct pass *p, int j, const double *weight, const double *d_out,
                     double *gradient, double (*d_embedded)[EMBEDDED])
{
  double d_narrow[NARROW] = {0}, d_hidden[HIDDEN] = {0}, d_joined[JOINED] = {0};
  backward(&last, weight, p->narrow[j], NULL, d_out, gradient, d_narrow);
  backward(&narrow, weight, p->hidden[j], p->narrow[j], d_narrow, gradient, d_hidden);
  backward(&join, weight, p->joined[j], p->hidden[j], d_hidden, gradient, d_joined);
  for (int e = 0; e < EMBEDDED; e++) {
    d_embedded[j][e] += d_joined[INPUTS + e];
    for (int k = 0; k < p->n; k++)
      if (k != j) d_embedded[k][e] += d_joined[INPUTS + EMBEDDED + e] / (p->n - 1);
  }
}

/* Examples first .. end-1 are of one mix. */
static void learn_mix(const struct rms_examples *examples, size_t first, size_t end,
                      const double *weight, double *gradient)
{
  const struct rms_mix *mix = &examples->lesson->mixes->mixes[examples->list[first].mix];
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  uint8_t order[RMS_MIX_JOBS_MAX], place[RMS_MIX_JOBS_MAX] = {0};
  double d_embedded[RMS_MIX_JOBS_MAX][EMBEDDED] = {{0}};
  struct pass p;
  rms_mix_order(mix->row, mix->n, order);
  for (int k = 0; k < mix->n; k++) {
    rows[k] = mix->row[order[k]];
    place[order[k]] = (uint8_t)k;
  }
  read_rows(&p, rows, mix->n);
  run(&p, weight);
  for (size_t i = first; i < end; i++) {
    const struct rms_example *example = &examples->list[i];
    const int j = place[example->job];
    double d_out[RMS_TARGETS];
    for (int t = 0; t < RMS_TARGETS; t++) {
      const double off = p.out[j][t] - example->time[t];
      d_out[t] = (off > 0) - (off < 0);
    }
    back_job(&p, j, weight, d_out, gradient, d_embedded);
  }
  for (int j = 0; j < p.n; j++)
    backward(&embed, weight, p.input[j], p.embedded[j], d_embedded[j], gradient, NULL);
}

/* ---- Adam (Kingma and Ba 2015) ---- */

struct trainer {
  double gradient[WEIGHTS], mean[WEIGHTS], square[WEIGHTS];
  double decay_mean, decay_square; /* products of the decay rates so far */
  size_t n_mixes;
  size_t *first;   /* example at which each mix begins; [n_mixes + 1] */
  uint32_t *order; /* of the mixes */
};

static void step(struct network *network, struct trainer *t, double rate)
{
  t->decay_mean *= 0.9;
  t->decay_square *= 0.999;
  for (size_t i = 0; i < WEIGHTS; i++) {
    const double g = t->gradient[i];
    t->mean[i] = 0.9 * t->mean[i] + 0.1 * g;
    t->square[i] = 0.999 * t->square[i] + 0.001 * g * g;
    network->weight[i] -= rate * t->mean[i] / (1 - t->decay_mean) /
                          (sqrt(t->square[i] / (1 - t->decay_square)) + 1e-8);
    t->gradient[i] = 0;
  }
}

static void shuffle(uint32_t *order, size_t n, struct rms_rng *rng)
{
  for (size_t i = n; i > 1; i--) {
    const size_t j = (size_t)rms_rng_below(rng, i);
    const uint32_t other = order[j];
    order[j] = order[i - 1];
    order[i - 1] = other;
  }
}

/* Full rate for the first half of the epochs, then down to a fiftieth. */
static double rate_of(int epoch, int epochs)
{
  const double part = epochs > 1 ? (double)epoch / (epochs - 1) : 1;
  return part < 0.5 ? RATE : RATE * (1 - 1.96 * (part - 0.5));
}

static void fit(struct network *network, struct trainer *t, const struct rms_examples *examples)
{
  const int epochs = (int)ceil(EPOCHS * examples->lesson->effort);
  struct rms_rng rng = rms_learner_rng(examples->lesson, STREAM_ORDER);
  for (int epoch = 0; epoch < epochs; epoch++) {
    shuffle(t->order, t->n_mixes, &rng);
    for (size_t i = 0; i < t->n_mixes; i++) {
      const uint32_t m = t->order[i];
      learn_mix(examples, t->first[m], t->first[m + 1], network->weight, t->gradient);
      if (i % BATCH == BATCH - 1 || i + 1 == t->n_mixes) step(network, t, rate_of(epoch, epochs));
    }
  }
}

static void begin_layer(const struct layer *l, double *weight, struct rms_rng *rng)
{
  const double most = sqrt(6.0 / l->in);
  double *w = weight + l->first;
  for (int o = 0; o < l->out; o++, w += l->in + 1)
    for (int i = 0; i < l->in; i++) w[i] = rms_rng_uniform(rng, -most, most);
}

static void begin(struct network *network, const struct rms_lesson *lesson)
{
  struct rms_rng rng = rms_learner_rng(lesson, STREAM_INIT);
  begin_layer(&embed, network->weight, &rng);
  begin_layer(&join, network->weight, &rng);
  begin_layer(&narrow, network->weight, &rng);
  begin_layer(&last, network->weight, &rng);
}

static void find_mixes(struct trainer *t, const struct rms_examples *examples)
{
  for (size_t i = 0; i < examples->n; i++)
    if (i == 0 || examples->list[i].mix != examples->list[i - 1].mix) {
      t->order[t->n_mixes] = (uint32_t)t->n_mixes;
      t->first[t->n_mixes++] = i;
    }
  t->first[t->n_mixes] = examples->n;
}

/* What is written is what is used. */
static int round_weights(struct network *network, struct rms_error *err)
{
  for (size_t i = 0; i < WEIGHTS; i++) {
    if (!(fabs(network->weight[i]) < WEIGHT_MAX))
      return rms_error_set(err, RMS_E_INTERNAL, "training did not converge");
    network->weight[i] = (double)lround(network->weight[i] * WEIGHT_UNIT) / WEIGHT_UNIT;
  }
  return RMS_OK;
}

static int train(void **result, const struct rms_examples *examples, struct rms_error *err)
{
  int status = RMS_OK;
  struct network *network = calloc(1, sizeof *network);
  struct trainer *t = calloc(1, sizeof *t);
  if (t) t->first = malloc((examples->n + 1) * sizeof *t->first);
  if (t) t->order = malloc(examples->n * sizeof *t->order);
  if (!network || !t || !t->first || !t->order)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  t->decay_mean = t->decay_square = 1;
  find_mixes(t, examples);
  begin(network, examples->lesson);
  fit(network, t, examples);
  RMS_TRY(round_weights(network, err));
  *result = network;
  network = NULL;
out:
  if (t) free(t->order);
  if (t) free(t->first);
  free(t);
  free(network);
  return status;
}

/* ---- file ---- */

static int write_model(const void *model, struct rms_text *text)
{
  const struct network *network = model;
  rms_text_printf(text, "{ \"unit\": %d, \"layers\": [%d, %d, %d, %d, %d],\n    \"weights\": [",
                  WEIGHT_UNIT, INPUTS, EMBEDDED, HIDDEN, NARROW, RMS_TARGETS);
  for (size_t i = 0; i < WEIGHTS; i++) {
    if (i) rms_text_add(text, i % 20 ? "," : ",\n    ");
    rms_text_printf(text, "%ld", lround(network->weight[i] * WEIGHT_UNIT));
  }
  rms_text_add(text, "] }");
  return rms_text_status(text);
}

static int parse(void **result, const struct rms_node *node, struct rms_error *err)
{
  static const char *const fields[] = {"unit", "layers", "weights", NULL};
  static const double shape[] = {INPUTS, EMBEDDED, HIDDEN, NARROW, RMS_TARGETS};
  int status = RMS_OK;
  double layers[5];
  int64_t unit;
  struct network *network = calloc(1, sizeof *network);
  if (!network) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_node_fields(node, fields, err));
  RMS_TRY(rms_node_get_int(node, "unit", WEIGHT_UNIT, WEIGHT_UNIT, &unit, err));
  RMS_TRY(rms_learner_numbers(node, "layers", 5, HIDDEN, layers, err));
  if (memcmp(layers, shape, sizeof shape) != 0)
    RMS_TRY(rms_node_error(node, err, "layers must be [%d, %d, %d, %d, %d]", INPUTS, EMBEDDED,
                           HIDDEN, NARROW, RMS_TARGETS));
  RMS_TRY(rms_learner_numbers(node, "weights", WEIGHTS, (double)WEIGHT_MAX * WEIGHT_UNIT,
                              network->weight, err));
  for (size_t i = 0; i < WEIGHTS; i++) network->weight[i] /= WEIGHT_UNIT;
  *result = network;
  network = NULL;
out:
  free(network);
  return status;
}

const struct rms_learner rms_learner_neural = {
    .name = "neural",
    .doc = "Network for sets: embedding, mean of the company, two hidden layers; 60 epochs.",
    .train = train,
    .predict = predict,
    .write = write_model,
    .parse = parse,
    .free_model = free};
