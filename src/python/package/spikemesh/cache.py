"""Where trained networks are kept: the one module that asks the environment, as the command line does."""

from __future__ import annotations

import os
from pathlib import Path


def folder(asked: str | os.PathLike[str] | None) -> str | None:
    """The folder of trained networks, where the command line has it too; none if it cannot be known."""
    if asked is not None:
        return os.path.abspath(asked)
    # A relative path would be another one in every folder.
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.environ.get("HOME", "")
        if not os.path.isabs(home):
            return None
        base = str(Path(home, ".cache"))
    return str(Path(base, "spikemesh"))
