"""Runs that are kept, priced again and compared: pickles, files, and what the command line makes of the same."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import pickle
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import spikemesh as sm

PROGRAM = os.environ.get("SPIKEMESH_PROGRAM")
needs_program = pytest.mark.skipif(PROGRAM is None, reason="SPIKEMESH_PROGRAM names no program to compare with")

NAMES = ["layers", "inferences", "units", "cores", "links"]
WAYS = {
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.fixture(scope="module")
def run() -> sm.Run:
    return sm.run("digits-mlp", chip="loihi", samples=20, threads=1, trace="spikes")


@pytest.fixture(scope="module")
def spread() -> sm.Run:
    return sm.run("random:seed=1,neurons=256,cores=32,targets=uniform", chip="loihi", steps=30, threads=1)


def without_host(text: str) -> str:
    """The report without what may differ between equal runs, and in its order."""
    report = json.loads(text)
    for name in ("threads", "wall_seconds", "host"):
        report.pop(name, None)
    for point in report.get("points", []):
        point.pop("wall_seconds")
    return json.dumps(report)


def spikemesh(*arguments: object, codes: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode in codes, done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_what_is_kept_is_equal(run: sm.Run, spread: sm.Run, way: str) -> None:
    for one in (run, spread):
        again = WAYS[way](one)
        assert again == one and again.json() == one.json() and again.text() == one.text()
        for name in NAMES:
            assert again.table(name) == one.table(name), name
        assert again._repr_html_() == one._repr_html_() and again.html() == one.html(timeline=False)
        assert np.array_equal(again.membranes, one.membranes) and again.membranes.dtype == np.int32
        assert again.trace == one.trace and type(again.trace) is type(one.trace)
    trace = WAYS[way](run.trace)
    assert (trace, trace.tick_fs, trace.cores) == (run.trace, run.trace.tick_fs, run.trace.cores)
    difference = sm.diff(run, spread)
    again = WAYS[way](difference)
    assert again == difference and again.json() == difference.json()


def test_runs_cross_processes(run: sm.Run) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(sm.reprice, run, "davies2018").result() == sm.reprice(run, "davies2018")


def test_equal_runs_are_equal(run: sm.Run) -> None:
    assert run == sm.run("digits-mlp", chip="loihi", samples=20, threads=2)
    assert run != sm.run("digits-mlp", chip="loihi", samples=19) and run != "run"


def test_saved_and_loaded(run: sm.Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.json"
    run.save(path)
    assert path.read_text() == run.json()
    loaded = sm.load(path)
    assert loaded.json() == run.json() and loaded == run and loaded.membranes is None and loaded.trace is None
    for name in ["layers", "inferences", "units"]:
        assert loaded.table(name) == run.table(name)
    with pytest.raises(ValueError, match="saved"):
        loaded.table("cores")
    assert "<svg" not in loaded._repr_html_() and "saved report" in loaded.html()
    assert pickle.loads(pickle.dumps(loaded)).json() == run.json()
    run.save(path)
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite"):
        run.save(other)
    assert other.read_text() == "mine"
    run.save(other, overwrite=True)
    assert other.read_text() == run.json()
    with pytest.raises(OSError, match="cannot be written"):
        run.save(tmp_path / "absent" / "run.json")
    path.write_text(run.json().replace('"samples": 20', '"samples": 21'))
    with pytest.raises(sm.FileError) as caught:
        sm.load(path)
    assert caught.value.problems and caught.value.file == str(path)
    with pytest.raises(sm.FileError):
        sm.load(tmp_path / "absent.json")


def test_damaged_pickles_are_errors(run: sm.Run) -> None:
    make, (report, details, membranes, trace) = run.__reduce__()[:2]
    for cut in range(0, len(report) - 2, max(1, len(report) // 40)):
        with pytest.raises((ValueError, sm.SpikemeshError)):
            make(report[:cut], details, membranes, trace)
    for cut in range(0, len(details), max(1, len(details) // 40)):
        with pytest.raises((ValueError, sm.SpikemeshError)):
            make(report, details[:cut], membranes, trace)
    make, (columns,) = run.table("inferences").__reduce__()[:2]
    (first, (kind, values, missing)), *others = columns
    for wrong in [(kind, values[:-1], missing), ("word", values, missing), (kind, values, np.ones(1, bool))]:
        with pytest.raises(ValueError, match="column"):
            make([(first, wrong), *others])
    with pytest.raises(TypeError):
        make([(first, (kind, "text", missing)), *others])


def test_the_page_has_a_timeline(run: sm.Run, spread: sm.Run) -> None:
    """That of the first sample, or of all steps: where the page of the command line has it."""
    for one in (run, spread):
        page = one.html()
        assert 'id="timeline-chart"' in page and "saved report" not in page
        assert 'id="timeline-chart"' not in one.html(timeline=False)
    part = sm.run("random:seed=1,neurons=64,cores=4", chip="loihi", steps=10**7, max_seconds=0.05)
    assert part.interrupted and 'id="timeline-chart"' in part.html()


def test_a_page_of_a_network_that_has_changed_has_none(tmp_path: pathlib.Path) -> None:
    graph = pytest.importorskip("nir", reason="nir is not installed")
    path = tmp_path / "net.nir"
    graph.write(path, sm.Network("digits-mlp").to_nir())
    one = sm.run(path, chip="loihi", spikes="random:rate=0.1,steps=5")
    assert 'id="timeline-chart"' in one.html()
    path.unlink()
    assert "saved report" in one.html()


def test_reprice_finds_the_changes_of_the_chip(tmp_path: pathlib.Path) -> None:
    changed = sm.run("digits-mlp", chip="loihi", samples=5, set={"core.max_neurons": 32})
    expected = sm.reprice(changed, "davies2018", chip="loihi", set={"core.max_neurons": 32})
    changed.save(tmp_path / "run.json")
    for one in (changed, pickle.loads(pickle.dumps(changed)), sm.load(tmp_path / "run.json")):
        again = sm.reprice(one, "davies2018")
        assert again == expected and again.energy_pj.mean > changed.energy_pj.mean
        assert sum("core.max_neurons of the chip was set" in note for note in again.notes) == 1
    own = tmp_path / "own.json"
    own.write_text('{"extends": "loihi", "name": "own"}')
    of_file = sm.run("digits-mlp", chip=own, samples=5)
    assert sm.reprice(of_file, "davies2018").energy_pj.mean > of_file.energy_pj.mean
    with pytest.raises(ValueError, match="chip: the run used a chip that is not built in: pass its file"):
        sm.reprice(pickle.loads(pickle.dumps(of_file)), "davies2018")


def test_reports_speak_of_arguments(run: sm.Run) -> None:
    mapping = sm.map("digits-mlp", "loihi", set={"core.max_neurons": 100})
    assert mapping.savings and all("--" not in change for change, _ in mapping.savings), mapping.savings
    short = sm.run("random:seed=1,neurons=64,cores=4", chip="loihi", steps=10**7, max_seconds=0.05)
    found = sm.compare("digits-mlp", ["loihi", "sram_mesh"], {"steps": [1, 2]}, samples=5, allow_mixed=True)
    curve = sm.noc(topology="mesh", width=2, height=2, rate=[0.02, 0.9], cycles=100)
    for one in (run, mapping, short, found, curve, sm.diff(run, short)):
        for text in (one.text(), repr(one), str(one)):
            assert " --" not in text and "(--" not in text, text
    assert "(max_seconds)" in short.text() and "csv()" in found.text(width=60)


def test_reprice(run: sm.Run) -> None:
    other = sm.reprice(run, "davies2018")
    again = sm.run("digits-mlp", chip="loihi", samples=20, threads=1, calibration="davies2018")
    # Times stay those of the run, and with them the energy at rest.
    assert other.latency_ns == run.latency_ns != again.latency_ns
    units, again_units = (one.table("units").to_dict() for one in (other, again))
    both = zip(units["unit"], units["energy_pj"], again_units["energy_pj"])
    assert [unit for unit, ours, theirs in both if ours != theirs] == ["static"]
    assert other.energy_pj.mean != run.energy_pj.mean
    assert other.table("cores") == again.table("cores") != run.table("cores")
    assert other.table("links") == run.table("links")
    assert sm.reprice(run, "davies2018", chip="loihi") == sm.reprice(run, "davies2018", chip=sm.Chip("loihi")) == other
    assert np.array_equal(other.membranes, run.membranes) and other.trace == run.trace
    with pytest.raises(ValueError, match="silicon_fit"):
        sm.reprice(run, "silicon")
    with pytest.raises(ValueError):
        sm.reprice(run, chip="sram_mesh")


def test_diff(run: sm.Run, tmp_path: pathlib.Path) -> None:
    other = sm.reprice(run, "davies2018")
    change, none = sm.diff(run, other), sm.diff(run, run)
    assert change.differs and change and not none.differs and not none
    before, after = change.energy_pj
    assert (before, after) == (run.energy_pj.mean, other.energy_pj.mean)
    operations = change.table()
    moved = operations["by_count_pj"].sum() + operations["by_price_pj"].sum()
    assert moved == pytest.approx(after - before, rel=1e-9)
    report = change.to_dict()
    assert report["schema"] == "spikemesh.diff/1" and report == json.loads(change.json())
    assert len(change.table("layers")) == len(run.table("layers")) and len(change.table("units")) > 0
    # Figures other than the energy are those of the run.
    assert len(change.table("figures")) == 0
    more = sm.diff(run, sm.run("digits-mlp", chip="loihi", samples=19))
    figures = more.table("figures").to_dict()
    means = [(name, before) for name, before in zip(figures["figure"], figures["before"]) if " " not in name]
    assert means and means == [(name, getattr(run, name).mean) for name, _ in means]
    assert repr(change).splitlines()[0] == change.text().splitlines()[0] and "<pre>" in change._repr_html_()
    change.save(tmp_path / "diff.json")
    assert (tmp_path / "diff.json").read_text() == change.json()
    with pytest.raises(KeyError, match="operations"):
        change.table("operation")
    with pytest.raises(TypeError, match="after"):
        sm.diff(run, 3)


@needs_program
def test_reports_are_those_of_the_command_line(tmp_path: pathlib.Path) -> None:
    a, b, c, d, page = (tmp_path / name for name in ["a.json", "b.json", "c.json", "d.json", "a.html"])
    spikemesh("run", "--network", "digits-mlp", "--samples", 5, "--json", a)
    spikemesh("run", "--network", "digits-mlp", "--samples", 4, "--chip", "sram_mesh", "--json", b)
    spikemesh("report", a, "--calibration", "davies2018", "--json", c, "--html", page)
    run = sm.load(a)
    assert run.json() == a.read_text() and run == sm.run("digits-mlp", chip="loihi", samples=5)
    assert without_host(sm.reprice(run, "davies2018").json()) == without_host(c.read_text())
    theirs, ours = page.read_text().split("<body>")[1], sm.load(c).html().split("<body>")[1]
    assert theirs == ours
    spikemesh("diff", a, b, "--json", d, codes=(1,))
    assert without_host(sm.diff(a, b).json()) == without_host(d.read_text())
    assert sm.diff(a, b).table() == sm.diff(run, sm.load(b)).table()


@needs_program
def test_traces_are_those_of_the_command_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "run.csv"
    spikemesh("run", "--network", "digits-mlp", "--samples", 1, "--trace", f"csv={path}")
    lines = path.read_text().splitlines()
    trace = sm.run("digits-mlp", chip="loihi", samples=1, trace=True).trace
    assert lines[0].split(",") == trace.columns and len(lines) == len(trace) + 1


def test_noc(tmp_path: pathlib.Path) -> None:
    curve = sm.noc(width=4, height=4, rate=[0.05, 0.3, 0.9], cycles=2000, warmup=500, threads=1)
    report = curve.to_dict()
    points = curve.table("points").to_dict()
    for name, values in points.items():
        assert values == [point[name] for point in report["points"]], name
    assert curve.saturation == report["saturation"]["estimate_flits_per_node_cycle"]
    assert len(curve) == 3 and not curve.interrupted and curve.zero_load_latency > 0
    assert len(curve.table("links", rate=0.05)) > 0 and "<svg" in curve._repr_html_()
    assert repr(curve).splitlines()[0] == curve.text().splitlines()[0]
    assert curve.html().startswith("<!DOCTYPE html>") and len(curve.csv().splitlines()) == 4
    curve.save(tmp_path / "noc.json")
    assert json.loads((tmp_path / "noc.json").read_text()) == report
    for way in WAYS.values():
        again = way(curve)
        assert again.json() == curve.json() and again.table("links") == curve.table("links")
        assert again.html() == curve.html()
    one = sm.noc("loihi", rate=0.05, cycles=500, warmup=100, threads=1)
    same = sm.noc(sm.Chip("loihi"), rate=np.float64(0.05), cycles=500, warmup=100, threads=1)
    assert one.table()["packets"].tolist() == same.table()["packets"].tolist()
    with pytest.raises(ValueError, match="width: found 0") as caught:
        sm.noc(width=0, vcs=33, rate=2)
    assert [name for name, _ in caught.value.problems] == ["width", "vcs", "rate"]
    with pytest.raises(ValueError, match="set"):
        sm.noc(set={"mesh.width": 4})
    with pytest.raises(TypeError, match="rate"):
        sm.noc(rate=object())
    with pytest.raises(ValueError, match="0.05, 0.3, 0.9"):
        curve.table("links", rate=0.1)


def test_noc_ends_when_it_is_asked_to() -> None:
    seen = []

    def stop(done: int, of: int) -> None:
        seen.append((done, of))
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough") as caught:
        sm.noc(rate="0.02..0.4:40", cycles=200_000, progress=stop)
    assert len(seen) == 1 and (caught.value.partial is None or caught.value.partial.interrupted)
    short = sm.noc(rate=0.1, cycles=10**9, max_seconds=0.3)
    assert short.interrupted and short.to_dict()["interrupted"]["reason"] == "max_seconds"


@needs_program
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        (["--rate", "0.05,0.2", "--width", 4], {"rate": [0.05, 0.2], "width": 4}),
        (["--chip", "loihi", "--rate", 0.05], {"chip": "loihi", "rate": 0.05}),
        (["--topology", "ring", "--width", 8, "--traffic", "tornado"], {"topology": "ring", "width": 8, "traffic": "tornado"}),
        (["--chip", "loihi", "--set", "mesh.width=4"], {"chip": "loihi", "set": {"mesh.width": 4}}),
    ],
)
def test_noc_is_that_of_the_command_line(options: list, arguments: dict, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "noc.json"
    spikemesh("noc", *options, "--cycles", 1000, "--warmup", 200, "--json", path)
    made = sm.noc(cycles=1000, warmup=200, **arguments)
    assert without_host(made.json()) == without_host(path.read_text())


@needs_program
@pytest.mark.parametrize("case", ["odin", "isaac"])
def test_validation_is_that_of_the_command_line(case: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "found.json"
    spikemesh("validate", case, "--json", path)
    assert without_host(sm.validate(case).json()) == without_host(path.read_text())
