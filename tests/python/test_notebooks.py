"""The notebooks run from top to bottom, and what is kept of their outputs is what they print."""

import importlib.util
import pathlib

import nbformat
import notebooks
import pytest

PATHS = sorted(notebooks.FOLDER.glob("*.ipynb"))
# What a notebook needs besides the package and the libraries of requirements.txt, and what it prints differs by a little.
FRAMEWORKS = {"snntorch_on_loihi": ["torch", "snntorch"]}


def test_there_are_two() -> None:
    assert {path.stem for path in PATHS} == {"snntorch_on_loihi", "which_core"}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_kept_is_small_and_names_no_machine(path: pathlib.Path) -> None:
    kept = nbformat.read(path, as_version=4)
    assert not notebooks.problems(path, kept)
    assert any(notebooks.texts(cell) for cell in kept.cells), "it shows nothing: notebooks.py --write"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook_runs(path: pathlib.Path) -> None:
    missing = [name for name in FRAMEWORKS.get(path.stem, []) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed in this environment: .ci/run has it where frameworks are")
    found = notebooks.executed(path)
    assert not notebooks.problems(path, found)
    if path.stem in FRAMEWORKS:
        return
    kept = nbformat.read(path, as_version=4)
    for number, (now, before) in enumerate(zip(found.cells, kept.cells, strict=True)):
        assert notebooks.texts(now) == notebooks.texts(before), f"cell {number}: notebooks.py --write"
