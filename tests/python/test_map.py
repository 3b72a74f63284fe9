"""Mappings through the package: what fits, which neuron is on which core, and what its packets cost."""

import copy
import json
import os
import pickle
import signal
import subprocess
import threading

import numpy
import pytest
from conftest import clocks, seconds_since

import spikemesh as sm

PROGRAM = os.environ.get("SPIKEMESH_PROGRAM")
# Networks of which a search of 10^11 moves takes hours.
SMALL, LARGE = (f"random:seed=1,neurons={neurons},cores={neurons // 64}" for neurons in (256, 1024))
SEARCH = {"placer": "annealing", "partitioner": "multilevel", "cores": 12}


def test_a_mapping_has_the_core_of_each_neuron():
    mapping = sm.map("digits-mlp", "loihi", cores=12)
    core_of = mapping.core_of
    assert core_of.dtype == numpy.int32 and core_of.shape == (128 + 64 + 10,)
    assert len(numpy.unique(core_of)) == mapping.cores == mapping.traffic.cores == 12
    assert mapping.network == "digits-mlp" and mapping.chip == "loihi"
    assert mapping.traffic.packets == mapping.to_dict()["traffic"]["packets"] > 0
    assert mapping.before.cores < 12 and not mapping.interrupted and not mapping.violations


def test_neurons_in_another_order_keep_their_numbers(tmp_path):
    mapping = sm.map("digits-cnn", "loihi", partitioner="multilevel", budget=1000)
    path = tmp_path / "mapping.json"
    mapping.save(path)
    site_of = {}
    for core in json.loads(path.read_text())["cores"]:
        for part in core.get("parts", [core]):
            for first, last in part["neurons"]:
                site_of |= {(part["population"], neuron): core["site"] for neuron in range(first, last + 1)}
    first_layer = mapping.to_dict()["per_layer"][0]
    start = numpy.argmax(mapping.core_of >= 0)
    mine = mapping.core_of[start : start + first_layer["neurons"]]
    assert mine.tolist() == [site_of[first_layer["layer"], neuron] for neuron in range(first_layer["neurons"])]
    with pytest.raises(FileExistsError):
        mapping.save(path)
    mapping.save(path, overwrite=True)


def test_tables_have_what_the_report_has():
    mapping = sm.map("digits-mlp", "loihi", cores=40)
    cores, layers, links = (mapping.table(name) for name in ("cores", "layers", "links"))
    numbers, counts = numpy.unique(mapping.core_of, return_counts=True)
    assert dict(zip(cores["core"], cores["neurons"])) == dict(zip(numbers, counts))
    for row in mapping.to_dict()["per_layer"]:
        at = list(layers["layer"]).index(row["layer"])
        assert [layers[name][at] for name in ("neurons", "cores", "synapses")] == [row[name] for name in ("neurons", "cores", "synapses")]
    assert cores["synapses"].sum() == layers["synapses"].sum()
    name, packets = mapping.traffic.busiest_link
    assert links["packets"].max() == packets == links["packets"][list(links["link"]).index(name)]
    with pytest.raises(KeyError, match="cores"):
        mapping.frame("core")


def test_a_run_takes_a_mapping_and_its_file(tmp_path):
    mapping = sm.map("digits-mlp", "loihi", cores=12)
    mapping.save(tmp_path / "mapping.json")
    runs = [sm.run("digits-mlp", chip="loihi", samples=3, mapping=of) for of in (mapping, tmp_path / "mapping.json")]
    assert runs[0].energy_pj == runs[1].energy_pj
    assert runs[0].hops.mean > sm.run("digits-mlp", chip="loihi", samples=3).hops.mean
    again = sm.map("digits-mlp", "loihi", mapping=mapping)
    assert (again.core_of == mapping.core_of).all()
    with pytest.raises(sm.FileError):
        sm.run("digits-mlp", chip="sram_mesh", samples=1, mapping=mapping)


def test_what_fits_has_no_violations():
    assert sm.fit("digits-mlp", "loihi") == []
    broken = sm.fit("fashion-cnn", "odin")
    assert broken and all(one.needed > one.allowed and one.remedy in str(one) for one in broken)
    assert "core.membrane_bits" in [one.limit for one in broken]


@pytest.mark.parametrize("chip", sm.chips())
def test_fit_agrees_with_run(chip):
    broken = sm.fit("digits-mlp-loihi", chip)
    if not broken:
        assert sm.run("digits-mlp-loihi", chip=chip, samples=1).samples == 1
        return
    with pytest.raises(sm.FitError) as caught:
        sm.run("digits-mlp-loihi", chip=chip, samples=1)
    mine, theirs = ([str(one) for one in of] for of in (broken, caught.value.violations))
    assert mine == theirs or not theirs


