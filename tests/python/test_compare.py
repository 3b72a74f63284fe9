"""Comparisons: the command line's figures, and what a comparison can be turned into."""

import copy
import json
import os
import pickle
import signal
import threading

import pytest

import spikemesh as sm
from conftest import clocks, interrupt_soon, seconds_since

CHIPS = ["loihi", "sram_mesh"]
AXES = {"core.max_neurons": [48, 64]}


@pytest.fixture(scope="module")
def found():
    return sm.compare("digits-mlp", CHIPS, AXES, samples=5)


def test_a_comparison_is_that_of_the_command_line(found, program):
    report = program.json(
        "compare", "--network", "digits-mlp", "--chips", "loihi,sram_mesh", "--set", "core.max_neurons=48,64", "--samples", "5"
    )
    own = json.loads(found.json())
    # The command that was given is all that differs.
    assert own.pop("host") == {"command": "spikemesh.compare"} and report.pop("host")
    assert json.dumps(own) == json.dumps(report)
    assert found.to_dict() == json.loads(found.json())


def test_rows_are_in_the_order_of_the_plan_for_any_number_of_threads(found):
    assert [row["number"] for row in found.to_dict()["rows"]] == [1, 2, 3, 4]
    again = sm.compare("digits-mlp", CHIPS, AXES, samples=5, threads=1)
    assert again.json() == found.json() and again == found


def test_a_comparison_is_a_table(found):
    table = found.frame()
    assert len(table) == 4
    columns = list(table.columns)
    assert columns[:3] == ["number", "chip", "core.max_neurons"] and "energy_pj" in columns and "pareto" in columns
    assert list(table["core.max_neurons"]) == [48, 64, 48, 64]
    assert len(found.pareto()) == int(table["pareto"].sum())
    front = found.pareto("latency_ns")
    assert 1 <= len(front) < 4 and min(front["latency_ns"]) == min(table["latency_ns"])
    with pytest.raises(ValueError, match='did you mean "latency_ns"'):
        found.pareto("latncy_ns")


def test_a_table_goes_to_other_libraries(found):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = pyarrow.table(found)
    assert table.num_rows == 4 and table.column("core.max_neurons").to_pylist() == [48, 64, 48, 64]
    assert table.column("energy_pj").to_pylist() == list(found.table["energy_pj"])


def test_a_comparison_is_kept_in_a_file(tmp_path, found, program):
    path = tmp_path / "c.json"
    found.save(path)
    assert path.read_text() == found.json()
    found.save(path)
    assert sm.load(path) == found
    path.write_text("a letter")
    with pytest.raises(FileExistsError, match="overwrite"):
        found.save(path)
    found.save(path, overwrite=True)
    # One of the command line.
    arguments = ["--network", "digits-mlp", "--chips", "loihi,sram_mesh", "--set", "core.max_neurons=48,64", "--samples", "5"]
    program.run("compare", "--quiet", *arguments, "--json", str(tmp_path / "own.json"))
    assert sm.load(tmp_path / "own.json") == found
    path.write_text(found.json().replace('"number": 4', '"number": 5'))
    with pytest.raises(sm.FileError) as caught:
        sm.load(path)
    assert caught.value.problems[0][0] == "rows[3].number"


def test_a_comparison_is_text_csv_and_a_page(found):
    assert found.csv().splitlines()[0].startswith("number,chip,core.max_neurons,status,reason,")
    assert len(found.csv().splitlines()) == 5
    assert found.html().startswith("<!DOCTYPE html>") and "Comparison: digits-mlp" in found.html()
    shown = found._repr_html_()
    assert "<table" in shown and "<script" not in shown
    assert "digits-mlp" in repr(found)


@pytest.mark.parametrize("options", [{}, {"common_terms": True}, {"pareto": ["energy_pj", "latency_ns"]}])
def test_copies_are_equal(options):
    found = sm.compare("digits-mlp", CHIPS, AXES, samples=3, **options)
    for other in [pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)]:
        assert other == found and other.json() == found.json()


