/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "harness/record_parts.h"

bool rms_record_get(struct rms_record_reader *in, const char *name, struct rms_node *child)
{
  if (!in->status) in->status = rms_node_get(in->node, name, child, in->err);
  return !in->status;
}

const char *rms_record_text(struct rms_record_reader *in, const char *name, size_t max)
{
  struct rms_node child;
  const char *value;
  if (!rms_record_get(in, name, &child)) return "";
  in->status = rms_node_string(&child, 0, max, &value, in->err);
  if (in->status) return "";
  char *copy = rms_arena_text(in->arena, value);
  if (!copy) in->status = rms_error_set(in->err, RMS_E_NOMEM, "records: out of memory");
  return copy ? copy : "";
}

bool rms_record_is_null(const struct rms_record_reader *in, const char *name)
{
  struct rms_node child;
  bool found = false;
  return !rms_node_find(in->node, name, &child, &found, NULL) && !found;
}

double rms_record_double_of(struct rms_record_reader *in, const struct rms_node *node, double lo)
{
  double value = NAN;
  in->status = rms_node_double(node, lo, 1.7976931348623157e308, &value, in->err);
  return value;
}

/* `absent` stands for null; the field itself must be there. */
double rms_record_double(struct rms_record_reader *in, const char *name, double lo, double absent)
{
  struct rms_node child;
  if (!rms_record_get(in, name, &child) || rms_record_is_null(in, name)) return absent;
  return rms_record_double_of(in, &child, lo);
}

int64_t rms_record_int(struct rms_record_reader *in, const char *name, int64_t lo)
{
  int64_t value = 0;
  if (!in->status) in->status = rms_node_get_int(in->node, name, lo, INT64_MAX, &value, in->err);
  return value;
}

uint64_t rms_record_count_of(struct rms_record_reader *in, const struct rms_node *node)
{
  const char *digits;
  int64_t value = 0;
  uint64_t large = 0;
  if (rms_node_string(node, 19, 20, &digits, NULL)) {
    in->status = rms_node_int(node, 0, INT64_MAX, &value, in->err);
    return (uint64_t)value;
  }
  for (; *digits; digits++) {
    const uint64_t digit = (uint64_t)(*digits - '0');
    if (digit > 9 || large > (UINT64_MAX - digit) / 10) {
      in->status = rms_node_error(node, in->err, "must be a count below 2^64");
      return 0;
    }
    large = large * 10 + digit;
  }
  return large;
}

uint64_t rms_record_count(struct rms_record_reader *in, const char *name, uint64_t absent)
{
  struct rms_node child;
  if (!rms_record_get(in, name, &child)) return 0;
  if (absent && rms_record_is_null(in, name)) return absent;
  return rms_record_count_of(in, &child);
}

bool rms_record_bool(struct rms_record_reader *in, const char *name)
{
  struct rms_node child;
  bool value = false;
  if (rms_record_get(in, name, &child)) in->status = rms_node_bool(&child, &value, in->err);
  return value;
}

struct rms_hash rms_record_hash(struct rms_record_reader *in, const char *name, bool may_be_null)
{
  struct rms_node child;
  struct rms_hash hash = {0};
  const char *digits;
  if (!rms_record_get(in, name, &child) || (may_be_null && rms_record_is_null(in, name)))
    return hash;
  in->status = rms_node_string(&child, 32, 32, &digits, in->err);
  if (!in->status && rms_hash_parse(digits, &hash))
    in->status =
        rms_node_error(&child, in->err, "is \"%s\", must be 32 lower-case hex digits", digits);
  return hash;
}
