/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/rules.h"

const struct rms_kit_rule rms_kit_rules[RMS_KIT_RULES] = {
    {"declares its parameters legally", 20, rms_kit_rule_declares},
    {"rejects a bad value by the parameter's name", 20, rms_kit_rule_rejects},
    {"same seed, same trace", 60, rms_kit_rule_same_seed},
    {"different seeds differ", 60, rms_kit_rule_other_seed},
    {"incumbents strictly improve", 60, rms_kit_rule_improves},
    {"objective equals the checker's", 60, rms_kit_rule_objective},
    {"bound never crosses an incumbent, never worsens", 60, rms_kit_rule_bound},
    {"returns within 100 ms after stop", 60, rms_kit_rule_stops},
    {"survives NULL from malloc", 60, rms_kit_rule_no_memory},
    {"close(NULL) and close after a failed open are harmless", 30, rms_kit_rule_close_null},
    {"open and close 1000 times leave no live block", 60, rms_kit_rule_no_leak},
    {"runs with a 1 MiB stack", 30, rms_kit_rule_small_stack},
    {"writes nothing to standard output or error", 30, rms_kit_rule_silent},
    {"contains no MPI symbol", 20, rms_kit_rule_no_mpi},
    {"does not modify the instance", 30, rms_kit_rule_read_only},
    {"runs twice in one process with equal results", 60, rms_kit_rule_again},
    {"handles instances with 0, 1, 2 items and infeasible ones", 60, rms_kit_rule_smallest},
    {"finds the optimum of 20 tiny instances", 120, rms_kit_rule_optimum},
    {"has reported something within 1 s", 30, rms_kit_rule_early},
    {"work counter is monotone and moves", 30, rms_kit_rule_work},
};
