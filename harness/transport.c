/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/transport.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/text.h"

bool rms_transport_is_mpi(int *rank)
{
  /* mpirun of Open MPI; process managers of srun and of other launchers. */
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
  *rank = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *text = getenv(names[i]);
    int64_t value;
    if (!text || rms_parse_int(text, &value) || value < 0 || value > INT32_MAX) continue;
    *rank = (int)value;
    return true;
  }
  return false;
}

int rms_transport_mpi(struct rms_transport *transport, int *argc, char ***argv,
                      struct rms_error *err)
{
  /* The loader knows where the program lies. What Open MPI loads in its turn looks for MPI's
   * symbols among the global ones. The module stays until the process ends. */
  static const char *const places[] = {"$ORIGIN/rms-mpi.so", "$ORIGIN/../rms-mpi.so",
                                       "$ORIGIN/../lib/rmsbench/rms-mpi.so"};
  int (*open)(struct rms_transport *, int *, char ***, struct rms_error *) = NULL;
  void *module = NULL;
  char why[256] = "";

  for (size_t i = 0; i < sizeof places / sizeof *places && !module; i++) {
    module = dlopen(places[i], RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    const char *said = module ? NULL : dlerror();
    if (said && !*why) snprintf(why, sizeof why, "%.250s", said);
  }
  void *const address = module ? dlsym(module, "rms_transport_mpi_open") : NULL;
  if (!address) return rms_error_set(err, RMS_E_IO, "MPI: cannot be loaded: %s", why);
  memcpy(&open, &address, sizeof open);
  return open(transport, argc, argv, err);
}
