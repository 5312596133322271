#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# prices.sh [FIRST [COUNT]] - the solver prices on small random instances FIRST, FIRST+1, ... (default: 100,000 from 0)
# against an exhaustive search and cbc, and changed certificates against the checker, on one core; not part of make
# check. Same numbers, same work: parts may run on several cores or days. Ends in counts; exit code 1 when anything was
# wrong.
set -eu
cd "$(dirname "$0")/../.."
make -s campaign >&2
exec nice -n 19 "build/${KIND:-release}/campaign/prices_small" "${1:-0}" "${2:-100000}"
