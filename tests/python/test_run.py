"""Runs through the package: figures, errors, threads, progress, Ctrl-C."""

import concurrent.futures
import contextlib
import copy
import functools
import json
import multiprocessing
import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading

import numpy
import pytest
from conftest import clocks, seconds_since
from same import UNTRAINED

import spikemesh as sm

PROGRAM = os.environ.get("SPIKEMESH_PROGRAM")
# What may differ between equal runs, each on a line of its own.
VARIES = re.compile(r'^ *"(threads|wall_seconds|command)": .*\n', re.MULTILINE)
# Runs for minutes.
LONG = "random:seed=1,neurons=1024,cores=16"


def without_host(text):
    return VARIES.sub("", text)


def test_the_first_line_of_the_guide():
    run = sm.run("digits-mlp", chip="loihi", samples=20)
    assert run.energy_pj.mean > 0 and run.latency_ns.p99 >= run.latency_ns.p50
    assert run.samples == 20 and run.mismatched_samples == 0 and run.accuracy > 0.9
    assert run.predictions.shape == run.labels.shape == (20,)
    assert run.membranes.shape == (20, 10) and run.membranes.dtype == numpy.int32
    assert run.figures[0] == "energy_pj" and run.sources
    # The last layer does not fire: its membranes decide.
    assert (run.membranes.argmax(axis=1) == run.predictions).all() and run.spike_counts.shape == (20, 10)


@pytest.mark.skipif(PROGRAM is None, reason="SPIKEMESH_PROGRAM names no program to compare with")
@pytest.mark.parametrize("network", [*(name for name in sm.networks() if name.startswith("digits")), "fashion-mlp", LONG])
def test_reports_are_those_of_the_command_line(network, tmp_path):
    """On every chip that it fits, to the last byte."""
    if network in UNTRAINED:
        pytest.skip("its weights do not come with the package")
    if network.startswith("fashion"):
        pytest.importorskip("spikemesh_networks")
    path, fitting = tmp_path / "run.json", 0
    options = {"steps": 3} if network == LONG else {"samples": 2}
    for chip in sm.chips():
        command = [PROGRAM, "run", "--network", network, "--chip", chip, "--json", path, "--quiet", "--overwrite"]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 2:
            with pytest.raises(sm.FitError):
                sm.run(network, chip=chip, **options)
            continue
        run = sm.run(network, chip=chip, **options)
        assert without_host(run.json()) == without_host(path.read_text()), chip
        fitting += 1
    assert fitting >= 3


def test_threads_change_nothing():
    one, two = (sm.run("digits-mlp", chip="loihi", samples=30, threads=count) for count in (1, 2))
    assert without_host(one.json()) == without_host(two.json())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"chip": "loihj"}, "loihi"),
        ({"chip": "loihi", "network": "digits-mpl"}, "digits-mlp"),
        ({"chip": "loihi", "timing": "evnt"}, "event"),
        ({"chip": "loihi", "calibration": "silicon"}, "calibration"),
        ({"chip": "loihi", "samples": 0}, "samples"),
        ({"chip": "loihi", "samples": -1}, "samples"),
        ({"chip": "loihi", "samples": 2**70}, "samples"),
        ({"chip": "loihi", "samples": 10**6}, "test samples"),
        ({"chip": "loihi", "set": {"core.max_neuron": 1}}, "core.max_neurons"),
        ({"chip": "loihi", "max_seconds": float("nan")}, "max_seconds"),
    ],
)
def test_wrong_arguments_are_value_errors(arguments, text):
    with pytest.raises(ValueError, match=text):
        sm.run(arguments.pop("network", "digits-mlp"), **arguments)


def test_wrong_types_are_type_errors():
    for arguments in ({"chip": 3}, {"chip": "loihi", "samples": 1.5}, {"chip": "loihi", "progress": 3}):
        with pytest.raises(TypeError):
            sm.run("digits-mlp", **arguments)


def test_files_report_all_problems(tmp_path: pathlib.Path):
    path = tmp_path / "mine.json"
    path.write_text('{"format": "spikemesh.chip/1", "name": 3}')
    with pytest.raises(sm.FileError) as caught:
        sm.Chip(path)
    assert caught.value.file == str(path) and len(caught.value.problems) > 1


def test_what_does_not_fit_has_its_limits():
    with pytest.raises(sm.FitError) as caught:
        sm.run("digits-mlp", chip="loihi", set={"mesh.width": 1, "mesh.height": 1, "core.max_neurons": 1}, samples=1)
    assert caught.value.violations and caught.value.violations[0].needed > caught.value.violations[0].allowed


