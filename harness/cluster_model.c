/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cluster_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/coordinator.h"
#include "instances/base/rng.h"
#include "instances/base/status.h"

struct letter {
  struct letter *next;
  int from;
  struct rms_say say;
};

struct rank {
  struct letter *first, *last; /* arrived, not looked at */
  double busy;                 /* handles messages until then */
  double active;               /* last time that it asked or heard something */
  double told, ends, wakes;    /* last news; end of the job that runs; next sign of life */
  double worked;               /* s with a job */
  uint64_t n_items, next_item; /* of the batch; number of its first job */
  uint64_t done;               /* since the last news */
  double seconds;              /* that these took */
  bool is_running, has_asked, is_over, has_said_bye, may_leave;
};

enum event_kind { ARRIVAL, WAKE, JOB_END };

struct event {
  double at;
  uint64_t order; /* ties: first made, first handled */
  struct letter *letter;
  int rank;
  enum event_kind kind;
};

struct world {
  const struct rms_cluster_model *model;
  struct rms_transport transport; /* of rank 0 */
  struct rms_coordinator coordinator;
  struct rms_progress progress;
  struct rms_sweep sweep;
  struct rms_job job; /* stands for all: the coordinator reads no more of a job than its label */
  struct rank *ranks;
  double *cores; /* [nodes * cores_per_node] free from then on */
  struct event *heap;
  size_t n_events, capacity;
  uint64_t n_made, messages;
  double now, handling; /* `now` moves within a look, message by message */
  double end, work;
  double handled; /* s of the model's clock, see there */
};

/* ---- events ---- */

static bool is_before(const struct event *a, const struct event *b)
{
  return a->at < b->at || (!(a->at > b->at) && a->order < b->order);
}

