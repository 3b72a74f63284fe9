"""The large trained networks, which are a package of their own."""

from importlib.util import find_spec

from ._spikemesh import _networks_in


def find() -> None:
    """Says where they are, if they are installed."""
    found = find_spec("spikemesh_networks")
    for folder in found.submodule_search_locations or [] if found else []:
        _networks_in(folder)
