"""Examples in docstrings and pages: found, run in a folder of their own, and compared with what they show."""

import contextlib
import doctest
import inspect
import io
import os
import pathlib
import tempfile
import time
import types
from collections.abc import Iterator

import numpy

import spikemesh

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public(module: types.ModuleType = spikemesh, prefix: str = "sm") -> Iterator[tuple[str, object]]:
    """The public names of the package and of its public modules."""
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            yield from public(value, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}", value


def members(value: type) -> Iterator[tuple[str, object]]:
    """The public members that a class defines itself."""
    for name, member in vars(value).items():
        if not name.startswith("_"):
            yield name, member


def documented(member: object) -> str:
    return inspect.getdoc(member) or ""


def shown(text: str) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(text)


@contextlib.contextmanager
def scratch() -> Iterator[pathlib.Path]:
    """A folder of its own to work in."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield pathlib.Path(folder)
        finally:
            os.chdir(before)


def run(text: str, name: str, *, file: str | None = None, names: dict[str, object] | None = None) -> float:
    """Runs the examples of a text, in which `sm` and `np` are known. Fails with what differs; gives the seconds."""
    known = {"sm": spikemesh, "np": numpy} if names is None else names
    test = doctest.DocTestParser().get_doctest(text, known, name, file, 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    wrong, (wall, cpu) = io.StringIO(), (time.perf_counter(), time.process_time())
    # What a namespace was given is looked at afterwards: a page goes on with it.
    runner.run(test, out=wrong.write, clear_globs=False)
    if names is not None:
        names.update(test.globs)
    # On a machine with other work, time on the clock says little.
    seconds = min(time.perf_counter() - wall, time.process_time() - cpu)
    assert runner.failures == 0, wrong.getvalue()
    return seconds
