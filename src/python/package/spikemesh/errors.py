"""Exceptions of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._spikemesh import Violation

__all__ = ["FileError", "FitError", "RunError", "SpikemeshError", "TrainError"]


class SpikemeshError(Exception):
    """The base of all errors of Spikemesh.

    Wrong arguments are no errors of it: they raise ``ValueError`` and ``TypeError``.

    >>> issubclass(sm.FileError, sm.SpikemeshError)
    True
    """


class FileError(SpikemeshError):
    """A file breaks a rule of its format.

    >>> with open("mine.json", "w") as file:
    ...     _ = file.write('{"extends": "loihi", "name": "mine", "core": {"max_neuron": 32}}')
    >>> try:
    ...     sm.Chip("mine.json")
    ... except sm.FileError as error:
    ...     print(error.file, [path for path, message in error.problems])
    mine.json ['core.max_neuron']
    """

    file: str
    """Its name."""
    problems: list[tuple[str, str]]
    """All of its problems: the path of each within the file, and a message."""


class FitError(SpikemeshError):
    """A network does not fit on a chip.

    >>> try:
    ...     sm.run("digits-mlp", chip="loihi", set={"core.max_axons_in": 8})
    ... except sm.FitError as error:
    ...     print(error.violations[0].limit)
    core.max_axons_in
    """

    violations: list[Violation]
    """Each limit of the chip that is broken; empty where the reason is another one."""


class RunError(SpikemeshError):
    """A run has no result.

    >>> issubclass(sm.RunError, sm.SpikemeshError)
    True
    """


class TrainError(SpikemeshError):
    """A training has no result.

    >>> try:
    ...     sm.train("digits-mlp", epochs=0, batch=1)
    ... except sm.TrainError as error:
    ...     print([setting for setting, message in error.problems])
    ['epochs', 'batch']
    """

    problems: list[tuple[str, str]]
    """All of its problems: the name of each setting, where it is about one, and a message."""
