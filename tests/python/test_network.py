"""Networks by name, from NIR graphs, and from arrays; samples and spikes in memory."""

import copy
import io
import json
import os
import pickle
import signal
from pathlib import Path

import numpy as np
import pytest

import spikemesh as sm
from conftest import clocks, interrupt_soon, seconds_since

EVENT = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "<i8")])
# What may differ between equal runs.
VARIES = ("threads", "wall_seconds", "host")


def figures(run):
    report = json.loads(run.json())
    for name in VARIES:
        report.pop(name, None)
    return report


def counts(run):
    report = figures(run)
    return report["per_inference"], report.get("accuracy"), run.predictions.tolist()


@pytest.fixture(scope="module")
def nir():
    return pytest.importorskip("nir", reason="the package nir is not installed here")


def graph_of(nir, weight=None, threshold=1.0):
    weight = np.eye(3, 4, dtype=np.float32) if weight is None else weight
    count = len(weight)
    return nir.NIRGraph(
        nodes={
            "input": nir.Input(input_type={"input": np.array([weight.shape[1]])}),
            "affine": nir.Affine(weight=weight, bias=np.zeros(count, dtype=np.float32)),
            "if": nir.IF(r=np.ones(count), v_threshold=np.full(count, threshold), v_reset=np.zeros(count)),
            "output": nir.Output(output_type={"output": np.array([count])}),
        },
        edges=[("input", "affine"), ("affine", "if"), ("if", "output")],
    )


def raster(steps=10, inputs=4, kind=bool):
    values = np.zeros((steps, inputs), dtype=kind)
    values[::2, 1] = 1
    return values


def test_a_network_by_name_is_that_of_the_command_line():
    network = sm.Network("digits-mlp")
    assert (network.name, network.kind, network.time_steps) == ("digits-mlp", "untrained", 4)
    by_name, loaded = sm.run("digits-mlp", chip="loihi", samples=5), sm.run(network, chip="loihi", samples=5)
    assert figures(by_name) == figures(loaded)
    with pytest.raises(ValueError, match='unknown network "digits-mpl".*did you mean "digits-mlp"'):
        sm.Network("digits-mpl")
    with pytest.raises(TypeError, match="expected a name or a path"):
        sm.Network(3)


def test_graphs_in_memory_and_in_files_are_the_same(nir, tmp_path):
    graph = graph_of(nir)
    nir.write(tmp_path / "graph.nir", graph)
    spikes = raster()
    runs = [
        sm.run(graph, chip="loihi", spikes=spikes),
        sm.run(graph.to_dict(), chip="loihi", spikes=spikes),
        sm.run(tmp_path / "graph.nir", chip="loihi", spikes=spikes),
        sm.run(sm.Network.from_nir(graph, spikes=spikes), chip="loihi", spikes=spikes),
        sm.run(sm.Network.from_nir(graph), chip="loihi", spikes=spikes),
    ]
    assert len({json.dumps(figures(run)["per_inference"]) for run in runs}) == 1
    # The report has the comparison with the graph in real numbers, on these spikes.
    compared = figures(runs[0])["imported"]["layers"][-1]
    assert compared["spikes_real"] == compared["spikes"] > 0


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
def test_rasters_of_all_types_of_number_are_the_same(nir, kind):
    network = sm.Network.from_nir(graph_of(nir))
    wanted = figures(sm.run(network, chip="loihi", spikes=raster()))["per_inference"]
    spikes = raster(kind=kind)
    for one in (spikes, np.asfortranarray(spikes), np.repeat(spikes, 2, axis=0)[::2], {"input": spikes}):
        assert figures(sm.run(network, chip="loihi", spikes=one))["per_inference"] == wanted


