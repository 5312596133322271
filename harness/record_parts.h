/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_parts.h - what writer and reader of a run line share, and the fields of a line one by one:
 * the first failure sticks, and later reads do nothing. Private to harness/record_*.c. */
#ifndef RMS_RECORD_PARTS_H
#define RMS_RECORD_PARTS_H

#include "harness/record.h"
#include "instances/base/json.h"

enum { RMS_RECORD_TEXT = 65536 }; /* bytes of one string of a record */

struct rms_record_reader { /* everything is borrowed */
  const struct rms_node *node;
  struct rms_arena *arena; /* gets the texts */
  struct rms_error *err;
  int status; /* of the first failure: RMS_E_FORMAT, RMS_E_NOMEM; RMS_OK: none */
};

/* A field that must be there. False: it is not, or something failed before. */
bool rms_record_get(struct rms_record_reader *in, const char *name, struct rms_node *child);
/* Is the field null, or not there at all? */
bool rms_record_is_null(const struct rms_record_reader *in, const char *name);

/* The value of a field that must be there; "", NAN, 0, false after a failure. A text has at most
 * `max` bytes and lives in the arena; a number is at least `lo`. */
const char *rms_record_text(struct rms_record_reader *in, const char *name, size_t max);
int64_t rms_record_int(struct rms_record_reader *in, const char *name, int64_t lo);
bool rms_record_bool(struct rms_record_reader *in, const char *name);
/* The same of one that may be null; then it is `absent` (of a count: not when that is 0), or the
 * hash of zeros. A count above 2^63 - 1 is a string of digits. */
double rms_record_double(struct rms_record_reader *in, const char *name, double lo, double absent);
uint64_t rms_record_count(struct rms_record_reader *in, const char *name, uint64_t absent);
struct rms_hash rms_record_hash(struct rms_record_reader *in, const char *name, bool may_be_null);

/* The value of a node. */
double rms_record_double_of(struct rms_record_reader *in, const struct rms_node *node, double lo);
uint64_t rms_record_count_of(struct rms_record_reader *in, const struct rms_node *node);

#endif
