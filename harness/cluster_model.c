/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cluster_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/leader.h"
#include "instances/base/rng.h"
#include "instances/base/status.h"

struct letter {
  struct letter *next;
  int from;
  struct rms_say say; /* as much of it as travels */
};

struct leader { /* a coordinator and its only way out */
  struct world *world;
  struct rms_transport transport;
  struct rms_coordinator coordinator;
  double handling; /* s, with messages */
};

struct rank {
  struct letter *first, *last; /* arrived, not looked at */
  double busy;                 /* handles messages until then */
  double active;               /* last time that it asked or heard something */
  double told, ends, wakes;    /* last news; end of the job that runs; next sign of life */
  double worked;               /* s with a job */
  struct leader *leader;       /* malloc'ed; NULL: reports to its parent itself */
  uint64_t *batch;             /* numbers of jobs; malloc'ed */
  size_t n_items, at;          /* not yet done; the next one's place in the batch */
  size_t done;                 /* since the last news, before that place */
  double seconds;              /* that these took */
  uint32_t n_answers;
  int parent;  /* whom the worker reports to */
  double news; /* s, at least, between two news */
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
  struct rms_hierarchy hierarchy;
  struct rms_progress progress;
  struct rms_sweep sweep;
  struct rms_job job; /* stands for all: the coordinator reads no more of a job than its label */
  struct rank *ranks;
  double *cores; /* [nodes * cores_per_node] free from then on */
  struct event *heap;
  size_t n_events, capacity;
  uint64_t n_made, messages;
  double now; /* moves within a look, message by message */
  double end, work;
  size_t n_named; /* jobs in letters that coordinators sent */
  /* of coordinators: messages, jobs named, s of the model's clock; sums for least squares */
  double n_handled, named, handled, named_named, named_handled;
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
  const size_t size = rms_say_size(say);
  struct letter *letter = malloc(offsetof(struct letter, say) + size);
  if (!letter) return RMS_E_NOMEM;
  letter->from = from;
  letter->next = NULL;
  memcpy(&letter->say, say, size);
  w->now += w->model->message_cpu;
  const double way = from == to ? 0 : w->model->latency;
  const int status = push(w, w->now + way, to, ARRIVAL, letter);
  if (status) free(letter);
  return status;
}

static int send_from_leader(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  struct leader *l = self;
  const struct rms_say *say = bytes;
  if (!rms_say_is_whole(say, n))
    return rms_error_set(err, RMS_E_INTERNAL, "a message of %zu bytes", n);
  l->world->n_named += say->n;
  return post(l->world, l->transport.rank, to, say);
}

static int tell(struct world *w, int rank, enum rms_message_kind kind)
{
  const struct rank *r = &w->ranks[rank];
  const struct rms_say say = {
      .kind = kind, .ranks = 1, .is_idle = true, .answers = r->n_answers, .objective = NAN};
  return post(w, rank, r->parent, &say);
}

static int tell_news(struct world *w, int rank)
{
  struct rank *r = &w->ranks[rank];
  struct rms_say say = {.kind = RMS_SAY_NEWS, .n = r->done, .objective = NAN};
  for (size_t i = 0; i < r->done; i++)
    say.items[i] = (struct rms_item){.index = r->batch[r->at - r->done + i], .attempt = 1};
  say.seconds = r->seconds;
  r->done = 0;
  r->seconds = 0;
  r->told = w->now;
  return post(w, rank, r->parent, &say);
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
  const uint64_t draw = rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, r->batch[r->at]);
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
  if (w->now >= r->told + sign) status = tell_news(w, rank);
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
  if (!status && r->done && (is_idle || w->now - r->told >= r->news)) status = tell_news(w, rank);
  if (!status) status = give_sign(w, rank);
  if (!status && is_idle && !r->has_asked && !r->is_over) {
    r->has_asked = true;
    status = tell(w, rank, RMS_SAY_REQUEST);
  }
  if (!status && r->is_over && !r->has_asked && is_idle && !r->has_said_bye) {
    r->has_said_bye = true;
    status = tell(w, rank, RMS_SAY_BYE);
  }
  return status;
}

