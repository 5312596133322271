#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# prices.sh [SECONDS [FIRST-SEED]] - the solver prices against enumeration, glpk and cbc, and changed
# certificates against the checker, for that long (default 900) on one core; not part of make check.
# Ends in a line of counts; exit code 1 when anything was wrong.
set -eu
cd "$(dirname "$0")/../.."
make -s campaign >&2
exec nice -n 19 "build/${KIND:-release}/campaign/prices_small" "${1:-900}" "${2:-0}"
