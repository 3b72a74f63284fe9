#!/usr/bin/env python3
"""Compares the benches' results with a baseline, and flags what changed beyond noise.

`cargo bench` leaves medians and their spread in the target folder. `--save` writes them to `benches/baseline.json`, with the
machine; without it they are compared with that file. A row is flagged where its time changed by more than the noise of both
measurements, and by more than 10 %. On another machine than the baseline's all times are first divided by the median change,
so that only what changed against the other rows is flagged. Exit code 1: something is flagged.

    cargo bench && python3 benches/baseline.py
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "benches/baseline.json"
# Least change that is flagged, and how many deviations are noise.
LEAST, DEVIATIONS = 0.10, 4.0


def machine():
    """Name of the processor, where the system has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} processors"


def measured(target):
    """Median time (ns), relative deviation and rate of every bench in a target folder."""
    rows = {}
    for path in sorted(target.glob("criterion/**/new/estimates.json")):
        estimates = json.loads(path.read_text(encoding="utf-8"))
        bench = json.loads(path.with_name("benchmark.json").read_text(encoding="utf-8"))
        median = estimates["median"]["point_estimate"]
        row = {"median_ns": median, "deviation": estimates["median_abs_dev"]["point_estimate"] / median}
        for unit, count in (bench.get("throughput") or {}).items():
            row["rate_per_second"] = count / median * 1e9 if unit == "Elements" else None
        rows[bench["full_id"]] = row
    return rows


def compare(baseline, rows):
    """Prints all rows; gives the names of those that are flagged."""
    known = baseline["rows"]
    both = [name for name in rows if name in known]
    if not both:
        sys.exit("no bench of the baseline was run")
    changes = {name: rows[name]["median_ns"] / known[name]["median_ns"] for name in both}
    scale = 1.0
    if baseline["machine"] != machine():
        scale = statistics.median(changes.values())
        print(f"another machine than the baseline's ({baseline['machine']}): times are divided by {scale:.2f}")
    flagged = []
    for name in both:
        change = changes[name] / scale - 1
        noise = max(LEAST, DEVIATIONS * (rows[name]["deviation"] + known[name]["deviation"]))
        mark = ""
        if abs(change) > noise:
            mark = "slower" if change > 0 else "faster"
            flagged.append(name)
        print(f"{name:<64} {known[name]['median_ns'] / 1e6:11.3f} ms {rows[name]['median_ns'] / 1e6:11.3f} ms"
              f" {change:+8.1%}  noise {noise:.0%}  {mark}")
    for name in sorted(set(known) - set(rows)):
        print(f"{name:<64} not run")
    for name in sorted(set(rows) - set(known)):
        print(f"{name:<64} not in the baseline")
    print(f"{len(flagged)} of {len(both)} rows changed beyond noise")
    return flagged


def main():
    """Saves a baseline or compares with it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    parser.add_argument("--target", default=default, help="cargo's target folder")
    parser.add_argument("--save", action="store_true", help="write the baseline anew")
    arguments = parser.parse_args()
    rows = measured(Path(arguments.target))
    if not rows:
        sys.exit(f"{arguments.target} has no results: run `cargo bench` first")
    if arguments.save:
        rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip()
        saved = {"machine": machine(), "rustc": rust, "rows": rows}
        BASELINE.write_text(json.dumps(saved, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(rows)} rows in {BASELINE.relative_to(ROOT)}")
        return 0
    if not BASELINE.exists():
        sys.exit("there is no baseline: --save writes one")
    return 1 if compare(json.loads(BASELINE.read_text(encoding="utf-8")), rows) else 0


if __name__ == "__main__":
    sys.exit(main())
