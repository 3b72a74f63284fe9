"""Trainings: the command line's network and history, and what is left of one that was stopped."""

import json
import os
import pickle
import signal

import numpy as np
import pytest

import spikemesh as sm


@pytest.fixture(scope="module")
def trained():
    return sm.train("digits-mlp", epochs=2, seed=3)


def test_a_training_is_that_of_the_command_line(tmp_path, program, trained):
    net, own = tmp_path / "net", tmp_path / "own"
    program.run("train", "--quiet", "--network", "digits-mlp", "--epochs", "2", "--seed", "3", "--out", str(net))
    history, report = trained.history.to_dict(), json.loads((net / "history.json").read_text())
    # The command also reads the chip of its page.
    report["digests"] = [known for known in report["digests"] if known["what"] != "chip"]
    assert json.dumps(history) == json.dumps(report)
    again = sm.train("digits-mlp", epochs=2, seed=3, out=own)
    assert again.history == trained.history and (own / "history.json").read_text() == again.history.json()
    for name in ["network.json", "weights.safetensors"]:
        assert (own / name).read_bytes() == (net / name).read_bytes(), name


def test_a_history_is_a_table(trained):
    history = trained.history
    table = history.frame()
    assert len(table) == len(history) == 2
    assert list(table["epoch"]) == [1, 2] and min(table["loss"]) > 0
    assert 0.5 < history.validation_accuracy <= 1 and 0.5 < history.test_accuracy <= 1
    assert history.chosen_epoch in (1, 2) and history.test_mse is None
    assert "digits-mlp" in repr(history) and "<table" in history._repr_html_()
    other = pickle.loads(pickle.dumps(history))
    assert other == history and other.json() == history.json()


def test_the_network_runs(trained):
    run = sm.run(trained, chip="loihi", samples=20)
    assert run.accuracy > 0.5 and run.mismatched_samples == 0
    other = pickle.loads(pickle.dumps(trained))
    assert other.history == trained.history
    assert sm.run(other, chip="loihi", samples=20).predictions.tolist() == run.predictions.tolist()


def test_a_folder_has_its_history(tmp_path, trained):
    trained.save(tmp_path / "net")
    assert sm.Network(tmp_path / "net").history == trained.history
    assert sm.Network("digits-mlp").history is None


def test_weights_are_trained_on(tmp_path, trained):
    tuned = sm.train(trained, epochs=1, fine_tune=True, weight_bits=4)
    assert tuned.history.to_dict()["settings"]["fine_tuned"] and tuned.history.to_dict()["weight_bits"] == 4
    trained.save(tmp_path / "net")
    with pytest.raises(ValueError, match="out: .* the network itself"):
        sm.train(tmp_path / "net", epochs=1, fine_tune=True, out=tmp_path / "net", overwrite=True)


def test_arrays_are_data():
    generator = np.random.default_rng(0)
    y = np.arange(240, dtype=np.uint8) % 10
    x = generator.integers(0, 4, (240, 8, 8), dtype=np.uint8)
    x[np.arange(240), y % 8, y // 8 * 4] = 16
    network = sm.train("digits-mlp", ((x[:200], y[:200]), (x[200:], y[200:])), epochs=2)
    assert len(network.history) == 2 and network.history.dataset == "arrays"
    assert network.history.test_accuracy is not None
    alone = sm.train("digits-mlp", (x, y), epochs=1)
    assert alone.history.test_accuracy is None and alone.history.validation_accuracy is not None
    assert sm.run(network, chip="loihi", data=(x[:10], y[:10])).samples == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs: found 0, allowed: 1 to 10000"),
        ({"epochs": 0, "batch": 1}, "batch: found 1"),
        ({"epochs": -1}, "epochs"),
        ({"rule": "tandm"}, 'did you mean "tandem"'),
        ({"stage_epochs": 2}, "stage_epochs: needs"),
        ({"anneal_epochs": 2}, "anneal_epochs: needs"),
        ({"steps": "8.."}, "8..2"),
        ({"schedule": "cosin"}, "cosine"),
        ({"loss": "mae"}, "cross_entropy"),
        ({"leak": 2.0}, "leak: found 2"),
        ({"for_chip": "lohi"}, 'did you mean "loihi"'),
        ({"synops_budget": 0.5}, "synops_weight"),
        ({"learning_rate": float("nan")}, "learning rate"),
        ({"data": "digit"}, 'did you mean "digits"'),
        ({"threads": 0}, "threads"),
        ({"resume": True}, "out"),
        ({"set": {"core.max_neurons": 8}}, "for_chip"),
    ],
)
def test_wrong_options_say_what_is_allowed(options, message):
    with pytest.raises((ValueError, sm.SpikemeshError)) as caught:
        sm.train("digits-mlp", **options)
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


def test_all_settings_are_reported_at_once():
    with pytest.raises(sm.TrainError) as caught:
        sm.train("digits-mlp", epochs=0, batch=1, dropout=2)
    assert len(caught.value.problems) == 3


def test_an_interrupt_leaves_a_state_that_goes_on(tmp_path):
    out, options = tmp_path / "net", {"epochs": 20, "threads": 1}
    seen = []

    def after_an_epoch(done, of):
        # The state of an epoch is in the folder.
        if not seen and (out / "checkpoint.safetensors").exists():
            seen.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        sm.train("digits-mlp", out=out, progress=after_an_epoch, **options)
    partial = caught.value.partial
    assert 0 < len(partial) < 20 and partial.chosen_epoch is None
    with pytest.raises(FileExistsError, match="resume"):
        sm.train("digits-mlp", out=out, **options)
    # What is left of a training that goes on has the epochs from before, too.
    with pytest.raises(KeyboardInterrupt) as caught:
        sm.train("digits-mlp", out=out, resume=True, progress=lambda *_: os.kill(os.getpid(), signal.SIGINT), **options)
    resumed = caught.value.partial.to_dict()["history"]
    assert resumed[: len(partial)] == partial.to_dict()["history"] and len(resumed) < 20
    continued = sm.train("digits-mlp", out=out, resume=True, **options)
    whole = sm.train("digits-mlp", **options)
    assert continued.history.to_dict()["history"] == whole.history.to_dict()["history"]
    # It is finished now, and gives the same again.
    again = sm.train("digits-mlp", out=out, resume=True, **options)
    assert again.history.to_dict()["history"] == whole.history.to_dict()["history"]
    with pytest.raises(FileExistsError, match="overwrite"):
        sm.train("digits-mlp", out=out, **options)
