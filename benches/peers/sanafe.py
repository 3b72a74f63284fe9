#!/usr/bin/env python3
"""Runs workload W on SANA-FE and on spikemesh, side by side: CPU time, memory, and whether they agree.

SANA-FE (github.com/SLAM-Lab/SANA-FE, GPL-3) is used through its public Python API only. README.md says how to get
it and what is measured. Every simulation runs in a process of its own, so that peaks of memory can be told apart.
"""

import argparse
import importlib.util
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TIMINGS = ("simple", "detailed", "cycle")
# Relative difference that sums of doubles in another order may have.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Case:
    """One network, and how long it is run: `warm_up` steps from rest that are not timed, then `steps`."""

    neurons: int
    cores: int
    targets: str
    warm_up: int
    steps: int
    cycle_steps: int
    timings: tuple

    @property
    def name(self):
        return f"{self.neurons}-{self.targets}"

    @property
    def network(self):
        return f"random:seed=1,neurons={self.neurons},cores={self.cores},targets={self.targets}"

    def window(self, timing):
        """Steps that are timed."""
        return self.cycle_steps if timing == "cycle" else self.steps


CASES = [
    Case(1024, 16, "uniform", 40, 360, 20, ("simple", "detailed", "cycle")),
    Case(16384, 128, "uniform", 40, 60, 10, ("detailed", "cycle")),
    Case(16384, 128, "local8", 40, 60, 10, ("detailed",)),
    Case(98304, 128, "uniform", 40, 10, 1, ("detailed",)),
    Case(98304, 128, "local8", 40, 10, 1, ("detailed",)),
]
LARGE = 98304

# ---------------------------------------------------------------------------------------------------------------
# Workload W, by its definition in src/net/random.rs: integer hashing, the same in any language.

WORD = (1 << 64) - 1
SEED = 1


def mix(x):
    """The finaliser of splitmix64 after its increment."""
    x = (x + 0x9E3779B97F4A7C15) & WORD
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def stream(number):
    """H(seed, number, ·) as a function of the index."""
    key = mix((SEED << 8) + number)
    return lambda index: mix(key ^ index)


FAN_OUT, TARGET, WEIGHT, BIAS, CORE = (stream(number) for number in range(1, 6))


def target_of(case, neuron, k):
    draw = TARGET(neuron * 128 + k)
    if case.targets == "uniform":
        return draw % case.neurons
    per_core = case.neurons // case.cores
    return per_core * (CORE(neuron * 8 + k % 8) % case.cores) + draw % per_core


def row_of(case, neuron):
    """The synapses of a neuron: (target, weight)."""
    fan_out = 64 + FAN_OUT(neuron) % 65
    return [(target_of(case, neuron, k), WEIGHT(neuron * 128 + k) % 5 - 2) for k in range(fan_out)]


def bias_of(neuron):
    return (64 + BIAS(neuron) % 257) / 64


# ---------------------------------------------------------------------------------------------------------------
# The peer, in a process of its own.


def hide_this_file():
    """Takes this file's folder from the search path: it has the peer's name."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]


def import_peer():
    hide_this_file()
    import sanafe

    if not hasattr(sanafe, "load_loihi"):
        raise ImportError("this sanafe ships no Loihi; version 2.2.9 does")
    return sanafe


def build_peer(sanafe, case, arch):
    """Workload W as a network of the peer, neuron i on core i div P; gives it with its number of synapses."""
    per_core = case.neurons // case.cores
    cores = arch.cores()
    network = sanafe.Network()
    # Integrate without leak, fire above 100, fall to zero, update in every step; dense-synapse cost.
    model = {"threshold": 100.0, "reset": 0.0, "leak_decay": 1.0, "force_update": True}
    group = network.create_neuron_group(
        "w",
        case.neurons,
        model_attributes=model,
        default_synapse_hw_name="loihi_dense_synapse",
        default_dendrite_hw_name="loihi_dendrites",
        soma_hw_name="loihi_lif",
    )
    for i, neuron in enumerate(group.neurons):
        neuron.set_attributes(model_attributes={"bias": bias_of(i)})
        neuron.map_to_core(cores[i // per_core])
    synapses = 0
    # Core by core: lists of the whole network in Python would count as the peer's memory.
    for core in range(case.cores):
        pairs, weights = [], []
        for i in range(core * per_core, (core + 1) * per_core):
            for target, weight in row_of(case, i):
                pairs.append((i, target))
                weights.append(float(weight))
        group.connect_neurons_sparse(group, {"weight": weights}, pairs)
        synapses += len(pairs)
    return network, synapses


def simulate(chip, steps, timing, **traces):
    """Runs some steps on one thread; gives the peer's results and its CPU seconds."""
    started = time.process_time()
    results = chip.sim(steps, timing_model=timing, processing_threads=1, scheduler_threads=0, **traces)
    return results, time.process_time() - started