def test_spikes_that_do_not_fit_are_errors(nir):
    network = sm.Network.from_nir(graph_of(nir))
    for spikes, message in [
        (raster(inputs=5), 'spikes of 5 neurons, the input "input" has 4'),
        (raster(kind=np.uint8) * 2, "2, expected 0 or 1"),
        (np.full((3, 4), 0.5), "0.5"),
        ({"inptu": raster()}, "inptu"),
        ("random:rate=2", "rate"),
        (np.zeros(3, EVENT), "spikemesh.raster"),
        (np.zeros((2, 4), object), "object"),
    ]:
        with pytest.raises((ValueError, TypeError, sm.FileError), match=message):
            sm.run(network, chip="loihi", spikes=spikes)
    with pytest.raises(TypeError, match="expected an array of steps x inputs"):
        sm.run(network, chip="loihi", spikes=3)
    with pytest.raises(ValueError, match="spikes: a layered network takes samples"):
        sm.run("digits-mlp", chip="loihi", spikes=raster())
    with pytest.raises(ValueError, match="spikes: with data the input is the samples"):
        sm.run(network, chip="loihi", spikes=raster(), data="digits")


def test_options_of_an_import_are_those_of_the_command(nir):
    graph = graph_of(nir, np.array([[0.4, 0.4, 0.4, 0.4]], np.float32))
    spikes = np.ones((19, 4), bool)
    of = lambda **more: sm.Network.from_nir(graph, spikes=spikes, **more).deviation["layers"][-1]["spikes"]  # noqa: E731
    # 1.6 a step: to zero it spikes each step; what is left over is kept by subtraction, but a step has one spike at most.
    assert of() == of(reset="zero") == 19
    # 19 times 1.6 are 30.4.
    assert of(max_spikes=4, reset="subtract") == 30
    with pytest.raises(ValueError) as error:
        sm.Network.from_nir(graph, reset="zeor", fires="here")
    assert 'reset: found "zeor"' in str(error.value) and 'did you mean "zero"' in str(error.value)
    assert "fires: " in str(error.value), "all problems at once"
    with pytest.raises(sm.FileError) as problems:
        sm.Network.from_nir(graph, bits=(40, 24), max_spikes=0)
    assert [path for path, _ in problems.value.problems] == ["bits.weight", "max_spikes"]
    for wrong in (3, None, {"edges": []}, object()):
        with pytest.raises(TypeError, match="expected a nir.NIRGraph"):
            sm.Network.from_nir(wrong)


def test_the_deviation_is_that_of_the_command(nir):
    random = np.random.default_rng(3)
    network = sm.Network.from_nir(graph_of(nir, random.normal(size=(6, 4)).astype(np.float32)), bits=(3, 24))
    deviation = network.deviation
    assert deviation["schema"] == "spikemesh.import/1" and deviation["steps"] == 100
    assert deviation["layers"][-1]["weight_rounding"] > 0.01
    assert "saturated" in str(network) and "root mean square" in str(network)
    assert sm.Network("digits-mlp").deviation is None
    assert any(note.startswith("imported from NIR") for note in network.notes)
    assert network.inputs == [("input", 4)]


def test_a_trained_network_is_a_graph_and_comes_back(nir):
    graph = sm.Network("digits-mlp").to_nir()
    assert isinstance(graph, nir.NIRGraph)
    again = sm.Network.from_nir(graph)
    run = sm.run(again, chip="loihi", data="digits", samples=60)
    wanted = sm.run("digits-mlp", chip="loihi", samples=60)
    assert run.predictions.tolist() == wanted.predictions.tolist()
    # The real network is run beside it.
    assert figures(run)["real_network"]["samples_of_another_class"] == 0
    imported = again.to_nir()
    assert sorted(imported.nodes) == sorted(graph.nodes)
    with pytest.raises(ValueError, match="a sparse network"):
        sm.Network.sparse([0], [1], [1], neurons=2).to_nir()


