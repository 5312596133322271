/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines from files and from the table inside the project. */
#include <string.h>

#include "instances/base/embedded.h"
#include "instances/machine.h"

#define FOLDER "instances/machines/"
#define SUFFIX ".json"

int rms_machine_read(struct rms_machine **result, const char *path, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;

  RMS_TRY(rms_document_open(&doc, path, err));
  struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_machine_parse(result, &root, err));
out:
  rms_document_free(doc);
  return status;
}

static bool is_machine(const struct rms_embedded *file)
{
  size_t length = strlen(file->name), suffix = strlen(SUFFIX);
  return !strncmp(file->name, FOLDER, strlen(FOLDER)) && length > suffix &&
         !strcmp(file->name + length - suffix, SUFFIX);
}

static const struct rms_embedded *find_builtin(const char *name)
{
  for (size_t i = 0; i < rms_embedded_count; i++) {
    const struct rms_embedded *file = &rms_embedded_files[i];
    if (is_machine(file) && !strcmp(file->stem, name)) return file;
  }
  return NULL;
}

/* The table is sorted by path, where "x-pcie.json" stands before "x.json": names need their own
 * order. */
const char *rms_machine_builtin_name(size_t i)
{
  const char *last = NULL;
  for (size_t n = 0; n <= i; n++) {
    const char *next = NULL;
    for (size_t k = 0; k < rms_embedded_count; k++) {
      const struct rms_embedded *file = &rms_embedded_files[k];
      if (!is_machine(file) || (last && strcmp(file->stem, last) <= 0)) continue;
      if (!next || strcmp(file->stem, next) < 0) next = file->stem;
    }
    if (!next) return NULL;
    last = next;
  }
  return last;
}

/* "a100" is near to the first name that begins so; a name that shares no letter is near to none. */
static const char *nearest_builtin(const char *name)
{
  const char *nearest = NULL, *other;
  size_t best = strlen(name);
  for (size_t i = 0; (other = rms_machine_builtin_name(i)); i++) {
    if (best && !strncmp(name, other, strlen(name))) return other;
    size_t distance = rms_text_distance(name, other);
    if (distance >= best) continue;
    nearest = other;
    best = distance;
  }
  return nearest;
}

static int unknown(const char *name, struct rms_error *err)
{
  const char *nearest = nearest_builtin(name);
  if (!nearest)
    return rms_error_set(err, RMS_E_UNKNOWN,
                         "no machine '%.64s' is built in ('rms machines' lists all)", name);
  return rms_error_set(
      err, RMS_E_UNKNOWN,
      "no machine '%.64s' is built in, the nearest name is '%s' ('rms machines' lists all)", name,
      nearest);
}

int rms_machine_builtin(struct rms_machine **result, const char *name, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  const struct rms_embedded *file = find_builtin(name);
  if (!file) return unknown(name, err);

  RMS_TRY(rms_document_parse(&doc, (const char *)file->bytes, file->size, file->name, err));
  struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_machine_parse(result, &root, err));
out:
  rms_document_free(doc);
  return status;
}
