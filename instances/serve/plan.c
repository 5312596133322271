/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/plan.h"

#include <stdlib.h>
#include <string.h>

/* Encoded form, little endian:
 *   "RMSV" u32 version=1 | u64 groups | u64 slices | u32 flags | u32 0
 *   flags: 1 certificate, 2 its search
 *   group: u32 pool, u32 slices, i64 count      (their slices follow each other)
 *   slice: u16 profile, u16 start, u32 service
 *   certificate: i64 denominator, u32 kinds, u32 pools, i64 price x kinds, i64 stock price x pools
 *   search: i64 target, u32 vectors, u32 joint ones (the last), i64 price x kinds x vectors
 */
enum {
  VERSION = 1,
  HEADER_BYTES = 32,
  GROUP_BYTES = 16,
  SLICE_BYTES = 8,
  CERTIFICATE_BYTES = 16,
  PRICE_BYTES = 8,
  SEARCH_BYTES = 16,
  FLAG_CERTIFICATE = 1,
  FLAG_SEARCH = 2
};
static const char magic[4] = {'R', 'M', 'S', 'V'};

void rms_serve_plan_clear(struct rms_serve_plan *plan)
{
  free(plan->certificate.prices);
  free(plan->certificate.stock_prices);
  free(plan->certificate.search.vectors);
  plan->certificate = (struct rms_serve_certificate){0};
  plan->n_groups = 0;
  plan->n_slices = 0;
}

void rms_serve_plan_fini(struct rms_serve_plan *plan)
{
  rms_serve_plan_clear(plan);
  free(plan->groups);
  free(plan->slices);
  *plan = (struct rms_serve_plan){0};
}

/* ---- building ----------------------------------------------------------------------------------
 */

static bool is_same_slice(struct rms_serve_slice a, struct rms_serve_slice b)
{
  return a.profile == b.profile && a.start == b.start && a.service == b.service;
}

static bool merge_with_last(struct rms_serve_plan *plan, uint32_t pool, int64_t count,
                            const struct rms_serve_slice *slices, size_t n)
{
  if (plan->n_groups == 0) return false;
  struct rms_serve_group *const last = &plan->groups[plan->n_groups - 1];
  if (last->pool != pool || last->n_slices != n || last->count > INT64_MAX - count) return false;
  for (size_t i = 0; i < n; i++)
    if (!is_same_slice(plan->slices[last->first + i], slices[i])) return false;
  last->count += count;
  return true;
}

int rms_serve_plan_add(struct rms_serve_plan *plan, uint32_t pool, int64_t count,
                       const struct rms_serve_slice *slices, size_t n)
{
  if (merge_with_last(plan, pool, count, slices, n)) return RMS_OK;
  int status =
      rms_grow(&plan->groups, &plan->groups_capacity, plan->n_groups + 1, sizeof *plan->groups);
  if (status == RMS_OK)
    status =
        rms_grow(&plan->slices, &plan->slices_capacity, plan->n_slices + n, sizeof *plan->slices);
  if (status < 0) return status;
  plan->groups[plan->n_groups++] = (struct rms_serve_group){
      .pool = pool, .count = count, .first = plan->n_slices, .n_slices = n};
  if (n) memcpy(plan->slices + plan->n_slices, slices, n * sizeof *slices);
  plan->n_slices += n;
  return RMS_OK;
}

int64_t rms_serve_plan_machines(const struct rms_serve_plan *plan, uint32_t pool)
{
  int64_t n = 0;
  for (size_t g = 0; g < plan->n_groups; g++)
    if (plan->groups[g].pool == pool) n += plan->groups[g].count;
  return n;
}

int64_t rms_serve_plan_cost(const struct rms_serve *inst, const struct rms_serve_plan *plan)
{
  int64_t cost = 0;
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *const group = &plan->groups[g];
    int64_t part = 0;
    if (__builtin_mul_overflow(inst->pools[group->pool].cost, group->count, &part) ||
        __builtin_add_overflow(cost, part, &cost))
      return INT64_MAX;
  }
  return cost;
}

/* ---- encoding ----------------------------------------------------------------------------------
 */

static void put(struct rms_text *bytes, uint64_t value, size_t n)
{
  char b[8];
  for (size_t i = 0; i < n; i++) b[i] = (char)(unsigned char)(value >> (8 * i));
  rms_text_bytes(bytes, b, n);
}

