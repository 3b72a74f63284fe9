"""Tables: the values of the report in every library that reads them."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

import spikemesh as sm

NAMES = ["layers", "inferences", "units", "cores", "links"]


@pytest.fixture(scope="module")
def run() -> sm.Run:
    return sm.run("digits-mlp", chip="loihi", samples=20, threads=1)


@pytest.fixture(scope="module")
def spread() -> sm.Run:
    """A run in which packets take hops."""
    return sm.run("random:seed=1,neurons=256,cores=32,targets=uniform", chip="loihi", steps=30, threads=1)


def without_nan(column: object) -> list[object]:
    """The values of a column of pandas, which has what is missing as NaN or NA."""
    values = column.astype(object)
    return values.where(values.notna(), None).tolist()


def test_tables_have_the_values_of_the_report(run: sm.Run) -> None:
    report = run.to_dict()
    layers = run.table("layers").to_dict()
    assert layers["layer"] == [layer["layer"] for layer in report["per_layer"]]
    for name in ["neurons", "cores", "spikes", "synaptic_operations", "packets", "energy_pj"]:
        assert layers[name] == [layer[name] for layer in report["per_layer"]], name
    units = run.table("units").to_dict()
    assert dict(zip(units["unit"], units["energy_pj"])) == report["energy_breakdown_pj"]
    inferences = run.table("inferences").to_dict()
    assert inferences["ticks"] == report["counts"]["ticks"]
    assert inferences["prediction"] == report["predictions"]
    assert inferences["label"] == report["labels"]
    for at, operation in enumerate(report["counts"]["operations"]):
        assert inferences[operation] == [row[at] for row in report["counts"]["inferences"]], operation
    assert np.mean(inferences["energy_pj"]) == pytest.approx(report["per_inference"]["energy_pj"]["mean"], rel=1e-12)
    assert len(run.table("cores")) == report["cores_used"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas", "duckdb"])
def test_every_library_reads_the_same(run: sm.Run, spread: sm.Run, name: str, library: str) -> None:
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    for one in (run, spread):
        table = one.table(name)
        expected = table.to_dict()
        if library == "pyarrow":
            assert module.table(table).to_pydict() == expected
        elif library == "polars":
            assert module.DataFrame(table).to_dict(as_series=False) == expected
        elif library == "duckdb":
            assert module.sql("select count(*) from table").fetchone() == (len(table),)
        else:
            frame = one.frame(name)
            assert isinstance(frame, module.DataFrame)
            assert list(frame.columns) == table.columns and len(frame) == len(table)
            for column in table.columns:
                assert without_nan(frame[column]) == expected[column], column


def test_pandas_reads_the_stream(run: sm.Run) -> None:
    pandas = pytest.importorskip("pandas", "3.0", reason="pandas 3 is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    for name in NAMES:
        table = run.table(name)
        read = pandas.DataFrame.from_arrow(table)
        assert {column: without_nan(read[column]) for column in read} == table.to_dict()


def test_a_frame_is_of_what_is_installed(run: sm.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    find, hidden = importlib.util.find_spec, {"pandas"}
    monkeypatch.setattr("spikemesh.frames.find_spec", lambda name: None if name in hidden else find(name))
    expected = run.table("layers").to_dict()
    if find("polars") is not None:
        frame = run.frame("layers")
        assert isinstance(frame, sys.modules["polars"].DataFrame)
        assert frame.to_dict(as_series=False) == expected
    hidden.add("polars")
    arrays = run.frame("layers")
    assert isinstance(arrays, dict) and list(arrays) == list(expected)
    assert all(isinstance(array, np.ndarray) for array in arrays.values())
    assert {name: array.tolist() for name, array in arrays.items()} == expected


def test_arrays_of_a_table(spread: sm.Run) -> None:
    links = spread.table("links")
    assert len(links) > 0 and links["all_flits"].dtype == np.int64 and links["flits"].dtype == np.float64
    worst = spread.to_dict()["network_on_chip"]["worst_link"]
    first = int(np.argmax(links["all_flits"]))
    assert (links["link"][first], links["flits"][first]) == (worst["link"], worst["flits"])
    assert list(links) == links.columns and "flits" in links and links.shape == (len(links), 5)
    assert set(links.arrays()) == set(links.columns)
    with pytest.raises(KeyError, match="did you mean"):
        links["flit"]
    with pytest.raises(KeyError, match="layers"):
        spread.table("layer")


def test_a_table_outlives_its_run_and_its_stream() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = sm.run("digits-mlp", chip="loihi", samples=2).table("inferences")
    stream = table.__arrow_c_stream__()
    read = pyarrow.RecordBatchReader._import_from_c_capsule(stream).read_all()
    expected = table.to_dict()
    del table, stream
    assert read.to_pydict() == expected
    # A stream that nobody reads is released with its capsule.
    sm.run("digits-mlp", chip="loihi", samples=1).table("units").__arrow_c_stream__()


def test_shown(run: sm.Run, spread: sm.Run) -> None:
    assert repr(run).splitlines()[:5] == run.text().splitlines()[:5] and "digits-mlp on loihi" in repr(run)
    assert str(run) == run.text() and len(repr(run)) < len(str(run)) < len(run.text(verbose=True))
    for one in (run, spread):
        html = one._repr_html_()
        assert "<svg" in html and "<script" not in html and "energy" in html
        assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    page = run.html()
    assert page.startswith("<!DOCTYPE html>") and "digits-mlp on loihi" in page and "Energy by core" in page
    assert "Spikes of the first sample" in page and "Spikes of the first sample" not in run.html(timeline=False)
    table = run.table("layers")
    assert "energy_pj" in repr(table) and "<table>" in table._repr_html_()
    assert f"[{len(table)} rows x {len(table.columns)} columns]" in repr(table)


def test_trace() -> None:
    signals = {"signal": ["spikes", "steps", "cores"], "samples": 2}
    run = sm.run("digits-mlp", chip="loihi", samples=2, threads=1, trace=signals)
    assert run == sm.run("digits-mlp", chip="loihi", samples=2)
    trace = run.trace
    assert isinstance(trace, sm.Table) and set(trace["event"]) == {"spike", "step", "barrier", "receive", "soma"}
    assert set(trace["sample"]) == {0, 1} and trace.tick_fs > 0
    assert trace.cores == run.to_dict()["cores_used"]
    spikes = [row for row in zip(trace["event"], trace["layer"]) if row[0] == "spike"]
    per_layer = run.table("layers").to_dict()
    for layer, mean in zip(per_layer["layer"], per_layer["spikes"]):
        assert sum(1 for _, name in spikes if name == layer) == mean * run.samples, layer
    assert sm.run("digits-mlp", chip="loihi", samples=1).trace is None
    assert sm.run("digits-mlp", chip="loihi", samples=1, trace=False).trace is None
    everything = sm.run("digits-mlp", chip="loihi", samples=1, trace=True).trace
    hidden = sm.run("digits-mlp", chip="loihi", samples=1, trace=["spikes", "core=0"]).trace
    assert 0 < len(hidden) < len(everything)


@pytest.mark.parametrize(
    ("trace", "text"),
    [
        ("spikess", "spikes"),
        ({"signals": "spikes"}, "signal"),
        ({"samples": 0}, "samples"),
        ("layer=dense9", "dense9"),
        ({"core": 10**6}, "allowed: 0 to"),
    ],
)
def test_wrong_traces_are_value_errors(trace: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        sm.run("digits-mlp", chip="loihi", samples=1, trace=trace)


def test_traces_of_wrong_types_are_type_errors() -> None:
    for trace in (1.5, b"spikes", {1: "x"}, [None]):
        with pytest.raises(TypeError, match="trace"):
            sm.run("digits-mlp", chip="loihi", samples=1, trace=trace)


def test_traces_as_frames() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    trace = sm.run("digits-mlp", chip="loihi", samples=1, trace=True).trace
    frame, expected = trace.frame(), trace.to_dict()
    assert isinstance(frame["event"].dtype, pandas.CategoricalDtype) and len(frame) == len(trace)
    assert frame["neuron"].dtype == "Int32"
    for name in trace.columns:
        assert without_nan(frame[name]) == expected[name], name


def test_traces_in_every_library() -> None:
    trace = sm.run("digits-mlp", chip="loihi", samples=1, trace=True).trace
    expected = trace.to_dict()
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert pyarrow.table(trace).to_pydict() == expected
    polars = pytest.importorskip("polars", reason="polars is not installed")
    assert polars.DataFrame(trace).to_dict(as_series=False) == expected


@pytest.mark.parametrize("samples", [1, 2])
def test_traces_as_counts_by_step_and_core(samples: int) -> None:
    pytest.importorskip("xarray", reason="xarray is not installed")
    run = sm.run("digits-mlp", chip="loihi", samples=2, trace={"samples": samples})
    trace, counts = run.trace, run.trace.to_xarray()
    dims = ("sample", "step", "core") if samples > 1 else ("step", "core")
    assert counts["spikes"].dims == dims and counts.sizes["core"] == trace.cores
    on_cores = (trace["event"] == "spike") & ~np.isnan(trace["core"].astype(float))
    assert int(counts["spikes"].sum()) == int(on_cores.sum()) > 0
    first = {"sample": 0} if samples > 1 else {}
    rows = on_cores & (trace["sample"] == 0) & (trace["step"] == 3) & (trace["core"] == 0)
    assert int(counts["spikes"].isel(**first).sel(step=3, core=0)) == int(rows.sum())
    assert (np.diff(counts["start_ns"].isel(**first)) > 0).all()


@pytest.mark.parametrize("chip", ["loihi", "sram_mesh", "spinnaker1", "crossbar", "paicore"])
def test_energies_of_layers_are_those_of_their_cores(chip: str) -> None:
    """What the host does, barriers and power at rest belong to no layer: all else does."""
    run = sm.run("digits-mlp", chip=chip, samples=5)
    units = run.table("units")
    by_unit = dict(zip(units["unit"], np.nan_to_num(units["energy_pj"])))
    others = sum(by_unit[unit] for unit in ["encoder", "host_io", "readout", "reset", "sync", "static"])
    assert run.table("layers")["energy_pj"].sum() + others == pytest.approx(run.energy_pj.mean, rel=1e-12)
