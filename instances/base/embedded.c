/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/embedded.h"

#include <string.h>

const struct rms_embedded *rms_embedded_find(const char *name)
{
  size_t lo = 0, hi = rms_embedded_count;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = strcmp(name, rms_embedded_files[mid].name);
    if (!order) return &rms_embedded_files[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}
