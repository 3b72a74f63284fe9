"""Tables of figures as objects of other libraries, where these are installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._spikemesh import Table, Trace


def frame(table: Table) -> Any:
    """The table as a ``pandas.DataFrame``, else as a ``polars.DataFrame``, else as a dict of numpy arrays.

    It is the first of these whose library is installed. In pandas, integers of which some are missing have the type
    ``Int32`` or ``Int64``, and words are categories.
    """
    if find_spec("pandas") is not None:
        return _of_pandas(table)
    if find_spec("polars") is not None:
        import polars

        return polars.DataFrame(table)
    return table.arrays()


def _of_pandas(table: Table) -> Any:
    import pandas

    columns: dict[str, Any] = {}
    for name in table.columns:
        kind, values, more = table._parts(name)
        if kind == "words":
            columns[name] = pandas.Categorical.from_codes(values, categories=more)
        elif kind in ("short", "whole") and more is not None:
            columns[name] = pandas.arrays.IntegerArray(values, more)
        else:
            columns[name] = table[name]
    return pandas.DataFrame(columns)


#: What is counted by time step and core: its name in the data set, the event, and whether the values of events are ticks,
#: which are added.
_COUNTED = (
    ("spikes", "spike", False),
    ("packets_sent", "packet_sent", False),
    ("packets_delivered", "packet_delivered", False),
    ("receive_ns", "receive", True),
    ("soma_ns", "soma", True),
)


def to_xarray(trace: Trace) -> Any:
    """Counts of a trace by time step and core, as an ``xarray.Dataset``.

    It has a variable for each of these that was traced: spikes, packets sent and delivered, and how long cores worked on
    packets and on neurons. ``start_ns`` is the time at which a step begins. Of several samples, the first axis is the
    sample.
    """
    try:
        import xarray
    except ImportError as error:
        raise ImportError("to_xarray() needs xarray: pip install xarray") from error
    columns = {name: trace._parts(name) for name in ("sample", "step", "core", "event", "value")}
    sample, step = columns["sample"][1], columns["step"][1]
    _, core, core_missing = columns["core"]
    _, codes, names = columns["event"]
    _, value, _ = columns["value"]
    samples = int(sample.max()) + 1 if len(sample) else 1
    steps = int(step.max()) if len(step) else 0
    shape = (samples, steps, trace.cores)
    on_core = np.ones(len(codes), bool) if core_missing is None else ~core_missing
    in_step = step > 0
    dims = ("sample", "step", "core")
    variables: dict[str, Any] = {}
    for name, event, is_time in _COUNTED:
        rows = (codes == names.index(event)) & on_core & in_step
        if not rows.any():
            continue
        counts = np.zeros(shape, np.float64 if is_time else np.int64)
        added = value[rows] * (trace.tick_fs / 1e6) if is_time else 1
        np.add.at(counts, (sample[rows], step[rows] - 1, core[rows]), added)
        variables[name] = (dims, counts)
    begins = (codes == names.index("step")) & in_step
    if begins.any():
        start = np.full(shape[:2], np.nan)
        start[sample[begins], step[begins] - 1] = trace["time_ns"][begins]
        variables["start_ns"] = (dims[:2], start)
    coordinates = {
        "sample": np.arange(samples),
        "step": np.arange(1, steps + 1),
        "core": np.arange(trace.cores),
    }
    dataset = xarray.Dataset(variables, coordinates)
    return dataset.isel(sample=0, drop=True) if samples == 1 else dataset
