/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);

/* The set of live blocks: open addressing, a power of two of slots, at most half full. */
static struct {
  pthread_mutex_t lock;
  uintptr_t *slots;
  size_t n_slots;
  long live, count, fail_at;
  int has_failed;
} ledger = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t slot_of(uintptr_t block)
{
  const uint64_t mixed = (uint64_t)block * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(mixed >> 20) & (ledger.n_slots - 1);
}

static size_t find(uintptr_t block)
{
  size_t i = slot_of(block);
  while (ledger.slots[i] && ledger.slots[i] != block) i = (i + 1) & (ledger.n_slots - 1);
  return i;
}

static void enlarge(void)
{
  uintptr_t *old = ledger.slots;
  const size_t n_old = ledger.n_slots;
  ledger.n_slots = n_old ? 2 * n_old : 4096;
  ledger.slots = __real_calloc(ledger.n_slots, sizeof *ledger.slots);
  if (!ledger.slots) {
    fputs("ledger: out of memory\n", stderr);
    abort();
  }
  for (size_t i = 0; i < n_old; i++)
    if (old[i]) ledger.slots[find(old[i])] = old[i];
  __real_free(old);
}

static void add(uintptr_t block)
{
  pthread_mutex_lock(&ledger.lock);
  if (2 * (size_t)(ledger.live + 1) > ledger.n_slots) enlarge();
  const size_t i = find(block);
  if (!ledger.slots[i]) ledger.live++;
  ledger.slots[i] = block;
  pthread_mutex_unlock(&ledger.lock);
}

/* Take a block out and close the gap in its run of slots. */
static void drop(uintptr_t block)
{
  pthread_mutex_lock(&ledger.lock);
  size_t gap = ledger.n_slots ? find(block) : 0;
  if (ledger.n_slots && ledger.slots[gap]) {
    ledger.live--;
    const size_t mask = ledger.n_slots - 1;
    for (size_t i = (gap + 1) & mask; ledger.slots[i]; i = (i + 1) & mask) {
      if (((i - slot_of(ledger.slots[i])) & mask) < ((i - gap) & mask)) continue;
      ledger.slots[gap] = ledger.slots[i];
      gap = i;
    }
    ledger.slots[gap] = 0;
  }
  pthread_mutex_unlock(&ledger.lock);
}

static int must_fail(void)
{
  pthread_mutex_lock(&ledger.lock);
  ledger.count++;
  const int fails = ledger.fail_at > 0 && --ledger.fail_at == 0;
  if (fails) ledger.has_failed = 1;
  pthread_mutex_unlock(&ledger.lock);
  if (fails) errno = ENOMEM;
  return fails;
}

void *__wrap_malloc(size_t size)
{
  if (must_fail()) return NULL;
  void *block = __real_malloc(size);
  if (block) add((uintptr_t)block);
  return block;
}

void *__wrap_calloc(size_t n, size_t size)
{
  if (must_fail()) return NULL;
  void *block = __real_calloc(n, size);
  if (block) add((uintptr_t)block);
  return block;
}

void *__wrap_realloc(void *block, size_t size)
{
  if (must_fail()) return NULL;
  const uintptr_t old = (uintptr_t)block;
  void *grown = __real_realloc(block, size);
  if (!grown) return NULL;
  if (old) drop(old);
  add((uintptr_t)grown);
  return grown;
}

void __wrap_free(void *block)
{
  if (block) drop((uintptr_t)block);
  __real_free(block);
}

char *__wrap_strdup(const char *text)
{
  const size_t n = strlen(text) + 1;
  char *copy = __wrap_malloc(n);
  return copy ? memcpy(copy, text, n) : NULL;
}

long rms_ledger_live(void)
{
  return ledger.live;
}

long rms_ledger_count(void)
{
  return ledger.count;
}

void rms_ledger_fail_at(long n)
{
  ledger.fail_at = n;
  ledger.has_failed = 0;
}

int rms_ledger_has_failed(void)
{
  return ledger.has_failed;
}
