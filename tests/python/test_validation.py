"""Published measurements as a table: the values of the report in every library that reads it."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

import spikemesh as sm
from conftest import interrupt_soon, seconds_since


@pytest.fixture(scope="module")
def found() -> sm.Validation:
    return sm.validate("isaac")


def test_the_table_has_the_values_of_the_report(found: sm.Validation) -> None:
    cases = found.to_dict()["cases"]
    table = found.table()
    assert len(table) == len(cases) > 0 and json.loads(found.json()) == found.to_dict()
    for name, values in table.to_dict().items():
        assert values == [case[name] for case in cases], name
    assert table["ours"].dtype == np.float64 and table["pass"].dtype == np.bool_
    assert list(table) == table.columns and table.shape == (len(table), len(table.columns))
    assert found.passed and table == found.table()
    with pytest.raises(KeyError, match="did you mean"):
        table["our"]


def test_pyarrow(found: sm.Validation) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert pyarrow.table(found.table()).to_pydict() == found.table().to_dict()


def test_polars(found: sm.Validation) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    assert polars.DataFrame(found.table()).to_dict(as_series=False) == found.table().to_dict()


def test_pandas(found: sm.Validation) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame, expected = found.frame(), found.table().to_dict()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == found.table().columns
    for name in ["case", "ours", "published", "pass"]:
        assert frame[name].tolist() == expected[name], name
    if hasattr(pandas.DataFrame, "from_arrow"):
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        assert pandas.DataFrame.from_arrow(found.table())["ours"].tolist() == expected["ours"]


def test_pickled_and_loaded(found: sm.Validation, tmp_path) -> None:
    both = sm.validate(["odin", "actor"])
    assert both.not_run and both != found
    for one in (found, both):
        for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
            assert again == one and again.json() == one.json() and again.text() == one.text()
            assert again.table() == one.table() and again.not_run == one.not_run and again.passed == one.passed
    both.save(tmp_path / "found.json")
    assert sm.load(tmp_path / "found.json") == both
    (tmp_path / "found.json").write_text(both.json().replace('"pJ"', "7").replace('"ours"', '"our"'))
    with pytest.raises(sm.FileError, match="ours"):
        sm.load(tmp_path / "found.json")


def test_an_interrupt_is_heard_within_a_case() -> None:
    seen = []

    def at_the_first(done: int, of: int) -> None:
        seen.append(done)

    sent = interrupt_soon(0.3)
    with pytest.raises(KeyboardInterrupt) as caught:
        sm.validate(["isaac", "truenorth"], progress=at_the_first)
    assert seconds_since(sent[0]) < 0.5
    partial = caught.value.partial
    assert len(partial.table()) >= 1 and all("isaac" in case.lower() for case in partial.table().to_dict()["case"][:1])


@pytest.mark.parametrize("seconds", [0.2, 0.8, 1.4, 2.0, 2.6, 3.2])
def test_an_interrupt_is_heard_while_a_large_network_is_made(seconds: float) -> None:
    """Of 77 million synapses, in all parts of it."""
    sent = interrupt_soon(seconds)
    with pytest.raises(KeyboardInterrupt):
        while True:
            sm.validate("knn")
    assert seconds_since(sent[0]) < 0.5


def test_shown_and_saved(found: sm.Validation, tmp_path) -> None:
    assert "published" in found.text() and repr(found).splitlines()[0] == found.text(width=100).splitlines()[0]
    assert "<table>" in found._repr_html_() and "rows x" in repr(found.table())
    path = tmp_path / "found.json"
    found.save(path)
    found.save(path)
    assert path.read_text() == found.json()
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite"):
        found.save(path)
    found.save(path, overwrite=True)
    with pytest.raises(ValueError, match="did you mean"):
        sm.validate("isac")
    with pytest.raises(ValueError, match="not a folder"):
        sm.validate("isaac", data=tmp_path / "none")
