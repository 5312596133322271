/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cover_prices.h - the pricing problem of one service: the least value of slices that cover its
 * demand,
 *
 *   K(w) = min { w . y : rate . y >= demand, y integer >= 0 },
 *
 * exactly, in integers. Depth first over the kinds in the order of price per rate; a branch is cut
 * off when even the next kind's density, rounded up to a multiple of the remaining prices' greatest
 * common divisor, does not beat the best. Only a handful of slices of the other kinds is ever
 * needed, so that demands of hundreds of thousands of slices cost no more than small ones. */
#ifndef RMS_SERVE_COVER_PRICES_H
#define RMS_SERVE_COVER_PRICES_H

#include "instances/serve/serve.h"
#include "instances/serve/wide.h"

enum { RMS_COVER_KINDS_MAX = 64, RMS_COVER_LIMITS_MAX = 24, RMS_COVER_FORMS_MAX = 16 };

/* Slices that another handful stands in for: a list leaves out the covers that contain them all. */
struct rms_cover_bar {
  uint8_t count[RMS_COVER_KINDS_MAX]; /* [n_kinds] */
};

/* Another price of covers, that those of a list must not exceed either. */
struct rms_cover_limit {
  const int64_t *price; /* [n_kinds] >= 0; borrowed */
  rms_wide most;
  const int64_t *share; /* [n_keys] of the keys in the price, or less; NULL: not known; borrowed */
};

/* A sum with whole coefficients: what a cover takes of it is a whole number. */
struct rms_cover_form {
  const int64_t *weight; /* [n_kinds] >= 0; borrowed */
  int64_t share;         /* in the price, or less */
};

/* The kinds that the services may use, with their prices; one object serves all services. */
struct rms_cover_prices {
  size_t n_kinds;       /* of the instance: length of y */
  const int64_t *price; /* [n_kinds] >= 0; borrowed */
  const bool *is_open;  /* [n_kinds]: kinds that some machine in stock can hold; borrowed */
  int64_t node_limit;   /* per service, after which the value is a safe lower bound */
  int64_t *budget;      /* [in,out] nodes for all services together; NULL: no matter */
  /* to solve: forms that the prices consist of, price >= sum of share * weight in every kind; more
   * than RMS_COVER_FORMS_MAX are left out. They change the time that it takes, and a value that is
   * not exact. */
  size_t n_parts;
  const struct rms_cover_form *parts; /* [n_parts]; borrowed */
  /* of a list: forms that decide whether a cover is needed; 0 keys, or more than
   * RMS_COVER_FORMS_MAX: all are */
  size_t n_keys;
  const struct rms_cover_form *keys; /* [n_keys]; borrowed */
  /* of a list, and of one service: */
  size_t n_bars, n_limits;
  const struct rms_cover_bar *bars;     /* [n_bars]; borrowed */
  const struct rms_cover_limit *limits; /* [n_limits], RMS_COVER_LIMITS_MAX at most; borrowed */
};

/* Solve for the kinds' rates of one service.
 *   rate   [in]  [n_kinds] micros, 0: cannot run there
 *   need   [in]  micros, > 0
 *   y      [out] [n_kinds] a cover of that value (of a larger one when not exact)
 *   value  [out] K(w), or a lower bound of it when the result is false
 * False: the node limit was met. A service without any kind gets value -1. */
bool rms_cover_solve(const struct rms_cover_prices *prices, const int64_t *rate, int64_t need,
                     int64_t *y, rms_wide *value);

/* All minimal covers (no slice can be left out) without bars whose value is at most `most` and that
 * keep the limits, cheapest first; equally cheap ones in the order of y. Where there are keys, some
 * are left out that take no less of any key than one in the list. covers [out] [capacity *
 * n_kinds] values [out] [capacity] n      [out] how many were found False: there are more than
 * `capacity`, or the node limit was met: the list is incomplete (which ones are kept is
 * deterministic; without bars and limits the cheapest cover is among them). */
bool rms_cover_list(const struct rms_cover_prices *prices, const int64_t *rate, int64_t need,
                    rms_wide most, size_t capacity, int64_t *covers, rms_wide *values, size_t *n);

#endif
