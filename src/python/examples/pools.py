"""One comparison, its rows from a process pool, from Dask and from MPI: the same bytes each time.

    pip install spikemesh "dask[distributed]" mpi4py
    python pools.py process dask
    mpirun -n 3 python -m mpi4py.futures pools.py mpi
"""

import hashlib
import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import spikemesh as sm


def digest(executor: Executor | None) -> str:
    """The digest of the comparison with its rows from a pool."""
    found = sm.compare(
        "digits-mlp",
        ["loihi", "sram_mesh"],
        {"core.max_neurons": [48, 64], "placer": ["linear", "hilbert"]},
        samples=10,
        executor=executor,
    )
    return hashlib.sha256(found.json().encode()).hexdigest()[:16]


@contextmanager
def pool(name: str) -> Iterator[Executor]:
    """A pool by its name."""
    if name == "process":
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
            yield executor
    elif name == "dask":
        import distributed

        # Only some of it has types.
        dask: Any = distributed
        with dask.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with dask.Client(cluster) as client:
                yield client.get_executor()
    elif name == "mpi":
        from mpi4py.futures import MPIPoolExecutor

        # The processes that mpirun started, but for this one.
        with MPIPoolExecutor() as executor:
            yield executor
    else:
        raise SystemExit(f"unknown pool {name}; known: process, dask, mpi")


def main(*names: str) -> None:
    """Compares without a pool, then with each that is named."""
    alone = digest(None)
    print(f"{'none':8} {alone}")
    for name in names or ("process",):
        with pool(name) as executor:
            found = digest(executor)
        print(f"{name:8} {found}")
        if found != alone:
            raise SystemExit(f"{name}: another result than without a pool")


if __name__ == "__main__":
    main(*sys.argv[1:])
