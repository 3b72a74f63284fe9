#!/usr/bin/env python3
"""Simulation speed of networks on chip: BookSim 2 and CNSim beside spikemesh, on the same traffic.

Flit-hops (flits over links between routers) per second of CPU time, one thread each, medians of equal repeats in turns.
Neither peer is installed by this script: build them, and name their programs. Exit code 1: mean latencies of BookSim and
spikemesh differ by more than they may.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

# (virtual channels, buffer, router cycles, rate), 8 x 8, single flits: BookSim's own figures are in tests/ as a reference.
BOOKSIM = [(1, 4, 4, 0.05), (1, 4, 4, 0.1), (1, 4, 3, 0.1), (2, 4, 4, 0.18), (4, 4, 4, 0.18)]
# (side, rate): packets of five flits, one channel, buffers of 16.
CNSIM = [(8, 0.1), (8, 0.2), (8, 0.3), (16, 0.05), (16, 0.1), (16, 0.15)]
# Share by which mean latencies of BookSim and spikemesh may differ.
TOLERANCE = 0.05


def children_cpu():
    """CPU seconds of all children so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(command, codes=(0,)):
    """Runs a command that ends with one of some exit codes; gives its CPU seconds and what it printed."""
    before = children_cpu()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return children_cpu() - before, done.stdout


def spikemesh(program, folder, options):
    """CPU seconds, flit-hops and mean latency of a run of ours."""
    path = os.path.join(folder, "noc.json")
    if os.path.exists(path):
        os.remove(path)
    cpu, _ = timed([program, "noc", "--quiet", "--threads", "1", "--json", path, *map(str, options)])
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    return cpu, result["flit_hops"], result["mean_packet_latency_cycles"]


def booksim(program, folder, case, cycles):
    """The same of a run of BookSim."""
    vcs, buffer, router, rate = case
    path = os.path.join(folder, "booksim")
    warmup, sample = 3, cycles
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            "topology = mesh;\nk = 8;\nn = 2;\nrouting_function = dim_order;\ntraffic = uniform;\n"
            f"num_vcs = {vcs};\nvc_buf_size = {buffer};\nrouting_delay = {router - 3};\nvc_alloc_delay = 1;\n"
            "sw_alloc_delay = 1;\nst_final_delay = 1;\ncredit_delay = 1;\ninput_speedup = 1;\noutput_speedup = 1;\n"
            "internal_speedup = 1.0;\nvc_allocator = islip;\nsw_allocator = islip;\nalloc_iters = 1;\n"
            "wait_for_tail_credit = 0;\npacket_size = 1;\ninjection_process = bernoulli;\n"
            f"injection_rate = {rate};\nsim_type = latency;\nsample_period = {sample};\nwarmup_periods = {warmup};\n"
            "max_samples = 10;\nseed = 7;\nlatency_thres = 10000.0;\n"
        )
    # It ends with 255 where all went well.
    cpu, text = timed([program, path], codes=(255,))

    def last(name):
        return float(re.findall(rf"^{name} = ([0-9.]+)", text, re.MULTILINE)[-1])

    # Its hops count routers, one more than links.
    hops = last("Hops average") - 1
    simulated = float(re.findall(r"^Time taken is ([0-9]+) cycles", text, re.MULTILINE)[-1])
    flits = last("Accepted flit rate average") * 64 * simulated
    return cpu, flits * hops, last("Packet latency average")