static void put_certificate(const struct rms_serve_certificate *c, struct rms_text *bytes)
{
  put(bytes, (uint64_t)c->denominator, 8);
  put(bytes, c->n_kinds, 4);
  put(bytes, c->n_pools, 4);
  for (size_t k = 0; k < c->n_kinds; k++) put(bytes, (uint64_t)c->prices[k], 8);
  for (size_t p = 0; p < c->n_pools; p++) put(bytes, (uint64_t)c->stock_prices[p], 8);
  if (!c->search.target) return;
  put(bytes, (uint64_t)c->search.target, 8);
  put(bytes, c->search.n_vectors, 4);
  put(bytes, c->search.n_joint, 4);
  for (size_t i = 0; i < c->search.n_vectors * c->n_kinds; i++)
    put(bytes, (uint64_t)c->search.vectors[i], 8);
}

static uint64_t flags_of(const struct rms_serve_certificate *c)
{
  if (!c->is_present) return 0;
  return c->search.target ? FLAG_CERTIFICATE | FLAG_SEARCH : FLAG_CERTIFICATE;
}

int rms_serve_plan_encode(const struct rms_serve_plan *plan, struct rms_text *bytes)
{
  size_t n_slices = 0;
  for (size_t g = 0; g < plan->n_groups; g++) n_slices += plan->groups[g].n_slices;
  rms_text_bytes(bytes, magic, sizeof magic);
  put(bytes, VERSION, 4);
  put(bytes, plan->n_groups, 8);
  put(bytes, n_slices, 8);
  put(bytes, flags_of(&plan->certificate), 4);
  put(bytes, 0, 4);
  for (size_t g = 0; g < plan->n_groups; g++) {
    put(bytes, plan->groups[g].pool, 4);
    put(bytes, plan->groups[g].n_slices, 4);
    put(bytes, (uint64_t)plan->groups[g].count, 8);
  }
  for (size_t g = 0; g < plan->n_groups; g++) {
    for (size_t i = 0; i < plan->groups[g].n_slices; i++) {
      const struct rms_serve_slice slice = plan->slices[plan->groups[g].first + i];
      put(bytes, slice.profile, 2);
      put(bytes, slice.start, 2);
      put(bytes, slice.service, 4);
    }
  }
  if (plan->certificate.is_present) put_certificate(&plan->certificate, bytes);
  return rms_text_status(bytes);
}

/* ---- decoding: the bytes may be anything -------------------------------------------------------
 */

struct source {
  const unsigned char *at;
  size_t left;
};

static uint64_t get(struct source *s, size_t n)
{
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++) value |= (uint64_t)s->at[i] << (8 * i);
  s->at += n;
  s->left -= n;
  return value;
}

struct header {
  uint64_t n_groups, n_slices;
  bool has_certificate, has_search;
};

static int get_header(struct source *s, struct header *h, struct rms_error *err)
{
  if (s->left < HEADER_BYTES || memcmp(s->at, magic, sizeof magic) != 0)
    return rms_error_set(err, RMS_E_FORMAT, "plan: does not begin with \"RMSV\" and a header");
  s->at += sizeof magic;
  s->left -= sizeof magic;
  const uint64_t version = get(s, 4);
  if (version != VERSION)
    return rms_error_set(err, RMS_E_FORMAT, "plan: version %llu, must be %d",
                         (unsigned long long)version, VERSION);
  h->n_groups = get(s, 8);
  h->n_slices = get(s, 8);
  const uint64_t flags = get(s, 4), reserved = get(s, 4);
  if (flags > (FLAG_CERTIFICATE | FLAG_SEARCH) || flags == FLAG_SEARCH || reserved)
    return rms_error_set(err, RMS_E_FORMAT, "plan: unknown flags");
  h->has_certificate = (flags & FLAG_CERTIFICATE) != 0;
  h->has_search = (flags & FLAG_SEARCH) != 0;
  if (h->n_groups > s->left / GROUP_BYTES ||
      h->n_slices > (s->left - (size_t)h->n_groups * GROUP_BYTES) / SLICE_BYTES)
    return rms_error_set(err, RMS_E_FORMAT,
                         "plan: %llu groups and %llu slices do not fit in its bytes",
                         (unsigned long long)h->n_groups, (unsigned long long)h->n_slices);
  return RMS_OK;
}

