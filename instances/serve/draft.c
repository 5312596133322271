/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/draft.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_NOMEM, "out of memory");
}

static bool is_plainer(const struct rms_machine *machine, int a, int b)
{
  return machine->profiles[a].memory < machine->profiles[b].memory;
}

static int compare_sizes(const void *va, const void *vb)
{
  const struct rms_size *a = va, *b = vb;
  if (a->compute != b->compute) return a->compute > b->compute ? 1 : -1;
  return (a->memory > b->memory) - (a->memory < b->memory);
}

static int find_sizes(struct rms_sizes *sizes, const struct rms_machine *machine, bool has_double,
                      struct rms_error *err)
{
  sizes->n = 0;
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *profile = &machine->profiles[p];
    int s = 0;
    if (profile->group >= 0 || profile->compute <= 0) continue;
    while (s < sizes->n && (sizes->at[s].compute != profile->compute ||
                            (has_double && sizes->at[s].memory != profile->memory)))
      s++;
    if (s == sizes->n)
      sizes->at[sizes->n++] = (struct rms_size){
          .profile = (uint16_t)p, .compute = profile->compute, .memory = profile->memory};
    else if (is_plainer(machine, p, sizes->at[s].profile))
      sizes->at[s] = (struct rms_size){
          .profile = (uint16_t)p, .compute = profile->compute, .memory = profile->memory};
  }
  qsort(sizes->at, (size_t)sizes->n, sizeof *sizes->at, compare_sizes);
  if (sizes->n == 0 || !machine->is_usable)
    return rms_error_set(err, RMS_E_PARAM, "machine %s cannot be used: %s", machine->name,
                         machine->why ? machine->why : "it has no plain profile");
  return RMS_OK;
}

int rms_draft_open(struct rms_draft *draft, const struct rms_recipe *recipe, struct rms_error *err)
{
  int status = RMS_OK;
  memset(draft, 0, sizeof *draft);
  draft->recipe = recipe;
  if (!(draft->arena = rms_arena_new())) RMS_TRY(no_memory(err));
  for (size_t m = 0; m < recipe->n_machines; m++)
    RMS_TRY(find_sizes(&draft->sizes[m], recipe->machines[m],
                       recipe->options.whole[RMS_OPT_DOUBLE] != 0, err));
  for (size_t p = recipe->n_pools; p-- > 0;)
    draft->speed[recipe->machine_of[p]] = recipe->pools[p].speed;
out:
  return status;
}

void rms_draft_fini(struct rms_draft *draft)
{
  free(draft->services);
  free(draft->entries);
  rms_arena_free(draft->arena);
  memset(draft, 0, sizeof *draft);
}

int rms_draft_service(struct rms_draft *draft, const char *name, double slo_ms,
                      struct rms_error *err)
{
  if (rms_grow(&draft->services, &draft->services_capacity, draft->n_services + 1,
               sizeof *draft->services) < 0)
    return no_memory(err);
  struct rms_serve_service *service = &draft->services[draft->n_services];
  *service = (struct rms_serve_service){.slo_ms = slo_ms};
  if (!(service->name = rms_arena_text(draft->arena, name))) return no_memory(err);
  draft->n_services++;
  return RMS_OK;
}

int rms_draft_rate(struct rms_draft *draft, size_t machine, int size, int64_t rate,
                   struct rms_serve_point point, struct rms_error *err)
{
  if (rate <= 0) return RMS_OK;
  if (rms_grow(&draft->entries, &draft->entries_capacity, draft->n_entries + 1,
               sizeof *draft->entries) < 0)
    return no_memory(err);
  draft->entries[draft->n_entries++] =
      (struct rms_serve_entry){.service = (uint32_t)(draft->n_services - 1),
                               .machine = (uint16_t)machine,
                               .profile = draft->sizes[machine].at[size].profile,
                               .rate = rate,
                               .point = point};
  return RMS_OK;
}

