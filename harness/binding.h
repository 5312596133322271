/* SPDX-License-Identifier: GPL-3.0-or-later */
/* binding.h - the cores of one helper, taken one by one as its jobs need them. Other launches on
 * the machine know nothing of ours, and ours nothing of them, but for this: who takes a hardware
 * thread holds the abstract socket address "rms-unit-N", which the kernel gives to one process at a
 * time and frees when that dies. What another launch holds is left to it. */
#ifndef RMS_BINDING_H
#define RMS_BINDING_H

#include "harness/place.h"

enum { RMS_BINDING_TEXT = 64 };

struct rms_binding { /* of one helper; zero: nothing is bound */
  struct rms_slots slots;
  size_t n_taken; /* slots; they come first in slots.items */
};

/* Find this process's slots; widen what a launcher has narrowed. Nothing is bound when that fails.
 */
void rms_binding_open(struct rms_binding *binding, enum rms_packing packing);

/* Have slots for n processes, as far as there are any: returns how many there are now, and takes no
 * more than n. Process i belongs on slot i modulo that number; 0: the kernel decides. */
size_t rms_binding_take(struct rms_binding *binding, size_t n);

/* Bind this process and what it forks to the slot of process i, if there is one. */
void rms_binding_enter(const struct rms_binding *binding, size_t i);

/* "2" or "0,4,8": the units on which n processes run, cut with "..."; "" when the kernel decides.
 */
void rms_binding_print(const struct rms_binding *binding, size_t n, char text[RMS_BINDING_TEXT]);

/* Give everything back. */
void rms_binding_close(struct rms_binding *binding);

#endif
