/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/letter.h"

#include <stdlib.h>
#include <string.h>

/* Little endian: "RMSL" u32 version | u32 width, services | u32 moves, plans
 *   move: u32 x width, u32 visits, u32 0, i64 sum
 *   plan: u32 groups; group: u32 x width, u32 count */
enum { LETTER_VERSION = 1, LETTER_HEADER = 24, LETTER_MACHINES_MAX = 1 << 24 };
static const char letter_magic[4] = {'R', 'M', 'S', 'L'};

void rms_letter_fini(struct rms_letter *letter)
{
  for (size_t i = 0; i < RMS_LETTER_PLANS; i++) rms_deployment_fini(&letter->plans[i]);
  free(letter->genes);
  *letter = (struct rms_letter){0};
}

/* ---- writing ---- */

static void put(struct rms_text *bytes, uint64_t value, size_t n)
{
  char b[8];
  for (size_t i = 0; i < n; i++) b[i] = (char)(unsigned char)(value >> (8 * i));
  rms_text_bytes(bytes, b, n);
}

static void put_gene(struct rms_text *bytes, const uint32_t *gene, size_t width)
{
  for (size_t j = 0; j < width; j++) put(bytes, gene[j], 4);
}

static bool is_same(const uint32_t *a, const uint32_t *b, size_t width)
{
  return memcmp(a, b, width * sizeof *a) == 0;
}

static size_t count_groups(const struct rms_deployment *plan, size_t width)
{
  size_t n = 0;
  for (size_t i = 0; i < plan->n; i++)
    n += i == 0 || !is_same(plan->genes + i * width, plan->genes + (i - 1) * width, width);
  return n;
}

static void put_plan(struct rms_text *bytes, const struct rms_deployment *plan, size_t width,
                     size_t n_groups)
{
  put(bytes, n_groups, 4);
  for (size_t i = 0, end; i < plan->n; i = end) {
    const uint32_t *gene = plan->genes + i * width;
    end = i + 1;
    while (end < plan->n && is_same(gene, plan->genes + end * width, width)) end++;
    put_gene(bytes, gene, width);
    put(bytes, end - i, 4);
  }
}

int rms_letter_write(struct rms_text *bytes, const struct rms_walk_map *map,
                     const struct rms_slow_move *moves, size_t n_moves,
                     struct rms_deployment *const *plans, size_t n_plans)
{
  const size_t width = map->width;
  size_t groups[RMS_LETTER_PLANS], n = 0;
  size_t room = RMS_LETTER_MAX - LETTER_HEADER - n_moves * (4 * width + 16);
  for (; n < n_plans && n < RMS_LETTER_PLANS; n++) {
    struct rms_serve_plan sorted = {0}; /* a plan sorts its genes */
    const int status = rms_deployment_plan(plans[n], map, &sorted);
    rms_serve_plan_fini(&sorted);
    if (status < 0) return status;
    groups[n] = count_groups(plans[n], width);
    const size_t length = 4 + groups[n] * (4 * width + 4);
    if (length > room || plans[n]->n > LETTER_MACHINES_MAX) break;
    room -= length;
  }
  rms_text_bytes(bytes, letter_magic, sizeof letter_magic);
  put(bytes, LETTER_VERSION, 4);
  put(bytes, width, 4);
  put(bytes, map->inst->n_services, 4);
  put(bytes, n_moves, 4);
  put(bytes, n, 4);
  for (size_t i = 0; i < n_moves; i++) {
    put_gene(bytes, moves[i].gene, width);
    put(bytes, moves[i].visits, 4);
    put(bytes, 0, 4);
    put(bytes, (uint64_t)moves[i].sum, 8);
  }
  for (size_t i = 0; i < n; i++) put_plan(bytes, plans[i], width, groups[i]);
  return rms_text_status(bytes);
}

/* ---- reading ---- */

struct source {
  const unsigned char *at;
  size_t left;
  bool is_short;
};

static uint64_t get(struct source *in, size_t n)
{
  uint64_t value = 0;
  if (in->left < n) {
    in->is_short = true;
    return 0;
  }
  for (size_t i = 0; i < n; i++) value |= (uint64_t)in->at[i] << (8 * i);
  in->at += n;
  in->left -= n;
  return value;
}

/* False: indices out of range, or bytes are missing. */
static bool get_gene(struct source *in, const struct rms_walk_map *map, uint32_t *gene)
{
  for (size_t j = 0; j < map->width; j++) gene[j] = (uint32_t)get(in, 4);
  if (in->is_short || gene[0] >= map->n_cuts) return false;
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  for (size_t j = 1; j < map->width; j++) {
    if (gene[j] == RMS_SERVE_IDLE) continue;
    if (j > cut->n_slices || gene[j] >= map->inst->n_services) return false;
    if (rms_serve_rate(map->inst, gene[j], cut->kind[j - 1]) == 0) return false;
  }
  return true;
}

