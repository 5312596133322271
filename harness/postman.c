/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/postman.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET_MAX = sizeof(struct rms_frame) + RMS_FRAME_PAYLOAD };

static void close_end(int *fd)
{
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static int add_edge(struct rms_postman *postman, uint32_t number, bool is_out, uint32_t peer,
                    struct rms_error *err)
{
  struct rms_edge *edge = &postman->edges[postman->n];
  int pair[2];

  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    return rms_error_set(err, RMS_E_IO, "the ring of islands cannot be joined: %s",
                         strerror(errno));
  *edge = (struct rms_edge){.number = number,
                            .is_out = is_out,
                            .peer = (int)peer,
                            .ours = pair[0],
                            .theirs = pair[1],
                            .credit = is_out ? RMS_POSTMAN_WINDOW : 0};
  edge->last = &edge->first;
  postman->n++;
  return RMS_OK;
}

int rms_postman_open(struct rms_postman *postman, struct rms_transport *transport,
                     const struct rms_job *job, uint32_t number, struct rms_error *err)
{
  const uint32_t here = job->share.rank;
  int status = RMS_OK;

  *postman = (struct rms_postman){.transport = transport, .number = number};
  postman->edges = calloc(2 * (size_t)job->islands, sizeof *postman->edges);
  postman->room = malloc(RMS_PARCEL_MAX);
  if (!postman->edges || !postman->room)
    status = rms_error_set(err, RMS_E_NOMEM, "ring of islands: out of memory");
  for (uint32_t i = 0; i < job->islands && !status; i++) {
    const uint32_t from = rms_job_rank_of(job, i);
    const uint32_t to = rms_job_rank_of(job, (i + 1) % job->islands);
    if (from == to) continue;
    if (from == here) status = add_edge(postman, i, true, to, err);
    if (to == here) status = add_edge(postman, i, false, from, err);
  }
  if (status) rms_postman_fini(postman);
  return status;
}

static void drop_packets(struct rms_edge *edge)
{
  while (edge->first) {
    struct rms_packet *packet = edge->first;
    edge->first = packet->next;
    free(packet);
  }
  edge->last = &edge->first;
}

void rms_postman_hand_over(struct rms_postman *postman)
{
  for (size_t i = 0; i < postman->n; i++) close_end(&postman->edges[i].theirs);
}

void rms_postman_fini(struct rms_postman *postman)
{
  for (size_t i = 0; i < postman->n; i++) {
    close_end(&postman->edges[i].theirs);
    close_end(&postman->edges[i].ours);
    drop_packets(&postman->edges[i]);
  }
  free(postman->room);
  free(postman->edges);
  *postman = (struct rms_postman){0};
}

/* The packet's bytes, if any, are in the room behind the header. */
static int send_parcel(struct rms_postman *postman, const struct rms_edge *edge,
                       enum rms_parcel_kind kind, uint32_t value, size_t n, struct rms_error *err)
{
  const struct rms_parcel parcel = {
      .kind = kind, .number = postman->number, .edge = edge->number, .value = value};

  memcpy(postman->room, &parcel, sizeof parcel);
  return postman->transport->post(postman->transport->self, edge->peer, postman->room,
                                  sizeof parcel + n, err);
}

/* Does this packet end a message? What is damaged is passed on: the receiver will see it. */
static bool is_last(const void *packet, size_t n)
{
  struct rms_frame frame;

  if (n < sizeof frame) return true;
  memcpy(&frame, packet, sizeof frame);
  return frame.sequence * (uint64_t)RMS_FRAME_PAYLOAD + frame.length >= frame.total;
}

/* ---- out ---- */

static int push_out(struct rms_postman *postman, struct rms_edge *edge, bool *did,
                    struct rms_error *err)
{
  unsigned char *const packet = postman->room + sizeof(struct rms_parcel);
  int status = RMS_OK;

  while (!status && edge->ours >= 0 && edge->credit) {
    const ssize_t got = recv(edge->ours, packet, PACKET_MAX, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    *did = true;
    /* The end; or more than an honest island writes in one packet, which is no way to go on. */
    if (got <= 0 || got > PACKET_MAX) {
      close_end(&edge->ours);
      return send_parcel(postman, edge, RMS_PARCEL_CLOSED, 0, 0, err);
    }
    postman->n_sent += is_last(packet, (size_t)got);
    edge->credit--;
    status = send_parcel(postman, edge, RMS_PARCEL_PACKET, 0, (size_t)got, err);
  }
  return status;
}

/* ---- in ---- */

/* 1: delivered, or nobody is there to have it; 0: not now. */
static int deliver(struct rms_edge *edge, const struct rms_packet *packet)
{
  while (edge->ours >= 0 &&
         send(edge->ours, packet->bytes, packet->n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return 0;
    close_end(&edge->ours);
  }
  return 1;
}

static int push_in(struct rms_postman *postman, struct rms_edge *edge, bool *did,
                   struct rms_error *err)
{
  int status = RMS_OK;

  while (!status && edge->first && deliver(edge, edge->first)) {
    struct rms_packet *packet = edge->first;

    *did = true;
    edge->first = packet->next;
    if (!edge->first) edge->last = &edge->first;
    postman->n_delivered += is_last(packet->bytes, packet->n);
    free(packet);
    if (++edge->credit < RMS_POSTMAN_WINDOW / 2) continue;
    status = send_parcel(postman, edge, RMS_PARCEL_CREDIT, edge->credit, 0, err);
    edge->credit = 0;
  }
  if (edge->is_over && !edge->first) close_end(&edge->ours);
  return status;
}

int rms_postman_step(struct rms_postman *postman, bool *did, struct rms_error *err)
{
  int status = RMS_OK;

  for (size_t i = 0; i < postman->n && !status; i++) {
    struct rms_edge *edge = &postman->edges[i];
    status = (edge->is_out ? push_out : push_in)(postman, edge, did, err);
  }
  return status;
}

/* ---- parcels ---- */

static struct rms_edge *find_edge(struct rms_postman *postman, uint32_t number, bool is_out,
                                  int peer)
{
  for (size_t i = 0; i < postman->n; i++) {
    struct rms_edge *edge = &postman->edges[i];
    if (edge->number == number && edge->is_out == is_out && edge->peer == peer) return edge;
  }
  return NULL;
}

static int store(struct rms_edge *edge, const void *bytes, size_t n, struct rms_error *err)
{
  struct rms_packet *packet = malloc(sizeof *packet + n);

  if (!packet) return rms_error_set(err, RMS_E_NOMEM, "ring of islands: out of memory");
  packet->next = NULL;
  packet->n = n;
  memcpy(packet->bytes, bytes, n);
  *edge->last = packet;
  edge->last = &packet->next;
  return RMS_OK;
}

int rms_postman_hear(struct rms_postman *postman, int from, const struct rms_parcel *parcel,
                     const void *bytes, size_t n, struct rms_error *err)
{
  const bool is_out = parcel->kind == RMS_PARCEL_CREDIT;
  struct rms_edge *edge = find_edge(postman, parcel->edge, is_out, from);

  if (!edge) return rms_error_set(err, RMS_E_INTERNAL, "a parcel for an edge that is not here");
  if (parcel->kind == RMS_PARCEL_PACKET && n && n <= PACKET_MAX && !edge->is_over)
    return store(edge, bytes, n, err);
  if (parcel->kind == RMS_PARCEL_CLOSED && !edge->is_over) {
    edge->is_over = true;
    return RMS_OK;
  }
  if (parcel->kind == RMS_PARCEL_CREDIT && parcel->value <= RMS_POSTMAN_WINDOW - edge->credit) {
    edge->credit += parcel->value;
    return RMS_OK;
  }
  return rms_error_set(err, RMS_E_INTERNAL, "a parcel that makes no sense");
}

size_t rms_postman_poll(const struct rms_postman *postman, struct pollfd *entries)
{
  size_t n = 0;

  for (size_t i = 0; i < postman->n; i++) {
    const struct rms_edge *edge = &postman->edges[i];
    const bool has_work = edge->is_out ? edge->credit > 0 : edge->first != NULL;
    if (edge->ours < 0 || !has_work) continue;
    entries[n++] = (struct pollfd){.fd = edge->ours, .events = edge->is_out ? POLLIN : POLLOUT};
  }
  return n;
}

bool rms_postman_expects(const struct rms_postman *postman)
{
  return postman->n_sent > postman->n_delivered;
}

bool rms_postman_is_quiet(const struct rms_postman *postman)
{
  for (size_t i = 0; i < postman->n; i++) {
    if (postman->edges[i].is_out && postman->edges[i].ours >= 0) return false;
  }
  return true;
}
