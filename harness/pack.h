/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack.h - numbers and strings to bytes and back, between processes of one machine: little endian,
 * fixed widths, strings with their length. The reader trusts nothing and has one sticky failure. */
#ifndef RMS_PACK_H
#define RMS_PACK_H

#include "instances/base/memory.h"
#include "instances/base/text.h"

void rms_pack_u64(struct rms_text *bytes, uint64_t value);
void rms_pack_double(struct rms_text *bytes,
                     double value); /* bit for bit: NaN and infinities too */
void rms_pack_string(struct rms_text *bytes, const char *string); /* NULL stays NULL */

struct rms_unpack { /* borrowed bytes; set bytes, left and arena, zero the rest */
  const unsigned char *bytes;
  size_t left;
  struct rms_arena *arena; /* strings are copied there */
  bool failed;             /* ended too early, or a string with a 0 inside or over its bound */
  bool is_out_of_memory;
};
uint64_t rms_unpack_u64(struct rms_unpack *in); /* 0 once failed */
double rms_unpack_double(struct rms_unpack *in);
const char *rms_unpack_string(struct rms_unpack *in,
                              size_t max); /* at most max bytes; may be NULL */

/* Everything was read, and nothing is left? 0, RMS_E_NOMEM, RMS_E_FORMAT. `what` is for the
 * sentence. */
int rms_unpack_end(const struct rms_unpack *in, const char *what, struct rms_error *err);

#endif
