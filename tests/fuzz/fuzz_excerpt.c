/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Excerpts of hostile bytes: never longer, nothing read beyond the end, and what was JSON stays
 * JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/excerpt.h"
#include "instances/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parses(const char *bytes, size_t n)
{
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  const int status = rms_document_parse(&doc, bytes, n, "x", &err);
  rms_document_free(doc);
  return status == RMS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const keep[] = {"format", "a", NULL};
  char *bytes = malloc(size ? size : 1);
  size_t n = size;
  if (!bytes) return 0;
  if (size) memcpy(bytes, data, size);
  const int was_json = parses(bytes, n);
  rms_excerpt(bytes, &n, keep);
  if (n > size || (was_json && !parses(bytes, n))) abort();
  free(bytes);
  bytes = malloc(size + 2);
  if (!bytes) return 0;
  if (size) memcpy(bytes, data, size);
  n = size;
  if (rms_excerpt_head(bytes, &n, keep) && (n > size + 1 || (was_json && !parses(bytes, n))))
    abort();
  free(bytes);
  return 0;
}
