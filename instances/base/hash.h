/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash.h - 128-bit content hashes (XXH3-128) of canonical texts; printed as 32 hex digits. */
#ifndef RMS_BASE_HASH_H
#define RMS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { RMS_HASH_TEXT = 33 }; /* 32 hex digits and the 0 */

struct rms_hash {
  uint64_t high, low;
};

/* Equal bytes, equal hashes, on every machine. Cost: linear, some GB/s. */
struct rms_hash rms_hash_bytes(const void *bytes, size_t n);
void rms_hash_print(struct rms_hash hash, char text[RMS_HASH_TEXT]); /* 32 lower-case digits */
int rms_hash_parse(const char *text, struct rms_hash *hash);         /* 0 or RMS_E_FORMAT */
int rms_hash_compare(struct rms_hash a, struct rms_hash b);          /* <0, 0, >0: a total order */

#endif
