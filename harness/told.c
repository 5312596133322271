/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/told.h"

#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/base/status.h"

/* Seconds; longer than leaders keep news, see rms_worker_news_every. */
static const double turn_every = 2;

int rms_told_add(struct rms_told *told, const struct rms_item *items, size_t n)
{
  if (!n) return RMS_OK;
  if (rms_grow(&told->items, &told->capacity, told->n + n, sizeof *items) < 0) return RMS_E_NOMEM;
  memcpy(told->items + told->n, items, n * sizeof *items);
  told->n += n;
  return RMS_OK;
}

void rms_told_heard(struct rms_told *told, double now)
{
  if (!told->n || now - told->turned < turn_every) return;
  told->n -= told->n_old;
  memmove(told->items, told->items + told->n_old, told->n * sizeof *told->items);
  told->n_old = told->n;
  told->turned = now;
}

void rms_told_fini(struct rms_told *told)
{
  free(told->items);
  *told = (struct rms_told){0};
}
