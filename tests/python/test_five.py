"""The five lines that a user begins with, as they are: a name, a NIR graph, a trained network, and what a run shows."""

import pathlib
import subprocess
import sys

import nir
import numpy as np
import pytest

import spikemesh as sm


def graph() -> nir.NIRGraph:
    weights = np.eye(3, 4, dtype=np.float32)
    return nir.NIRGraph.from_list(
        nir.Input(input_type={"input": np.array([4])}),
        nir.Affine(weight=weights, bias=np.zeros(3, dtype=np.float32)),
        nir.IF(r=np.ones(3), v_threshold=np.full(3, 0.5)),
        nir.Output(output_type={"output": np.array([3])}),
    )


def test_by_name() -> None:
    run = sm.run("digits-mlp", chip="loihi")
    assert run.mismatched_samples == 0
    assert run.accuracy is not None and run.accuracy > 0.95
    assert run.energy_pj.mean > 0
    assert len(run.frame("layers")) == 3
    assert "accuracy" in repr(run)
    assert "<svg" in run._repr_html_()


@pytest.mark.parametrize("kind", [bool, np.uint8])
def test_graph_in_memory(kind: type) -> None:
    raster = np.zeros((10, 4), dtype=kind)
    raster[::2, 1] = 1
    run = sm.run(graph(), chip="loihi", spikes=raster)
    assert run.spikes.mean == 5


def test_trained_network() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed here: tests/python/frameworks has this line")
    snntorch = pytest.importorskip("snntorch", reason="snnTorch is not installed here")
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(64, 10), snntorch.Leaky(beta=0.9, init_hidden=True, output=True))
    x = np.random.default_rng(1).random((5, 64)).astype(np.float32)
    run = sm.run(sm.from_torch(model, torch.zeros(1, 64)), chip="loihi", data=(x, np.arange(5)))
    assert run.predictions.shape == (5,)


def test_with_numpy_alone() -> None:
    script = pathlib.Path(__file__).with_name("five.py")
    # What is not numpy cannot be imported: as where it is not installed.
    hidden = "nir pandas polars pyarrow torch tqdm xarray".split()
    code = f"import sys; sys.modules.update(dict.fromkeys({hidden})); exec(open({str(script)!r}).read())"
    subprocess.run([sys.executable, "-c", code], check=True)