def test_networks_are_pickled_with_what_they_are_compared_with(nir, tmp_path):
    weight = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    imported = sm.Network.from_nir(graph_of(nir, weight), spikes=raster(), name="mine")
    sparse = sm.Network.sparse([0, 1], [1, 2], [30, 40], neurons=3)
    imported.save(tmp_path / "mine")
    for network, options in [
        (sm.Network("digits-mlp"), {"samples": 3}),
        (sm.Network("random:seed=1,neurons=64,cores=2"), {"steps": 5}),
        (imported, {"spikes": raster()}),
        (sm.Network(tmp_path / "mine"), {"spikes": raster()}),
        (sparse, {"spikes": np.eye(3, dtype=bool)}),
    ]:
        again = pickle.loads(pickle.dumps(network))
        assert (again.name, again.kind, again.deviation) == (network.name, network.kind, network.deviation)
        one, two = (figures(sm.run(each, chip="loihi", **options)) for each in (network, again))
        one.pop("origins", None), two.pop("origins", None)
        assert one == two
        assert copy.deepcopy(network) is network
    with pytest.raises(sm.FileError):
        sm.Network._of_files("x", [("../network.json", b"{}")])
    with pytest.raises(sm.FileError):
        sm.Network._of_files("x", [("network.json", b"{}")])


def test_networks_of_arrays():
    ring = np.arange(16)
    network = sm.Network.sparse(ring, (ring + 1) % 16, np.full(16, 64, np.int16), neurons=16)
    spikes = np.zeros((20, 16), bool)
    spikes[0, 0] = True
    run = sm.run(network, chip="loihi", spikes=spikes)
    # One synapse of the input, and one after each spike on the ring, in steps 2 to 21: a run ends when the last has acted.
    assert run.synaptic_operations.mean == 21
    by_hand = sm.Network.sparse(
        [*range(16), *range(16, 32)],
        [*range(16, 32), *((ring + 1) % 16 + 16)],
        np.full(32, 64),
        neurons=[{"name": "in", "size": 16, "input": True}, {"size": 16, "neuron": {"model": "if", "reset": "zero"}, "threshold": 64}],
    )
    assert sm.run(by_hand, chip="loihi", spikes=spikes).synaptic_operations.mean == 21
    assert by_hand.inputs == [("in", 16)]
    late = sm.Network.sparse(ring, (ring + 1) % 16, np.full(16, 64), neurons=16, delay=4)
    assert sm.run(late, chip="loihi", spikes=spikes).synaptic_operations.mean < 10


def test_arrays_that_are_no_network_are_errors():
    for arguments, more, message in [
        (([0, 1], [1], [3]), {"neurons": 2}, "2 neurons in pre, 1 in post, 1 weights"),
        (([0], [2], [3]), {"neurons": 2}, r"post\[0\]: found 2, allowed: 0 to 1"),
        (([-1], [0], [3]), {"neurons": 2}, r"pre\[0\]: found -1"),
        (([0], [1], [0.5]), {"neurons": 2}, "weight: some values are not whole"),
        (([0], [1], [np.nan]), {"neurons": 2}, "weight: some values are not whole"),
        (([0], [1], [1 << 40]), {"neurons": 2}, r"weight\[0\]"),
        (([0], [1], [3]), {"neurons": 2, "delay": [-1]}, r"delay\[0\]: found -1"),
        (([0], [1], [3]), {"neurons": 0}, "neurons: found 0"),
        (([0], [1], [3]), {"neurons": [{"size": 2, "input": 1}, {}]}, r"(?s)\[0\]: input: expected True.*\[1\]: size: missing"),
        (([[0]], [1], [3]), {"neurons": 2}, "expected one of one dimension"),
    ]:
        with pytest.raises(ValueError, match=message):
            sm.Network.sparse(*arguments, **more)
    with pytest.raises(sm.FileError) as error:
        sm.Network.sparse([0], [1], [3], neurons=[{"size": 2, "treshold": 3, "neuron": {"model": "fi"}}])
    assert len(error.value.problems) >= 2, error.value.problems


