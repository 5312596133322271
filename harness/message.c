/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/message.h"

#include <string.h>

int rms_say_items(struct rms_transport *transport, int to, struct rms_say *message,
                  const struct rms_item *items, size_t n, struct rms_error *err)
{
  for (; n; n -= message->n, items += message->n) {
    message->n = n < RMS_BATCH_MAX ? n : RMS_BATCH_MAX;
    memcpy(message->items, items, message->n * sizeof *items);
    const int status = transport->send(transport->self, to, message, rms_say_size(message), err);
    if (status) return status;
  }
  return RMS_OK;
}
