/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_orders.c - orders to the simulator, and the books that change with them. */
#include "solvers/jobs/forecast.h"

void rms_forecast_touch(struct rms_forecast *f, uint32_t m)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  const uint8_t list = machine->is_moving ? RMS_FORECAST_COUNTS : machine->n;
  machine->is_fresh = f->has_window = false;
  if (list == machine->listed) return;
  if (machine->listed < RMS_FORECAST_COUNTS)
    rms_machine_set_put(&f->by_count[machine->listed], m, false);
  if (list < RMS_FORECAST_COUNTS) rms_machine_set_put(&f->by_count[list], m, true);
  machine->listed = list;
}

int rms_forecast_arrange(struct rms_forecast *f, struct rms_sim *sim, uint32_t m,
                         const struct rms_arrangement *to)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  const int status = rms_sim_arrange(sim, m, to);
  if (!status) rms_sim_machine(sim, m, &machine->is_moving);
  rms_machine_set_put(&f->changed, m, false);
  rms_forecast_touch(f, m);
  return status;
}

int rms_forecast_cut(struct rms_forecast *f, struct rms_sim *sim, uint32_t m,
                     const struct rms_choice *choice)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  struct rms_arrangement to = {0};
  bool is_moving;
  rms_forecast_take_stock(f, sim, m);
  for (size_t j = 0; j < machine->n; j++) {
    jobs[j] = machine->resident[j].job;
    machine->resident[j].speed = rms_forecast_speed(f, machine->resident[j].type, choice->kind[j]);
  }
  rms_choice_arrange(choice, jobs, machine->n, rms_sim_machine(sim, m, &is_moving), &to);
  return rms_forecast_arrange(f, sim, m, &to);
}

static int measure(struct rms_forecast *f, struct rms_sim *sim, uint32_t m)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  struct rms_arrangement to = {.mode = RMS_SIM_PHASE, .n = machine->n};
  rms_forecast_take_stock(f, sim, m);
  for (size_t j = 0; j < machine->n; j++) {
    to.places[j].job = machine->resident[j].job;
    machine->resident[j].speed = 0.5 / machine->n; /* a guess: shares under MPS are not known */
  }
  return rms_forecast_arrange(f, sim, m, &to);
}

/* Start the last resident on an idle slice. */
static int fill(struct rms_forecast *f, struct rms_sim *sim, uint32_t m,
                const struct rms_forecast_idle *idle)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  struct rms_forecast_resident *r = &machine->resident[machine->n - 1u];
  r->speed = rms_forecast_speed(f, r->type, idle->kind);
  const int status = rms_sim_start(sim, m, idle->start, r->job);
  rms_sim_machine(sim, m, &machine->is_moving);
  rms_forecast_touch(f, m);
  return status;
}

int rms_forecast_admit(struct rms_forecast *f, struct rms_sim *sim, uint32_t m,
                       const struct rms_forecast_resident *r, const struct rms_forecast_prospect *p)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  machine->resident[machine->n++] = *r;
  if (p->fills) return fill(f, sim, m, &p->idle);
  return p->measures ? measure(f, sim, m) : rms_forecast_cut(f, sim, m, &p->choice);
}
