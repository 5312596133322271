/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/names.h"

#include <stdlib.h>
#include <string.h>

enum { FREE_SLOT = 0 }; /* a slot holds index + 1 */

/* The slot of `name`, or the free one where it belongs. */
static size_t find_slot(const struct rms_serve_names *names, const char *name)
{
  size_t i = (size_t)rms_hash_bytes(name, strlen(name)).low & names->mask;
  while (names->slots[i] != FREE_SLOT &&
         strcmp(names->services[names->slots[i] - 1].name, name) != 0)
    i = (i + 1) & names->mask;
  return i;
}

int rms_serve_names_init(struct rms_serve_names *names, const struct rms_serve_service *services,
                         size_t n, size_t *first, size_t *second)
{
  size_t size = 16;
  while (size < 2 * n) size *= 2;
  struct rms_serve_names t = {.services = services, .n = n, .mask = size - 1};
  t.slots = calloc(size, sizeof *t.slots);
  if (!t.slots) return RMS_E_NOMEM;
  for (size_t s = 0; s < n; s++) {
    const size_t i = find_slot(&t, services[s].name);
    if (t.slots[i] != FREE_SLOT) {
      if (first) *first = t.slots[i] - 1;
      if (second) *second = s;
      free(t.slots);
      return RMS_E_INSTANCE;
    }
    t.slots[i] = (uint32_t)(s + 1);
  }
  *names = t;
  return RMS_OK;
}

void rms_serve_names_fini(struct rms_serve_names *names)
{
  free(names->slots);
  *names = (struct rms_serve_names){0};
}

uint32_t rms_serve_names_find(const struct rms_serve_names *names, const char *name)
{
  const uint32_t slot = names->slots[find_slot(names, name)];
  return slot == FREE_SLOT ? UINT32_MAX : slot - 1;
}

const char *rms_serve_names_nearest(const struct rms_serve_names *names, const char *name)
{
  const char *best = NULL;
  size_t least = SIZE_MAX;
  for (size_t s = 0; s < names->n; s++) {
    const size_t distance = rms_text_distance(names->services[s].name, name);
    if (distance >= least) continue;
    least = distance;
    best = names->services[s].name;
  }
  return best;
}
