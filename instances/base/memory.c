/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/status.h"

enum { BLOCK_FIRST = 1 << 10, BLOCK_MAX = 1 << 20 };

struct block {
  struct block *next;
  size_t size, used;
  alignas(max_align_t) unsigned char bytes[];
};

struct rms_arena {
  struct block *blocks; /* the head is the one that still has room */
  size_t next_size, handed_out;
};

bool rms_size_mul(size_t a, size_t b, size_t *product)
{
  if (b && a > SIZE_MAX / b) return false;
  *product = a * b;
  return true;
}

struct rms_arena *rms_arena_new(void)
{
  struct rms_arena *arena = calloc(1, sizeof *arena);
  if (arena) arena->next_size = BLOCK_FIRST;
  return arena;
}

void rms_arena_free(struct rms_arena *arena)
{
  if (!arena) return;
  for (struct block *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  free(arena);
}

static struct block *add_block(struct rms_arena *arena, size_t need)
{
  const bool is_large = need > arena->next_size / 2;
  const size_t size = is_large ? need : arena->next_size;
  struct block *block = size > SIZE_MAX - sizeof *block ? NULL : malloc(sizeof *block + size);
  if (!block) return NULL;
  block->size = size;
  block->used = 0;
  if (is_large && arena->blocks) { /* behind the head, whose room stays in use */
    block->next = arena->blocks->next;
    arena->blocks->next = block;
    return block;
  }
  block->next = arena->blocks;
  arena->blocks = block;
  if (arena->next_size < BLOCK_MAX) arena->next_size *= 2;
  return block;
}

void *rms_arena_alloc(struct rms_arena *arena, size_t n, size_t size)
{
  const size_t align = alignof(max_align_t);
  size_t need;
  if (!rms_size_mul(n, size, &need) || need > SIZE_MAX - align) return NULL;
  need = (need + align - 1) / align * align;
  if (!need) need = align; /* a pointer of its own */
  struct block *block = arena->blocks;
  if (!block || block->size - block->used < need) block = add_block(arena, need);
  if (!block) return NULL;
  void *result = block->bytes + block->used;
  block->used += need;
  arena->handed_out += need;
  return memset(result, 0, need);
}

char *rms_arena_copy(struct rms_arena *arena, const char *text, size_t n)
{
  char *copy = n < SIZE_MAX ? rms_arena_alloc(arena, n + 1, 1) : NULL;
  if (copy && n) memcpy(copy, text, n);
  return copy;
}

char *rms_arena_text(struct rms_arena *arena, const char *text)
{
  return rms_arena_copy(arena, text, strlen(text));
}

size_t rms_arena_bytes(const struct rms_arena *arena)
{
  return arena->handed_out;
}

int rms_grow(void *array, size_t *capacity, size_t need, size_t size)
{
  if (need <= *capacity) return RMS_OK;
  size_t wanted = *capacity < SIZE_MAX / 2 ? *capacity * 2 : need;
  if (wanted < need) wanted = need;
  if (wanted < 8) wanted = 8;
  size_t bytes;
  if (!rms_size_mul(wanted, size, &bytes)) return RMS_E_NOMEM;
  void *old, *grown;
  memcpy(&old, array, sizeof old); /* any object pointer type may be behind `array` */
  grown = realloc(old, bytes ? bytes : 1);
  if (!grown) return RMS_E_NOMEM;
  memcpy(array, &grown, sizeof grown);
  *capacity = wanted;
  /* cppcheck-suppress memleak ; it went out through *array */
  return RMS_OK;
}