def cpu_of(process):
    """CPU seconds of a process that runs."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cnsim(program, folder, case, cycles):
    """The same of a run of CNSim, which goes on to other rates: it is stopped after the first."""
    side, rate = case
    path = os.path.join(folder, "cnsim.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f"[Network]\ntopology = SingleChipMesh\nrouting_algorithm = XY\nscale = {side}\nbuffer_size = 16\n"
            "vc_number = 1\n[Workload]\ntraffic = uniform\npacket_length = 5\n[Simulation]\n"
            f"injection_increment = {rate}\nsimulation_time = {cycles}\nthreads = 1\n"
            f"timeout_limit = 1000000000\n[Files]\noutput_file = {folder}/out.csv\nlog_file = {folder}/out.log\n"
        )
    process = subprocess.Popen(["stdbuf", "-oL", program, path], stdout=subprocess.PIPE, text=True)
    arrived = latency = hops = None
    for line in process.stdout:
        if found := re.search(r"Arrived:\s*([0-9]+)", line):
            arrived = int(found[1])
        if found := re.search(r"Average latency: ([0-9.]+)", line):
            latency = float(found[1])
        if found := re.search(r"Internal Hops: ([0-9.]+)", line):
            hops = float(found[1])
            break
    cpu = cpu_of(process)
    process.kill()
    process.wait()
    # The warm-up is half as long as the measurement, and its time is in `cpu`.
    return cpu, 1.5 * arrived * 5 * hops, latency


def row(name, peer, ours, repeats):
    """Runs both in turns; gives medians."""
    runs = [(peer(), ours()) for _ in range(repeats)]

    def rate(side):
        return statistics.median(run[side][1] / run[side][0] for run in runs)

    result = {
        "case": name,
        "peer_flit_hops_per_cpu_second": rate(0),
        "flit_hops_per_cpu_second": rate(1),
        "peer_latency": runs[0][0][2],
        "latency": runs[0][1][2],
        "repeats": repeats,
    }
    result["ratio"] = result["flit_hops_per_cpu_second"] / result["peer_flit_hops_per_cpu_second"]
    print(
        f"{name:<44} {rate(0) / 1e6:8.2f} {rate(1) / 1e6:8.2f} {result['ratio']:7.1f}"
        f" {result['peer_latency']:8.2f} {result['latency']:8.2f}",
        flush=True,
    )
    return result


def main():
    """Runs the cases of the peers that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--booksim", help="BookSim's program")
    parser.add_argument("--cnsim", help="CNSim's program, ChipletNetworkSim")
    parser.add_argument("--spikemesh", default="target/release/spikemesh")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each, in turns")
    parser.add_argument("--cycles", type=int, default=20000, help="cycles of a measurement")
    parser.add_argument("--json", help="a file for the results")
    arguments = parser.parse_args()
    if not (arguments.booksim or arguments.cnsim):
        parser.error("name a peer: --booksim PROGRAM, --cnsim PROGRAM")
    results, wrong = [], []
    print(f"{'':<44} {'M flit-hops per CPU s':>17} {'':>7} {'latency, cycles':>17}")
    print(f"{'case':<44} {'peer':>8} {'ours':>8} {'ratio':>7} {'peer':>8} {'ours':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for case in BOOKSIM if arguments.booksim else []:
            vcs, buffer, router, rate = case
            options = ["--vcs", vcs, "--buffer", buffer, "--router-cycles", router, "--rate", rate]
            options += ["--cycles", 3 * arguments.cycles, "--warmup", arguments.cycles]
            result = row(
                f"BookSim: 8x8, {vcs} VCs, router {router}, rate {rate}",
                lambda case=case: booksim(arguments.booksim, folder, case, arguments.cycles),
                lambda options=options: spikemesh(arguments.spikemesh, folder, options),
                arguments.repeats,
            )
            results.append(result)
            if abs(result["latency"] / result["peer_latency"] - 1) > TOLERANCE:
                wrong.append(result["case"])
        for case in CNSIM if arguments.cnsim else []:
            side, rate = case
            options = ["--width", side, "--height", side, "--router-cycles", 3, "--packet-flits", 5, "--buffer", 16, "--rate", rate]
            options += ["--cycles", arguments.cycles, "--warmup", arguments.cycles // 2]
            results.append(
                row(
                    f"CNSim: {side}x{side}, 5 flits, buffers of 16, rate {rate}",
                    lambda case=case: cnsim(arguments.cnsim, folder, case, arguments.cycles),
                    lambda options=options: spikemesh(arguments.spikemesh, folder, options),
                    arguments.repeats,
                )
            )
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"cases": results}, file, indent=2)
    for name in wrong:
        print(f"{name}: mean latencies differ by more than {TOLERANCE:.0%}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
