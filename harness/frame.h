/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame.h - messages over a SOCK_SEQPACKET pair. The kernel limits one packet to the send buffer,
 * so a message is cut into frames: a fixed header and a bounded payload, checked by the receiver.
 */
#ifndef RMS_FRAME_H
#define RMS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "instances/base/error.h"

#define RMS_FRAME_MAGIC   UINT32_C(0x72667231)
#define RMS_FRAME_PAYLOAD ((size_t)64 << 10)
#define RMS_MESSAGE_MAX   ((uint64_t)1024 << 20)

struct rms_frame { /* header; no padding; the payload follows in the same packet */
  uint32_t magic, type;
  uint64_t total;    /* bytes of the whole message, <= RMS_MESSAGE_MAX */
  uint32_t sequence; /* of the frame within its message, from 0 */
  uint32_t length;   /* payload of this frame: full, but for the last */
};

struct rms_message { /* valid until the next call with the same assembly */
  uint32_t type;
  const void *bytes;
  size_t n;
};

struct rms_assembly { /* zero-initialise; free with rms_assembly_fini */
  char *data, *packet;
  size_t capacity, length, packet_capacity;
  uint64_t total;
  uint32_t type, next; /* next: sequence number expected; 0: between messages */
};
void rms_assembly_fini(struct rms_assembly *assembly);

/* Take one packet. Memory grows with what arrived, never with what a header promises.
 * Returns 1 (a message is complete), 0 (more to come), RMS_E_FORMAT, RMS_E_LIMIT or RMS_E_NOMEM
 * (the message under way is dropped). */
int rms_assembly_add(struct rms_assembly *assembly, const void *packet, size_t n,
                     struct rms_message *message, struct rms_error *err);

/* Send one message, gathered from `parts`. Waits while the other side is slow; EINTR-safe; never
 * raises SIGPIPE. 0, RMS_E_LIMIT, or RMS_E_IO when the other side is gone. */
int rms_frame_send(int fd, uint32_t type, const struct iovec *parts, size_t n_parts,
                   struct rms_error *err);

/* The same for a short message (one frame) without waiting: RMS_E_LIMIT when there is no room now.
 */
int rms_frame_try(int fd, uint32_t type, const void *bytes, size_t n);

/* A short message (one frame) that carries a descriptor, a copy of which the other side gets. Waits
 * as rms_frame_send does. 0 or RMS_E_IO. */
int rms_frame_pass(int fd, uint32_t type, const void *bytes, size_t n, int passed,
                   struct rms_error *err);

/* Take packets without waiting until a message is complete: 1, or 0 when none is; RMS_E_IO when the
 * other side is gone, and what rms_assembly_add says. Descriptors are not taken. */
int rms_frame_receive(int fd, struct rms_assembly *assembly, struct rms_message *message,
                      struct rms_error *err);

/* The same from a process that is trusted.
 *   passed [out] taken: the descriptor that came with the message, -1: none */
int rms_frame_receive_passed(int fd, struct rms_assembly *assembly, struct rms_message *message,
                             int *passed, struct rms_error *err);

#endif
