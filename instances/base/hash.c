/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/hash.h"

#include <string.h>
#include <xxhash.h>

#include "instances/base/status.h"

struct rms_hash rms_hash_bytes(const void *bytes, size_t n)
{
  const XXH128_hash_t hash = XXH3_128bits(bytes, n);
  return (struct rms_hash){.high = hash.high64, .low = hash.low64};
}

/* The canonical byte order of XXH3-128: high half first, most significant digit first. */
void rms_hash_print(struct rms_hash hash, char text[RMS_HASH_TEXT])
{
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < 16; i++) {
    text[i] = digits[hash.high >> (60 - 4 * i) & 15];
    text[16 + i] = digits[hash.low >> (60 - 4 * i) & 15];
  }
  text[32] = 0;
}

static int parse_half(const char *text, uint64_t *half)
{
  static const char digits[] = "0123456789abcdef";
  uint64_t value = 0;
  for (int i = 0; i < 16; i++) {
    const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
    if (!digit) return RMS_E_FORMAT;
    value = value << 4 | (uint64_t)(digit - digits);
  }
  *half = value;
  return RMS_OK;
}

int rms_hash_parse(const char *text, struct rms_hash *hash)
{
  struct rms_hash result;
  if (strnlen(text, RMS_HASH_TEXT) != RMS_HASH_TEXT - 1) return RMS_E_FORMAT;
  if (parse_half(text, &result.high) || parse_half(text + 16, &result.low)) return RMS_E_FORMAT;
  *hash = result;
  return RMS_OK;
}

int rms_hash_compare(struct rms_hash a, struct rms_hash b)
{
  if (a.high != b.high) return a.high < b.high ? -1 : 1;
  return (a.low > b.low) - (a.low < b.low);
}
