/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloc.h - the solver's allocations under control: counted, failed at the n-th, put into memory
 * that can be made read-only. Works by rewriting the entries for malloc and its kin in the
 * relocated tables (ELF: PLT and GOT) of the program and of the plugin, in this process, so that
 * calls from their code come here and calls from foreign libraries (GLPK, CBC, the C library) do
 * not. Needs no second library, no restart of the program and no cooperation of the plugin.
 *
 * The tables are the process's own, so the state is static: use it in the child of a rule only. */
#ifndef RMS_CONFORMANCE_ALLOC_H
#define RMS_CONFORMANCE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Take over the allocations of the program, of librms.so if it is loaded, and of the object that
 * contains `address` (any function of the solver). False: not possible here (static program,
 * unknown kind of machine); nothing has changed. */
bool rms_alloc_take(const void *address);

/* Only while watched are allocations counted, failed, remembered. Returns what was set before. */
bool rms_alloc_watch(bool is_watched);

/* Blocks that were allocated while watched and are not freed. */
long rms_alloc_live(void);

/* Watched allocations since the last rms_alloc_fail_at. */
long rms_alloc_count(void);

/* Let the n-th watched allocation from now fail, once; 0: none. */
void rms_alloc_fail_at(long n);
bool rms_alloc_has_failed(void);

/* While on, the program's allocations come from one region; freed blocks stay. False: no memory. */
bool rms_alloc_region(bool is_on);
void rms_alloc_protect(bool is_read_only); /* the region's bytes */

/* Does the object that contains `address` refer to a symbol that begins so? Gives its name. */
const char *rms_alloc_find_symbol(const void *address, const char *const *prefixes);

#endif
