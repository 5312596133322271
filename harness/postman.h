/* SPDX-License-Identifier: GPL-3.0-or-later */
/* postman.h - the ring of islands between ranks. Neighbours on one rank are joined by a socket pair
 * (ring.c); where they live on two ranks, each island's end of the ring is a socket whose other end
 * the rank holds: it takes packets from the one, sends them as parcels, and gives them to the
 * other. An island cannot tell the difference: what closes on one side is closed on the other when
 * everything before has been delivered, so the drain rule holds across ranks as it does within one.
 * Nothing here waits. A receiver allows only so many packets to be under way, so a slow island
 * stops its predecessor and no rank stores more than RMS_POSTMAN_WINDOW packets for each edge.
 *
 * Rank rule: everybody's; all ranks open the same job with the same number. */
#ifndef RMS_POSTMAN_H
#define RMS_POSTMAN_H

#include <poll.h>

#include "harness/frame.h"
#include "harness/job.h"
#include "harness/transport.h"

enum { RMS_POSTMAN_WINDOW = 16 };

enum rms_parcel_kind {
  RMS_PARCEL_PACKET = 1, /* edge: one packet of the ring */
  RMS_PARCEL_CLOSED,     /* edge: nothing will follow */
  RMS_PARCEL_CREDIT,     /* edge: `value` packets were delivered */
  RMS_PARCEL_OTHER       /* first of those that are not the postman's */
};

struct rms_parcel { /* header; the bytes follow */
  uint32_t kind;
  uint32_t number; /* of the job in this launch: what is left of an earlier one is dropped */
  uint32_t edge;   /* from island `edge` to the next one */
  uint32_t value;
};
_Static_assert(sizeof(struct rms_parcel) + sizeof(struct rms_frame) + RMS_FRAME_PAYLOAD <=
                   RMS_PARCEL_MAX,
               "a packet fits");

struct rms_packet {
  struct rms_packet *next;
  size_t n;
  unsigned char bytes[];
};

struct rms_edge {  /* the end of an edge that is here */
  uint32_t number; /* of the island that writes */
  bool is_out;     /* that island is here; else the one that reads is */
  int peer;        /* rank of the other end */
  int ours;        /* the rank's socket, -1: closed */
  int theirs;      /* the island's: for the process that forks it; then rms_postman_hand_over */
  uint32_t credit; /* out: packets that may leave; in: delivered and not yet reported */
  bool is_over;    /* in: CLOSED has come */
  struct rms_packet *first, **last; /* in: not yet delivered */
};

struct rms_postman { /* zero-initialise; free with _fini */
  struct rms_transport *transport;
  uint32_t number;
  size_t n;
  struct rms_edge *edges;       /* [n], in the order of islands */
  uint64_t n_sent, n_delivered; /* whole messages */
  unsigned char *room;          /* one parcel */
};

/* Make the ends of all edges of `job` (its share is filled in) that join this rank to another.
 * RMS_E_NOMEM, RMS_E_IO. */
int rms_postman_open(struct rms_postman *postman, struct rms_transport *transport,
                     const struct rms_job *job, uint32_t number, struct rms_error *err);
void rms_postman_fini(struct rms_postman *postman);

/* The islands' ends are with their processes now: close them here. */
void rms_postman_hand_over(struct rms_postman *postman);

/* Move what can be moved now.
 *   *did [out] set when something was moved */
int rms_postman_step(struct rms_postman *postman, bool *did, struct rms_error *err);

/* Take a parcel of this job, of a kind below RMS_PARCEL_OTHER; nonsense is RMS_E_INTERNAL. */
int rms_postman_hear(struct rms_postman *postman, int from, const struct rms_parcel *parcel,
                     const void *bytes, size_t n, struct rms_error *err);

/* What to wait for, at most postman->n entries; returns how many. */
size_t rms_postman_poll(const struct rms_postman *postman, struct pollfd *entries);

/* More messages have left than came: an island of ours probably waits for one. */
bool rms_postman_expects(const struct rms_postman *postman);

/* All that came from here has left: nothing more will come from the islands of this rank. */
bool rms_postman_is_quiet(const struct rms_postman *postman);

#endif
