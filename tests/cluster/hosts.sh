#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two hosts made of network namespaces joined by a cable (veth), each with its own name and sshd: one sweep
# over both with mpirun; one host dies in the middle, then the cable is cut in the middle; each time a later
# launch finishes, with the records of an undisturbed run. Skipped, with the reason, where that cannot be built.
# shellcheck disable=SC2086,SC2016 # names and numbers without blanks
set -u
. "$TOP/tests/lib_mpi.sh"
skip() {
  ok "two hosts # skip $*"
  plan
  exit 0
}
[ "$(id -u)" = 0 ] || skip "network namespaces want root"
for program in ip ssh ssh-keygen unshare; do
  command -v $program >/dev/null 2>&1 || skip "$program is not installed (make check-cluster installs it)"
done
[ -x /usr/sbin/sshd ] || skip "sshd is not installed (make check-cluster installs it)"

a=rms-a-$$ b=rms-b-$$
net=10.$((100 + $$ % 100)).77
[ -d /run/sshd ] && had_sshd=yes || had_sshd=no
grep -q ' /run/netns ' /proc/mounts && had_netns=yes || had_netns=no
pids_of() { # pids_of HOST...
  for host in "$@"; do ip netns pids "$host" 2>/dev/null; done
}
remove_all() {
  i=0
  while [ -n "$(pids_of $a $b)" ] && [ $i -lt 50 ]; do
    i=$((i + 1))
    # shellcheck disable=SC2046 # a list of numbers
    kill -9 $(pids_of $a $b) 2>/dev/null
    sleep 0.1
  done
  left=$(pids_of $a $b | wc -l)
  for host in $a $b; do ip netns del $host 2>/dev/null; done
  left="$left $(ip netns list | grep -c -e "^$a" -e "^$b")"
  # Of ours if we made them and nobody else has come in the meantime.
  [ $had_netns = yes ] || { umount /run/netns && rmdir /run/netns; } 2>/dev/null
  [ $had_sshd = yes ] || rmdir /run/sshd 2>/dev/null
  rm -rf "$work"
}
trap remove_all EXIT
ip netns add $a 2>ip.err && ip netns add $b 2>>ip.err || skip "ip netns: $(head -n 1 ip.err)"
ip link add veth-a netns $a type veth peer name veth-b netns $b 2>ip.err || skip "veth: $(head -n 1 ip.err)"
ip -n $a addr add $net.1/24 dev veth-a
ip -n $b addr add $net.2/24 dev veth-b
for host in $a $b; do ip -n $host link set lo up; done
ip -n $a link set veth-a up
ip -n $b link set veth-b up

chmod 755 .
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f user_key || skip "ssh-keygen failed"
cat >sshd.conf <<END
Port 22
HostKey $work/host_key
AuthorizedKeysFile $work/user_key.pub
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
END
agent="ssh -q -i $work/user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes"
# on HOST NAME COMMAND...: inside a namespace, under a host name of its own
on() {
  netns=$1 name=$2
  shift 2
  ip netns exec "$netns" unshare --uts sh -c 'hostname "$0" && exec "$@"' "$name" "$@"
}
start_sshd() { on "$1" "$2" /usr/sbin/sshd -D -e -f "$work/sshd.conf" >>"$2.log" 2>&1 & }
start_sshd $a rms-a
start_sshd $b rms-b
i=0
until [ "$(on $a rms-a $agent $net.2 hostname 2>/dev/null)" = rms-b ]; do
  i=$((i + 1))
  [ $i -lt 50 ] || skip "no ssh from one host to the other: $(tail -n 1 rms-b.log)"
  sleep 0.1
done
ok "two hosts: rms-a at $net.1, rms-b at $net.2, with ssh between them"

cat >sweep.ini <<'END'
[sweep]
name = hosts
repeats = 15
[limits]
work = 1000
time = 60s
[instances]
set = parvagpu,cell=parvagpu-1-p1
[solvers]
run = dummy:delay=0.1,incumbents=4
run = dummy:incumbents=5
END
# both RUN: a launch over both hosts; exec, so that its process is mpirun
both() {
  on $a rms-a mpirun -np 2 --host $net.1:1,$net.2:1 --bind-to none --mca plm_rsh_agent "$agent" \
    --mca btl tcp,self --mca btl_tcp_if_include $net.0/24 --mca oob_tcp_if_include $net.0/24 \
    "$RMS" run sweep.ini -o "$1" --rank-patience 4s --max-attempts 100
}
wait_for() { # wait_for RUN N: until N runs are there
  i=0
  while [ "$(lines run "$1")" -lt "$2" ] && [ $i -lt 300 ]; do
    i=$((i + 1))
    sleep 0.1
  done
}
hosts_of() { cat "$1"/records/*.jsonl | grep '"type":"run"' | grep -o '"host":"[^"]*"' | sort -u | tr '\n' ' '; }
twice_in() { cat "$1"/records/*.jsonl | sed -n 's/^{"type":"run","job":"\([0-9a-f]*\)".*}$/\1/p' | sort | uniq -d | wc -l; }
say() { sed 's/^/# /' "$@"; }

"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)

both whole >whole.out 2>&1
is $? 0 "a launch over both hosts ends well"
say whole.out
is "$(hosts_of whole)" '"host":"rms-a" "host":"rms-b" ' "both have worked"
is "$(hash_of whole)" "$wanted" "the records are those of one host alone"

# ---- one host dies
both dead >dead.out 2>&1 &
launch=$!
wait_for dead 6
# shellcheck disable=SC2046 # a list of numbers
kill -9 $(pids_of $b)
wait $launch
is "$(awk -v n=$? 'BEGIN { print (n > 0) }')" 1 "rms-b dies in the middle: the launch ends with an error"
before=$(lines run dead)
[ "$before" -lt "$jobs" ] && ok "$before of $jobs jobs were done" || bad "$before of $jobs jobs were done"
say dead.out
start_sshd $b rms-b
sleep 0.5
both dead >again.out 2>&1
is $? 0 "with the host back, the same command finishes"
say again.out
is "$(hash_of dead)" "$wanted" "the records are those of an undisturbed run"
is "$(twice_in dead)" 0 "no committed job ran twice"

# ---- the cable is cut: rms-b goes on alone, rms-a gives it up and does its jobs
both cut >cut.out 2>&1 &
launch=$!
wait_for cut 6
ip -n $a link set veth-a down
i=0
while kill -0 $launch 2>/dev/null && [ $i -lt 600 ]; do
  i=$((i + 1))
  sleep 0.1
  grep -q 'jobs done,' cut.out && [ $i -gt 50 ] && break
done
say cut.out
grep -q 'rank 1 has been silent for 4 s: its jobs are done by the others' cut.out && ok "with the cable cut, rms-a gives rms-b up" || bad "with the cable cut, rms-a gives rms-b up"
grep -q "$jobs of $jobs jobs done" cut.out && ok "and does what was left" || bad "and does what was left"
kill -9 $launch 2>/dev/null
# shellcheck disable=SC2046 # a list of numbers
kill -9 $(pids_of $a $b) 2>/dev/null
wait $launch 2>/dev/null
ip -n $a link set veth-a up
start_sshd $a rms-a
start_sshd $b rms-b
sleep 0.5
both cut >last.out 2>&1
is $? 0 "with the cable back, a launch over both finds nothing left to do"
say last.out
is "$(hash_of cut)" "$wanted" "the records are those of an undisturbed run"

remove_all
is "$left" "0 0" "no process and no namespace is left"

plan
