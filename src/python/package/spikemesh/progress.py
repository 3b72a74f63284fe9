"""Progress of long work, through tqdm where that is installed."""

from __future__ import annotations

from typing import Any


class Bar:
    """A bar of tqdm as a callable for ``progress=``."""

    def __init__(self, tqdm: Any) -> None:
        # None: shown on a terminal or in a notebook alone.
        self._bar = tqdm(disable=None)

    def __call__(self, done: int, of: int) -> None:
        if self._bar.disable:
            return
        self._bar.total = of
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def bar() -> Bar | None:
    """A bar, or nothing where tqdm is not installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return Bar(tqdm)
