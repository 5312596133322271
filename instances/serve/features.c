/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "instances/serve/files.h"

struct moments { /* of a sample, in one pass (Welford) */
  size_t n;
  double mean, squares, least, most;
};

static void add_sample(struct moments *m, double x)
{
  m->least = m->n ? fmin(m->least, x) : x;
  m->most = m->n ? fmax(m->most, x) : x;
  m->n++;
  const double delta = x - m->mean;
  m->mean += delta / (double)m->n;
  m->squares += delta * (x - m->mean);
}

static double deviation(const struct moments *m)
{
  return m->n > 1 ? sqrt(m->squares / (double)(m->n - 1)) : 0;
}

/* Share of a machine that a slice of kind k takes, by compute. */
static double share_of(const struct rms_serve *inst, size_t k)
{
  const struct rms_machine *const machine = inst->machines[inst->kinds[k].machine];
  const struct rms_profile *const profile = &machine->profiles[inst->kinds[k].profile];
  if (machine->compute_units > 0 && profile->compute > 0)
    return (double)profile->compute / machine->compute_units;
  return (double)profile->memory / machine->memory_units;
}

/* Cheapest pool of a machine. */
static double cost_of(const struct rms_serve *inst, size_t machine)
{
  double least = INFINITY;
  for (size_t p = 0; p < inst->n_pools; p++)
    if (inst->pools[p].machine == machine) least = fmin(least, (double)inst->pools[p].cost);
  return least;
}

struct shape { /* how throughput grows with size, over all services */
  struct moments rho;
  size_t n_super, n_sub, n_falling, n_pairs;
};

/* Slices of one machine against the smallest one that the service can use there. Kinds come by
 * descending size, so the smallest stands last. */
static void add_shape(const struct rms_serve *inst, size_t s, size_t first, size_t end,
                      struct shape *shape)
{
  size_t base = end;
  while (base > first && !rms_serve_rate(inst, s, base - 1)) base--;
  if (base == first) return;
  base--;
  const double unit = (double)rms_serve_rate(inst, s, base) / share_of(inst, base);
  int64_t smaller = rms_serve_rate(inst, s, base);
  for (size_t k = base; k-- > first;) {
    const int64_t rate = rms_serve_rate(inst, s, k);
    if (!rate) continue;
    const double rho = (double)rate / share_of(inst, k) / unit;
    add_sample(&shape->rho, rho);
    shape->n_super += rho > 1.05;
    shape->n_sub += rho < 0.95;
    shape->n_falling += rate < smaller;
    shape->n_pairs++;
    smaller = rate;
  }
}

static size_t end_of_machine(const struct rms_serve *inst, size_t k)
{
  const uint16_t machine = inst->kinds[k].machine;
  while (k < inst->n_kinds && inst->kinds[k].machine == machine) k++;
  return k;
}

struct load { /* services in machines, or in cost, of a world without rules and rounding */
  double machines, cost;
  struct moments each; /* machines of one service */
  size_t n_small;      /* services that need less than the smallest slice of their best machine */
  size_t n_hopeless;
};

static void add_load(const struct rms_serve *inst, size_t s, struct load *load)
{
  double machines = INFINITY, cost = INFINITY, smallest = 1;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const double rate = (double)rms_serve_rate(inst, s, k), share = share_of(inst, k);
    if (!(rate > 0)) continue;
    const double need = (double)inst->services[s].demand / rate * share;
    machines = fmin(machines, need);
    cost = fmin(cost, need * cost_of(inst, inst->kinds[k].machine));
    smallest = fmin(smallest, share);
  }
  if (!isfinite(machines)) {
    load->n_hopeless++;
    return;
  }
  load->machines += machines;
  load->cost += cost;
  load->n_small += machines < smallest;
  add_sample(&load->each, machines);
}

