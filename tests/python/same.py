#!/usr/bin/env python3
"""same.py PROGRAM: every network on every chip that it fits, here and by the command line: the same report, to the last digit."""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import spikemesh as sm

# Networks of which three samples take a second or more on some chips: they are compared with one.
LARGE = ("fashion-cnn", "fashion-cnn-large")
# Networks that come without weights: here they are trained first, by the command line as a part of the run.
UNTRAINED = (
    "cifar10-cnn", "digits-reconstruction", "digits-rows", "digits-saccades", "fashion-saccades", "fsdd-cnn", "fsdd-states",
    "vowels",
)  # fmt: skip
# What differs from run to run, or says who was asked.
APART = ("wall_seconds", "threads", "command", "provenance", "host")


def without(report: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in report.items() if key not in APART}


def names(program: str, command: str) -> list[str]:
    """The names of a list: the lines that are not indented."""
    listed = subprocess.run([program, command], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if line and not line.startswith(" ")]


def compared(program: str, network: str, chip: str) -> str:
    """How a network on a chip compares: "same", "does not fit", or what is wrong."""
    samples = 1 if network in LARGE else 3
    if sm.fit(network, chip):
        return "does not fit"
    mine = json.loads(sm.run(network, chip=chip, samples=samples, threads=1).json())
    asked = ["run", "--quiet", "--network", network, "--chip", chip, "--samples", str(samples), "--threads", "1"]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "run.json")
        done = subprocess.run([program, *asked, "--json", file], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            return f"the program says {done.stderr.strip()}"
        with open(file) as report:
            theirs = json.load(report)
    mine, theirs = without(mine), without(theirs)
    differ = [key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)]
    return f"other {', '.join(sorted(differ))}" if differ else "same"


def main(program: str) -> None:
    # The last of the list is a pattern of names.
    known = [network for network in names(program, "networks") if not network.startswith("random:")]
    networks = [network for network in known if network not in UNTRAINED]
    pairs = [(network, chip) for network in networks for chip in names(program, "chips")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda pair: compared(program, *pair), pairs))
    same = answers.count("same")
    wrong = [(*pair, answer) for pair, answer in zip(pairs, answers, strict=True) if answer not in ("same", "does not fit")]
    print(f"{same} of {len(pairs)} networks on chips are the same here and by the command line; the others do not fit")
    for network, chip, answer in wrong:
        print(f"{network} on {chip}: {answer}")
    if wrong or same < len(pairs) // 4:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