def test_samples_in_memory_are_those_of_the_data_set():
    x_test, y_test = sm.dataset("digits")[2]
    wanted = counts(sm.run("digits-mlp", chip="loihi", samples=40))
    flat, whole = x_test[:40].reshape(40, 64), np.round(x_test[:40] * 16).astype(np.uint8)
    for data in [(x_test[:40], y_test[:40]), (flat, y_test[:40].astype(np.int64)), (whole, y_test[:40])]:
        assert counts(sm.run("digits-mlp", chip="loihi", data=data)) == wanted
    samples = sm.Samples(whole, y_test[:40], full_scale=16)
    assert len(samples) == 40 and counts(sm.run("digits-mlp", chip="loihi", data=samples)) == wanted


def test_samples_that_do_not_fit_are_errors():
    x, y = sm.dataset("digits")[2]
    for data, message in [
        ((x[:, :, :5], y), "digits-mlp reads samples of 1x8x8"),
        ((x, y[:9]), "9 labels for 400 samples"),
        ((x + 1, y), "1.0|expected"),
        ((x.astype(object), y), "object"),
        ((x, y.astype(float) + 0.5), "labels"),
        (sm.Samples(x, y, full_scale=255), "values of 0 to 16, arrays has values of 0 to 255"),
        ("digtis", 'unknown data set "digtis"'),
    ]:
        with pytest.raises((ValueError, TypeError, sm.FileError), match=message):
            sm.run("digits-mlp", chip="loihi", data=data)
    with pytest.raises(TypeError, match="expected samples and labels"):
        sm.run("digits-mlp", chip="loihi", data=(x, y, x))
    with pytest.raises(TypeError, match="data: expected a name"):
        sm.run("digits-mlp", chip="loihi", data=x)
    with pytest.raises(ValueError, match="encode: found"):
        sm.run("digits-mlp", chip="loihi", encode="rat")


def recordings(count=6):
    random = np.random.default_rng(5)
    for _ in range(count):
        events = np.zeros(300, EVENT)
        events["x"], events["y"] = random.integers(0, 9, 300), random.integers(0, 8, 300)
        events["t"], events["p"] = np.sort(random.integers(0, 100_000, 300)), random.integers(0, 2, 300)
        yield events


def test_events_are_cut_into_steps():
    events = np.array([(0, 0, 0, 0), (8, 7, 10, 1), (8, 7, 11, 1), (3, 2, 39, 0)], EVENT)
    found = sm.raster(events, sensor=(9, 8, 2), steps=4)
    assert found.shape == (4, 144) and found.dtype == bool
    # OFF first, row by row, then ON; two events of a pixel in a step are one spike.
    assert np.argwhere(found).tolist() == [[0, 0], [1, 72 + 7 * 9 + 8], [3, 2 * 9 + 3]]
    assert np.argwhere(sm.raster(events, sensor=(9, 8), steps=2, bin_us=15))[:, 0].tolist() == [0, 0]
    with pytest.raises(sm.FileError, match="outside the sensor of 4 x 8 pixels"):
        sm.raster(events, sensor=(4, 8), steps=2)
    for wrong in (np.zeros(3), events[["x", "y"]], [1, 2]):
        with pytest.raises(sm.FileError):
            sm.raster(wrong, sensor=(9, 8), steps=2)


def test_recordings_are_those_of_a_folder(nir, tmp_path):
    all_of = list(recordings())
    labels = np.arange(6) % 3
    for index, (events, label) in enumerate(zip(all_of, labels)):
        folder = tmp_path / "data" / "test" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{index}.npy", events)
    (tmp_path / "data" / "sensor.json").write_text('{"width": 9, "height": 8}')
    weight = np.random.default_rng(3).normal(size=(3, 144)).astype(np.float32)
    network = sm.Network.from_nir(graph_of(nir, weight), spikes="random:rate=0.2,steps=12")
    memory = sm.Samples(all_of, labels, sensor=(9, 8, 2))
    one = sm.run(network, chip="loihi", data=memory, steps=12)
    two = sm.run(network, chip="loihi", data=tmp_path / "data", steps=12)
    assert one.spikes.mean > 0 and counts(one) == counts(two)
    trains = np.stack([sm.raster(events, sensor=(9, 8), steps=12) for events in all_of])
    three = sm.run(network, chip="loihi", data=(trains, labels))
    assert counts(three) == counts(one)
    with pytest.raises(ValueError, match="width and the height of the sensor"):
        sm.run(network, chip="loihi", data=(all_of, labels))
    with pytest.raises(TypeError, match="a list with one for each sample"):
        sm.run(network, chip="loihi", data=(all_of[0], labels))


