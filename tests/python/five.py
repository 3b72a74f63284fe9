#!/usr/bin/env python3
"""The five lines that a user begins with, in an environment with numpy alone.

The second needs a NIR graph and the third a framework: here both are made of arrays. test_five.py has them as they are.
"""

import numpy as np

import spikemesh as sm

run = sm.run("digits-mlp", chip="loihi")
assert run.mismatched_samples == 0 and run.accuracy is not None and run.accuracy > 0.95, run.accuracy

ring = np.arange(16)
network = sm.Network.sparse(ring, (ring + 1) % 16, np.full(16, 200, np.int16), neurons=16)
raster = np.zeros((20, 16), bool)
raster[0, 0] = True
spikes = sm.run(network, chip="loihi", spikes=raster)
assert spikes.synaptic_operations.mean > 0

x = np.random.default_rng(1).random((5, 64)).astype(np.float32)
mine = sm.run("digits-mlp", chip="loihi", data=(x, np.arange(5)))
assert mine.predictions.shape == (5,) and mine.mismatched_samples == 0

assert "digits-mlp on loihi" in repr(run), repr(run)
assert "<table" in run._repr_html_()
assert run.energy_pj.mean > 0 and len(run.table("layers")) == 3
print(f"five lines: {run.energy_pj.mean} pJ, {run.accuracy:.2%}")
