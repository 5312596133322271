/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/transport.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/file.h"
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
  /* What Open MPI loads in its turn looks for MPI's symbols among the global ones. The module stays
   * until the process ends. ($ORIGIN would not do: under a sanitizer dlopen is the sanitizer's.) */
  static const char *const places[] = {"rms-mpi.so", "../rms-mpi.so", "../lib/rmsbench/rms-mpi.so"};
  int (*open)(struct rms_transport *, int *, char ***, struct rms_error *) = NULL;
  void *module = NULL;
  char folder[PATH_MAX], path[PATH_MAX], why[256] = "";
  int status = rms_path_of_program(folder, err);

  for (size_t i = 0; i < sizeof places / sizeof *places && !module && !status; i++) {
    status = rms_path_join(path, folder, places[i], err);
    if (!status) module = dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    const char *said = module ? NULL : dlerror();
    if (said && !*why) snprintf(why, sizeof why, "%.250s", said);
  }
  if (status) return status;
  void *const address = module ? dlsym(module, "rms_transport_mpi_open") : NULL;
  if (!address) return rms_error_set(err, RMS_E_IO, "MPI: cannot be loaded: %s", why);
  memcpy(&open, &address, sizeof open);
  return open(transport, argc, argv, err);
}