/* ---- a leader ---- */

static void measure(struct world *w, double named, double took)
{
  w->n_handled++;
  w->named += named;
  w->handled += took;
  w->named_named += named * named;
  w->named_handled += named * took;
}

/* letter [in] NULL: it does what is due */
static int coordinate(struct world *w, struct leader *l, const struct letter *letter,
                      struct rms_error *err)
{
  const struct rms_cluster_model *m = w->model;
  struct rms_coordinator *c = &l->coordinator;
  const double begin = m->clock ? m->clock() : 0, sign = m->sign > 0 ? m->sign : INFINITY;
  const size_t sent = w->n_named;
  int status;
  c->now = w->now;
  if (!letter)
    status = rms_leader_step(c, w->ranks[l->transport.rank].news, sign, err);
  else if (letter->say.kind > RMS_SAY_ADOPT)
    status = rms_coordinator_hear(c, letter->from, &letter->say, err);
  else
    status = rms_coordinator_obey(c, &letter->say, err);
  const double named = (double)(w->n_named - sent + (letter ? letter->say.n : 0));
  if (m->clock && letter) measure(w, named, m->clock() - begin);
  w->now += (letter ? m->handling_cpu : 0) + named * m->item_cpu;
  return status;
}

static int take_batch(struct rank *r, const struct rms_say *say)
{
  uint64_t *const batch = realloc(r->batch, ((size_t)say->n + 1) * sizeof *batch);
  if (!batch) return RMS_E_NOMEM;
  for (size_t i = 0; i < say->n; i++) batch[i] = say->items[i].index;
  r->batch = batch;
  r->n_items = (size_t)say->n;
  r->at = r->done = 0;
  r->n_answers++;
  r->has_asked = false;
  return RMS_OK;
}