/* Requests per second of one machine full of the best slices for this entry. */
static double machine_load(const struct rms_draft *draft, const struct rms_serve_entry *entry)
{
  const struct rms_machine *machine = draft->recipe->machines[entry->machine];
  return rms_micro_to_double(entry->rate) * machine->compute_units /
         machine->profiles[entry->profile].compute;
}

int rms_draft_loads(const struct rms_draft *draft, double **load, struct rms_error *err)
{
  double *loads = calloc(draft->n_services + 1, sizeof *loads);
  if (!loads) return no_memory(err);
  for (size_t i = 0, j; i < draft->n_entries; i = j) {
    const uint32_t s = draft->entries[i].service;
    uint16_t first = UINT16_MAX; /* machines are numbered by their first pool */
    for (j = i; j < draft->n_entries && draft->entries[j].service == s; j++)
      if (draft->entries[j].machine < first) first = draft->entries[j].machine;
    for (size_t k = i; k < j; k++)
      if (draft->entries[k].machine == first)
        loads[s] = fmax(loads[s], machine_load(draft, &draft->entries[k]));
  }
  *load = loads;
  return RMS_OK;
}

static int find_rules(const struct rms_recipe *recipe, const struct rms_machine *machine,
                      int *rules, struct rms_error *err)
{
  const char *name = recipe->options.text[RMS_OPT_RULES];
  *rules = name[0] ? rms_machine_rules(machine, name) : -1;
  if (name[0] && *rules < 0)
    return rms_error_set(
        err, RMS_E_UNKNOWN, "rules=%.60s: machine %s has no such rule set (it has %s%s)", name,
        machine->name, machine->rules[0].name, machine->n_rules > 1 ? ", ..." : "");
  return RMS_OK;
}

/* Pools of one machine type need names of their own. */
static int name_pool(struct rms_draft *draft, struct rms_serve_spec *spec, size_t p,
                     struct rms_error *err)
{
  int n = 1;
  char name[RMS_NAME_MAX + 16];
  for (size_t q = 0; q < p; q++) n += spec->pools[q].machine == spec->pools[p].machine;
  if (n == 1) return RMS_OK;
  const char *machine = draft->recipe->machines[spec->pools[p].machine]->name;
  snprintf(name, sizeof name, "%.*s-%d", RMS_NAME_MAX - 12, machine, n);
  return (spec->pools[p].name = rms_arena_text(draft->arena, name)) ? RMS_OK : no_memory(err);
}

int rms_draft_build(struct rms_instance **result, struct rms_draft *draft,
                    struct rms_recipe *recipe, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve *inst = NULL;
  struct rms_serve_spec spec = {.name = recipe->name,
                                .n_machines = recipe->n_machines,
                                .n_pools = recipe->n_pools,
                                .n_services = draft->n_services,
                                .services = draft->services,
                                .n_entries = draft->n_entries,
                                .entries = draft->entries};
  for (size_t m = 0; m < recipe->n_machines; m++) spec.machines[m] = recipe->machines[m];
  for (size_t p = 0; p < recipe->n_pools; p++) {
    spec.pools[p].machine = recipe->machine_of[p];
    spec.pools[p].count = recipe->pools[p].stock;
    spec.pools[p].cost = recipe->pools[p].cost;
    RMS_TRY(find_rules(recipe, recipe->machines[recipe->machine_of[p]], &spec.pools[p].rules, err));
    RMS_TRY(name_pool(draft, &spec, p, err));
  }
  RMS_TRY(rms_serve_build(&inst, &spec, err));
  memset(recipe->machines, 0, sizeof recipe->machines);
  *result = &inst->base;
out:
  return status;
}

struct rms_rng rms_draft_rng(const struct rms_draft *draft, enum rms_draw draw)
{
  const struct rms_recipe *recipe = draft->recipe;
  return (struct rms_rng){.key = recipe->key,
                          .purpose = RMS_PURPOSE_INSTANCE,
                          .stream = (uint32_t)recipe->options.whole[RMS_OPT_INDEX],
                          .island = (uint32_t)draw};
}