static int get_moves(struct rms_letter *letter, const struct rms_walk_map *map, struct source *in,
                     size_t n)
{
  if (n > RMS_LETTER_MOVES) return RMS_E_FORMAT;
  const int status =
      rms_grow(&letter->genes, &letter->capacity, (n + 1) * map->width, sizeof *letter->genes);
  if (status < 0) return status;
  for (size_t i = 0; i < n; i++) {
    uint32_t *gene = letter->genes + i * map->width;
    if (!get_gene(in, map, gene)) return RMS_E_FORMAT;
    letter->moves[i] = (struct rms_slow_move){.gene = gene, .visits = (uint32_t)get(in, 4)};
    get(in, 4);
    letter->moves[i].sum = (int64_t)get(in, 8);
    if (in->is_short || letter->moves[i].sum < 0 ||
        letter->moves[i].sum > (int64_t)letter->moves[i].visits * RMS_SLOW_ONE)
      return RMS_E_FORMAT;
  }
  letter->n_moves = n;
  return RMS_OK;
}

static int get_plan(struct rms_deployment *plan, const struct rms_walk_map *map, struct source *in)
{
  uint32_t gene[RMS_GENE_MAX];
  const uint64_t groups = get(in, 4);
  plan->n = 0;
  plan->cost = 0;
  for (uint64_t g = 0; g < groups; g++) {
    if (!get_gene(in, map, gene)) return RMS_E_FORMAT;
    const uint64_t count = get(in, 4);
    if (in->is_short || count == 0 || count > LETTER_MACHINES_MAX - plan->n) return RMS_E_FORMAT;
    for (uint64_t i = 0; i < count; i++) {
      const int status = rms_deployment_add(plan, map, gene, 1);
      if (status < 0) return status;
    }
  }
  return in->is_short ? RMS_E_FORMAT : RMS_OK;
}

static int read_all(struct rms_letter *letter, const struct rms_walk_map *map, struct source *in)
{
  if (in->left < LETTER_HEADER || memcmp(in->at, letter_magic, 4) != 0) return RMS_E_FORMAT;
  get(in, 4);
  if (get(in, 4) != LETTER_VERSION || get(in, 4) != map->width ||
      get(in, 4) != map->inst->n_services)
    return RMS_E_FORMAT;
  const uint64_t n_moves = get(in, 4), n_plans = get(in, 4);
  int status = n_plans > RMS_LETTER_PLANS ? RMS_E_FORMAT : get_moves(letter, map, in, n_moves);
  for (uint64_t i = 0; status == RMS_OK && i < n_plans; i++) {
    status = get_plan(&letter->plans[i], map, in);
    if (status == RMS_OK) letter->n_plans++;
  }
  return status == RMS_OK && in->left > 0 ? RMS_E_FORMAT : status;
}

int rms_letter_read(struct rms_letter *letter, const struct rms_walk_map *map, const void *bytes,
                    size_t n)
{
  struct source in = {.at = bytes, .left = n};
  letter->n_moves = letter->n_plans = 0;
  if (n == 0) return RMS_OK;
  const int status = read_all(letter, map, &in);
  if (status < 0) letter->n_moves = letter->n_plans = 0;
  return status;
}

/* ---- the ring ---- */

int rms_letter_pass(const struct rms_host *host, uint64_t work, struct rms_text *own,
                    uint32_t steps, rms_letter_take *take, void *ctx)
{
  int status = RMS_OK;
  size_t n = own->length;
  char *now = malloc(RMS_LETTER_MAX), *next = malloc(RMS_LETTER_MAX);
  if (now == NULL || next == NULL) RMS_TRY(RMS_E_NOMEM);
  if (n > 0) memcpy(now, own->data, n);
  for (uint32_t distance = 1; distance <= steps && status == RMS_OK; distance++) {
    size_t n_next = 0;
    status = host->exchange(host->ctx, work, now, n, next, RMS_LETTER_MAX, &n_next);
    if (status != RMS_OK) break;
    char *swap = now;
    now = next;
    next = swap;
    n = n_next;
    status = take(ctx, distance, now, n);
  }
out:
  free(next);
  free(now);
  return status;
}

static int ignore(void *ctx, uint32_t distance, const void *bytes, size_t n)
{
  (void)ctx;
  (void)distance;
  (void)bytes;
  (void)n;
  return 0;
}

int rms_letter_part(const struct rms_host *host, uint64_t work, const struct rms_walk_map *map,
                    struct rms_deployment *best, uint32_t steps)
{
  struct rms_text bytes = {0};
  if (host->islands < 2) return RMS_OK;
  int status = rms_letter_write(&bytes, map, NULL, 0, &best, 1);
  if (status >= 0) status = rms_letter_pass(host, work, &bytes, steps, ignore, NULL);
  rms_text_fini(&bytes);
  return status < 0 ? status : RMS_OK;
}
