/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/binding.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void rms_binding_open(struct rms_binding *binding, enum rms_packing packing)
{
  *binding = (struct rms_binding){.n_taken = 0};
  rms_place_widen();
  if (packing == RMS_PACK_NONE || rms_slots_here(&binding->slots, packing) < 0) return;
  if (binding->slots.n) rms_bind_memory_locally();
}

/* Hold the address of a unit. False: another process has it. Where there are no such addresses
 * everybody is alone. */
static bool hold(unsigned unit, int *held)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "rms-unit-%u", unit);
  const size_t size = offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n;
  *held = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (*held < 0) return true;
  if (!bind(*held, (const struct sockaddr *)&address, (socklen_t)size)) return true;
  const int why = errno;
  close(*held);
  *held = -1;
  return why != EADDRINUSE;
}

/* All units of the slot or none. */
static bool take(struct rms_slot *slot)
{
  for (unsigned i = 0; i < slot->n_siblings; i++) {
    if (hold(slot->siblings[i], &slot->held[i])) continue;
    while (i-- > 0)
      if (slot->held[i] >= 0) close(slot->held[i]);
    return false;
  }
  return true;
}

size_t rms_binding_take(struct rms_binding *binding, size_t n)
{
  struct rms_slots *slots = &binding->slots;
  for (size_t i = binding->n_taken; i < slots->n && binding->n_taken < n; i++) {
    struct rms_slot slot = slots->items[i];
    if (!take(&slot)) continue; /* another launch may give it back before the next job */
    slots->items[i] = slots->items[binding->n_taken];
    slots->items[binding->n_taken++] = slot;
  }
  return binding->n_taken;
}

void rms_binding_enter(const struct rms_binding *binding, size_t i)
{
  if (binding->n_taken) (void)rms_bind_to(binding->slots.items[i % binding->n_taken].unit);
}

void rms_binding_print(const struct rms_binding *binding, size_t n, char text[RMS_BINDING_TEXT])
{
  size_t at = 0;
  text[0] = 0;
  for (size_t i = 0; i < n && i < binding->n_taken; i++) {
    if (at + 16 > RMS_BINDING_TEXT) {
      snprintf(text + at, RMS_BINDING_TEXT - at, ",...");
      return;
    }
    at += (size_t)snprintf(text + at, RMS_BINDING_TEXT - at, "%s%u", i ? "," : "",
                           binding->slots.items[i].unit);
  }
}

void rms_binding_close(struct rms_binding *binding)
{
  for (size_t i = 0; i < binding->n_taken; i++)
    for (unsigned k = 0; k < binding->slots.items[i].n_siblings; k++)
      if (binding->slots.items[i].held[k] >= 0) close(binding->slots.items[i].held[k]);
  rms_slots_fini(&binding->slots);
  *binding = (struct rms_binding){.n_taken = 0};
}