def peak_mb():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def trace_peer(chip, steps):
    """Runs all steps from rest once more, untimed, for counts per step. Timing acts on nothing that is counted."""
    chip.reset()
    trace = simulate(chip, steps, "simple", perf_trace=True)[0]["perf_trace"]
    names = {
        "spikes_per_step": "fired",
        "hops": "hops",
        "synapse_pj": "synapse_energy",
        "soma_pj": "soma_energy",
        "network_pj": "network_energy",
        "energy_pj": "total_energy",
    }
    counts = {ours: list(trace[theirs]) for ours, theirs in names.items()}
    counts["hops"] = sum(counts["hops"])
    for name in ("synapse_pj", "soma_pj", "network_pj", "energy_pj"):
        counts[name] = sum(counts[name]) * 1e12
    return counts


def run_peer(case, timing):
    """Builds, warms up, times, and counts; without a case only an empty chip is made."""
    sanafe = import_peer()
    arch = sanafe.load_loihi()
    chip = sanafe.SpikingChip(arch)
    if case is None:
        return {"peak_mb": peak_mb()}
    started = time.process_time()
    network, synapses = build_peer(sanafe, case, arch)
    built = time.process_time()
    chip.load(network)
    loaded = time.process_time()
    # What a mode sets up at its first step is not its cost per step.
    warm_up = [simulate(chip, case.warm_up - 1, "simple")[0], simulate(chip, 1, timing)[0]]
    steps = case.window(timing)
    timed, seconds = simulate(chip, steps, timing)
    peak = peak_mb()
    return {
        "synapses": synapses,
        "build_seconds": built - started,
        "load_seconds": loaded - built,
        "seconds_per_step": seconds / steps,
        "messages": timed["packets_sent"],
        "synaptic_operations": timed["spikes"],
        "spikes": timed["neurons_fired"],
        "chip_seconds": timed["sim_time"],
        "peak_mb": peak,
        # From rest, warm-up included.
        "packets_from_rest": timed["packets_sent"] + sum(part["packets_sent"] for part in warm_up),
        "operations_from_rest": timed["spikes"] + sum(part["spikes"] for part in warm_up),
        "from_rest": trace_peer(chip, case.warm_up + steps),
    }


def child(arguments):
    """Entry of the process that runs the peer: case and timing in, a JSON file out."""
    case = json.loads(arguments.child)
    timing = case.pop("timing", None) if case else None
    result = run_peer(Case(**case) if case else None, timing)
    Path(arguments.json).write_text(json.dumps(result))


# ---------------------------------------------------------------------------------------------------------------
# Processes.


class Failed(Exception):
    """A process did not give what it was started for."""