static void field(struct rms_text *text, const char *name, double value)
{
  rms_text_add(text, text->length && text->data[text->length - 1] == '{' ? "\n  " : ",\n  ");
  rms_text_json(text, name);
  rms_text_add(text, ": ");
  rms_text_double(text, value);
}

static double share(size_t part, size_t whole)
{
  return whole ? (double)part / (double)whole : 0;
}

/* "missing/MACHINE/PROFILE": share of the services that cannot use the kind. */
static void write_missing(const struct rms_serve *inst, struct rms_text *text)
{
  struct moments all = {0};
  for (size_t k = 0; k < inst->n_kinds; k++) {
    size_t n = 0;
    for (size_t s = 0; s < inst->n_services; s++) n += rms_serve_rate(inst, s, k) == 0;
    add_sample(&all, share(n, inst->n_services));
  }
  field(text, "missing_mean", all.mean);
  field(text, "missing_max", all.most);
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const struct rms_machine *const machine = inst->machines[inst->kinds[k].machine];
    char name[2 * RMS_NAME_MAX + 16];
    size_t n = 0;
    for (size_t s = 0; s < inst->n_services; s++) n += rms_serve_rate(inst, s, k) == 0;
    snprintf(name, sizeof name, "missing/%s/%s", machine->name,
             machine->profiles[inst->kinds[k].profile].name);
    field(text, name, share(n, inst->n_services));
  }
}

static void write_stock(const struct rms_serve *inst, double machines, struct rms_text *text)
{
  double stock = 0, least = INFINITY, most = 0;
  size_t n_limited = 0, n_cuts = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    n_limited += pool->count >= 0;
    stock += pool->count >= 0 ? (double)pool->count : INFINITY;
    least = fmin(least, (double)pool->cost);
    most = fmax(most, (double)pool->cost);
    n_cuts += pool->n_cuts;
  }
  field(text, "cuts", (double)n_cuts);
  field(text, "pools_limited", (double)n_limited);
  field(text, "cost_ratio", most / least);
  field(text, "stock", stock);
  field(text, "tightness", isfinite(stock) && stock > 0 ? machines / stock : NAN);
}

int rms_serve_features(const struct rms_instance *base, struct rms_text *text)
{
  const struct rms_serve *const inst = rms_serve_of(base);
  if (!inst) return RMS_E_PARAM;
  struct load load = {0};
  struct shape shape = {0};
  for (size_t s = 0; s < inst->n_services; s++) {
    add_load(inst, s, &load);
    for (size_t k = 0; k < inst->n_kinds; k = end_of_machine(inst, k))
      add_shape(inst, s, k, end_of_machine(inst, k), &shape);
  }
  rms_text_add(text, "{");
  field(text, "services", (double)inst->n_services);
  field(text, "pools", (double)inst->n_pools);
  field(text, "machine_types", (double)inst->n_machines);
  field(text, "kinds", (double)inst->n_kinds);
  write_stock(inst, load.machines, text);
  field(text, "free_machines", load.machines);
  field(text, "free_cost", load.cost);
  field(text, "hopeless", (double)load.n_hopeless);
  field(text, "load_mean", load.each.mean);
  field(text, "load_min", load.each.least);
  field(text, "load_max", load.each.most);
  field(text, "load_cv", load.each.mean > 0 ? deviation(&load.each) / load.each.mean : 0);
  field(text, "load_small", share(load.n_small, load.each.n));
  field(text, "rho_mean", shape.rho.mean);
  field(text, "rho_sd", deviation(&shape.rho));
  field(text, "rho_min", shape.rho.least);
  field(text, "rho_max", shape.rho.most);
  field(text, "rho_super", share(shape.n_super, shape.n_pairs));
  field(text, "rho_sub", share(shape.n_sub, shape.n_pairs));
  field(text, "rate_falls", share(shape.n_falling, shape.n_pairs));
  write_missing(inst, text);
  rms_text_add(text, "\n}\n");
  return rms_text_status(text);
}
