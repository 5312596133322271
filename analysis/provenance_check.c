/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/provenance_check.h"

#include <string.h>

#include "instances/base/json.h"

static int one_host(const struct rms_records *records, struct rms_error *err)
{
  const char *first = NULL;
  for (size_t i = 0; i < records->n_runs; i++) {
    const struct rms_run *run = &records->runs[i];
    if (run->is_work_limited || !run->host) continue;
    if (!first) first = run->host;
    if (strcmp(first, run->host) != 0)
      return rms_error_set(
          err, RMS_E_USAGE,
          "time-limited runs of two hosts ('%.64s' and '%.64s') do not belong in one "
          "table; --mix allows it",
          first, run->host);
  }
  return RMS_OK;
}

/* "build.source" of a launch line into `text`, "" when there is none. */
static int build_of(const char *line, char *text, size_t size, struct rms_error *err)
{
  int status;
  bool found = false;
  const char *source = "";
  struct rms_document *doc = NULL;
  struct rms_node root, build, value;

  RMS_TRY(rms_document_parse(&doc, line, strlen(line), "launch record", err));
  root = rms_document_root(doc);
  RMS_TRY(rms_node_find(&root, "build", &build, &found, err));
  if (found) RMS_TRY(rms_node_find(&build, "source", &value, &found, err));
  if (found) RMS_TRY(rms_node_string(&value, 0, size - 1, &source, err));
  memcpy(text, source, strlen(source) + 1);
out:
  rms_document_free(doc);
  return status;
}

static int one_build(const struct rms_records *records, struct rms_error *err)
{
  char first[256] = "", next[256];
  int status = RMS_OK;
  for (size_t i = 0; i < records->n_launches; i++) {
    RMS_TRY(build_of(records->launches[i], i ? next : first, sizeof first, err));
    if (i && strcmp(first, next) != 0)
      return rms_error_set(
          err, RMS_E_USAGE,
          "records of two builds ('%.100s' and '%.100s') do not belong in one table; "
          "--mix allows it",
          first, next);
  }
out:
  return status;
}

int rms_records_one_origin(const struct rms_records *records, struct rms_error *err)
{
  int status = one_host(records, err);
  return status < 0 ? status : one_build(records, err);
}
