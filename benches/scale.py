#!/usr/bin/env python3
"""How CPU time and memory grow with neurons, cores, steps and samples: series, and exponents fitted to them.

Every point is the median of some runs of the program, one thread, CPU time of the whole process. An exponent is the slope of a
line through the logarithms: 1 is linear growth.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def network(neurons, cores, targets="local8"):
    """Workload W: 96 synapses per neuron on average."""
    return f"random:seed=1,neurons={neurons},cores={cores},targets={targets}"


def sparse(neurons, cores, steps, *more):
    """Options of a run of workload W."""
    chip = "loihi" if cores <= 128 else "loihi_nahuku32"
    return ["--network", network(neurons, cores), "--chip", chip, "--limits", "report", "--steps", str(steps), *more]


# By name: what varies, its values, and the options of a run.
SERIES = {
    "start": ("neurons on 128 cores, 1 step", [1 << n for n in (14, 16, 18, 20)], lambda n: sparse(n, 128, 1)),
    "cores": ("cores of 256 neurons, 30 steps", [16, 64, 256, 1024, 4096], lambda n: sparse(256 * n, n, 30)),
    "steps": ("steps, 16,384 neurons", [50, 100, 200, 400, 800], lambda n: sparse(16384, 128, n)),
    "ideal": ("steps, 16,384 neurons, ideal timing", [50, 100, 200, 400, 800],
              lambda n: sparse(16384, 128, n, "--timing", "ideal")),
    "samples": ("samples of the digits", [50, 100, 200, 400], lambda n: ["--network", "digits-mlp", "--samples", str(n)]),
}


def run(program, options):
    """CPU seconds, peak memory (MB) and report of a run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        command = [program, "run", "--quiet", "--threads", "1", "--json", str(path), *options]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            code = os.waitstatus_to_exitcode(status)
            if code != 0:
                errors.seek(0)
                sys.exit(f"{' '.join(command)}: exit code {code}\n{errors.read().decode(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(path.read_text())


def exponent(points):
    """The slope of a line through the logarithms of (x, y)."""
    logs = [(math.log(x), math.log(y)) for x, y in points if y > 0]
    x_mean, y_mean = (statistics.fmean(values) for values in zip(*logs))
    return sum((x - x_mean) * (y - y_mean) for x, y in logs) / sum((x - x_mean) ** 2 for x, _ in logs)


# Series of which the first point, with what a start costs, is taken off all others before an exponent is fitted.
GROWTH = ("steps", "ideal", "samples")


def series(program, name, most, repeats):
    """Runs a series and prints its table."""
    what, values, options = SERIES[name]
    print(f"\n{name}: {what}")
    print(f"{'':>12} {'CPU s':>9} {'peak MB':>9} {'packets':>12} {'synapses':>13} {'bytes/synapse':>14}")
    points, limited = [], 0
    for value in values:
        if value > most:
            continue
        runs = [run(program, options(value)) for _ in range(repeats)]
        cpu, peak = (statistics.median(one[part] for one in runs) for part in (0, 1))
        report = runs[0][2]
        limited = max(limited, len(report.get("limit_violations", [])))
        packets = report["totals"]["packets"] if "totals" in report else None
        neurons = next((int(part.split("=")[1]) for part in " ".join(options(value)).split(",") if part.startswith("neurons=")), 0)
        synapses = 96 * neurons
        points.append({"value": value, "cpu_seconds": cpu, "peak_mb": peak, "packets": packets, "repeats": repeats})
        each = f"{peak * 2**20 / synapses:14.1f}" if synapses else f"{'':>14}"
        print(f"{value:12,} {cpu:9.3f} {peak:9.0f} {packets or 0:12,} {synapses:13,} {each}", flush=True)
    first = points[0] if name in GROWTH else {"value": 0, "cpu_seconds": 0.0}
    later = points[1:] if name in GROWTH else points
    times = [(point["value"] - first["value"], point["cpu_seconds"] - first["cpu_seconds"]) for point in later]
    memory = [(point["value"], point["peak_mb"]) for point in points]
    fitted = {"cpu_seconds": exponent(times), "peak_mb": exponent(memory)}
    note = "; limits of the chip are broken, and reported" if limited else ""
    print(f"exponents: CPU time {fitted['cpu_seconds']:.2f}, memory {fitted['peak_mb']:.2f}{note}", flush=True)
    return {"what": what, "points": points, "exponents": fitted}


def main():
    """Runs the series that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikemesh", default=str(ROOT / "target/release/spikemesh"), help="the release build")
    parser.add_argument("--series", nargs="+", choices=SERIES, default=list(SERIES))
    parser.add_argument("--most", type=int, default=1 << 62, help="leave out larger points")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each point; medians count")
    parser.add_argument("--json", help="a file for the results")
    arguments = parser.parse_args()
    started = time.time()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors; one thread, CPU time")
    results = {name: series(arguments.spikemesh, name, arguments.most, arguments.repeats) for name in arguments.series}
    print(f"\nload at the end {os.getloadavg()[0]:.1f}, after {time.time() - started:.0f} s")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
