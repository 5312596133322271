/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/waiting.h"

#include <stdlib.h>
#include <string.h>

void rms_waiting_fini(struct rms_waiting *queue)
{
  free(queue->before);
  free(queue->next);
  memset(queue, 0, sizeof *queue);
}

uint64_t rms_waiting_kinds(const struct rms_sim *sim, uint32_t job)
{
  uint64_t kinds = 0;
  for (size_t k = 0; k < rms_sim_cluster(sim)->n_kinds; k++)
    if (rms_sim_fits(sim, job, k)) kinds |= UINT64_C(1) << k;
  return kinds;
}

static size_t group_of(struct rms_waiting *q, uint64_t fits)
{
  size_t g = 0;
  while (g < q->n_groups && q->group[g].fits != fits) g++;
  if (g < q->n_groups) return g;
  if (g == RMS_WAITING_GROUPS) {
    q->group[--g].fits &= fits;
    return g;
  }
  q->group[g].fits = fits;
  q->group[g].first = q->group[g].last = RMS_JOB_NONE;
  q->n_groups++;
  return g;
}

int rms_waiting_add(struct rms_waiting *queue, const struct rms_sim *sim, uint32_t job)
{
  struct rms_waiting *const q = queue;
  if (rms_grow(&q->next, &q->capacity, (size_t)job + 1, sizeof *q->next) < 0 ||
      rms_grow(&q->before, &q->before_capacity, (size_t)job + 1, sizeof *q->before) < 0)
    return RMS_E_NOMEM;
  const size_t g = group_of(q, rms_waiting_kinds(sim, job));
  uint32_t after = q->group[g].last; /* whom it follows */
  while (after != RMS_JOB_NONE && after > job) after = q->before[after];
  const uint32_t next = after == RMS_JOB_NONE ? q->group[g].first : q->next[after];
  q->before[job] = after;
  q->next[job] = next;
  *(after == RMS_JOB_NONE ? &q->group[g].first : &q->next[after]) = job;
  *(next == RMS_JOB_NONE ? &q->group[g].last : &q->before[next]) = job;
  q->n++;
  return RMS_OK;
}

void rms_waiting_remove(struct rms_waiting *queue, uint32_t job)
{
  struct rms_waiting *const q = queue;
  const uint32_t before = q->before[job], next = q->next[job];
  size_t g = 0;
  if (before == RMS_JOB_NONE || next == RMS_JOB_NONE) { /* an end: of which group? */
    while (g < q->n_groups && q->group[g].first != job && q->group[g].last != job) g++;
  }
  *(before == RMS_JOB_NONE ? &q->group[g].first : &q->next[before]) = next;
  *(next == RMS_JOB_NONE ? &q->group[g].last : &q->before[next]) = before;
  q->n--;
}

uint32_t rms_waiting_first_fit(const struct rms_waiting *queue, uint64_t kinds)
{
  uint32_t first = RMS_JOB_NONE;
  for (size_t g = 0; g < queue->n_groups; g++)
    if ((queue->group[g].fits & kinds) && queue->group[g].first < first)
      first = queue->group[g].first;
  return first;
}

uint32_t rms_waiting_first(const struct rms_waiting *queue)
{
  return rms_waiting_first_fit(queue, UINT64_MAX);
}

/* ---- machines ----------------------------------------------------------------------------------
 */

int rms_machine_set_init(struct rms_machine_set *set, size_t n_machines)
{
  set->n_words = n_machines / 64 + 1;
  set->words = calloc(set->n_words, sizeof *set->words);
  return set->words ? RMS_OK : RMS_E_NOMEM;
}

void rms_machine_set_fini(struct rms_machine_set *set)
{
  free(set->words);
  memset(set, 0, sizeof *set);
}

void rms_machine_set_put(struct rms_machine_set *set, uint32_t machine, bool is_in)
{
  const uint64_t bit = UINT64_C(1) << (machine & 63);
  if (is_in)
    set->words[machine >> 6] |= bit;
  else
    set->words[machine >> 6] &= ~bit;
}

bool rms_machine_set_has(const struct rms_machine_set *set, uint32_t machine)
{
  return set->words[machine >> 6] >> (machine & 63) & 1;
}

uint32_t rms_machine_set_next(const struct rms_machine_set *set, uint32_t from)
{
  size_t w = from >> 6;
  if (w >= set->n_words) return RMS_JOB_NONE;
  uint64_t word = set->words[w] & UINT64_MAX << (from & 63);
  while (!word && ++w < set->n_words) word = set->words[w];
  return word ? (uint32_t)(w * 64 + (size_t)__builtin_ctzll(word)) : RMS_JOB_NONE;
}
