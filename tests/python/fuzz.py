#!/usr/bin/env python3
"""Calls every public function and method with arguments drawn at random: names, shapes, dtypes, damaged bytes.

    fuzz.py CALLS [--seed N] [--replay NAME:NUMBER]

Only documented exceptions may come, never a panic; resident memory stays flat after a warm-up; no thread is left behind.
Costly functions are called less often: each gets about the same share of the time. A failure prints what --replay takes.
"""

import argparse
import collections
import ctypes
import faulthandler
import gc
import os
import pathlib
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable

import wild

import spikemesh as sm

# What callers are told to expect; a KeyError is that of a table or a column without that name.
DOCUMENTED = (sm.SpikemeshError, ValueError, TypeError, KeyError, OverflowError, OSError)
# Longest time of a call, after which the program ends with all stacks.
LONGEST_S = 120
# Growth of resident memory over the last four fifths of the calls.
MOST_GROWTH_MB = 8.0
# The function that costs least is called this many times as often as one that takes a second.
FLOOR_S = 20e-6


def resident_mb() -> float:
    """Resident memory, after what is free was given back."""
    gc.collect()
    with_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if with_trim is not None:
        with_trim(0)
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def threads() -> int:
    names = [pathlib.Path(f"/proc/self/task/{task}/comm").read_text().strip() for task in os.listdir("/proc/self/task")]
    # An allocator's own, of pyarrow.
    return len([name for name in names if name != "jemalloc_bg_thd"])


class Fuzz:
    """The targets, what they cost, and what they answered."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.pool = wild.Pool()
        self.targets: dict[str, Callable[[random.Random], object]] = wild.targets(self.pool)
        self.cost = dict.fromkeys(self.targets, FLOOR_S)
        self.calls = collections.Counter[str]()
        self.answers = collections.Counter[str]()
        self.reached: set[str] = set()

    def call(self, name: str, number: int) -> None:
        draw = random.Random(f"{self.seed}:{name}:{number}")
        began = time.perf_counter()
        try:
            self.targets[name](draw)
            answer = "a result"
            self.reached.add(name)
        except DOCUMENTED as error:
            answer = type(error).__name__
            str(error), repr(error)
        except BaseException:
            print(f"\n{name} with {wild.described()}\nagain: --seed {self.seed} --replay {name}:{number}\n")
            traceback.print_exc()
            sys.exit(1)
        seconds = time.perf_counter() - began
        self.cost[name] += (max(seconds, FLOOR_S) - self.cost[name]) * (0.5 if seconds > self.cost[name] else 0.05)
        self.calls[name] += 1
        self.answers[answer] += 1

    def run(self, calls: int) -> list[float]:
        """Makes the calls, and gives resident memory in between, a hundred times."""
        chooser = random.Random(self.seed)
        memory, names = [], list(self.targets)
        for number, name in enumerate(names):
            self.call(name, -1 - number)
        every = max(calls // 100, 1)
        weights = [1.0] * len(names)
        for number in range(calls):
            if number % 50 == 0:
                faulthandler.dump_traceback_later(LONGEST_S, exit=True)
                weights = [1.0 / self.cost[name] for name in names]
            self.call(chooser.choices(names, weights)[0], number)
            if number % every == every - 1:
                memory.append(resident_mb())
        faulthandler.cancel_dump_traceback_later()
        return memory


def grown(memory: list[float]) -> float:
    """How much the least memory of the last fifth is above the most of the second: what is never given back."""
    fifth = len(memory) // 5
    return min(memory[-fifth:]) - max(memory[fifth : 2 * fifth])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("calls", type=int, nargs="?", default=5000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--replay", metavar="NAME:NUMBER")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    # What is drawn may be the name of a file: all of them are in a folder of ours.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        fuzz = Fuzz(chosen.seed)
        if chosen.replay:
            name, number = chosen.replay.rsplit(":", 1)
            fuzz.call(name, int(number))
            return
        before, began = threads(), time.perf_counter()
        memory = fuzz.run(chosen.calls)
        seconds = time.perf_counter() - began
        fuzz.pool.threads.shutdown()
        os.chdir("/")
    answers = ", ".join(f"{count:,} {name}" for name, count in fuzz.answers.most_common())
    print(f"{sum(fuzz.calls.values()):,} calls of {len(fuzz.targets)} functions in {seconds:.0f} s: {answers}")
    silent = sorted(set(fuzz.targets) - fuzz.reached)
    print(f"never with a result: {', '.join(silent) or 'none'}")
    print(f"least called: {', '.join(f'{n} {c}' for n, c in fuzz.calls.most_common()[-5:])}")
    print(f"memory {memory[0]:.1f} MB at first, {memory[len(memory) // 5]:.1f} after warm-up, {memory[-1]:.1f} at the end")
    left = threads() - before
    if left > 0:
        sys.exit(f"{left} threads are left behind")
    if len(memory) >= 50 and grown(memory) > MOST_GROWTH_MB:
        sys.exit(f"resident memory grew by {grown(memory):.1f} MB: {[round(m, 1) for m in memory]}")


if __name__ == "__main__":
    main()
