#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm (slurmctld, munge, two slurmd on this machine) runs the script that rms slurm writes: mpirun on
# two nodes, scancel in the middle, submitted again; a warning before the limit and a requeue; the same
# table as an undisturbed run. Skipped, with the reason, where Slurm cannot be started.
# shellcheck disable=SC2086 # names and numbers without blanks
set -u
. "$TOP/tests/lib_mpi.sh"
[ "$(id -u)" = 0 ] || skip_all "starting slurmd wants root"
for program in slurmctld slurmd munged sbatch scancel squeue; do
  command -v $program >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || skip_all "$program is not installed (make check-cluster installs it)"
done
PATH=$PATH:/usr/sbin

# ---- a cluster of our own, in a folder of our own, on ports of our own
host=$(hostname -s)
base=$((20000 + $$ % 20000))
chmod 755 .
mkdir state n1 n2 munge
dd if=/dev/urandom of=munge/key bs=1024 count=1 2>/dev/null
chmod 600 munge/key
cat >slurm.conf <<END
ClusterName=rmsbench
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/%n
SlurmctldPidFile=$work/ctld.pid
SlurmdPidFile=$work/%n.pid
SlurmctldLogFile=$work/ctld.log
SlurmdLogFile=$work/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=1,bf_interval=1
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=2 State=UNKNOWN
PartitionName=test Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
END
echo '# none' >cgroup.conf
export SLURM_CONF="$work/slurm.conf" # for the daemons, too
# our_processes: whoever has our configuration in his environment: daemons, steps, what jobs have begun
our_processes() (
  unset SLURM_CONF # not those who look
  grep -lsaF "SLURM_CONF=$work/" /proc/[0-9]*/environ | cut -d / -f 3
)
are_gone() { [ -z "$(our_processes)" ]; }
# Jobs first, then the daemons; whoever is there after five seconds is killed.
stop_all() {
  [ -d "$work/munge" ] || return
  scancel -u root >/dev/null 2>&1
  for file in n1.pid n2.pid ctld.pid munge/pid; do
    [ -s "$work/$file" ] && kill "$(cat "$work/$file")" 2>/dev/null
  done
  within 5 are_gone
  # shellcheck disable=SC2046 # a list of numbers
  are_gone || kill -9 $(our_processes) 2>/dev/null
  within 5 are_gone
  left=$(our_processes)
  rm -rf "$work"
}
trap stop_all EXIT
munged --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
  --log-file="$work/munge/log" --seed-file="$work/munge/seed" >munge.out 2>&1 || skip_all "munged: $(head -n 1 munge.out)"
slurmctld -i >ctld.out 2>&1 || skip_all "slurmctld: $(head -n 1 ctld.out)"
for node in n1 n2; do
  slurmd -N $node >$node.out 2>&1 || skip_all "slurmd: $(head -n 1 $node.out)"
done
is_up() { [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle')" = 2 ]; }
within 20 is_up || skip_all "the nodes do not come up: $(sinfo -h -N 2>&1 | head -n 2 | tr '\n' ' ')"
ok "a cluster of two nodes: $(sinfo -V), $(sinfo -h -N -o '%N %T' | tr '\n' ',')"

one_cell cluster 20 60s dummy:delay=0.1,incumbents=4 dummy:incumbents=5 >sweep.ini
"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)

has_left() { [ -z "$(squeue -h -j "$1" -o %T 2>/dev/null)" ]; }
ended() { within 60 has_left "$1"; } # ended JOB: it has left the queue, or does soon

# ---- scancel in the middle, submitted again
"$RMS" slurm sweep.ini -N 2 --ranks-per-node 1 -t 10m -p test -o "$work/run" --script run.sbatch
is $? 0 "the script is written"
sed 's/^/# | /' run.sbatch
job=$(sbatch --parsable --export=ALL run.sbatch)
wait_for 5 run run
is "$(find run/records -name '*.jsonl' 2>/dev/null | wc -l)" 2 "job $job runs on two ranks"
scancel "$job"
ended "$job" && ok "scancel ends it" || bad "scancel ends it"
before=$(lines run run)
[ "$before" -lt "$jobs" ] && ok "in the middle: $before of $jobs jobs done" || bad "in the middle: $before of $jobs jobs done"
job=$(sbatch --parsable --export=ALL run.sbatch)
ended "$job" && ok "submitted again, job $job ends" || bad "submitted again, job $job ends"
quote slurm-*.out
is "$(hash_of run)" "$wanted" "the records are those of an undisturbed run"
"$RMS" table alone --view matrix --format csv >alone.csv
"$RMS" table run --view matrix --format csv >run.csv
cmp -s alone.csv run.csv && ok "the table is the same" || bad "the table is the same"
is "$(begun_again run)" 0 "no committed job was begun again"
grep -l '"SLURM_JOB_ID":"'"$job"'"' run/records/*.jsonl >/dev/null && ok "the records name the job of the scheduler" || bad "the records name the job of the scheduler"

# ---- a warning, and back into the queue until all is done: the script's own signal comes with the time
# limit, whose unit is a minute; here it is sent by hand
"$RMS" slurm sweep.ini -N 1 --ranks-per-node 2 -t 10m -o "$work/chain" --warning 10s --requeue --script chain.sbatch
job=$(sbatch --parsable --export=ALL chain.sbatch)
wait_for 3 run chain
scancel --batch --signal=USR1 "$job"
wait_for 2 closed chain
is "$(lines start chain)" "$(lines run chain)" "warned, it lets what runs end and begins no more ($(lines run chain) done)"
# Slurm holds a requeued job back for a while.
is_complete() {
  [ $((tenths % 20)) != 0 ] || scontrol update JobId="$job" StartTime=now >/dev/null 2>&1
  has_lines "$jobs" run chain
}
within 150 is_complete
ended "$job"
is "$(hash_of chain)" "$wanted" "job $job has put itself back into the queue and done the rest"

stop_all
is "$left" "" "no daemon, step or job is left"

plan
