#!/usr/bin/env python3
"""Runs workload W in NEST and in spikemesh: synaptic events per CPU second, and whether both fire the same spikes.

NEST (GPL-2 or later) simulates networks and no chip, so this compares function alone: ours runs with `--timing ideal` and
evaluates its integer reference beside it. `pip install nest-simulator`. Exit code 1: spikes of some step differ.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def workload():
    """The script of the other peer, which generates workload W."""
    spec = importlib.util.spec_from_file_location("workload_w", HERE / "sanafe.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["workload_w"] = module
    spec.loader.exec_module(module)
    return module


def run_peer(case, steps):
    """NEST's spikes of every step, synaptic events, and CPU seconds of the steps."""
    # This file's folder has the peer's name in it.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    import nest

    w = workload()
    case = w.Case(**case)
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.resolution = 1.0
    nest.local_num_threads = 1
    # All quantities are multiples of 1/64, and the threshold lies between two of them: fires above 100. NEST has no neuron without a
    # leak; this time constant loses less than 1/10,000 between two spikes, and its rounding is as small.
    neurons = nest.Create("iaf_psc_delta", case.neurons, params={
        "tau_m": 1e8, "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "V_reset": 0.0, "V_th": 100.0 + 1 / 128, "t_ref": 0.0,
        "refractory_input": False,
    })
    neurons.I_e = [w.bias_of(i) for i in range(case.neurons)]
    fan_out = []
    first = neurons[0].global_id
    import numpy as np

    for i in range(case.neurons):
        row = w.row_of(case, i)
        fan_out.append(len(row))
        targets = np.array([first + target for target, _ in row], dtype=np.uint64)
        sources = np.full(len(row), first + i, dtype=np.uint64)
        weights = np.array([float(weight) for _, weight in row])
        nest.Connect(sources, targets, "one_to_one", syn_spec={
            "synapse_model": "static_synapse", "weight": weights, "delay": np.ones(len(row))})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Prepare()
    before = time.process_time()
    nest.Run(float(case.warm_up))
    middle = time.process_time()
    nest.Run(float(steps))
    seconds = time.process_time() - middle
    nest.Cleanup()
    events = recorder.get("events")
    spikes = [0] * (case.warm_up + steps)
    timed = 0
    for sender, at in zip(events["senders"], events["times"]):
        step = round(at) - 1
        if step < len(spikes):
            spikes[step] += 1
            timed += fan_out[sender - first] if step >= case.warm_up else 0
    return {"spikes": spikes, "synaptic_events": timed, "seconds": seconds, "warm_up_seconds": middle - before}


def child(text):
    """Entry of the process that runs the peer."""
    work = json.loads(text)
    result = run_peer(work["case"], work["steps"])
    sys.__stdout__.write("\nRESULT " + json.dumps(result) + "\n")


def peer(case, steps, limit):
    """A run of the peer, in a process of its own."""
    from dataclasses import asdict

    work = json.dumps({"case": asdict(case), "steps": steps})
    command = [sys.executable, str(Path(__file__).resolve()), "--child", work]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        sys.exit(f"NEST failed: {(done.stderr or done.stdout)[-2000:]}")
    return json.loads(found[-1].removeprefix("RESULT "))


def ours(w, program, case, timing, limit):
    """CPU seconds of the steps, their synaptic operations, and the spikes of every step."""
    totals, seconds = [], []
    for count in (case.warm_up, case.warm_up + case.steps):
        report, cpu = spikemesh(w, program, case.network, count, timing, limit)
        totals.append(report)
        seconds.append(cpu)
    done = [report["totals"]["synaptic_operations"] for report in totals]
    return max(seconds[1] - seconds[0], 1e-9), done[1] - done[0], totals[1]["spikes_per_step"]


def spikemesh(w, program, network, steps, timing, limit):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.json"
        command = [program, "--quiet", "run", "--network", network, "--chip", "loihi", "--limits", "report"]
        command += ["--threads", "1", "--timing", timing, "--steps", str(steps), "--json", str(file)]
        cpu, _ = w.run_process(command, limit)
        return json.loads(file.read_text()), cpu


def main():
    """Runs the cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikemesh", default=str(HERE.parent.parent / "target/release/spikemesh"))
    parser.add_argument("--cases", nargs="+", default=["1024-uniform", "16384-uniform", "16384-local8"])
    parser.add_argument("--repeats", type=int, default=5, help="runs of each, in turns; medians count")
    parser.add_argument("--limit", type=int, default=1800, help="seconds after which a run is given up")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments.child)
    if importlib.util.find_spec("nest") is None:
        sys.exit("NEST is not installed. In a virtual environment: python3 -m pip install nest-simulator")
    w = workload()
    wrong = False
    print("M synaptic events per CPU second, one thread each; ours models Loihi, NEST no chip")
    print(f"{'network':<16} {'NEST':>8} {'ideal':>8} {'event':>8} {'ratio':>14}  spikes equal")
    for case in w.CASES:
        if case.name not in arguments.cases:
            continue
        rates, equal = {"NEST": [], "ideal": [], "event": []}, True
        for _ in range(arguments.repeats):
            theirs = peer(case, case.steps, arguments.limit)
            rates["NEST"].append(theirs["synaptic_events"] / theirs["seconds"] / 1e6)
            for timing in ("ideal", "event"):
                seconds, events, spikes = ours(w, arguments.spikemesh, case, timing, arguments.limit)
                rates[timing].append(events / seconds / 1e6)
                equal &= spikes == theirs["spikes"]
        nest, ideal, event = (statistics.median(rates[name]) for name in ("NEST", "ideal", "event"))
        print(f"{case.name:<16} {nest:8.2f} {ideal:8.2f} {event:8.2f} {ideal / nest:6.1f} {event / nest:6.1f}x"
              f"  {'yes' if equal else 'no'}", flush=True)
        wrong |= not equal
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
