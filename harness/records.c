/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All records of a run: read file by file in the order of their names. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/records_parts.h"

static int compare_texts(const void *a, const void *b)
{
  const char *const *x = a, *const *y = b;
  return strcmp(*x, *y);
}

static int is_record_file(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 6 && !strcmp(entry->d_name + n - 6, ".jsonl");
}

static int read_folder(struct rms_records_loader *in, const char *run_folder)
{
  char path[PATH_MAX];
  struct dirent **entries = NULL;
  snprintf(path, sizeof path, "%s/records", run_folder);
  const int n = scandir(path, &entries, is_record_file, alphasort);
  if (n < 0 && errno == ENOENT) return RMS_OK;
  if (n < 0)
    return rms_error_set(in->err, RMS_E_IO,
                         "%s: cannot read the folder: %s (is it the -o of 'rms run'?)", path,
                         strerror(errno));
  int status = RMS_OK;
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/records/%s", run_folder, entries[i]->d_name);
    if (!status) status = rms_records_read_file(in, path);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static int load(struct rms_records_loader *in, struct rms_records **result, const char *run_folder)
{
  int status = RMS_OK;
  struct rms_records *records = in->records = calloc(1, sizeof *records);
  if (!records || !(records->arena = rms_arena_new())) RMS_TRY(rms_records_no_memory(in));
  RMS_TRY(read_folder(in, run_folder));
  RMS_TRY(rms_records_settle(in, run_folder));
  if (records->n_launches)
    qsort(records->launches, records->n_launches, sizeof *records->launches, compare_texts);
  *result = records;
  records = NULL;
out:
  rms_text_fini(&in->text);
  free(in->starts);
  rms_records_free(records);
  return status;
}

int rms_records_load(struct rms_records **result, const char *run_folder, struct rms_error *err)
{
  struct rms_records_loader in = {.err = err, .path = run_folder};
  return load(&in, result, run_folder);
}

int rms_records_load_brief(struct rms_records **result, const char *run_folder,
                           struct rms_error *err)
{
  struct rms_records_loader in = {.err = err, .path = run_folder, .is_brief = true};
  struct rms_records *records = NULL;
  const int status = load(&in, &records, run_folder);
  if (status) return status;
  if (in.is_unsure) {
    rms_records_free(records);
    return rms_records_load(result, run_folder, err);
  }
  *result = records;
  return RMS_OK;
}

void rms_records_free(struct rms_records *records)
{
  if (!records) return;
  free(records->closings);
  free(records->launches);
  free(records->runs);
  rms_arena_free(records->arena);
  free(records);
}
