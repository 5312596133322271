/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c - measured mixes in the place of an MPS phase. */
#include <stdlib.h>

#include "instances/jobs/mixes.h"

struct measured {
  uint64_t variants; /* bit: is one of them */
  struct rms_mix mix;
};

struct rms_replay {
  size_t first[RMS_MIX_JOBS_MAX + 2]; /* mixes of n jobs: first[n] .. first[n + 1] - 1 */
  struct measured mixes[];
};

static uint64_t variants_of(const struct rms_mix *mix)
{
  uint64_t variants = 0;
  for (int c = 0; c < mix->n; c++) variants |= UINT64_C(1) << mix->variant[c];
  return variants;
}

int rms_replay_new(struct rms_replay **result, const struct rms_mixes *mixes)
{
  int status = RMS_OK;
  struct rms_replay *replay = malloc(sizeof *replay + mixes->n * sizeof *replay->mixes);
  uint8_t *fold = malloc(mixes->n);
  size_t n = 0;
  RMS_TRY(replay && fold ? RMS_OK : RMS_E_NOMEM);
  RMS_TRY(rms_mixes_deal(mixes, RMS_MEASURE_SEED, RMS_MEASURE_FOLDS, fold));
  for (int size = 0; size <= RMS_MIX_JOBS_MAX; size++) {
    replay->first[size] = n;
    for (size_t i = 0; i < mixes->n; i++)
      if (fold[i] == RMS_MEASURE_FOLD && mixes->mixes[i].n == size)
        replay->mixes[n++] =
            (struct measured){.variants = variants_of(&mixes->mixes[i]), .mix = mixes->mixes[i]};
  }
  replay->first[RMS_MIX_JOBS_MAX + 1] = n;
  *result = replay;
  replay = NULL;
out:
  free(fold);
  free(replay);
  return status;
}

void rms_replay_free(struct rms_replay *replay)
{
  free(replay);
}

struct wanted {
  const int *variant;
  int n;
  uint32_t left; /* jobs without a row yet */
};

/* Give jobs that are left the rows of their variants in `mix`; returns how many. rows may be NULL:
 * only count. */
static int match(const struct wanted *w, const struct rms_mix *mix, uint32_t *left,
                 struct rms_mps_row *rows)
{
  uint32_t used = 0;
  int n = 0;
  for (int j = 0; j < w->n; j++) {
    if (!(w->left >> j & 1)) continue;
    for (int c = 0; c < mix->n; c++) {
      if (used >> c & 1 || mix->variant[c] != w->variant[j]) continue;
      used |= 1u << c;
      n++;
      if (rows) rows[j] = mix->row[c];
      if (left) *left &= ~(1u << j);
      break;
    }
  }
  return n;
}

/* match, only counted; most mixes have nothing that is wanted. */
static int count(const struct wanted *w, const struct measured *measured)
{
  uint64_t variants = 0;
  for (int j = 0; j < w->n; j++)
    if (w->left >> j & 1 && w->variant[j] >= 0) variants |= UINT64_C(1) << w->variant[j];
  return variants & measured->variants ? match(w, &measured->mix, NULL, NULL) : 0;
}

/* The mix of `size` jobs that serves most of those that are left; one of the equals, by `draw`. */
static const struct rms_mix *best_of_size(const struct rms_replay *replay, const struct wanted *w,
                                          int size, uint64_t draw)
{
  const size_t from = replay->first[size], to = replay->first[size + 1];
  int most = 0;
  uint64_t equals = 0;
  for (size_t i = from; i < to; i++) {
    const int n = count(w, &replay->mixes[i]);
    if (n > most) equals = 0;
    if (n > most) most = n;
    if (n == most) equals++;
  }
  if (most == 0) return NULL;
  uint64_t skip = draw % equals;
  for (size_t i = from; i < to; i++)
    if (count(w, &replay->mixes[i]) == most && skip-- == 0) return &replay->mixes[i].mix;
  return NULL;
}

static const struct rms_mix *best(const struct rms_replay *replay, const struct wanted *w,
                                  uint64_t draw)
{
  for (int away = 0; away < RMS_MIX_JOBS_MAX; away++) {
    const int sizes[2] = {w->n - away, w->n + away};
    for (int k = 0; k < 2; k++) {
      if (sizes[k] < 1 || sizes[k] > RMS_MIX_JOBS_MAX) continue;
      const struct rms_mix *mix = best_of_size(replay, w, sizes[k], draw);
      if (mix) return mix;
    }
  }
  return NULL;
}

void rms_replay_measure(const struct rms_replay *replay, const int *variant, int n, uint64_t draw,
                        struct rms_mps_row *rows)
{
  struct wanted w = {.variant = variant, .n = n, .left = (1u << n) - 1};
  while (w.left) {
    const struct rms_mix *mix = best(replay, &w, draw);
    uint32_t left = w.left;
    if (!mix) break;
    match(&w, mix, &left, rows);
    w.left = left;
  }
  for (int j = 0; j < n; j++) /* a variant that was never measured says nothing */
    if (w.left >> j & 1)
      for (int level = 0; level < RMS_MPS_LEVELS; level++) rows[j].time[level] = RMS_MPS_SCALE;
}
