/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agenda.h - whose turn is next: an indexed binary heap with one time per owner (a machine), and a
 * heap of alarms. Ties go to the smaller owner, to the earlier alarm. O(log n) each. */
#ifndef RMS_JOBS_AGENDA_H
#define RMS_JOBS_AGENDA_H

#include <stddef.h>
#include <stdint.h>

struct rms_agenda { /* zero-initialise */
  size_t n;
  int64_t *time;   /* [n] of each owner; INT64_MAX: never */
  uint32_t *heap;  /* [n] owners */
  uint32_t *place; /* [n] of each owner in heap */
};

int rms_agenda_init(struct rms_agenda *agenda, size_t n); /* all never; 0 or RMS_E_NOMEM */
void rms_agenda_fini(struct rms_agenda *agenda);
void rms_agenda_set(struct rms_agenda *agenda, uint32_t owner, int64_t time);

static inline uint32_t rms_agenda_first(const struct rms_agenda *agenda)
{
  return agenda->heap[0];
}
static inline int64_t rms_agenda_time(const struct rms_agenda *agenda)
{
  return agenda->time[agenda->heap[0]];
}

struct rms_alarm {
  int64_t time;
  uint64_t number, token;
};
struct rms_alarms { /* zero-initialise */
  struct rms_alarm *heap;
  size_t n, capacity;
  uint64_t made;
};
void rms_alarms_fini(struct rms_alarms *alarms);
int rms_alarms_add(struct rms_alarms *alarms, int64_t time, uint64_t token); /* 0 or RMS_E_NOMEM */
struct rms_alarm rms_alarms_pop(struct rms_alarms *alarms);                  /* n >= 1 */

#endif