static int hear(struct world *w, int rank, const struct letter *letter, struct rms_error *err)
{
  struct rank *r = &w->ranks[rank];
  const bool is_for_leader = letter->say.kind > RMS_SAY_ADOPT || letter->from != r->parent;
  if (r->leader && is_for_leader) return coordinate(w, r->leader, letter, err);
  switch (letter->say.kind) {
  case RMS_SAY_BATCH: return take_batch(r, &letter->say);
  case RMS_SAY_STOP:
    r->has_asked = false;
    r->is_over = true;
    return RMS_OK;
  case RMS_SAY_LEAVE: r->may_leave = true; return RMS_OK;
  default: return rms_error_set(err, RMS_E_INTERNAL, "a message that makes no sense");
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
  if (!status && r->leader && rank) status = coordinate(w, r->leader, NULL, err);
  r->busy = w->now;
  if (did || r->has_asked > had_asked) r->active = w->now;
  if (r->leader) r->leader->handling += w->now - begin;
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
    r->at++;
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
                 {"group", m->group, 0, RMS_MODEL_RANKS_MAX},
                 {"ranks per node", m->ranks_per_node, 1, RMS_MODEL_RANKS_MAX},
                 {"processors per node", m->cores_per_node, 1, 4096},
                 {"jobs", (double)m->jobs, 1, RMS_MODEL_JOBS_MAX},
                 {"overhead (processor)", m->overhead_cpu, 0, 1e6},
                 {"overhead (waiting)", m->overhead_wait, 0, 1e6},
                 {"cost of a message", m->message_cpu, 0, 1e3},
                 {"cost of handling", m->handling_cpu, 0, 1e3},
                 {"cost of a job's name", m->item_cpu, 0, 1e3},
                 {"latency", m->latency, 0, 1e3},
                 {"look", m->look, 1e-6, 1e3},
                 {"news", m->news, 0, 1e6},
                 {"share of news", m->news_share, 0, 1e6},
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
  const int status = rms_queue_fill(&w->ranks[0].leader->coordinator.queue, items, n);
  free(items);
  return status;
}

static int arrange(struct world *w, struct rms_error *err)
{
  const struct rms_cluster_model *m = w->model;
  const int group = m->group > 1 ? m->group : m->ranks + 1;
  int *nodes = calloc((size_t)m->ranks, sizeof *nodes);
  if (!nodes) return RMS_E_NOMEM;
  for (int rank = 0; rank < m->ranks; rank++) nodes[rank] = rank - rank % m->ranks_per_node;
  const int status = rms_hierarchy_init(&w->hierarchy, m->ranks, group, nodes, err);
  free(nodes);
  return status;
}

static int appoint(struct world *w, int rank, struct rms_error *err)
{
  struct leader *l = calloc(1, sizeof *l);
  if (!l) return RMS_E_NOMEM;
  w->ranks[rank].leader = l;
  l->world = w;
  l->transport = (struct rms_transport){
      .self = l, .rank = rank, .size = w->model->ranks, .send = send_from_leader};
  l->coordinator = (struct rms_coordinator){.sweep = &w->sweep,
                                            .transport = &l->transport,
                                            .progress = &w->progress,
                                            .hierarchy = &w->hierarchy,
                                            .parent = w->hierarchy.parent[rank]};
  return rms_coordinator_init(&l->coordinator, err);
}

static double news_every(const struct rms_cluster_model *m, size_t peers)
{
  const double every = fmax(m->news, (double)peers * m->news_share);
  return m->sign > 0 ? fmin(every, m->sign) : every;
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
  w->job.label = "";
  w->sweep = (struct rms_sweep){.jobs = &w->job, .n_jobs = (size_t)m->jobs};
  RMS_TRY(arrange(w, err));
  for (int rank = 0; rank < m->ranks; rank++) {
    const int above = w->hierarchy.parent[rank];
    const bool is_leader = !rank || w->hierarchy.below[rank] > 1;
    if (is_leader) RMS_TRY(appoint(w, rank, err));
    w->ranks[rank].parent = is_leader ? rank : above;
    w->ranks[rank].news = news_every(m, w->ranks[rank ? above : 0].leader->coordinator.n_peers);
    RMS_TRY(push(w, 0, rank, WAKE, NULL));
  }
  RMS_TRY(fill_queue(w));
out:
  return status;
}

/* The line that lies nearest to what messages took, by the jobs that they name. */
static void tell_handling(const struct world *w, struct rms_cluster_forecast *f)
{
  const double n = w->n_handled, spread = n * w->named_named - w->named * w->named;
  if (!(n > 0)) return;
  f->item = spread > 0 ? fmax(0, (n * w->named_handled - w->named * w->handled) / spread) : 0;
  f->handling = (w->handled - f->item * w->named) / n;
}

static void tell_leaders(const struct world *w, struct rms_cluster_forecast *f)
{
  for (int rank = 0; rank < w->model->ranks; rank++) {
    const struct leader *l = w->ranks[rank].leader;
    if (!l) continue;
    double *const load = rank ? &f->leader_load : &f->coordinator_load;
    *load = fmax(*load, l->handling / w->end);
    if (l->coordinator.n_peers > f->peers) f->peers = l->coordinator.n_peers;
  }
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
  *f = (struct rms_cluster_forecast){.seconds = w->end,
                                     .work = w->work,
                                     .efficiency = w->work / (w->end * workers),
                                     .messages = w->messages,
                                     .idle = 1 - worked / (w->end * m->ranks)};
  tell_handling(w, f);
  tell_leaders(w, f);
}

static void end(struct world *w)
{
  for (size_t i = 0; i < w->n_events; i++) free(w->heap[i].letter);
  for (int rank = 0; w->ranks && rank < w->model->ranks; rank++) {
    struct rank *r = &w->ranks[rank];
    for (struct letter *next, *at = r->first; at; at = next) {
      next = at->next;
      free(at);
    }
    if (r->leader) rms_coordinator_fini(&r->leader->coordinator);
    free(r->leader);
    free(r->batch);
  }
  free(w->heap);
  rms_hierarchy_fini(&w->hierarchy);
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
  if (!status && !rms_coordinator_is_over(&w.ranks[0].leader->coordinator))
    status = rms_error_set(err, RMS_E_INTERNAL, "cluster: ranks wait for ever");
  if (!status) tell_forecast(&w, forecast);
  end(&w);
  return status;
}
