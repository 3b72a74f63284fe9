"""Every public name has a docstring with an example, and the examples do what they show, in less than a second."""

import inspect

import examples
import pytest

LONGEST_S = 1.0
NAMES = dict(examples.public())
CLASSES = {name: value for name, value in NAMES.items() if inspect.isclass(value)}
TEXTS = {name: examples.documented(value) for name, value in NAMES.items()}
for _name, _value in CLASSES.items():
    TEXTS |= {f"{_name}.{member}": examples.documented(value) for member, value in examples.members(_value)}


def test_names_are_found() -> None:
    for name in ["sm.run", "sm.Chip", "sm.Run", "sm.Network", "sm.compare", "sm.fit", "sm.FileError"]:
        assert name in NAMES
    assert "sm.Run.energy_pj" in TEXTS


# Text, and what needs a framework for training.
WITHOUT = {"sm.__version__", "sm.from_torch", "sm.ModelError"}


@pytest.mark.parametrize("name", sorted(NAMES.keys() - WITHOUT))
def test_name_has_an_example(name: str) -> None:
    assert examples.shown(TEXTS[name]), f"{name} has no example"


@pytest.mark.parametrize("name", CLASSES)
def test_members_are_described(name: str) -> None:
    silent = [text for text in TEXTS if text.startswith(f"{name}.") and not TEXTS[text].strip()]
    assert not silent, f"no docstring: {', '.join(silent)}"


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if examples.shown(text)])
def test_examples_do_what_they_show(name: str) -> None:
    with examples.scratch():
        seconds = examples.run(TEXTS[name], name)
    assert seconds < LONGEST_S, f"{name}: {seconds:.2f} s"
