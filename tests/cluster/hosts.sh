#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two hosts made of network namespaces joined by a cable (veth), each with its own name and sshd: one sweep
# over both with mpirun, also with a leader on each; one host dies in the middle, then the cable is cut; each time a later
# launch finishes, with the records of an undisturbed run. Skipped, with the reason, where that cannot be built.
# shellcheck disable=SC2086,SC2016 # names and numbers without blanks
set -u
. "$TOP/tests/lib_mpi.sh"
[ "$(id -u)" = 0 ] || skip_all "network namespaces want root"
for program in ip ssh ssh-keygen unshare; do
  command -v $program >/dev/null 2>&1 || skip_all "$program is not installed (make check-cluster installs it)"
done
[ -x /usr/sbin/sshd ] || skip_all "sshd is not installed (make check-cluster installs it)"

a=rms-a-$$ b=rms-b-$$
net=10.$((100 + $$ % 100)).77
[ -d /run/sshd ] && had_sshd=yes || had_sshd=no
grep -q ' /run/netns ' /proc/mounts && had_netns=yes || had_netns=no
pids_of() { # pids_of HOST...
  for host in "$@"; do ip netns pids "$host" 2>/dev/null; done
}
kill_all() { # kill_all HOST...: fails while there is somebody
  # shellcheck disable=SC2046 # a list of numbers
  kill -9 $(pids_of "$@") 2>/dev/null
  [ -z "$(pids_of "$@")" ]
}
remove_all() {
  within 5 kill_all $a $b
  left=$(pids_of $a $b | wc -l)
  for host in $a $b; do ip netns del $host 2>/dev/null; done
  left="$left $(ip netns list | grep -c -e "^$a" -e "^$b")"
  # Of ours if we made them and nobody else has come in the meantime.
  [ $had_netns = yes ] || { umount /run/netns && rmdir /run/netns; } 2>/dev/null
  [ $had_sshd = yes ] || rmdir /run/sshd 2>/dev/null
  rm -rf "${work:?}"
}
trap remove_all EXIT
ip netns add $a 2>ip.err && ip netns add $b 2>>ip.err || skip_all "ip netns: $(head -n 1 ip.err)"
ip link add veth-a netns $a type veth peer name veth-b netns $b 2>ip.err || skip_all "veth: $(head -n 1 ip.err)"
ip -n $a addr add $net.1/24 dev veth-a
ip -n $b addr add $net.2/24 dev veth-b
for host in $a $b; do ip -n $host link set lo up; done
ip -n $a link set veth-a up
ip -n $b link set veth-b up

chmod 755 .
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f user_key || skip_all "ssh-keygen failed"
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
is_reached() { [ "$(on $a rms-a $agent $net.2 hostname 2>/dev/null)" = rms-b ]; }
within 10 is_reached || skip_all "no ssh from one host to the other: $(tail -n 1 rms-b.log)"
ok "two hosts: rms-a at $net.1, rms-b at $net.2, with ssh between them"

one_cell hosts 15 60s dummy:delay=0.1,incumbents=4 dummy:incumbents=5 >sweep.ini
# both N RUN ARGUMENT...: a launch with N ranks on each host; exec, so that its process is mpirun
both() {
  n=$1 run=$2
  shift 2
  on $a rms-a mpirun -np $((2 * n)) --host $net.1:$n,$net.2:$n --bind-to none --mca plm_rsh_agent "$agent" \
    --mca btl tcp,self --mca btl_tcp_if_include $net.0/24 --mca oob_tcp_if_include $net.0/24 \
    "$RMS" run sweep.ini -o "$run" --rank-patience 4s --max-attempts 100 "$@"
}
hosts_of() { cat "$1"/records/*.jsonl | grep '"type":"run"' | grep -o '"host":"[^"]*"' | sort -u | tr '\n' ' '; }

"$RMS" run sweep.ini -o alone -q >/dev/null 2>&1
wanted=$(hash_of alone)
jobs=$(lines run alone)

both 1 whole >whole.out 2>&1
is $? 0 "a launch over both hosts ends well"
quote whole.out
is "$(hosts_of whole)" '"host":"rms-a" "host":"rms-b" ' "both have worked"
is "$(hash_of whole)" "$wanted" "the records are those of one host alone"
both 2 led --group 2 >led.out 2>&1
is $? 0 "so does one with two ranks on each, led by one of them"
quote led.out
is "$(hash_of led)" "$wanted" "with the same records"

# ---- one host dies
both 2 dead --group 2 >dead.out 2>&1 &
launch=$!
wait_for 6 run dead
kill_all $b
wait $launch
is "$(($? > 0))" 1 "rms-b dies in the middle: the launch ends with an error"
before=$(lines run dead)
[ "$before" -lt "$jobs" ] && ok "$before of $jobs jobs were done" || bad "$before of $jobs jobs were done"
quote dead.out
start_sshd $b rms-b
within 10 is_reached
both 1 dead >again.out 2>&1
is $? 0 "with the host back, the same command finishes"
quote again.out
is "$(hash_of dead)" "$wanted" "the records are those of an undisturbed run"
is "$(begun_again dead)" 0 "no committed job was begun again"

# ---- the cable is cut; with the cable back a launch over both completes the run
is_through() { is_gone $launch || grep -q 'jobs done,' "$folder.out"; }
cut() { # cut SECONDS RUN N ARGUMENT...: so much patience for the launch
  seconds=$1 folder=$2 each=$3
  shift 3
  both $each "$folder" "$@" >"$folder.out" 2>&1 &
  launch=$!
  wait_for 6 run "$folder"
  ip -n $a link set veth-a down
  within $seconds is_through
  quote "$folder.out"
  kill -9 $launch 2>/dev/null
  kill_all $a $b
  wait $launch 2>/dev/null
  ip -n $a link set veth-a up
  start_sshd $a rms-a
  start_sshd $b rms-b
  within 10 is_reached
  both 1 "$folder" >last.out 2>&1
  is $? 0 "with the cable back, a launch over both ends well"
  quote last.out
  is "$(hash_of "$folder")" "$wanted" "the records are those of an undisturbed run"
}
# Rms-b goes on alone, rms-a gives it up and does its jobs.
cut 60 cut 2
for rank in 2 3; do
  grep -q "rank $rank has been silent for 4 s: its jobs are done by the others" cut.out && ok "with the cable cut, rms-a gives rank $rank on rms-b up" || bad "with the cable cut, rms-a gives rank $rank on rms-b up"
done
grep -q "$jobs of $jobs jobs done" cut.out && ok "and does what was left" || bad "and does what was left"
grep -q "$jobs jobs, $jobs done before, 0 to do" last.out && ok "so that nothing is left for the next launch" || bad "something was left: $(cat last.out)"
# With leaders rank 0 has had no connection with the group of the one that is silent, and Open MPI ends a rank that
# cannot make one.
cut 15 cutled 2 --group 2

remove_all
is "$left" "0 0" "no process and no namespace is left"

plan
