# SPDX-License-Identifier: GPL-3.0-or-later
# layers.awk - stdin: "FILE HEADER" pairs from the compiler's own dependency output; prints each
# forbidden edge; exit 1 if there is one. The command line (harness/cli/) is the top of the house: it
# may include everything, and nothing may include it.
function layer(p) {
  if (p ~ /^instances\/base\//) return "base"
  if (p ~ /^instances\/(family|option)\.h$/) return "family"
  if (p ~ /^harness\/record\./) return "record"
  if (p ~ /^harness\/cli\//) return "cli"
  if (p ~ /^solvers\/(solver|registry|params(_[a-z]+)?)\.[ch]$/) return "contract"
  sub(/\/.*/, "", p); return p
}
BEGIN {
  split("base>base family>base family>family instances>base instances>family instances>instances " \
        "contract>base contract>family contract>instances solvers>family harness>family analysis>family cli>family " \
        "contract>contract solvers>base solvers>instances solvers>contract solvers>solvers " \
        "record>base record>record harness>base harness>instances harness>contract " \
        "harness>record harness>harness analysis>base analysis>record analysis>analysis " \
        "cli>base cli>instances cli>contract cli>record cli>harness cli>analysis cli>solvers cli>cli", a, " ")
  for (i in a) ok[a[i]] = 1
  only["mpi.h"] = "^harness/schedule"; only["hwloc.h"] = "^harness/place"
  only["glpk.h"] = "^solvers/"; only["Cbc_C_Interface.h"] = "^solvers/"; only["sqlite3.h"] = "^analysis/index"
  only["jansson.h"] = "^instances/base/json"
}
{ own = ($2 !~ /^\//); leaf = $2; sub(/.*\//, "", leaf); n++ }
$1 ~ /^tests\// { next }
own && !(layer($1) ">" layer($2) in ok) { print "layers: " $1 " may not include " $2; bad = 1 }
own && $1 ~ /\/check\.c$/ && $2 ~ /^solvers\// { print "layers: checker " $1 " may not include " $2; bad = 1 }
(leaf in only) && $1 !~ only[leaf] { print "layers: " $1 " may not include " leaf; bad = 1 }
END { if (!n) { print "layers: no dependency was read"; exit 1 } exit bad }
