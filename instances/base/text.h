/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.h - a growing text with one sticky failure, and numbers to and from text. No locale. */
#ifndef RMS_BASE_TEXT_H
#define RMS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"

struct rms_text { /* zero-initialise; free with rms_text_fini */
  char *data;     /* 0-terminated when not NULL */
  size_t length, capacity;
  bool failed; /* out of memory once: all later additions are ignored; test before use */
};

void rms_text_fini(struct rms_text *text);  /* accepts a zeroed one; zeroes it again */
void rms_text_clear(struct rms_text *text); /* length 0, capacity kept, failure forgotten */
void rms_text_bytes(struct rms_text *text, const char *bytes, size_t n);
void rms_text_add(struct rms_text *text, const char *string);
__attribute__((format(printf, 2, 3))) void rms_text_printf(struct rms_text *text, const char *fmt,
                                                           ...);

/* Add a whole number. */
void rms_text_uint(struct rms_text *text, uint64_t value);

/* Add a JSON string with its quotes; control characters escaped, invalid UTF-8 replaced by U+FFFD.
 * NULL is written as null. */
void rms_text_json(struct rms_text *text, const char *string);

/* Add a double as JSON: shortest text that reads back to the same double; null for NaN and
 * infinities. */
void rms_text_double(struct rms_text *text, double value);

/* 0, or RMS_E_NOMEM when an addition failed. */
int rms_text_status(const struct rms_text *text);

/* Whole-string parsers: RMS_OK, or RMS_E_FORMAT with nothing written (trailing rubbish, blanks,
 * overflow, NaN and infinities are refused). */
int rms_parse_double(const char *string, double *value);
int rms_parse_int(const char *string, int64_t *value); /* decimal; also 1e6, 3e9 when integral */
int rms_parse_bool(const char *string, bool *value);   /* yes no true false 1 0 on off */
/* Seconds, >= 0: 10 10s 500ms 20us 2m 2min 1.5h 1d. */
int rms_parse_seconds(const char *string, double *value);
/* Whole bytes, >= 0: 4096 64KiB 512MiB 2GiB 1TiB 8kB 5MB 1GB 1TB; with a unit at most 2^53. */
int rms_parse_bytes(const char *string, uint64_t *value);

/* Bytes of the well-formed UTF-8 character at `bytes` (1..4), or 0 when there is none within n
 * bytes. */
size_t rms_utf8_length(const char *bytes, size_t n);
/* True when all n bytes are well-formed UTF-8 without control characters (C0, DEL, C1). */
bool rms_utf8_is_plain(const char *bytes, size_t n);

/* Edit distance of two names, for "did you mean"; at most 64 bytes of each are looked at. */
size_t rms_text_distance(const char *a, const char *b);

/* Fixed point: the unit of demands and throughputs is 1e-6 of a request per second (a "micro"), an
 * int64_t, so that feasibility is decided in integers. A double stands for the shortest decimal
 * that reads back to it (what the user wrote, up to 15 digits), which is converted exactly and
 * rounded in the stated direction only when it has more than six decimals. Demands round up,
 * throughputs round down: a plan of the rounded instance is a plan of the true one. */
#define RMS_MICRO     INT64_C(1000000)
#define RMS_MICRO_MAX (INT64_C(1000000000000) * RMS_MICRO) /* 1e12 requests per second */
enum rms_round { RMS_ROUND_DOWN, RMS_ROUND_UP };
/* RMS_OK, or RMS_E_PARAM when value is negative, not finite or above 1e12. */
int rms_micro_from_double(double value, enum rms_round direction, int64_t *micro);
double rms_micro_to_double(int64_t micro);
void rms_text_micro(struct rms_text *text, int64_t micro); /* exact decimal: 148.8, 5, 0.000001 */

#endif
