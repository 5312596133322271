/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transport.h - small messages between ranks, the one's own included. Nothing here waits: a rank
 * has a solver to look after. Messages of one pair of ranks arrive in order. Two implementations:
 * MPI (schedule_mpi.c, the only file that knows it, a module that is loaded when it is wanted) and
 * one rank alone (schedule_local.c). */
#ifndef RMS_TRANSPORT_H
#define RMS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "instances/base/error.h"

enum {
  RMS_LETTER_MAX = 4096,            /* bytes of one message: MPI sends as much at once */
  RMS_PARCEL_MAX = (64 << 10) + 256 /* of a parcel: what islands send each other */
};

struct rms_transport {
  void *self;
  const char *name;  /* "local" "mpi" */
  char version[256]; /* of the library, "" */
  int rank, size;
  int wait_ms; /* longest sleep between two looks for messages that are expected */
  int lull_ms; /* and where none is */
  /* Copy the message and see to it that it leaves. */
  int (*send)(void *self, int to, const void *bytes, size_t n, struct rms_error *err);
  /* 1: a message of *n bytes from *from; 0: none; negative: error. */
  int (*receive)(void *self, int *from, void *bytes, size_t *n, struct rms_error *err);
  /* The same for parcels, which go their own way: they wait until they are asked for and overtake
   * letters or are overtaken. *n [in] room at `bytes`. */
  int (*post)(void *self, int to, const void *bytes, size_t n, struct rms_error *err);
  int (*collect)(void *self, int *from, void *bytes, size_t *n, struct rms_error *err);
  /* Collective, waits: for each rank, the lowest rank on its node. nodes [out] [size] */
  int (*locate)(void *self, int *nodes, struct rms_error *err);
  /* Something is on its way: look again soon. */
  bool (*is_busy)(void *self);
  /* Collective: all ranks have ended; nothing is sent afterwards. */
  int (*finish)(void *self, struct rms_error *err);
  /* End all ranks, also those that hang; does not return where there are others. */
  void (*abort)(void *self);
  /* Free, also after an error. MPI is finalised here. */
  void (*close)(void *self);
};

int rms_transport_local(struct rms_transport *transport, struct rms_error *err);
/* Loads rms-mpi.so from beside the program, or from ../lib/rmsbench. */
int rms_transport_mpi(struct rms_transport *transport, int *argc, char ***argv,
                      struct rms_error *err);

/* The one function of that module. */
int rms_transport_mpi_open(struct rms_transport *transport, int *argc, char ***argv,
                           struct rms_error *err);

/* MPI when a launcher (mpirun, srun) has started us, which its environment tells; else local. The
 * rank that the launcher gave is known before MPI is: *rank, 0 when alone. */
bool rms_transport_is_mpi(int *rank);

#endif