def run_process(command, limit):
    """Runs a command to its end; gives its CPU seconds and its peak memory (MB)."""
    with tempfile.TemporaryFile() as errors:
        started = time.time()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        timer = threading.Timer(limit, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            late = f"given up after {limit} s" if time.time() - started >= limit else None
            raise Failed(late or why(process.returncode, errors.read().decode(errors="replace")))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def why(code, errors):
    last = errors.strip().splitlines()[-1:] or ["no message"]
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"exit code {code}: {last[0]}"


def peer(case, timing, limit):
    """One run of the peer in its own process."""
    work = {**asdict(case), "timing": timing} if case else None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "peer.json"
        command = [sys.executable, str(Path(__file__).resolve()), "--child", json.dumps(work), "--json", str(file)]
        run_process(command, limit)
        return json.loads(file.read_text())


# The peer has one kind of synapse in a network; ours would store and price most of W's as sparse ones.
LOIHI = {
    "extends": "loihi",
    "calibrations": {
        "silicon_fit": {
            "costs": {
                "synapse_sparse": {"energy": "35.5 pJ", "latency": "3.8 ns", "kind": "fitted", "source": "sanafe"}
            }
        }
    },
}


def spikemesh(program, network, steps, limit, threads=1):
    """One run of spikemesh: its report, CPU seconds, wall seconds and peak memory (MB)."""
    with tempfile.TemporaryDirectory() as folder:
        file, chip = Path(folder) / "run.json", Path(folder) / "loihi-dense.json"
        chip.write_text(json.dumps(LOIHI))
        command = [program, "--quiet", "run", "--network", network, "--chip", str(chip), "--limits", "report"]
        command += ["--threads", str(threads), "--steps", str(steps), "--json", str(file)]
        started = time.monotonic()
        seconds, peak = run_process(command, limit)
        return json.loads(file.read_text()), seconds, time.monotonic() - started, peak


def our_round(arguments, case, threads=1):
    """Runs the case from rest for the warm-up alone and for all steps; what lies between is the steps' own cost.

    Generation, mapping and loading fall out of the difference. The integer reference that `run` evaluates beside
    every run does not: it is in our time.
    """
    counts = (case.warm_up, case.warm_up + case.steps)
    before, after = (spikemesh(arguments.spikemesh, case.network, n, arguments.limit, threads) for n in counts)
    return {
        "reports": (before[0], after[0]),
        "seconds_per_step": max(after[1] - before[1], 1e-9) / case.steps,
        "wall_seconds_per_step": max(after[2] - before[2], 1e-9) / case.steps,
        "peak_mb": max(before[3], after[3]),
    }


def ours(arguments, case, rounds):
    """The rounds of a case put together: the median of their times."""
    reports = rounds[0]["reports"]
    before, after = (report["totals"] for report in reports)
    spikes = reports[1]["spikes_per_step"]
    latency = [report["per_inference"]["latency_ns"]["mean"] for report in reports]
    return {
        "steps": case.steps,
        "seconds_per_step": statistics.median(run["seconds_per_step"] for run in rounds),
        "all_seconds_per_step": [run["seconds_per_step"] for run in rounds],
        "load_seconds": spikemesh(arguments.spikemesh, case.network, 1, arguments.limit)[1],
        "messages": after["packets"] - before["packets"],
        "synaptic_operations": after["synaptic_operations"] - before["synaptic_operations"],
        "spikes": sum(spikes[case.warm_up :]),
        "chip_seconds": (latency[1] - latency[0]) * 1e-9,
        "spikes_per_step": spikes,
        "breakdown": reports[1]["energy_breakdown_pj"],
        "totals": after,
        "peak_mb": max(run["peak_mb"] for run in rounds),
        "mismatched_samples": reports[1]["mismatched_samples"],
        "limits_broken": len(reports[1]["limit_violations"]),
    }


# ---------------------------------------------------------------------------------------------------------------
# Comparison.


def near(a, b):
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def differences(case, timing, own, theirs):
    """What is not equal, in words; all from rest where both ran the same steps, else spikes only."""
    rest, steps = theirs["from_rest"], case.warm_up + case.window(timing)
    found = []
    if rest["spikes_per_step"] != own["spikes_per_step"][:steps]:
        found.append("spikes per step")
    if theirs["spikes"] != sum(own["spikes_per_step"][case.warm_up : steps]):
        found.append("spikes of the timed steps")
    if own["mismatched_samples"]:
        found.append("our own reference")
    if case.window(timing) == own["steps"]:
        totals, units = own["totals"], own["breakdown"]
        pairs = {
            "synaptic operations": (totals["synaptic_operations"], theirs["operations_from_rest"]),
            "packets": (totals["packets"], theirs["packets_from_rest"]),
            "hops": (totals["hops"], rest["hops"]),
            "energy": (totals["energy_pj"], rest["energy_pj"]),
            "energy of synapses": (units["synapse"], rest["synapse_pj"]),
            "energy of somas": (units["soma"], rest["soma_pj"]),
            "energy of axons and hops": (
                units["axon_in"] + units["axon_out"] + units["network"],
                rest["network_pj"],
            ),
        }
        found += [f"{name} ({a} and {b})" for name, (a, b) in pairs.items() if not near(a, b)]
    return found


def median_peer(runs):
    """The runs of the peer put together: the median of their times."""
    return {
        **runs[0],
        "seconds_per_step": statistics.median(run["seconds_per_step"] for run in runs),
        "all_seconds_per_step": [run["seconds_per_step"] for run in runs],
    }


def compare(case, timing, own, theirs, empty_mb):
    """One row of the table."""
    rate = theirs["messages"] / (theirs["seconds_per_step"] * case.window(timing))
    own_rate = own["messages"] / (own["seconds_per_step"] * own["steps"])
    synapses = theirs["synapses"]
    return {
        "network": case.name,
        "timing": timing,
        "warm_up": case.warm_up,
        "steps": case.window(timing),
        "synapses": synapses,
        "peer": theirs,
        "ours": own,
        "messages_per_cpu_second": {"peer": rate, "ours": own_rate},
        "ratio": own_rate / rate,
        "bytes_per_synapse": {
            "peer": (theirs["peak_mb"] - empty_mb) * 2**20 / synapses,
            "ours": own["peak_mb"] * 2**20 / synapses,
        },
        "differences": differences(case, timing, own, theirs),
    }


HEADER = (
    "network          timing      ms/step: peer     ours    ratio   msg/CPU s: peer        ours"
    "    MB: peer    ours   B/synapse: peer   ours  limits broken  equal"
)


def line(row):
    own, theirs = row["ours"], row["peer"]
    rates, size = row["messages_per_cpu_second"], row["bytes_per_synapse"]
    return (
        f"{row['network']:<16} {row['timing']:<9} {1e3 * theirs['seconds_per_step']:15.2f} "
        f"{1e3 * own['seconds_per_step']:8.3f} {row['ratio']:7.1f}x {rates['peer']:17,.0f} {rates['ours']:11,.0f} "
        f"{theirs['peak_mb']:11,.0f} {own['peak_mb']:7,.0f} {size['peer']:17,.0f} {size['ours']:6.1f} {own['limits_broken']:14}  "
        f"{'no: ' + ', '.join(row['differences']) if row['differences'] else 'yes'}"
    )


def run_case(arguments, case, empty_mb):
    """All rows of a network: both programs in turns, as many runs of each."""
    timings, own_rounds, runs, problems = arguments.timings or case.timings, [], {}, {}
    two_threads = []
    for _ in range(arguments.repeats):
        own_rounds.append(our_round(arguments, case))
        if arguments.wall:
            two_threads.append(our_round(arguments, case, arguments.wall))
        for timing in timings:
            try:
                if timing not in problems:
                    runs.setdefault(timing, []).append(peer(case, timing, arguments.limit))
            except Failed as problem:
                problems[timing] = str(problem)
    own = ours(arguments, case, own_rounds)
    if two_threads:
        own["threads"] = arguments.wall
        for name in ("seconds_per_step", "wall_seconds_per_step"):
            own[f"{name}_on_threads"] = statistics.median(run[name] for run in two_threads)
        own["wall_seconds_per_step"] = statistics.median(run["wall_seconds_per_step"] for run in own_rounds)
    rows = []
    for timing in timings:
        if timing in problems:
            print(f"{case.name:<16} {timing:<9} the peer failed: {problems[timing]}", flush=True)
            rows.append({"network": case.name, "timing": timing, "ours": own, "failed": problems[timing]})
            continue
        rows.append(compare(case, timing, own, median_peer(runs[timing]), empty_mb))
        print(line(rows[-1]), flush=True)
        if two_threads:
            print(wall_line(rows[-1]), flush=True)
    return rows


def wall_line(row):
    """Ours on several threads by the clock on the wall, against the peer's CPU time on one."""
    own = row["ours"]
    rate = own["messages"] / (own["wall_seconds_per_step_on_threads"] * own["steps"])
    gain = own["wall_seconds_per_step"] / own["wall_seconds_per_step_on_threads"]
    cpu = own["seconds_per_step_on_threads"] / own["seconds_per_step"]
    row["ratio_on_threads_by_wall"] = rate / row["messages_per_cpu_second"]["peer"]
    return (
        f"  {own['threads']} threads: {rate:,.0f} messages per second of wall time, "
        f"{row['ratio_on_threads_by_wall']:.1f}x the peer's rate; {gain:.2f}x one thread by wall, {cpu:.2f}x its CPU time"
    )


# ---------------------------------------------------------------------------------------------------------------
# Command line.


def parse():
    names = ", ".join(case.name for case in CASES)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikemesh", default=str(ROOT / "target/release/spikemesh"), help="the release build")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help=f"networks, of: {names}")
    parser.add_argument("--timings", nargs="+", choices=TIMINGS, help="timing modes of the peer, for every network")
    parser.add_argument("--steps", type=positive, help="timed steps, cycle mode excepted")
    parser.add_argument("--cycle-steps", type=positive, help="timed steps in cycle mode")
    parser.add_argument("--large", action="store_true", help="98,304 neurons too: takes the peer 10 GB and minutes")
    parser.add_argument("--repeats", type=positive, default=5, help="runs of each, in turns; medians count (default 5)")
    parser.add_argument("--wall", type=positive, metavar="N", help="ours on N threads too, by wall time")
    parser.add_argument("--limit", type=positive, default=1800, help="seconds after which a run is given up")
    parser.add_argument("--json", metavar="FILE", help="write all figures for machines")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name in arguments.cases or []:
        if name not in {case.name for case in CASES}:
            parser.error(f'--cases: found "{name}", allowed: {names}')
    return arguments


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected 1 or more")
    return value


def chosen(arguments):
    """The cases to run, with the steps asked for."""
    wanted = [case for case in CASES if arguments.large or case.neurons < LARGE]
    if arguments.cases:
        wanted = [case for case in CASES if case.name in arguments.cases]
    changes = {"steps": arguments.steps, "cycle_steps": arguments.cycle_steps}
    changes = {name: value for name, value in changes.items() if value}
    return [Case(**{**asdict(case), **changes}) for case in wanted]


def check_tools(arguments):
    """Ends the script with what is missing, if anything is."""
    # Looked for, not imported: a process that the system starts from here never shows a lower peak than this one's.
    hide_this_file()
    if importlib.util.find_spec("sanafe") is None:
        sys.exit("SANA-FE is not installed. In a virtual environment: python3 -m pip install sanafe")
    if not Path(arguments.spikemesh).is_file():
        sys.exit(f"{arguments.spikemesh} is not there: cargo build --release, or say where with --spikemesh")


def machine():
    """Name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    arguments = parse()
    if arguments.child is not None:
        return child(arguments)
    check_tools(arguments)
    try:
        return run_all(arguments)
    except Failed as problem:
        # A failure of the peer in a case is a row of the table; here it is the empty chip, or us.
        sys.exit(f"a run failed: {problem}")


def run_all(arguments):
    """Runs the cases, prints the table, writes the file; gives the exit code."""
    load, started = os.getloadavg()[0], time.time()
    empty_mb = peer(None, None, arguments.limit)["peak_mb"]
    own_empty_mb = spikemesh(arguments.spikemesh, "random:seed=1,neurons=1,cores=1", 1, arguments.limit)[3]
    print(f"{machine()}, {os.cpu_count()} CPUs, load {load:.1f}; one thread each, CPU time")
    print(f"an empty Loihi chip: peer {empty_mb:,.0f} MB, ours at most {own_empty_mb:.0f} MB")
    print(HEADER, flush=True)
    rows = [row for case in chosen(arguments) for row in run_case(arguments, case, empty_mb)]
    print(f"load at the end {os.getloadavg()[0]:.1f}, after {time.time() - started:.0f} s")
    if arguments.json:
        report = {
            "machine": machine(),
            "cpus": os.cpu_count(),
            "load": [load, os.getloadavg()[0]],
            "empty_chip_mb": {"peer": empty_mb, "ours_at_most": own_empty_mb},
            "rows": rows,
        }
        Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(row.get("differences") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
