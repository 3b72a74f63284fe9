"""Reads recorded spikes with the nir package, and prints as JSON how many there are of each layer.

    python3 spikes.py FILE
"""

import json
import sys

try:
    import nir
    import numpy
except ImportError as error:
    print(f"absent: {error.name}")
    sys.exit(77)

found = {}
for name, node in nir.read_data(sys.argv[1]).nodes.items():
    spikes = node.observables["spikes"]
    real = spikes.idx >= 0
    assert (numpy.isfinite(spikes.time) == real).all(), "padding of one and not of the other"
    assert (spikes.idx[real] < spikes.n_neurons).all(), "a neuron that there is not"
    assert (spikes.time[real] <= spikes.t_max).all(), "a spike after the end"
    found[name] = {"spikes": int(real.sum()), "samples": len(spikes.idx), "neurons": int(spikes.n_neurons)}
print(json.dumps(found))