static int push(struct world *w, double at, int rank, enum event_kind kind, struct letter *letter)
{
  if (w->n_events == w->capacity) {
    const size_t capacity = w->capacity ? 2 * w->capacity : 1024;
    struct event *heap = realloc(w->heap, capacity * sizeof *heap);
    if (!heap) return RMS_E_NOMEM;
    w->heap = heap;
    w->capacity = capacity;
  }
  const struct event event = {at, w->n_made++, letter, rank, kind};
  size_t i = w->n_events++;
  for (; i > 0 && is_before(&event, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
    w->heap[i] = w->heap[(i - 1) / 2];
  w->heap[i] = event;
  return RMS_OK;
}

static struct event pop(struct world *w)
{
  const struct event top = w->heap[0], last = w->heap[--w->n_events];
  size_t i = 0, child;
  while ((child = 2 * i + 1) < w->n_events) {
    if (child + 1 < w->n_events && is_before(&w->heap[child + 1], &w->heap[child])) child++;
    if (!is_before(&w->heap[child], &last)) break;
    w->heap[i] = w->heap[child];
    i = child;
  }
  if (w->n_events) w->heap[i] = last;
  return top;
}

/* ---- messages ---- */

static int post(struct world *w, int from, int to, const struct rms_say *say)
{
  struct letter *letter = malloc(sizeof *letter);
  if (!letter) return RMS_E_NOMEM;
  *letter = (struct letter){.from = from, .say = *say};
  w->now += w->model->message_cpu;
  const double way = from == to ? 0 : w->model->latency;
  const int status = push(w, w->now + way, to, ARRIVAL, letter);
  if (status) free(letter);
  return status;
}

/* The coordinator's only way out. */
static int send_from_first(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  struct rms_say say = {0};
  if (n > sizeof say) return rms_error_set(err, RMS_E_INTERNAL, "a message of %zu bytes", n);
  memcpy(&say, bytes, n);
  return post(self, 0, to, &say);
}

static int tell(struct world *w, int rank, enum rms_message_kind kind, uint64_t done)
{
  const struct rms_say say = {
      .kind = kind, .done = done, .objective = NAN, .seconds = done ? w->ranks[rank].seconds : 0};
  return post(w, rank, 0, &say);
}

/* When a sleeping rank looks next, at or after `at`: 1, 2, 4 ... ms apart, then `look`. */
static double next_look(const struct world *w, const struct rank *r, double at)
{
  double when = r->active, pause = 1e-3;
  while (when < at && pause < w->model->look) {
    when += pause;
    pause *= 2;
  }
  if (when < at) when += ceil((at - when) / w->model->look) * w->model->look;
  return when;
}

/* ---- a rank ---- */

/* The first processor of the rank's node that is free. */
static double *find_core(struct world *w, int rank)
{
  const struct rms_cluster_model *m = w->model;
  double *core = w->cores + (size_t)(rank / m->ranks_per_node) * (size_t)m->cores_per_node;
  double *best = core;
  for (int i = 1; i < m->cores_per_node; i++)
    if (core[i] < *best) best = &core[i];
  return best;
}

static int start_job(struct world *w, int rank)
{
  const struct rms_cluster_model *m = w->model;
  struct rank *r = &w->ranks[rank];
  const struct rms_rng_key key = {m->seed, 0};
  const uint64_t draw = rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, r->next_item++);
  const double own = m->times[draw % m->n_times];
  const double computing = m->overhead_cpu + (m->is_computing ? own : 0);
  const double waiting = m->overhead_wait + (m->is_computing ? 0 : own);
  double *core = find_core(w, rank);
  const double begin = *core > w->now ? *core : w->now;
  *core = begin + computing;
  w->work += own;
  r->is_running = true;
  r->worked += *core + waiting - w->now;
  r->seconds += *core + waiting - w->now;
  r->ends = *core + waiting;
  return push(w, r->ends, rank, JOB_END, NULL);
}

/* A rank whose job is long, or that waits for one, shows that it is there. */
static int give_sign(struct world *w, int rank)
{
  struct rank *r = &w->ranks[rank];
  const double sign = w->model->sign;
  if (!r->is_running || !(sign > 0)) return RMS_OK;
  int status = RMS_OK;
  if (w->now >= r->told + sign) {
    status = tell(w, rank, RMS_SAY_NEWS, 0);
    r->told = w->now;
  }
  const double next = r->told + sign;
  if (status || next >= r->ends || r->wakes > w->now) return status;
  r->wakes = next;
  return push(w, next, rank, WAKE, NULL);
}

static int step(struct world *w, int rank)
{
  struct rank *r = &w->ranks[rank];
  int status = RMS_OK;
  if (r->n_items && !r->is_running) status = start_job(w, rank);
  const bool is_idle = !r->n_items && !r->is_running;
  if (!status && r->done && (is_idle || w->now - r->told >= w->model->news)) {
    status = tell(w, rank, RMS_SAY_NEWS, r->done);
    r->done = 0;
    r->seconds = 0;
    r->told = w->now;
  }
  if (!status) status = give_sign(w, rank);
  if (!status && is_idle && !r->has_asked && !r->is_over) {
    r->has_asked = true;
    status = tell(w, rank, RMS_SAY_REQUEST, 0);
  }
  if (!status && r->is_over && !r->has_asked && is_idle && !r->has_said_bye) {
    r->has_said_bye = true;
    status = tell(w, rank, RMS_SAY_BYE, 0);
  }
  return status;
}

static int coordinate(struct world *w, const struct letter *letter, struct rms_error *err)
{
  const struct rms_cluster_model *m = w->model;
  const double begin = m->clock ? m->clock() : 0;
  const int status = rms_coordinator_hear(&w->coordinator, letter->from, &letter->say, err);
  if (m->clock) w->handled += m->clock() - begin;
  w->now += m->handling_cpu;
  return status;
}

static int hear(struct world *w, int rank, const struct letter *letter, struct rms_error *err)
{
  struct rank *r = &w->ranks[rank];
  switch (letter->say.kind) {
  case RMS_SAY_BATCH:
    r->has_asked = false;
    r->n_items = letter->say.n;
    r->next_item = letter->say.items[0].index;
    return RMS_OK;
  case RMS_SAY_STOP:
    r->has_asked = false;
    r->is_over = true;
    return RMS_OK;
  case RMS_SAY_LEAVE: r->may_leave = true; return RMS_OK;
  default: return coordinate(w, letter, err);
  }
}

/* A rank looks at its messages, one after the other, and goes on with its work. */
static int look(struct world *w, int rank, struct rms_error *err)
{
  struct rank *r = &w->ranks[rank];
  const double begin = w->now;
  const bool had_asked = r->has_asked;
  bool did = false;
  int status = RMS_OK;
  while (!status && r->first) {
    did = true;
    struct letter *letter = r->first;
    r->first = letter->next;
    if (!r->first) r->last = NULL;
    w->now += w->model->message_cpu;
    w->messages += rank == 0;
    status = hear(w, rank, letter, err);
    free(letter);
  }
  if (!status) status = step(w, rank);
  r->busy = w->now;
  if (did || r->has_asked > had_asked) r->active = w->now;
  if (rank == 0) w->handling += w->now - begin;
  return status;
}

static int arrive(struct world *w, const struct event *event)
{
  struct rank *r = &w->ranks[event->rank];
  const bool is_first = !r->first;
  if (r->last)
    r->last->next = event->letter;
  else
    r->first = event->letter;
  r->last = event->letter;
  /* Whoever looks at the first finds the others. */
  return is_first ? push(w, next_look(w, r, event->at), event->rank, WAKE, NULL) : RMS_OK;
}

static int handle(struct world *w, const struct event *event, struct rms_error *err)
{
  struct rank *r = &w->ranks[event->rank];
  if (event->kind == ARRIVAL) return arrive(w, event);
  if (event->kind == JOB_END) {
    r->is_running = false;
    r->n_items--;
    r->done++;
    w->end = event->at;
  }
  if (r->busy > event->at) return push(w, r->busy, event->rank, WAKE, NULL); /* with messages */
  w->now = event->at;
  return look(w, event->rank, err);
}

/* ---- the whole ---- */

static int check_model(const struct rms_cluster_model *m, struct rms_error *err)
{
  const struct {
    const char *name;
    double value, least, most;
  } numbers[] = {{"ranks", m->ranks, 1, RMS_MODEL_RANKS_MAX},
                 {"ranks per node", m->ranks_per_node, 1, RMS_MODEL_RANKS_MAX},
                 {"processors per node", m->cores_per_node, 1, 4096},
                 {"jobs", (double)m->jobs, 1, RMS_MODEL_JOBS_MAX},
                 {"overhead (processor)", m->overhead_cpu, 0, 1e6},
                 {"overhead (waiting)", m->overhead_wait, 0, 1e6},
                 {"cost of a message", m->message_cpu, 0, 1e3},
                 {"cost of handling", m->handling_cpu, 0, 1e3},
                 {"latency", m->latency, 0, 1e3},
                 {"look", m->look, 1e-6, 1e3},
                 {"news", m->news, 0, 1e6},
                 {"sign of life", m->sign, 0, 1e6}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (!(numbers[i].value >= numbers[i].least && numbers[i].value <= numbers[i].most))
      return rms_error_set(err, RMS_E_USAGE, "%s: is %g, must be %g to %g", numbers[i].name,
                           numbers[i].value, numbers[i].least, numbers[i].most);
  if (!m->n_times) return rms_error_set(err, RMS_E_USAGE, "times of jobs: there are none");
  return RMS_OK;
}

static int fill_queue(struct world *w)
{
  const size_t n = (size_t)w->model->jobs;
  struct rms_item *items = calloc(n, sizeof *items);
  if (!items) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) items[i] = (struct rms_item){.index = i, .attempt = 1};
  const int status = rms_queue_fill(&w->coordinator.queue, items, n);
  free(items);
  return status;
}

static int begin(struct world *w, struct rms_error *err)
{
  const struct rms_cluster_model *m = w->model;
  const size_t nodes =
      ((size_t)m->ranks + (size_t)m->ranks_per_node - 1) / (size_t)m->ranks_per_node;
  int status;
  w->ranks = calloc((size_t)m->ranks, sizeof *w->ranks);
  w->cores = calloc(nodes * (size_t)m->cores_per_node, sizeof *w->cores);
  if (!w->ranks || !w->cores) RMS_TRY(RMS_E_NOMEM);
  w->transport = (struct rms_transport){.self = w, .size = m->ranks, .send = send_from_first};
  w->job.label = "";
  w->sweep = (struct rms_sweep){.jobs = &w->job, .n_jobs = (size_t)m->jobs};
  w->coordinator = (struct rms_coordinator){
      .sweep = &w->sweep, .transport = &w->transport, .progress = &w->progress};
  RMS_TRY(rms_coordinator_init(&w->coordinator, err));
  RMS_TRY(fill_queue(w));
  for (int rank = 0; rank < m->ranks; rank++) RMS_TRY(push(w, 0, rank, WAKE, NULL));
out:
  return status;
}

static void tell_forecast(const struct world *w, struct rms_cluster_forecast *f)
{
  const struct rms_cluster_model *m = w->model;
  double worked = 0, workers = 0;
  for (int first = 0; first < m->ranks; first += m->ranks_per_node) {
    const int here = m->ranks - first < m->ranks_per_node ? m->ranks - first : m->ranks_per_node;
    workers += m->is_computing && here > m->cores_per_node ? m->cores_per_node : here;
  }
  for (int rank = 0; rank < m->ranks; rank++) worked += w->ranks[rank].worked;
  *f =
      (struct rms_cluster_forecast){.seconds = w->end,
                                    .work = w->work,
                                    .efficiency = w->work / (w->end * workers),
                                    .coordinator_load = w->handling / w->end,
                                    .messages = w->messages,
                                    .idle = 1 - worked / (w->end * m->ranks),
                                    .handling = w->messages ? w->handled / (double)w->messages : 0};
}

static void end(struct world *w)
{
  for (size_t i = 0; i < w->n_events; i++) free(w->heap[i].letter);
  for (int rank = 0; w->ranks && rank < w->model->ranks; rank++)
    for (struct letter *next, *at = w->ranks[rank].first; at; at = next) {
      next = at->next;
      free(at);
    }
  free(w->heap);
  rms_coordinator_fini(&w->coordinator);
  free(w->cores);
  free(w->ranks);
}

int rms_cluster_simulate(const struct rms_cluster_model *model,
                         struct rms_cluster_forecast *forecast, struct rms_error *err)
{
  struct world w = {.model = model};
  int status = check_model(model, err);
  if (status) return status;
  status = begin(&w, err);
  while (!status && w.n_events) {
    const struct event event = pop(&w);
    status = handle(&w, &event, err);
  }
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "cluster: out of memory");
  if (!status && !rms_coordinator_is_over(&w.coordinator))
    status = rms_error_set(err, RMS_E_INTERNAL, "cluster: ranks wait for ever");
  if (!status) tell_forecast(&w, forecast);
  end(&w);
  return status;
}
