/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/tournament.h"

#include "instances/base/status.h"

enum { BLOCK = 8 }; /* one cache line of values */

int rms_tournament_init(struct rms_tournament *tree, struct rms_arena *arena, size_t n)
{
  const size_t blocks = n == 0 ? 1 : (n + BLOCK - 1) / BLOCK;
  int64_t *value = rms_arena_alloc(arena, n, sizeof *value);
  struct rms_winner *node = rms_arena_alloc(arena, 2 * blocks, sizeof *node);
  if (value == NULL || node == NULL) return RMS_E_NOMEM;
  *tree = (struct rms_tournament){.n = n, .blocks = blocks, .value = value, .node = node};
  return RMS_OK;
}

static struct rms_winner play_block(const struct rms_tournament *tree, size_t block)
{
  const size_t first = block * BLOCK;
  const size_t end = first + BLOCK < tree->n ? first + BLOCK : tree->n;
  struct rms_winner best = {.value = -1, .index = (uint32_t)first};
  for (size_t i = first; i < end; i++)
    if (tree->value[i] > best.value) best = (struct rms_winner){tree->value[i], (uint32_t)i};
  return best;
}

/* The index decides ties explicitly: with a number of blocks that is no power of two the left child
 * may stand for later blocks than the right one. */
static struct rms_winner play(struct rms_winner a, struct rms_winner b)
{
  if (a.value != b.value) return a.value > b.value ? a : b;
  return a.index < b.index ? a : b;
}

void rms_tournament_build(struct rms_tournament *tree)
{
  for (size_t b = 0; b < tree->blocks; b++) tree->node[tree->blocks + b] = play_block(tree, b);
  for (size_t i = tree->blocks - 1; i >= 1; i--)
    tree->node[i] = play(tree->node[2 * i], tree->node[2 * i + 1]);
}

void rms_tournament_set(struct rms_tournament *tree, size_t i, int64_t value)
{
  if (tree->value[i] == value) return;
  tree->value[i] = value;
  size_t at = tree->blocks + i / BLOCK;
  struct rms_winner winner = play_block(tree, i / BLOCK);
  for (;;) {
    if (tree->node[at].value == winner.value && tree->node[at].index == winner.index) return;
    tree->node[at] = winner;
    if (at == 1) return;
    at /= 2;
    winner = play(tree->node[2 * at], tree->node[2 * at + 1]);
  }
}
