/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/machine.h"

#include <string.h>

#include "instances/base/embedded.h"

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

void rms_machine_free(struct rms_machine *machine)
{
  if (machine) rms_arena_free(machine->arena);
}

int rms_machine_profile(const struct rms_machine *machine, const char *name)
{
  for (int p = 0; p < machine->n_profiles; p++)
    if (!strcmp(machine->profiles[p].name, name)) return p;
  for (int p = 0; p < machine->n_profiles; p++)
    if (!strcmp(machine->profiles[p].shape, name)) return p;
  return -1;
}

int rms_machine_rules(const struct rms_machine *machine, const char *name)
{
  for (int r = 0; r < machine->n_rules; r++)
    if (!strcmp(machine->rules[r].name, name)) return r;
  return -1;
}

uint32_t rms_machine_base(const struct rms_machine *machine)
{
  uint32_t base = 0;
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *mine = &machine->profiles[p];
    bool is_first = true;
    for (int o = 0; o < machine->n_profiles; o++) {
      const struct rms_profile *other = &machine->profiles[o];
      if (o == p || other->compute != mine->compute) continue;
      if (other->memory < mine->memory || (other->memory == mine->memory && o < p))
        is_first = false;
    }
    if (is_first) base |= UINT32_C(1) << p;
  }
  return base;
}

static bool comes_before(const struct rms_machine *machine, int p, int q)
{
  const struct rms_profile *const a = &machine->profiles[p], *const b = &machine->profiles[q];
  if (a->memory != b->memory) return a->memory > b->memory;
  if (a->compute != b->compute) return a->compute > b->compute;
  return p < q;
}

int rms_machine_order(const struct rms_machine *machine, uint32_t mask,
                      uint16_t profiles[RMS_PROFILES_MAX])
{
  int n = 0;
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(mask >> p & 1)) continue;
    int i = n++;
    for (; i > 0 && comes_before(machine, p, profiles[i - 1]); i--) profiles[i] = profiles[i - 1];
    profiles[i] = (uint16_t)p;
  }
  return n;
}
