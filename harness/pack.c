/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/pack.h"

#include <string.h>

static const uint64_t null_string = UINT64_MAX;

void rms_pack_u64(struct rms_text *bytes, uint64_t value)
{
  char raw[8];

  for (size_t i = 0; i < sizeof raw; i++) {
    const unsigned char byte = (unsigned char)(value >> (8 * i));
    memcpy(raw + i, &byte, 1);
  }
  rms_text_bytes(bytes, raw, sizeof raw);
}

void rms_pack_double(struct rms_text *bytes, double value)
{
  uint64_t bits;

  memcpy(&bits, &value, sizeof bits);
  rms_pack_u64(bytes, bits);
}

void rms_pack_string(struct rms_text *bytes, const char *string)
{
  rms_pack_u64(bytes, string ? strlen(string) : null_string);
  if (string) rms_text_bytes(bytes, string, strlen(string));
}

uint64_t rms_unpack_u64(struct rms_unpack *in)
{
  uint64_t value = 0;

  if (in->failed || in->left < 8) {
    in->failed = true;
    return 0;
  }
  for (size_t i = 0; i < 8; i++) value |= (uint64_t)in->bytes[i] << (8 * i);
  in->bytes += 8;
  in->left -= 8;
  return value;
}

double rms_unpack_double(struct rms_unpack *in)
{
  const uint64_t bits = rms_unpack_u64(in);
  double value;

  memcpy(&value, &bits, sizeof value);
  return value;
}

const char *rms_unpack_string(struct rms_unpack *in, size_t max)
{
  const uint64_t n = rms_unpack_u64(in);
  char *copy;

  if (in->failed || n == null_string) return NULL;
  if (n > max || n > in->left || memchr(in->bytes, 0, (size_t)n)) {
    in->failed = true;
    return NULL;
  }
  copy = rms_arena_copy(in->arena, (const char *)in->bytes, (size_t)n);
  if (!copy) in->failed = in->is_out_of_memory = true;
  in->bytes += n;
  in->left -= (size_t)n;
  return copy;
}

int rms_unpack_end(const struct rms_unpack *in, const char *what, struct rms_error *err)
{
  if (in->is_out_of_memory) return rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", what);
  if (in->failed) {
    return rms_error_set(err, RMS_E_FORMAT, "%s: ends too early or has a string out of bounds",
                         what);
  }
  if (in->left) {
    return rms_error_set(err, RMS_E_FORMAT, "%s: %zu bytes too many at the end", what, in->left);
  }
  return RMS_OK;
}
