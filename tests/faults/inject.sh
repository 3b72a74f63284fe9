#!/usr/bin/env bash
# Fails and kills commands at each write, rename and fsync in turn (strace injects), and looks at what is left:
#   - the command ends with exit code 2 and says where, or what failed did no harm: then all files are as they should be;
#   - a file under its name is whole: the one that was there before, or the one that an undisturbed run writes;
#   - a network is not a mixture of two: `check` refuses it, or all its files are of one run;
#   - the next run goes on, and ends with the files of an undisturbed run, and with no others.
# Usage: tests/faults/inject.sh path/to/spikemesh [SCENARIO …]      (all, if none is named)
# Of writes beyond MOST_WRITES of a command a sample is taken, evenly.
set -uo pipefail
S=$(realpath "${1:?path of the program}"); shift
MOST_WRITES=${MOST_WRITES:-10}
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
unset SPIKEMESH_DATA RUST_LOG
problems=0 points=0

problem() { echo "$scenario, $what: $*"; problems=$((problems + 1)); }

# What differs between equal runs is left out of a comparison, and so is the command, which has other options the second time.
content() { case $1 in *.json|*.html) sed -E '/^ *"command": /d; s/<meta name="spikemesh:command"[^>]*>//g; s/"?(wall_seconds|samples_per_second)"?: [0-9.e-]+//g; s/[0-9.]+ s wall//g; s/wall time [^<]*//g' "$1" ;; *) cat "$1" ;; esac; }
same() { [ -f "$1" ] && [ -f "$2" ] && cmp -s <(content "$1") <(content "$2"); }
# Files below a folder, by name, without what a killed run may leave for the next one to sweep up.
files() { (cd "$1" && find . -type f ! -name '.*.spikemesh-*' ! -name .spikemesh.lock | sort); }
# Runs a command line in a folder, with a cache of its own there.
within() { (cd "$1" && SPIKEMESH_CACHE="$PWD/cache" bash -c "$2") ; }

# Checks a folder after a disturbed run: $1 the folder, $2 how it began, $3 how an undisturbed run ends.
look() {
  local name
  for name in $(files "$1"); do
    case $name in
      *checkpoint.safetensors) ;;                       # of any epoch; the next run finds out whether it is sound
      *.journal) cmp -s -n "$(stat -c %s "$1/$name")" "$1/$name" "$3/$name" || problem "$name is not the beginning of its journal" ;;
      *) same "$1/$name" "$2/$name" || same "$1/$name" "$3/$name" || problem "$name is neither the file before nor the file after" ;;
    esac
  done
  local network folder from
  for network in $(files "$1" | grep 'network.json$'); do
    folder=$(dirname "$network")
    "$S" check "$1/$folder" >/dev/null 2>&1 || continue
    for from in "$2" "$3"; do
      for name in $(files "$1" | grep "^$folder/" | grep -v checkpoint); do same "$1/$name" "$from/$name" || continue 2; done
      continue 2
    done
    problem "$folder passes as sound, and is of neither run alone: $(files "$1" | tr '\n' ' ')"
  done
}

# A scenario: $1 its name, $2 a folder to begin with, $3 the command, $4 what goes on after a disturbance.
try() {
  scenario=$1 what=undisturbed
  local start=$2 command=$3 recover=$4 whole=$scratch/whole-$1 log=$scratch/log rc expected call count number every mode now out
  rm -rf "$whole"; cp -a "$start" "$whole"
  (cd "$whole" && SPIKEMESH_CACHE="$PWD/cache" strace -f -qq -o "$log" -e trace=write,rename,renameat,renameat2,fsync bash -c "exec $command" >/dev/null 2>"$scratch/said")
  expected=$?
  [ $expected -le 1 ] || { problem "exit code $expected: $(cat "$scratch/said")"; return; }
  for call in write rename fsync; do
    # Calls are counted for each thread.
    count=$(awk -v call="^$call[a-z0-9]*\\\\(" '{ if (match($2, "^'"$call"'(at|at2)?\\(")) n[$1]++ } END { for (t in n) if (n[t] > most) most = n[t]; print most + 0 }' "$log")
    every=1
    [ "$call" = write ] && [ "$count" -gt "$MOST_WRITES" ] && every=$(((count + MOST_WRITES - 1) / MOST_WRITES))
    for ((number = 1; number <= count; number += every)); do
      for mode in error=$([ "$call" = write ] && echo ENOSPC || echo EIO) signal=KILL; do
        what="$call $number of $count, $mode" now=$scratch/now
        points=$((points + 1))
        rm -rf "$now"; cp -a "$start" "$now"
        local calls=$call; [ "$call" = rename ] && calls=rename,renameat,renameat2
        out=$( (cd "$now" && SPIKEMESH_CACHE="$PWD/cache" strace -f -qq -o /dev/null --seccomp-bpf -e trace="$calls" -e inject="$calls:$mode:when=$number" bash -c "exec $command" 2>&1 >/dev/null); echo "rc=$?")
        rc=${out##*rc=} out=${out%rc=*}
        case $mode:$rc in
          signal=KILL:137|signal=KILL:$expected|error=*:$expected) ;;
          error=*:2) [ -n "$out" ] || [ "$call" = write ] || problem "exit code 2 without a word" ;;
          *) problem "exit code $rc: $out" ;;
        esac
        look "$now" "$start" "$whole"
        # A network that cannot be kept in the cache is no error: it is said, and trained again.
        [ "$scenario" = cache ] || [ "$rc" != "$expected" ] || diff <(files "$now") <(files "$whole") >/dev/null || problem "it says that all is well, and files are missing"
        within "$now" "$recover" >"$scratch/said" 2>&1
        [ $? = $expected ] || problem "the next run fails: $(cat "$scratch/said")"
        local left; left=$(cd "$now" && find . -type f | sort)
        [ "$left" = "$(files "$whole")" ] || problem "in the end there are other files: $(diff <(echo "$left") <(files "$whole"))"
        for name in $(files "$whole"); do same "$now/$name" "$whole/$name" || problem "in the end $name is not that of an undisturbed run"; done
      done
    done
  done
}

