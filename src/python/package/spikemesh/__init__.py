"""Spikemesh: what a spiking network costs on a neuromorphic chip, and whether the chip computes what the network did."""

# Chips and runs.
from ._spikemesh import (
    Chip,
    Constant,
    Mapping,
    Quantity,
    Run,
    Traffic,
    Violation,
    __version__,
    chips,
    fit,
    map,
    networks,
    run,
)
from .errors import FileError, FitError, RunError, SpikemeshError, TrainError
from .large import find as _find_large_networks

# Networks, from names, NIR graphs, arrays and frameworks; samples and spikes in memory.
from ._spikemesh import Network, Samples, dataset, raster
from .convert import ModelError, from_torch

# Tables, kept runs, differences, networks on chip alone, and published measurements.
from ._spikemesh import (
    Difference,
    NocRun,
    Table,
    Trace,
    Validation,
    diff,
    load,
    noc,
    reprice,
    validate,
)
# Comparisons and trainings.
from ._spikemesh import Comparison, TrainHistory
from .learn import train
from .sweep import compare, space

__all__ = [
    "Chip",
    "Constant",
    "FileError",
    "FitError",
    "Mapping",
    "ModelError",
    "Network",
    "Quantity",
    "Run",
    "RunError",
    "Samples",
    "SpikemeshError",
    "Traffic",
    "TrainError",
    "Violation",
    "__version__",
    "chips",
    "fit",
    "map",
    "networks",
    "dataset",
    "from_torch",
    "raster",
    "run",
    # Tables, kept runs, differences, networks on chip alone, and published measurements.
    "Difference",
    "NocRun",
    "Table",
    "Trace",
    "Validation",
    "diff",
    "load",
    "noc",
    "reprice",
    "validate",
    # Comparisons and trainings.
    "Comparison",
    "TrainHistory",
    "compare",
    "space",
    "train",
]

_find_large_networks()