def test_configurations_that_do_not_fit_give_the_reason():
    found = sm.compare("digits-mlp", "loihi", {"core.max_neurons": [1, 64], "mesh.width": [1], "mesh.height": [1]}, samples=2)
    rows = found.to_dict()["rows"]
    assert "does not fit" in rows[0]["reason"] and "reason" not in rows[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chips": ["lohi"]}, 'did you mean "loihi"'),
        ({"axes": {"core.max_neuron": [1]}}, "core.max_neuron"),
        ({"axes": {"steps": [0]}}, "steps"),
        ({"axes": {"steps": [1, 1]}}, "twice"),
        ({"axes": {"steps": []}}, "steps"),
        ({"axes": {"steps": [1, 2], "seed": [1]}, "zip": True}, "zip: found 2 of steps, 1 of seed values"),
        ({"axes": {"core.max_neurons": "2..8:lag"}}, "linear"),
        ({"axes": {"core.max_neurons": [0, 64]}}, "axes: core.max_neurons=0: "),
        ({"axes": {"learning_rate": [0.1]}}, "add retrain"),
        ({"axes": {"width.dens1": [8]}, "retrain": True}, 'did you mean "width.dense1"'),
        ({"network": "random:seed=1,neurons=64,cores=4", "samples": 3}, "samples: compare runs a sparse network once"),
        ({"chunksize": 3}, "executor"),
        ({"profile": -1}, "profile"),
        ({"seed": -1}, "seed"),
        ({"samples": 0}, "samples"),
        ({"samples": 10**6}, "samples"),
        ({"timing": "evnt"}, 'did you mean "event"'),
        ({"placer": "hilbrt"}, 'did you mean "hilbert"'),
        ({"limits": "enforced"}, "enforce"),
        ({"pareto": "energy"}, "energy_pj"),
        ({"common_terms": True, "allow_mixed": True}, "allow_mixed"),
        ({"threads": 0}, "threads"),
        ({"chips": ["loihi", "loihi"]}, "twice"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(options, message):
    with pytest.raises((ValueError, sm.SpikemeshError)) as caught:
        sm.compare(**{"network": "digits-mlp", "samples": 2, **options})
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize("axes", [5, "steps", [("steps", [1])]])
def test_axes_are_a_dict(axes):
    for asked in (lambda: sm.compare("digits-mlp", "loihi", axes, samples=2), lambda: sm.space("loihi", axes)):
        with pytest.raises(TypeError, match="axes: expected a dict"):
            asked()


def test_values_in_step_may_be_there_twice():
    found = sm.compare("digits-mlp", "loihi", {"steps": [2, 2, 4], "core.max_neurons": [48, 64, 48]}, zip=True, samples=2)
    rows = [row["values"] for row in found.to_dict()["rows"]]
    assert rows == [{"steps": str(t), "core.max_neurons": str(n)} for t, n in [(2, 48), (2, 64), (4, 48)]]


def test_ranges_are_axes_and_a_space_has_their_values():
    found = sm.compare("digits-mlp", "loihi", {"core.max_neurons": "32..128:log:3"}, samples=2)
    assert found.axes == [("core.max_neurons", ["32", "64", "128"])]
    space = sm.space(CHIPS, {"core.max_neurons": "32..128:log:3", "steps": [4, 1], "placer": ["linear"], "clock.mhz": [1.5, 1]})
    assert space["chip"] == CHIPS and space["core.max_neurons"] == [32, 64, 128] and space["steps"] == [1, 4]
    assert space["placer"] == ["linear"] and space["clock.mhz"] == [1, 1.5]
    with pytest.raises(ValueError, match="core.max_neurons"):
        sm.space("loihi", {"core.max_neuron": [1]})


def test_a_network_is_trained_for_its_rows(tmp_path):
    axes = {"width.dense1": [16, 32]}
    options = {"retrain": True, "cache_dir": tmp_path, "samples": 20}
    axes["epochs"] = [1]
    found = sm.compare("digits-mlp", "loihi", axes, **options)
    assert found.is_complete and len(list(tmp_path.iterdir())) >= 2
    assert sm.compare("digits-mlp", "loihi", axes, **options) == found


def test_a_journal_goes_on(tmp_path, found):
    journal = tmp_path / "rows.journal"
    first = sm.compare("digits-mlp", CHIPS, AXES, samples=5, journal=journal)
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == 5
    journal.write_text("".join(lines[:3]))
    again = sm.compare("digits-mlp", CHIPS, AXES, samples=5, journal=journal)
    assert first.json() == again.json() == found.json()
    assert len(journal.read_text().splitlines()) == 5
    with pytest.raises(sm.SpikemeshError, match="another comparison"):
        sm.compare("digits-mlp", CHIPS, AXES, samples=6, journal=journal)


def test_chips_with_changes_are_chips_of_their_own():
    chips = ["loihi", sm.Chip("loihi").set({"core.max_neurons": 64})]
    found = sm.compare("digits-mlp", chips, samples=2)
    assert found.chips == ["loihi", "loihi with core.max_neurons=64"]
    own = sm.compare("digits-mlp", "loihi", {"core.max_neurons": [64]}, samples=2)
    assert list(found.table["cores_used"])[1] == list(own.table["cores_used"])[0]


def test_networks_and_chips_are_objects_too(found):
    chips = [sm.Chip(name) for name in CHIPS]
    assert sm.compare(sm.Network("digits-mlp"), chips, AXES, samples=5).json() == found.json()


def test_progress_ends_at_all():
    seen = []
    sm.compare("digits-mlp", CHIPS, AXES, samples=5, progress=lambda done, of: seen.append((done, of)))
    assert seen and seen[-1][0] == seen[-1][1]
    assert all(one[0] <= other[0] for one, other in zip(seen, seen[1:]))


def test_an_interrupt_leaves_the_rows_that_were_found():
    threads, seen = threading.active_count(), []

    def after_two_rows(done, of):
        if done >= 800 and not seen:
            seen.append(clocks())
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        sm.compare("digits-mlp", "loihi", {"seed": range(400)}, samples=400, threads=1, progress=after_two_rows)
    assert seconds_since(seen[0]) < 5
    partial = caught.value.partial
    assert 0 < len(partial) < 400 and not partial.is_complete
    assert len(partial.frame()) == len(partial)
    assert pickle.loads(pickle.dumps(partial)) == partial
    assert threading.active_count() == threads
    # The interpreter is as it was.
    assert len(sm.compare("digits-mlp", "loihi", samples=2)) == 1


def test_an_interrupt_is_heard_before_the_first_row():
    """Chips of all configurations are read first."""
    sent = interrupt_soon()
    with pytest.raises(KeyboardInterrupt) as caught:
        sm.compare("digits-mlp", "loihi", {"core.max_neurons": range(8, 40_000)}, samples=1)
    assert seconds_since(sent[0]) < 0.5 and getattr(caught.value, "partial", None) is None


def test_an_interrupt_ends_a_search_for_a_mapping():
    """A row whose search was cut short is not one: what is left is that of a whole comparison."""
    axes, seen = {"placer": ["linear", "annealing"], "seed": range(40)}, []

    def at_once(done, of):
        if not seen:
            seen.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        sm.compare("digits-cnn", "loihi", axes, samples=1, progress=at_once)
    partial = caught.value.partial
    assert len(partial) < 80
    seeds = sorted({row["values"]["seed"] for row in partial.to_dict()["rows"]}, key=int)[:2]
    if seeds:
        whole = sm.compare("digits-cnn", "loihi", {**axes, "seed": seeds}, samples=1).to_dict()["rows"]
        figures = {tuple(row["values"].values()): row["figures"] for row in whole}
        ran = [row for row in partial.to_dict()["rows"] if row["values"]["seed"] in seeds]
        assert all(figures[tuple(row["values"].values())] == row["figures"] for row in ran)
