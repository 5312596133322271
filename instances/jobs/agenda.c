/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/agenda.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/base/status.h"

int rms_agenda_init(struct rms_agenda *agenda, size_t n)
{
  struct rms_agenda a = {.n = n};
  a.time = malloc(n * sizeof *a.time);
  a.heap = malloc(n * sizeof *a.heap);
  a.place = malloc(n * sizeof *a.place);
  if (!a.time || !a.heap || !a.place) {
    rms_agenda_fini(&a);
    return RMS_E_NOMEM;
  }
  for (size_t i = 0; i < n; i++) {
    a.time[i] = INT64_MAX;
    a.heap[i] = a.place[i] = (uint32_t)i;
  }
  *agenda = a;
  return RMS_OK;
}

void rms_agenda_fini(struct rms_agenda *agenda)
{
  free(agenda->place);
  free(agenda->heap);
  free(agenda->time);
  memset(agenda, 0, sizeof *agenda);
}

static bool is_before(const struct rms_agenda *a, uint32_t x, uint32_t y)
{
  return a->time[x] != a->time[y] ? a->time[x] < a->time[y] : x < y;
}

static void put(struct rms_agenda *a, size_t i, uint32_t owner)
{
  a->heap[i] = owner;
  a->place[owner] = (uint32_t)i;
}

static size_t sift_up(struct rms_agenda *a, size_t i, uint32_t owner)
{
  for (; i > 0 && is_before(a, owner, a->heap[(i - 1) / 2]); i = (i - 1) / 2)
    put(a, i, a->heap[(i - 1) / 2]);
  return i;
}

static size_t sift_down(struct rms_agenda *a, size_t i, uint32_t owner)
{
  for (size_t child; (child = 2 * i + 1) < a->n; i = child) {
    if (child + 1 < a->n && is_before(a, a->heap[child + 1], a->heap[child])) child++;
    if (!is_before(a, a->heap[child], owner)) break;
    put(a, i, a->heap[child]);
  }
  return i;
}

void rms_agenda_set(struct rms_agenda *agenda, uint32_t owner, int64_t time)
{
  agenda->time[owner] = time;
  const size_t up = sift_up(agenda, agenda->place[owner], owner);
  put(agenda, sift_down(agenda, up, owner), owner);
}

/* ---- alarms ------------------------------------------------------------------------------------
 */

void rms_alarms_fini(struct rms_alarms *alarms)
{
  free(alarms->heap);
  memset(alarms, 0, sizeof *alarms);
}

static bool rings_before(const struct rms_alarm *x, const struct rms_alarm *y)
{
  return x->time != y->time ? x->time < y->time : x->number < y->number;
}

int rms_alarms_add(struct rms_alarms *alarms, int64_t time, uint64_t token)
{
  const struct rms_alarm alarm = {.time = time, .number = alarms->made, .token = token};
  if (rms_grow(&alarms->heap, &alarms->capacity, alarms->n + 1, sizeof alarm) < 0)
    return RMS_E_NOMEM;
  alarms->made++;
  size_t i = alarms->n++;
  for (; i > 0 && rings_before(&alarm, &alarms->heap[(i - 1) / 2]); i = (i - 1) / 2)
    alarms->heap[i] = alarms->heap[(i - 1) / 2];
  alarms->heap[i] = alarm;
  return RMS_OK;
}

struct rms_alarm rms_alarms_pop(struct rms_alarms *alarms)
{
  struct rms_alarm *const heap = alarms->heap;
  const struct rms_alarm first = heap[0], last = heap[--alarms->n];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < alarms->n; i = child) {
    if (child + 1 < alarms->n && rings_before(&heap[child + 1], &heap[child])) child++;
    if (!rings_before(&heap[child], &last)) break;
    heap[i] = heap[child];
  }
  if (alarms->n) heap[i] = last;
  return first;
}