static int get_groups(struct source *s, const struct header *h, struct rms_serve_plan *plan,
                      struct rms_error *err)
{
  const size_t n_groups = (size_t)h->n_groups, n_slices = (size_t)h->n_slices;
  int status = rms_grow(&plan->groups, &plan->groups_capacity, n_groups, sizeof *plan->groups);
  if (status == RMS_OK)
    status = rms_grow(&plan->slices, &plan->slices_capacity, n_slices, sizeof *plan->slices);
  if (status < 0) return rms_error_set(err, status, "plan: out of memory");
  uint64_t first = 0;
  for (size_t g = 0; g < n_groups; g++) {
    struct rms_serve_group *const group = &plan->groups[g];
    group->pool = (uint32_t)get(s, 4);
    group->n_slices = (size_t)get(s, 4);
    group->count = (int64_t)get(s, 8);
    group->first = (size_t)first;
    first += group->n_slices;
    if (first > h->n_slices || group->count < 1 || group->count > RMS_SERVE_MACHINES_TOTAL_MAX)
      return rms_error_set(err, RMS_E_FORMAT,
                           "plan: group %zu: its count or its slices are out of range", g);
  }
  if (first != h->n_slices)
    return rms_error_set(err, RMS_E_FORMAT, "plan: groups have %llu slices, the header says %llu",
                         (unsigned long long)first, (unsigned long long)h->n_slices);
  for (size_t i = 0; i < n_slices; i++) {
    plan->slices[i].profile = (uint16_t)get(s, 2);
    plan->slices[i].start = (uint16_t)get(s, 2);
    plan->slices[i].service = (uint32_t)get(s, 4);
  }
  plan->n_groups = n_groups;
  plan->n_slices = n_slices;
  return RMS_OK;
}

static int get_certificate(struct source *s, struct rms_serve_certificate *c, struct rms_error *err)
{
  if (s->left < CERTIFICATE_BYTES)
    return rms_error_set(err, RMS_E_FORMAT, "plan: certificate is cut off");
  c->denominator = (int64_t)get(s, 8);
  c->n_kinds = (size_t)get(s, 4);
  c->n_pools = (size_t)get(s, 4);
  const uint64_t n = (uint64_t)c->n_kinds + c->n_pools;
  if (c->n_kinds > RMS_SERVE_KINDS_MAX || c->n_pools > RMS_SERVE_POOLS_MAX ||
      s->left < n * PRICE_BYTES)
    return rms_error_set(err, RMS_E_FORMAT, "plan: certificate has too many prices");
  c->prices = calloc(c->n_kinds + 1, sizeof *c->prices);
  c->stock_prices = calloc(c->n_pools + 1, sizeof *c->stock_prices);
  if (!c->prices || !c->stock_prices) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  for (size_t k = 0; k < c->n_kinds; k++) c->prices[k] = (int64_t)get(s, 8);
  for (size_t p = 0; p < c->n_pools; p++) c->stock_prices[p] = (int64_t)get(s, 8);
  c->is_present = true;
  return RMS_OK;
}

static int get_search(struct source *s, struct rms_serve_certificate *c, struct rms_error *err)
{
  struct rms_serve_search *const search = &c->search;
  if (s->left < SEARCH_BYTES) return rms_error_set(err, RMS_E_FORMAT, "plan: search is cut off");
  search->target = (int64_t)get(s, 8);
  search->n_vectors = (size_t)get(s, 4);
  search->n_joint = (size_t)get(s, 4);
  const size_t n = search->n_vectors * c->n_kinds;
  if (search->target < 1)
    return rms_error_set(err, RMS_E_FORMAT, "plan: the target of its search is not positive");
  if (search->n_vectors > RMS_SERVE_VECTORS_MAX || search->n_joint > search->n_vectors ||
      s->left < n * PRICE_BYTES)
    return rms_error_set(err, RMS_E_FORMAT, "plan: its search has too many vectors");
  search->vectors = calloc(n + 1, sizeof *search->vectors);
  if (!search->vectors) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  for (size_t i = 0; i < n; i++) search->vectors[i] = (int64_t)get(s, 8);
  return RMS_OK;
}

int rms_serve_plan_decode(struct rms_serve_plan *plan, const void *bytes, size_t n,
                          struct rms_error *err)
{
  struct source s = {.at = bytes, .left = n};
  struct header header = {0};
  struct rms_serve_plan read = {0};
  int status = RMS_OK;

  RMS_TRY(get_header(&s, &header, err));
  RMS_TRY(get_groups(&s, &header, &read, err));
  if (header.has_certificate) RMS_TRY(get_certificate(&s, &read.certificate, err));
  if (header.has_search) RMS_TRY(get_search(&s, &read.certificate, err));
  if (s.left)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "plan: %zu bytes too many at the end", s.left));
  rms_serve_plan_fini(plan);
  *plan = read;
  read = (struct rms_serve_plan){0};
out:
  rms_serve_plan_fini(&read);
  return status;
}
