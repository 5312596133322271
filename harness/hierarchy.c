/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/hierarchy.h"

#include <stdbool.h>
#include <stdlib.h>

#include "instances/base/status.h"

struct room {   /* all [size] */
  int *seen;    /* ranks of a node so far */
  int *leader;  /* of the node's group that is being filled */
  int *leaders; /* of the groups of one level */
};

/* The groups of all nodes; returns how many, their leaders in room->leaders. */
static int group_nodes(struct rms_hierarchy *h, int group, const int *nodes, struct room *room)
{
  int n = 0;
  for (int rank = 0; rank < h->size; rank++) {
    const int node = nodes ? nodes[rank] : 0;
    if (room->seen[node]++ % group)
      h->parent[rank] = room->leader[node];
    else
      room->leaders[n++] = room->leader[node] = rank;
  }
  return n;
}

/* One level up. */
static int group_leaders(struct rms_hierarchy *h, int group, int *leaders, int n)
{
  int n_above = 0;
  for (int i = 0; i < n; i++) {
    if (i % group)
      h->parent[leaders[i]] = leaders[n_above - 1];
    else
      leaders[n_above++] = leaders[i];
  }
  return n_above;
}

static void arrange(struct rms_hierarchy *h, int group, const int *nodes, struct room *room)
{
  if (h->size > group)
    for (int n = group_nodes(h, group, nodes, room); n > group;)
      n = group_leaders(h, group, room->leaders, n);
  h->parent[0] = -1;
  for (int rank = 0; rank < h->size; rank++) h->below[rank] = 1;
  for (int rank = h->size - 1; rank > 0; rank--) h->below[h->parent[rank]] += h->below[rank];
}

int rms_hierarchy_init(struct rms_hierarchy *h, int size, int group, const int *nodes,
                       struct rms_error *err)
{
  const size_t n = (size_t)size;
  struct room room = {calloc(n, sizeof(int)), calloc(n, sizeof(int)), calloc(n, sizeof(int))};
  *h = (struct rms_hierarchy){size, calloc(n, sizeof(int)), calloc(n, sizeof(int))};
  const bool has_room = room.seen && room.leader && room.leaders && h->parent && h->below;
  if (has_room) arrange(h, group, nodes, &room);
  free(room.leaders);
  free(room.leader);
  free(room.seen);
  if (has_room) return RMS_OK;
  rms_hierarchy_fini(h);
  return rms_error_set(err, RMS_E_NOMEM, "ranks: out of memory");
}

void rms_hierarchy_fini(struct rms_hierarchy *h)
{
  free(h->below);
  free(h->parent);
  *h = (struct rms_hierarchy){0};
}

int rms_hierarchy_towards(const struct rms_hierarchy *h, int rank, int other)
{
  if (other == rank) return rank;
  while (other >= 0 && h->parent[other] != rank) other = h->parent[other];
  return other;
}

int rms_hierarchy_next(const struct rms_hierarchy *h, int rank, int last)
{
  for (int child = last < 0 ? 0 : last + 1; child < h->size; child++)
    if (h->parent[child] == rank) return child;
  return -1;
}
