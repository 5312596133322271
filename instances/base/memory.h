/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory.h - the one memory idiom: what lives and dies together lives in an arena and is dropped at
 * once; what grows is a plain malloc'ed array handled by rms_grow. Sizes are multiplied with
 * overflow checks. Tests count live blocks and inject failures by wrapping malloc
 * (tests/unit/ledger.h). */
#ifndef RMS_BASE_MEMORY_H
#define RMS_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct rms_arena; /* opaque */

/* Returns a new empty arena, or NULL when out of memory. Free with rms_arena_free. */
struct rms_arena *rms_arena_new(void);

/* Drop the arena and everything in it. Accepts NULL. */
void rms_arena_free(struct rms_arena *arena);

/* n * size zeroed bytes, aligned for any type, owned by the arena. n or size may be 0 (a non-NULL
 * pointer comes back). NULL when out of memory or when n * size overflows. */
void *rms_arena_alloc(struct rms_arena *arena, size_t n, size_t size);

/* A copy of n bytes of `text` and a terminating 0 (rms_arena_text: of the whole string). NULL when
 * out of memory. */
char *rms_arena_copy(struct rms_arena *arena, const char *text, size_t n);
char *rms_arena_text(struct rms_arena *arena, const char *text);

/* Bytes handed out so far, each piece rounded up to the alignment. */
size_t rms_arena_bytes(const struct rms_arena *arena);

/* a * b into *product; false on overflow. */
bool rms_size_mul(size_t a, size_t b, size_t *product);

/* Make *array (elements of `size` bytes, capacity *capacity) hold at least `need` elements, growing
 * geometrically by realloc; new elements are not zeroed. 0 or RMS_E_NOMEM (then nothing changed).
 *   array  [in,out] address of a malloc'ed pointer (or of NULL); the caller frees it */
int rms_grow(void *array, size_t *capacity, size_t need, size_t size);

#endif