def test_progress_is_counted_to_the_end():
    seen = []
    sm.run("digits-mlp", chip="loihi", samples=50, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (50, 50) and [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_an_exception_of_progress_ends_the_run():
    def stop(done, of):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        sm.run("digits-mlp", chip="loihi", samples=50, progress=stop)


def test_interruption_has_what_was_done():
    before, at = os.listdir("/proc/self/task"), []

    def interrupt(done, of):
        if done > 0 and not at:
            at.append(clocks())
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        sm.run(LONG, chip="loihi", steps=1_000_000, progress=interrupt)
    assert seconds_since(at[0]) < 0.5
    partial = caught.value.partial
    done, of, why = partial.interrupted
    assert 0 < done < of == 1_000_000 and why == "ctrl_c" and partial.energy_pj.mean > 0
    # The interpreter is as before.
    assert sm.run("digits-mlp", chip="loihi", samples=1).samples == 1
    assert os.listdir("/proc/self/task") == before


def test_interruption_before_the_first_result_has_none():
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        while True:
            # Nothing of it fits, which takes most of the time to find.
            with contextlib.suppress(sm.FitError):
                sm.run("random:seed=1,neurons=65536,cores=64", chip="loihi", steps=1)
    # Between two calls it has no such attribute.
    assert getattr(caught.value, "partial", None) is None


def test_a_run_ends_by_itself_after_its_time():
    run = sm.run(LONG, chip="loihi", steps=1_000_000, max_seconds=0.3)
    done, of, why = run.interrupted
    assert 0 < done < of and why == "max_seconds"


def test_other_threads_go_on():
    counted = [0]
    stop = threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    before = counted[0]
    sm.run(LONG, chip="loihi", steps=1_000_000, max_seconds=0.5, threads=1)
    during = counted[0] - before
    stop.set()
    counter.join()
    # It has one of two processors, and would not count at all during the run if that held the lock.
    assert during > 100_000


def of_samples():
    # Recordings are cut into steps by several threads.
    _, _, (_, labels) = sm.dataset("digits-saccades", steps=2)
    return sm.run("digits-mlp", chip="loihi", samples=40, threads=2).predictions.tolist(), labels.tolist()


def test_a_forked_process_goes_on():
    """It has none of the threads of its parent."""
    expected = of_samples()
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        assert pool.submit(of_samples).result(timeout=60) == expected


def test_runs_in_threads_are_those_of_one():
    expected = sm.run("digits-mlp", chip="loihi", samples=20).energy_pj
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(sm.run("digits-mlp", chip="loihi", samples=20).energy_pj))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_progress_is_a_bar_where_tqdm_is_installed(capsys, monkeypatch):
    tqdm = pytest.importorskip("tqdm.auto")
    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **{**options, "disable": False})
            bars.append(self)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    sm.run("digits-mlp", chip="loihi", samples=40, progress=True)
    assert len(bars) == 1 and (bars[0].n, bars[0].total) == (40, 40) and "40/40" in capsys.readouterr().err


def test_progress_without_tqdm_is_silent(capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    sm.run("digits-mlp", chip="loihi", samples=5, progress=True)
    assert capfd.readouterr() == ("", "")


def test_chips_have_limits_and_sources():
    chip = sm.Chip("loihi")
    smaller = chip.set({"core.max_neurons": 512})
    assert smaller.limits["core.max_neurons"] == 512 != chip.limits["core.max_neurons"]
    assert all(constant.source for constant in chip.constants if constant.energy_pj)
    assert "loihi" in sm.chips() and "digits-mlp" in sm.networks()


def test_spikes_of_the_outputs_are_those_of_the_report():
    run = sm.run(LONG, chip="loihi", steps=20)
    counts = [count for output in run.to_dict().get("outputs") or [] for count in output["spikes"]]
    assert run.spike_counts.tolist() == [counts] and run.membranes.shape == (1, len(counts))


def test_pickled_runs_have_the_same_arrays():
    run = sm.run("digits-mlp", chip="loihi", samples=5)
    again = pickle.loads(pickle.dumps(run))
    assert again == run and (again.membranes == run.membranes).all() and (again.spike_counts == run.spike_counts).all()


def test_chips_are_pickled_with_what_they_are(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"extends": "loihi", "name": "mine", "core": {"max_neurons": 48}}')
    named, mine = sm.Chip("loihi"), sm.Chip(path).set({"core.max_axons_in": 512})
    texts = [pickle.dumps(chip) for chip in (named, mine)]
    expected = sm.run("digits-mlp", chip=mine, samples=2)
    # The file may be another machine's.
    path.unlink()
    again = [pickle.loads(text) for text in texts]
    assert again == [named, mine] and len({*again, named, mine}) == 2 and named != mine
    assert again[1].limits["core.max_neurons"] == 48 and again[1].limits["core.max_axons_in"] == 512
    assert without_host(sm.run("digits-mlp", chip=again[1], samples=2).json()) == without_host(expected.json())
    assert mine.set({"core.max_neurons": 40}).limits["core.max_axons_in"] == 512
    assert copy.deepcopy(mine) == mine and pickle.loads(pickle.dumps(named.constants)) == named.constants


def test_errors_of_a_process_of_a_pool_come_back():
    with concurrent.futures.ProcessPoolExecutor(1) as pool, pytest.raises(sm.FitError) as caught:
        pool.submit(functools.partial(sm.run, "digits-mlp", chip="odin", samples=1)).result()
    assert caught.value.violations == sm.fit("digits-mlp", "odin") != []
    with pytest.raises(sm.FileError) as caught:
        raise pickle.loads(pickle.dumps(problems_of({"format": "spikemesh.chip/1", "name": 3})))
    assert len(caught.value.problems) > 1


def problems_of(contents):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "mine.json")
        path.write_text(json.dumps(contents))
        with pytest.raises(sm.FileError) as caught:
            sm.Chip(path)
        return caught.value


def test_untrained_networks_say_how_to_train_them():
    with pytest.raises(ValueError, match=r'spikemesh.train\("digits-saccades"\)'):
        sm.run("digits-saccades", chip="loihi", samples=1)
