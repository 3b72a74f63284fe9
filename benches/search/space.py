#!/usr/bin/env python3
"""A space of 16.6 million configurations: 60 evaluations of `tune` against 300 random points, by hypervolume.

Hardware and mapping of `sram_mesh` are searched together, with 100 samples of `digits-mlp`. Objectives are 1 less accuracy
and the logarithms of energy, latency and area, each from 0 to 1 over all that any of the searches found; the reference point
is at 1.1. A random point is a comparison of one configuration; points that do not fit count as evaluations. Every seed of
`tune` must come to more than every seed of the random points, else the exit code is 1.

    cargo build --release && python3 benches/search/space.py target/release/spikemesh --seeds 1,2,3
"""

import argparse
import csv
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

AXES = {
    "core.max_neurons": ["16", "23", "32", "45", "64", "91", "128", "181", "256"],
    "core.synapses.bits": ["65536", "131072", "262144", "524288", "1048576"],
    "core.synapses.word_bits": ["16", "32", "64", "128"],
    "mesh.width": ["2", "4", "6", "8"],
    "mesh.height": ["2", "4", "6", "8"],
    "mesh.buffer_flits": ["1", "2", "4", "8"],
    "placer": ["linear", "greedy", "hilbert", "annealing"],
    "partitioner": ["sequential", "shared", "multilevel"],
    "cores": ["2", "4", "6", "8", "12", "16"],
    "steps": ["1", "2", "4", "8"],
    "weight_bits": ["2", "3", "4", "6", "8"],
}
OBJECTIVES = ["accuracy", "energy_pj", "latency_ns", "area_mm2"]
END = 1.1


def rows(program, folder, words, axes):
    """The objectives of what a command ran."""
    table = Path(folder) / "rows.csv"
    sets = [word for name, values in axes.items() for word in ("--set", f"{name}={values}")]
    command = [program, *words, "--chips", "sram_mesh", "--samples", "100", *sets, "--csv", str(table), "--overwrite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not table.exists():
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    with table.open(encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if row["status"] == "ran"]
    table.unlink()
    return [[float(row[name]) for name in OBJECTIVES] for row in found]


def tuned(program, folder, seed, evaluations):
    """What a search finds."""
    words = ["tune", "--evaluations", str(evaluations), "--search-seed", str(seed), "--objectives", ",".join(OBJECTIVES)]
    words += ["--journal", str(Path(folder) / f"{seed}.journal")]
    # Numbers lie by their logarithms, as most of them double.
    scale = lambda values: ":log" if values[0].isdigit() else ""
    return rows(program, folder, words, {name: ",".join(values) + scale(values) for name, values in AXES.items()})


def at_random(program, folder, seed, count):
    """What random points come to."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        found += rows(program, folder, ["compare"], {name: draw.choice(values) for name, values in AXES.items()})
    return found


def plain(row):
    """Objectives, the lower the better."""
    accuracy, *costs = row
    return [1.0 - accuracy, *map(math.log, costs)]


def volume(points):
    """What points dominate, slice by slice along the last dimension."""
    points = sorted((point for point in points if max(point) < END), key=lambda point: point[-1])
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return END - min(point[0] for point in points)
    total, front = 0.0, []
    for at, point in enumerate(points):
        other = point[:-1]
        if not any(all(a <= b for a, b in zip(known, other)) for known in front):
            front = [known for known in front if not all(a <= b for a, b in zip(other, known))] + [other]
        end = points[at + 1][-1] if at + 1 < len(points) else END
        if end > point[-1]:
            total += (end - point[-1]) * volume(front)
    return total


def main():
    """Runs both, and prints their volumes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--random", type=int, default=300)
    options = parser.parse_args()
    program, seeds = str(Path(options.program).resolve()), options.seeds.split(",")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            found["tune", seed] = tuned(program, folder, seed, options.evaluations)
            found["random", seed] = at_random(program, folder, seed, options.random)
    places = {key: [plain(row) for row in table] for key, table in found.items()}
    every = [place for table in places.values() for place in table]
    low, high = [min(column) for column in zip(*every)], [max(column) for column in zip(*every)]
    scaled = lambda place: [(at - a) / (b - a) if b > a else 0.0 for at, a, b in zip(place, low, high)]
    volumes = {key: volume([scaled(place) for place in table]) for key, table in places.items()}
    for (how, seed), found in volumes.items():
        print(f"{how:8} seed {seed}: hypervolume {found:.4f} of at most {END ** len(OBJECTIVES):.4f}")
    least = min(found for (how, _), found in volumes.items() if how == "tune")
    most = max(found for (how, _), found in volumes.items() if how == "random")
    print(f"least of tune {least:.4f}, most of random {most:.4f}")
    sys.exit(int(least <= most))


if __name__ == "__main__":
    main()
