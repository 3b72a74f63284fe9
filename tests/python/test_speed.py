"""What crossing the border costs: an empty call, and arrays in and out. Best of several tries, for machines with other work."""

import subprocess
import sys
import timeit

import numpy as np

import spikemesh as sm

MEBI = 2**20


def best(action: object, number: int) -> float:
    """Seconds of an action."""
    return min(timeit.repeat(action, number=number, repeat=7)) / number  # type: ignore[arg-type]


def test_a_call_costs_at_most_100_ns() -> None:
    names = {"quantity": sm.run("digits-mlp", chip="loihi", samples=1).energy_pj}
    seconds = min(timeit.repeat("quantity.mean", globals=names, number=100_000, repeat=7)) / 100_000
    assert seconds <= 100e-9, f"{seconds * 1e9:.0f} ns"


def test_8_mb_in_cost_at_most_2_ms_more() -> None:
    # A raster of 8 MB without a spike, for a network that rests: nearly all of the time is that of the array.
    network = sm.Network.sparse(np.array([0]), np.array([1]), np.array([1], np.int16), neurons=8)
    small, large = np.zeros((1, 8), bool), np.zeros((MEBI, 8), bool)
    of = lambda raster: best(lambda: sm.run(network, chip="loihi", spikes=raster, steps=1, threads=1), 3)  # noqa: E731
    more = of(large) - of(small)
    assert more <= 2e-3, f"{more * 1e3:.2f} ms"


def test_import_is_quick() -> None:
    code = "import numpy, time; t = time.perf_counter(); import spikemesh; print(time.perf_counter() - t)"
    tries = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    assert min(float(one.stdout) for one in tries) < 0.1
