/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/lengths.h"

#include <math.h>
#include <string.h>

double rms_lengths_edge(int bin)
{
  return bin == 0 ? 0 : exp2(0.5 * bin);
}

int rms_lengths_bin(double service)
{
  if (!(service > M_SQRT2)) return 0;
  int octave = 0;
  const double part = frexp(service < 0x1p100 ? service : 0x1p100, &octave); /* 0.5 <= part < 1 */
  const int bin = 2 * (octave - 1) + (part >= M_SQRT1_2);
  return bin < RMS_LENGTH_BINS - 1 ? bin : RMS_LENGTH_BINS - 1;
}

static double index_at(const struct rms_lengths *lengths, int from)
{
  double alive = 0, done = 0, service = 0, best = 0;
  for (int b = from; b < RMS_LENGTH_BINS; b++) alive += lengths->count[b];
  for (int b = from; b < RMS_LENGTH_BINS; b++) {
    const double width = rms_lengths_edge(b + 1) - rms_lengths_edge(b), here = lengths->count[b];
    done += here;
    alive -= here;
    service += here * width / 2 + alive * width;
    if (done / service > best) best = done / service;
  }
  return best;
}

static void compute(struct rms_lengths *lengths)
{
  for (int b = 0; b < RMS_LENGTH_BINS; b++) lengths->index[b] = index_at(lengths, b);
  lengths->n_new = 0;
}

void rms_lengths_init(struct rms_lengths *lengths, double prior)
{
  memset(lengths, 0, sizeof *lengths);
  for (int b = 0; b < RMS_LENGTH_BINS; b++) lengths->count[b] = prior;
  compute(lengths);
}

void rms_lengths_add(struct rms_lengths *lengths, double service)
{
  double known = 0;
  lengths->count[rms_lengths_bin(service)] += 1;
  for (int b = 0; b < RMS_LENGTH_BINS; b++) known += lengths->count[b];
  if (++lengths->n_new >= 0.05 * known) compute(lengths);
}

double rms_lengths_index(const struct rms_lengths *lengths, double service)
{
  return lengths->index[rms_lengths_bin(service)];
}
