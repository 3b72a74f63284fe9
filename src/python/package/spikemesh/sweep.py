"""Comparisons of chips and options, on this machine or over any pool of workers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TYPE_CHECKING, Any

from . import _spikemesh, cache

if TYPE_CHECKING:
    from ._spikemesh import Comparison, PooledComparison

__all__ = ["compare", "space"]

# Tasks into which rows are cut for a pool, if the caller does not say: each finds the network again.
_TASKS = 32
# Shortest time between two calls for progress (s).
_PAUSE = 0.1
# How often a pool is waited for before signals and progress are looked at (s).
_LOOK = 0.2


def compare(
    network: Any,
    chips: Any = None,
    axes: Mapping[str, Any] | None = None,
    *,
    zip: bool = False,
    data: Any = None,
    samples: int | None = None,
    steps: int | None = None,
    timing: str = "event",
    partitioner: str | None = None,
    share_cores: str | None = None,
    placer: str | None = None,
    objective: str | None = None,
    profile: int = 0,
    limits: str = "enforce",
    retrain: bool = False,
    pareto: str | Sequence[str] | None = None,
    common_terms: bool = False,
    allow_mixed: bool = False,
    seed: int = 1,
    data_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    bin_us: int | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    journal: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    chunksize: int | None = None,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
) -> Comparison:
    """Runs a network on chips with all combinations of some values, side by side.

    ``chips`` are names, paths or ``Chip`` objects; without them, ``loihi``. ``axes`` are numbers of the chips' files, such as
    ``core.max_neurons``, and options of a run, such as ``steps``, each with its values, or with a range as in
    ``"64..512:log"``. With ``zip=True`` the first values of all axes go together, then the second ones, and so on. The other
    options are those of ``spikemesh compare``, with their defaults.

    With ``executor``, any :class:`concurrent.futures.Executor` computes the rows: a process pool, Dask's
    ``Client.get_executor()``, or ``mpi4py.futures.MPIPoolExecutor``. A row depends on its chip, its settings, the network and
    the samples alone, so the result has the same bytes. ``chunksize`` is the number of rows of a task, and ``threads`` then
    the number of threads of a task, 1 by default. Data and files that are named by a path must be at that path everywhere.

    Rows go to the file ``journal`` as they are found, and the same comparison continues from it. Ctrl-C raises
    ``KeyboardInterrupt``, whose ``partial`` is the comparison of the rows that were found.

    >>> found = sm.compare("digits-mlp", ["loihi", "sram_mesh"], {"core.max_neurons": [48, 64]}, samples=5)
    >>> len(found), found.is_complete
    (4, True)
    >>> found.axes
    [('core.max_neurons', ['48', '64'])]
    """
    folders = [data_dir] if isinstance(data_dir, (str, os.PathLike)) else data_dir
    options = {
        "partitioner": partitioner,
        "share_cores": share_cores,
        "placer": placer,
        "objective": objective,
    }
    task = {
        "network": _absolute(network),
        "chips": _spikemesh.compare_chips(_chips(chips)),
        "axes": _axes(axes),
        "zip": bool(zip),
        "settings": [(name, str(value)) for name, value in options.items() if value is not None],
        "steps": steps,
        "seed": seed,
        "timing": timing,
        "data": _absolute(data),
        "samples": samples,
        "profile": profile,
        "limits": limits,
        "retrain": bool(retrain),
        "data_dir": [os.path.abspath(folder) for folder in folders],
        "bin_us": bin_us,
        "cache": cache.folder(cache_dir),
    }
    figures = pareto.split(",") if isinstance(pareto, str) else None if pareto is None else list(pareto)
    shown = (figures, bool(common_terms), bool(allow_mixed))
    kept = None if journal is None else os.fspath(journal)
    if executor is None:
        if chunksize is not None:
            raise ValueError("chunksize: is the number of rows of a task of an executor, and there is none")
        return _spikemesh.compare_here(task, shown, kept, threads, progress)
    _spikemesh.compare_shown(shown)
    return _pooled(executor, task, shown, kept, chunksize, threads, _listener(progress))


def space(chips: Any = None, axes: Mapping[str, Any] | None = None) -> dict[str, list[int | float | str]]:
    """What a search chooses from: the values of each axis, as ``spikemesh tune`` has them.

    ``chips`` and ``axes`` are as for ``compare``. Values that have an order rise, and a range such as ``"16..256:log"`` has its
    values written out. Several chips are an axis too, ``chip``. With it other programs search: an example does so with Optuna.

    >>> sm.space("loihi", {"core.max_neurons": "16..256:log:5", "placer": ["hilbert", "linear"]})
    {'core.max_neurons': [16, 32, 64, 128, 256], 'placer': ['hilbert', 'linear']}
    """
    asked = _axes(axes)
    found = _spikemesh.search_space(_spikemesh.compare_chips(_chips(chips)), asked)
    return {name: [value if scale == "choice" else _number(value) for value in values] for name, values, scale in found}


def _axes(axes: Mapping[str, Any] | None) -> list[tuple[str, str | list[str]]]:
    """Names and values of the axes."""
    if not isinstance(axes, Mapping | None):
        raise TypeError(f"axes: expected a dict of names and values, found {type(axes).__name__}")
    return [(str(name), _values(values)) for name, values in (axes or {}).items()]


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _chips(chips: Any) -> list[Any]:
    if chips is None:
        return ["loihi"]
    if isinstance(chips, (str, os.PathLike)) or not isinstance(chips, Iterable):
        return [chips]
    return list(chips) or ["loihi"]


def _absolute(value: Any) -> Any:
    """A path as every process finds it; what else there is, as it is."""
    if isinstance(value, os.PathLike):
        return os.path.abspath(value)
    is_path = isinstance(value, str) and ("/" in value or os.sep in value or value.endswith((".json", ".nir")))
    return os.path.abspath(value) if is_path else value


def _values(values: Any) -> str | list[str]:
    """Values of an axis, or a range, as the command line has them."""
    if isinstance(values, str):
        return values
    if isinstance(values, Iterable):
        return [_text(value) for value in values]
    return [_text(values)]


def _text(value: Any) -> str:
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else str(value)


def _listener(progress: Any) -> Callable[[int, int], None]:
    """What hears of progress, at most some times a second and at the end."""
    call: Any = progress
    if progress is True:
        from .progress import bar

        call = bar()
    if call is None or call is False:
        return lambda done, of: None
    if not callable(call):
        raise TypeError("progress: expected True, False, None or a callable")
    last = -1.0

    def tell(done: int, of: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == of or now - last >= _PAUSE:
            last = now
            call(done, of)
        if done == of and hasattr(call, "close"):
            call.close()

    return tell


def _rows(task: dict[str, Any], digest: int, indices: list[int], threads: int | None) -> list[str]:
    """Rows of a comparison, as JSON: what a worker of a pool computes."""
    return _spikemesh.compare_rows(task, digest, indices, threads)


def _pooled(
    executor: Executor,
    task: dict[str, Any],
    shown: tuple[list[str] | None, bool, bool],
    journal: str | None,
    chunksize: int | None,
    threads: int | None,
    tell: Callable[[int, int], None],
) -> Comparison:
    """The comparison, with its rows from a pool."""
    if chunksize is not None and chunksize < 1:
        raise ValueError(f"chunksize: found {chunksize}, allowed: 1 and more")
    begun = _spikemesh.compare_begin(task, journal, threads)
    todo = begun.open()
    size = chunksize or max(1, -(-len(todo) // _TASKS))
    parts = [todo[at : at + size] for at in range(0, len(todo), size)]
    done, of = 0, begun.units(todo)
    under_way: dict[Future[list[str]], list[int]] = {}
    try:
        for part in parts:
            under_way[executor.submit(_rows, task, begun.digest, part, 1 if threads is None else threads)] = part
        while under_way:
            ended, _ = wait(under_way, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for future in ended:
                begun.add(future.result())
                done += begun.units(under_way.pop(future))
            if ended:
                tell(done, of)
    except BaseException as error:
        for future in under_way:
            future.cancel()
        if isinstance(error, KeyboardInterrupt):
            _add_what_is_done(begun, under_way)
            error.partial = begun.result(shown)  # type: ignore[attr-defined]
        raise
    return begun.result(shown)


def _add_what_is_done(begun: PooledComparison, under_way: Iterable[Future[list[str]]]) -> None:
    for future in under_way:
        if future.done() and not future.cancelled() and future.exception() is None:
            begun.add(future.result())