def test_limits_may_be_reported_instead():
    with pytest.raises(sm.FitError):
        sm.map("digits-mlp", "loihi", set={"core.max_axons_in": 8})
    mapping = sm.map("digits-mlp", "loihi", set={"core.max_axons_in": 8}, limits="report")
    assert [one.limit for one in mapping.violations] == ["core.max_axons_in"]
    assert mapping.to_dict()["limit_violations"] == [str(one) for one in mapping.violations]


@pytest.mark.skipif(PROGRAM is None, reason="SPIKEMESH_PROGRAM names no program to compare with")
@pytest.mark.parametrize(
    "options",
    [{}, {"cores": 9}, {"placer": "annealing", "budget": 5000}, {"profile": 3}, {"set": {"core.max_neurons": 40}}],
)
def test_reports_are_those_of_the_command_line(options, tmp_path):
    path = tmp_path / "map.json"
    command = [PROGRAM, "map", "--network", "digits-cnn", "--chip", "loihi", "--json", path]
    for name, value in options.items():
        values = [f"{key}={number}" for key, number in value.items()] if name == "set" else [str(value)]
        command += [f"--{name}", *values]
    subprocess.run(command, check=True, capture_output=True)
    mapping = sm.map("digits-cnn", "loihi", **options)
    mine, theirs = json.loads(mapping.json()), json.loads(path.read_text())
    assert mine["host"].pop("command") != theirs["host"].pop("command")
    assert json.dumps(mine) == json.dumps(theirs)
    printed = subprocess.run(command[:-2] if not options else [*command[:6], *command[8:]], capture_output=True, text=True)
    assert printed.stdout.split()[:3] == str(mapping).split()[:3]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"placer": "anealing"}, "annealing"),
        ({"partitioner": 7}, "partitioner"),
        ({"limits": "reprot"}, "report"),
        ({"cores": 0}, "cores"),
        ({"budget": 0}, "budget"),
        ({"profile": -1}, "profile"),
        ({"set": {"core.max_neuron": 3}}, "core.max_neurons"),
        ({"mapping": 7}, "mapping"),
    ],
)
def test_wrong_arguments(options, text):
    with pytest.raises((ValueError, TypeError), match=text):
        sm.map("digits-mlp", "loihi", **options)


def test_untrained_networks_are_mapped_by_their_shape():
    assert "not trained yet" in sm.map("digits-saccades", "loihi").notes[0]


@pytest.mark.parametrize(
    "options",
    [{}, {"partitioner": "multilevel", "budget": 1000, "cores": 9}, {"profile": 10}, {"set": {"core.max_neurons": 100}}],
)
def test_mappings_are_pickled(options, tmp_path):
    mapping = sm.map("digits-cnn", "loihi", **options)
    for again in (pickle.loads(pickle.dumps(mapping)), copy.deepcopy(mapping)):
        assert again == mapping and again.json() == mapping.json() and again.text() == mapping.text()
        assert again.notes == mapping.notes and again.savings == mapping.savings and again.html() == mapping.html()
        assert (again.core_of == mapping.core_of).all() and again.table("links") == mapping.table("links")
    assert pickle.loads(pickle.dumps(again)) == mapping
    run = sm.run("digits-cnn", chip=sm.Chip("loihi", set=options.get("set")), samples=2, mapping=again)
    assert run.mismatched_samples == 0
    mapping.save(tmp_path / "mapping.json")
    given = sm.map("digits-cnn", "loihi", mapping=tmp_path / "mapping.json", set=options.get("set"))
    assert pickle.loads(pickle.dumps(given)) == given


def test_a_mapping_with_broken_limits_is_pickled():
    broken = sm.map("digits-mlp", "loihi", set={"core.max_axons_in": 8}, limits="report")
    again = pickle.loads(pickle.dumps(broken))
    assert (again.core_of == broken.core_of).all() and again.traffic == broken.traffic
    assert again == broken and again.violations == broken.violations != []
    assert any("not split" in one.remedy for one in again.violations)


def test_interruption_has_the_best_mapping_so_far():
    times = []

    def interrupt():
        times.append(clocks())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(1, interrupt).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        sm.map(LARGE, "loihi", budget=10**11, **SEARCH)
    assert seconds_since(times[0]) < 0.5
    partial = caught.value.partial
    assert partial.interrupted and partial.to_dict()["interrupted"] and (partial.core_of >= 0).any()
    again = pickle.loads(pickle.dumps(partial))
    assert again == partial and again.interrupted


def test_interruption_is_of_one_search():
    """The search of another thread goes on to its end."""
    found = []
    alone = sm.map(SMALL, "loihi", budget=20_000, **SEARCH)
    other = threading.Thread(target=lambda: found.append(sm.map(SMALL, "loihi", budget=20_000, **SEARCH)))
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        other.start()
        sm.map(LARGE, "loihi", budget=10**11, **SEARCH)
    other.join()
    assert not found[0].interrupted and (found[0].core_of == alone.core_of).all()
