#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# jobs.sh [TRACES [FIRST-SEED]] - random and built-in policies of family jobs on that many random traces
# (default 10000) against the checker of timelines, on one core; not part of make check.
# Ends in a line of counts; exit code 1 when anything was wrong.
set -eu
cd "$(dirname "$0")/../.."
make -s campaign >&2
exec nice -n 19 "build/${KIND:-release}/campaign/jobs_wild" "${1:-10000}" "${2:-0}"
