#!/usr/bin/env python3
"""Maps the networks of benches/mapping.rs by METIS and by Mt-KaHyPar, places their parts by our annealing, and sets hops and
CPU time beside those of spikemesh.

README.md says how to get the packages and what is measured.
"""

import argparse
import functools
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NETWORKS = ["sheet", "sheet_lr20", "blocks"]
CORES, MOST_NEURONS = 256, 67


def bench(name, *arguments):
    """Runs benches/mapping.rs and gives what it prints."""
    command = ["cargo", "bench", "--quiet", "--bench", "mapping", "--", name, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def read(path):
    """Nets as (weight, source, pins)."""
    rows = (list(map(int, line.split())) for line in Path(path).read_text().splitlines())
    return [(row[0], row[1], row[2:]) for row in rows]


def metis(nets):
    """Parts by METIS: a graph whose edges weigh what both ends send each other."""
    import pymetis

    edges = [defaultdict(int) for _ in nets]
    for weight, source, pins in nets:
        for pin in pins:
            if pin != source:
                edges[source][pin] += weight
                edges[pin][source] += weight
    starts, ends, weights = [0], [], []
    for row in edges:
        ends.extend(row.keys())
        weights.extend(row.values())
        starts.append(len(ends))
    _, parts = pymetis.part_graph(CORES, adjacency=pymetis.CSRAdjacency(starts, ends), eweights=weights)
    return list(parts)


@functools.cache
def library(threads):
    """Mt-KaHyPar, which is made ready once."""
    import mtkahypar

    return mtkahypar.initialize(threads)


def kahypar(nets, preset, threads):
    """Parts by Mt-KaHyPar: a net of a source and its pins, by connectivity less one."""
    import mtkahypar

    context = library(threads).context_from_preset(getattr(mtkahypar.PresetType, preset))
    mean = len(nets) / CORES
    context.set_partitioning_parameters(CORES, MOST_NEURONS / mean - 1.0, mtkahypar.Objective.KM1)
    mtkahypar.set_seed(1)
    edges = [sorted({source, *pins}) for _, source, pins in nets]
    weights = [weight for weight, _, _ in nets]
    graph = library(threads).create_hypergraph(context, len(nets), len(nets), edges, [1] * len(nets), weights)
    parts = graph.partition(context)
    return [parts.block_id(neuron) for neuron in range(len(nets))]


def placed(text):
    """Hops after annealing and CPU seconds, from what the bench prints."""
    return float(re.search(r"([0-9.]+) annealed", text)[1]), float(re.search(r"([0-9.]+) CPU s", text)[1])


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("networks", nargs="*", default=NETWORKS, help="of: " + ", ".join(NETWORKS))
    options.add_argument("--preset", default="DEFAULT", help="of Mt-KaHyPar: DEFAULT or QUALITY")
    options.add_argument("--threads", type=int, default=2, help="of Mt-KaHyPar; CPU time is of all")
    options = options.parse_args()
    print("| network | mapping | most neurons | hops per spike | CPU s |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.networks:
            row(name, "spikemesh", *ours(name))
            path = f"{folder}/{name}"
            bench(name, f"write={path}")
            nets = read(path)
            peers = {"METIS": lambda: metis(nets), "Mt-KaHyPar " + options.preset: lambda: kahypar(nets, options.preset, options.threads)}
            for peer, partition in peers.items():
                begun = time.process_time()
                parts = partition()
                seconds = time.process_time() - begun
                Path(path).write_text("".join(f"{part}\n" for part in parts))
                found, placing = placed(bench(name, f"place={path}"))
                row(name, peer + " + annealing", max(parts.count(core) for core in range(CORES)), found, seconds + placing)


def ours(name):
    text = bench(name)
    most = int(re.search(r"most neurons (\d+)", text)[1])
    found = float(re.search(r"hops ([0-9.]+)", text)[1])
    return most, found, float(re.search(r"([0-9.]+) CPU s", text)[1])


def row(name, mapping, most, found, seconds):
    print(f"| {name} | {mapping} | {most} | {found:.2f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
