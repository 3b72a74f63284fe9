"""Comparisons over pools of workers: the bytes of the comparison without one."""

import importlib.util
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import spikemesh as sm

EXAMPLES = Path(__file__).parents[2] / "src" / "python" / "examples"
CHIPS = ["loihi", "sram_mesh"]
AXES = {"core.max_neurons": [48, 64], "placer": ["linear", "hilbert"]}


def compare(executor=None, **options):
    return sm.compare("digits-mlp", CHIPS, AXES, samples=5, executor=executor, **options)


@pytest.fixture(scope="module")
def alone():
    return compare()


def spawned(workers=2):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def test_threads_give_the_same_bytes(alone):
    with ThreadPoolExecutor(2) as executor:
        for chunksize in [None, 1, 3, 100]:
            assert compare(executor, chunksize=chunksize).json() == alone.json()


def test_processes_give_the_same_bytes(alone, tmp_path):
    seen = []
    journal = tmp_path / "journal"
    with spawned() as executor:
        found = compare(executor, progress=lambda done, of: seen.append((done, of)), journal=journal)
        assert found.json() == alone.json() and found.csv() == alone.csv()
        assert seen[-1] == (40, 40)
        # What is in the journal is not computed again.
        assert compare(executor, journal=journal).json() == alone.json()
        # Objects and arrays travel to the processes.
        run = sm.Network("digits-mlp")
        again = sm.compare(run, [sm.Chip(chip) for chip in CHIPS], AXES, samples=5, executor=executor)
        assert again.json() == alone.json()
        x = np.random.default_rng(0).integers(0, 17, (12, 1, 8, 8), dtype=np.uint8)
        y = np.arange(12, dtype=np.uint8) % 10
        arrays = {"data": (x, y), "samples": 12}
        own = sm.compare("digits-mlp", "loihi", {"steps": [4, 8]}, **arrays)
        assert sm.compare("digits-mlp", "loihi", {"steps": [4, 8]}, executor=executor, **arrays).json() == own.json()


def test_reasons_are_rows_too():
    options = {"axes": {"core.max_neurons": [1, 64]}, "samples": 2}
    small = {"mesh.width": [1], "mesh.height": [1]}
    options["axes"] = {**options["axes"], **small}
    with ThreadPoolExecutor(1) as executor:
        found = sm.compare("digits-mlp", "loihi", executor=executor, **options)
    assert found.json() == sm.compare("digits-mlp", "loihi", **options).json()


def test_dask_gives_the_same_bytes(alone):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client, client.get_executor() as executor:
        assert compare(executor).json() == alone.json()


def mpirun():
    if importlib.util.find_spec("mpi4py") is None:
        pytest.skip("mpi4py is not installed")
    command = shutil.which("mpirun")
    if command is None:
        pytest.skip("no mpirun: an MPI library is not installed")
    help_text = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
    # More processes than cores, and in containers as the superuser, only if told.
    open_mpi = ["--oversubscribe", "--allow-run-as-root"] if "Open MPI" in help_text else []
    return [command, *open_mpi]


def test_mpi_gives_the_same_bytes():
    command = [*mpirun(), "-n", "3", sys.executable, "-m", "mpi4py.futures", str(EXAMPLES / "pools.py"), "mpi"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split() for line in done.stdout.splitlines())
    assert lines["mpi"] == lines["none"]
    # It is that of one process by itself, too.
    alone = subprocess.run([sys.executable, str(EXAMPLES / "pools.py")], capture_output=True, text=True, timeout=300)
    assert dict(line.split() for line in alone.stdout.splitlines()) == {"none": lines["mpi"], "process": lines["mpi"]}


def test_optuna_searches_with_two_processes():
    pytest.importorskip("optuna", reason="Optuna is not installed")
    command = [sys.executable, str(EXAMPLES / "optuna_pareto.py"), "8", "3"]
    one, two = (subprocess.run(command, capture_output=True, text=True, timeout=300) for _ in range(2))
    assert one.returncode == 0, one.stderr
    assert one.stdout.startswith("8 configurations, ") and one.stdout == two.stdout


def test_optuna_searches_the_space_of_tune(program):
    pytest.importorskip("optuna", reason="Optuna is not installed")
    command = [sys.executable, str(EXAMPLES / "optuna_tune.py"), "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    # Rows of the command for configurations of the front are the same.
    axes = ["--set", "core.max_neurons=16..256:log", "--set", "steps=1,2,4,8", "--set", "placer=linear,hilbert"]
    report = program.json("compare", "--network", "digits-mlp", *axes, "--samples", "60")
    names = ["accuracy", "energy_pj", "latency_ns"]
    texts = {"  ".join(f"{name} {row['figures'][name]:.6g}" for name in names) for row in report["rows"] if "figures" in row}
    front = [line.split(" {")[0] for line in done.stdout.splitlines()[1:]]
    assert front and set(front) <= texts


def test_an_interrupt_leaves_the_rows_of_the_pool():
    pid = os.getpid()
    seen = []

    def after_some(done, of):
        if done >= 60 and not seen:
            seen.append(done)
            os.kill(pid, signal.SIGINT)

    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyboardInterrupt) as caught:
        sm.compare(
            "digits-mlp", "loihi", {"seed": list(range(200))}, samples=20, executor=executor, chunksize=1, progress=after_some
        )
    assert 3 <= len(caught.value.partial) < 200


def test_a_worker_that_reads_another_network_is_refused():
    from spikemesh import sweep

    tasks = []

    class Recorder(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            tasks.append(arguments)
            return super().submit(function, *arguments)

    with Recorder(1) as executor:
        compare(executor)
    # What travels to another process is plain.
    assert pickle.loads(pickle.dumps(tasks[0])) == tasks[0]
    task, digest, indices, threads = tasks[0]
    rows = sweep._rows(task, digest, indices, threads)
    assert len(rows) == len(indices)
    with pytest.raises(sm.SpikemeshError, match="another"):
        sweep._rows({**task, "samples": 6}, digest, indices, threads)
    with pytest.raises(sm.RunError, match="no configuration"):
        sweep._rows(task, digest, [10**6], threads)
