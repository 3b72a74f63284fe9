"""Trainings of layered networks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _spikemesh

if TYPE_CHECKING:
    from ._spikemesh import Network

__all__ = ["train"]


def train(
    network: Any,
    data: Any = None,
    rule: str = "tandem",
    *,
    epochs: int | None = None,
    stage_epochs: int | None = None,
    patience: int | None = None,
    batch: int | None = None,
    learning_rate: float | None = None,
    schedule: str | None = None,
    weight_decay: float | None = None,
    dropout: float | None = None,
    loss: str | None = None,
    shift: int | None = None,
    flip: bool | None = None,
    input_noise: float | None = None,
    activation: str | None = None,
    steps: int | str | tuple[int, int] | None = None,
    anneal_epochs: int | None = None,
    from_ann: bool = False,
    learn: str | None = None,
    for_chip: Any = None,
    set: Mapping[str, Any] | None = None,
    leak: float | None = None,
    refractory: int | None = None,
    weight_bits: int | None = None,
    quantisation_aware: bool | None = None,
    weight_noise: float | None = None,
    max_fan_in: int | None = None,
    synops_weight: float | None = None,
    synops_budget: float | None = None,
    fine_tune: bool = False,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    data_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    bin_us: int | None = None,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
) -> Network:
    """Trains a layered network, and gives it with the ``history`` of its epochs.

    ``network`` is a name, a path or a ``Network``; ``data`` is the name of a data set, a folder, or arrays: ``(x, y)``, of
    which the last twelfth is for validation, or ``((x, y), (x_test, y_test))``. The options are those of ``spikemesh train``,
    with their defaults: what is ``None`` is the network's own, or the chip's with ``for_chip``. ``steps=(8, 2)`` trains with 8
    time steps first, then with one less at a time, down to 2.

    With ``out`` the folder gets the network, its history, and while the training goes on its state after each epoch. Ctrl-C
    raises ``KeyboardInterrupt``, whose ``partial`` is the history of the epochs until then; the same call with
    ``resume=True`` continues from that state, and ends with the same network.

    >>> network = sm.train("digits-mlp", epochs=1)
    >>> len(network.history), network.history.test_accuracy > 0.5
    (1, True)
    >>> sm.run(network, chip="loihi", samples=5).mismatched_samples
    0
    """
    asked = {
        "rule": rule,
        "epochs": epochs,
        "stage_epochs": stage_epochs,
        "patience": patience,
        "batch": batch,
        "learning_rate": learning_rate,
        "schedule": schedule,
        "weight_decay": weight_decay,
        "dropout": dropout,
        "loss": loss,
        "shift": shift,
        "flip": flip,
        "input_noise": input_noise,
        "activation": activation,
        "steps": steps,
        "anneal_epochs": anneal_epochs,
        "from_ann": from_ann,
        "learn": learn,
        "leak": leak,
        "refractory": refractory,
        "weight_bits": weight_bits,
        "quantisation_aware": quantisation_aware,
        "weight_noise": weight_noise,
        "max_fan_in": max_fan_in,
        "synops_weight": synops_weight,
        "synops_budget": synops_budget,
    }
    folders = [data_dir] if isinstance(data_dir, (str, os.PathLike)) else data_dir
    effort = {
        "fine_tune": bool(fine_tune),
        "seed": seed,
        "out": None if out is None else os.fspath(out),
        "resume": bool(resume),
        "overwrite": bool(overwrite),
        "data_dir": [os.fspath(folder) for folder in folders],
        "bin_us": bin_us,
        "threads": threads,
    }
    changes = None if set is None else dict(set)
    return _spikemesh.train_network(network, data, asked, for_chip, changes, effort, progress)