def test_damaged_graphs_are_errors(nir, tmp_path):
    file = io.BytesIO()
    nir.write(file, graph_of(nir))
    path = tmp_path / "graph.nir"
    path.write_bytes(file.getvalue()[:2000])
    with pytest.raises(sm.FileError) as error:
        sm.Network(path)
    assert error.value.file.endswith("graph.nir") and error.value.problems
    with pytest.raises(sm.FileError, match="cannot be read"):
        sm.Network(tmp_path / "none.nir")
    unknown = graph_of(nir)
    unknown.nodes["if"].v_threshold = np.full(3, np.nan)
    with pytest.raises(sm.FileError) as error:
        sm.run(unknown, chip="loihi")
    assert any("v_threshold" in path and "NaN" in message for path, message in error.value.problems), error.value.problems


def test_an_interrupt_ends_an_import(nir):
    """Of a graph that takes long to compare, and of synapses that are many."""
    weight = np.random.default_rng(1).normal(size=(1500, 1500)).astype(np.float32)
    graph = graph_of(nir, weight)
    sent = interrupt_soon(2.0)
    with pytest.raises(KeyboardInterrupt) as caught:
        sm.Network.from_nir(graph, spikes="random:rate=0.02,steps=100000")
    assert seconds_since(sent[0]) < 0.5 and getattr(caught.value, "partial", None) is None
    assert sm.Network.from_nir(graph_of(nir)).kind == "sparse"


def test_an_interrupt_ends_the_comparison_after_a_run(nir):
    """What was run is kept: only the comparison with real numbers is missing."""
    weight = np.random.default_rng(1).normal(size=(64, 1000)).astype(np.float32)
    network = sm.Network.from_nir(graph_of(nir, weight), spikes="random:rate=0.02,steps=20000")
    sent = []

    def once_it_is_run(done, of):
        if done == of and not sent:
            sent.append(clocks())
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        sm.run(network, chip="loihi", progress=once_it_is_run)
    assert seconds_since(sent[0]) < 0.5
    run = caught.value.partial
    assert not run.interrupted and run.energy_pj.mean > 0 and "imported" not in run.to_dict()


@pytest.mark.parametrize("own", [{}, {"neuron": {"model": "if", "threshold": 0.5, "reset": "subtract"}}])
def test_an_untrained_network_of_a_file_is_pickled(own, tmp_path):
    file = json.loads((Path(__file__).parents[2] / "src/cli/init/network.json").read_text())
    file["layers"][1].update(own)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(file))
    network = sm.Network(path)
    mapping = sm.map(network, "loihi")
    texts = pickle.dumps(network), pickle.dumps(mapping)
    path.unlink()
    again, mapped = map(pickle.loads, texts)
    assert (again.name, again.kind, again.time_steps) == (network.name, "untrained", network.time_steps)
    assert mapped == mapping == sm.map(again, "loihi")


def test_a_pickled_network_keeps_its_origin_and_notes(nir, tmp_path):
    network = sm.Network.from_nir(graph_of(nir), notes=["said by hand"])
    assert "said by hand" in network.notes and network.notes == pickle.loads(pickle.dumps(network)).notes
    network.save(tmp_path / "mine")
    loaded = sm.Network(tmp_path / "mine")
    run = sm.run(loaded, chip="loihi", spikes=raster())
    again = sm.run(pickle.loads(pickle.dumps(loaded)), chip="loihi", spikes=raster())
    assert figures(run)["origins"] == figures(again)["origins"] != []
    assert figures(run) == figures(again) and "said by hand" in run.notes
