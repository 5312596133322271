/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ini.h - sweep files: "[section]", "key = value", comments after ; or #. Every pair is handed over
 * with its line number; a value that ends in ',' goes on in the next, indented line. */
#ifndef RMS_INI_H
#define RMS_INI_H

#include <stddef.h>

#include "instances/base/error.h"

struct rms_ini_pair { /* borrowed, valid during the call */
  const char *section, *key, *value;
  int line;
};
typedef int rms_ini_fn(void *ctx, const struct rms_ini_pair *pair, struct rms_error *err);

/* Hand over every pair of `bytes` in order; stop at the first error, which gets "ORIGIN:LINE: "
 * before it. RMS_E_FORMAT: neither a section nor a pair, line too long, a byte 0. */
int rms_ini_read(const char *bytes, size_t n, const char *origin, rms_ini_fn *each, void *ctx,
                 struct rms_error *err);

#endif