empty=$scratch/empty; mkdir "$empty"
cat > "$empty/small.json" <<'JSON'
{"format": "spikemesh.network/1", "description": "small", "dataset": "digits", "input": {"shape": [1, 8, 8]},
 "layers": [{"kind": "flatten"}, {"kind": "dense", "outputs": 12}, {"kind": "dense", "outputs": 10}],
 "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"}, "time_steps": 2,
 "training": {"epochs": 2, "batch": 256, "learning_rate": 0.01}}
JSON
train="$S train --quiet --network small.json --threads 1 --report-samples 20 --out t"

begun=$scratch/begun; cp -a "$empty" "$begun"
(cd "$begun" && strace -f -qq -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=2 bash -c "exec $train") >/dev/null 2>&1
other=$scratch/other; cp -a "$empty" "$other"; within "$other" "$train --seed 2 --report >/dev/null"
graph=$scratch/graph; cp -a "$empty" "$graph"; within "$graph" "$S export --network digits-mlp --out g.nir >/dev/null"
imported=$scratch/imported; cp -a "$graph" "$imported"
within "$imported" "$S export --network digits-mlp --values real --out h.nir >/dev/null; $S import h.nir --out m --spikes random:rate=0.1,steps=8,seed=2 --quiet >/dev/null; rm h.nir"
traced=$(for f in csv dot fst nir noxim parquet perfetto vcd; do printf ' --trace %s=r.%s' $f $f; done)
import="$S import g.nir --out m --reset subtract --spikes random:rate=0.1,steps=8,seed=1 --json i.json --quiet"

scenario_train() { try train "$empty" "$train" "$train --resume"; }
scenario_resume() { try resume "$begun" "$train --resume" "$train --resume"; }
scenario_overwrite() { try overwrite "$other" "$train --overwrite" "$train --resume || $train --overwrite"; }
scenario_cache() { try cache "$empty" "$S run --quiet --network small.json --threads 1 --samples 5" "$S run --quiet --network small.json --threads 1 --samples 5"; }
scenario_run() { try run "$empty" "$S run --quiet --threads 1 --network digits-mlp --samples 1 --json r.json --html r.html$traced" "$S run --quiet --threads 1 --network digits-mlp --samples 1 --json r.json --html r.html$traced"; }
scenario_import() { try import "$graph" "$import" "$import --overwrite"; }
scenario_reimport() { try reimport "$imported" "$import --overwrite" "$import --overwrite"; }
scenario_export() { try export "$empty" "$S export --out g.nir" "$S export --out g.nir --overwrite"; }
scenario_map() { try map "$empty" "$S map --quiet --network digits-mlp --save m.json --json j.json --html j.html" "$S map --quiet --network digits-mlp --save m.json --json j.json --html j.html --overwrite"; }
compare="$S compare --quiet --threads 1 --samples 3 --set steps=1,2,3 --journal c.journal --csv c.csv --json c.json --html c.html"
scenario_compare() { try compare "$empty" "$compare" "$compare"; }
tune="$S tune --quiet --threads 1 --samples 3 --set steps=1,2,3 --set core.max_neurons=32,64 --evaluations 4 --journal t.journal --csv t.csv --json t.json --html t.html"
scenario_tune() { try tune "$empty" "$tune" "$tune"; }
noc="$S noc --quiet --threads 1 --width 2 --height 2 --rate 0.05,0.1 --cycles 200 --warmup 20 --json n.json --csv n.csv --html n.html"
scenario_noc() { try noc "$empty" "$noc" "$noc"; }

[ $# -gt 0 ] || set -- train resume overwrite cache run import reimport export map compare tune noc
for one in "$@"; do "scenario_$one"; done
echo "$points injected failures, $problems problems"
[ "$problems" = 0 ]
