"""Checks NIR graphs both ways with NIR's own package: what it writes is imported, what is exported it reads.

    python3 graphs.py SPIKEMESH

Graphs of all kinds of nodes, nested and compressed in all ways, are imported or refused by name; exported networks hold the
numbers of their weights files, and come back the same after the package has read and written them.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import nir
import numpy as np

PROGRAM = sys.argv[1]
FOLDER = pathlib.Path(tempfile.mkdtemp())
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)


def ones(*shape):
    return np.ones(shape, dtype=np.float32)


def conv2d():
    return nir.Conv2d(input_shape=(6, 6), weight=ones(3, 1, 3, 3), stride=1, padding=1, dilation=1, groups=1, bias=ones(3))


def neurons():
    """All kinds of neurons, of four neurons each."""
    n, tau = ones(4), 1e-3 * ones(4)
    return {
        "Threshold": nir.Threshold(threshold=n),
        "I": nir.I(r=n),
        "IF": nir.IF(r=n, v_threshold=n),
        "LI": nir.LI(tau=tau, r=n, v_leak=0 * n),
        "LIF": nir.LIF(tau=tau, r=n, v_leak=0 * n, v_threshold=n),
        "CubaLI": nir.CubaLI(tau_syn=tau, tau_mem=tau, r=n, v_leak=0 * n),
        "CubaLIF": nir.CubaLIF(tau_syn=tau, tau_mem=tau, r=n, v_leak=0 * n, v_threshold=n),
    }


def chain(*nodes):
    return nir.NIRGraph.from_list(*nodes)


def covered():
    """Graphs that must run, by name."""
    found = {name: chain(nir.Affine(ones(4, 3), ones(4)), soma) for name, soma in neurons().items()}
    found["Linear"] = chain(nir.Linear(ones(4, 3)), nir.IF(ones(4), ones(4)))
    found["Scale"] = chain(nir.Scale(2 * ones(4)), nir.IF(ones(4), ones(4)))
    found["Delay"] = chain(nir.Delay(np.array([2e-4, 3e-4])), nir.IF(ones(2), ones(2)))
    found["Conv1d"] = chain(
        nir.Conv1d(input_shape=9, weight=ones(2, 1, 3), stride=2, padding="valid", dilation=1, groups=1, bias=ones(2)),
        nir.IF(ones(2, 4), ones(2, 4)))
    found["Conv2d"] = chain(conv2d(), nir.IF(ones(3, 6, 6), ones(3, 6, 6)))
    for pool in (nir.SumPool2d, nir.AvgPool2d):
        found[pool.__name__] = chain(
            conv2d(), nir.IF(ones(3, 6, 6), ones(3, 6, 6)),
            pool(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
            nir.Flatten({"input": np.array([3, 3, 3])}, 0, -1), nir.Linear(ones(5, 27)), nir.LIF(tau=1e-3 * ones(5), r=ones(5), v_leak=0 * ones(5), v_threshold=ones(5)))
    inner = nir.NIRGraph(
        {"input": nir.Input(np.array([4])), "lif": neurons()["CubaLIF"], "rec": nir.Affine(ones(4, 4), ones(4)),
         "output": nir.Output(np.array([4]))},
        [("input", "lif"), ("lif", "rec"), ("rec", "lif"), ("lif", "output")])
    found["nested"] = nir.NIRGraph(
        {"input": nir.Input(np.array([3])), "fc": nir.Linear(ones(4, 3)), "sub": inner, "output": nir.Output(np.array([4]))},
        [("input", "fc"), ("fc", "sub"), ("sub", "output")])
    return found


def refused():
    """Graphs that are refused, with what the message must name."""
    values = chain(nir.Linear(ones(4, 3)), neurons()["CubaLI"], nir.Linear(ones(4, 4)), neurons()["IF"])
    return {"values": (values, "CubaLI")}


def check_import():
    for name, graph in covered().items():
        for compression in ("gzip", "lzf", None):
            path = FOLDER / f"{name}-{compression}.nir"
            nir.write(path, graph, compression=compression)
            said = run("import", "--overwrite", path, "--out", FOLDER / name, "--dt", "1e-4")
            assert said.returncode == 0, (name, compression, said.stderr)
        ran = run("run", "--quiet", "--network", FOLDER / name, "--json", FOLDER / "run.json")
        assert ran.returncode == 0, (name, ran.stderr)
        assert json.loads((FOLDER / "run.json").read_text())["mismatched_samples"] == 0, name
    for name, (graph, named) in refused().items():
        nir.write(FOLDER / f"{name}.nir", graph)
        said = run("import", FOLDER / f"{name}.nir", "--out", FOLDER / name)
        assert said.returncode == 2 and named in said.stderr, (name, said)
        assert not (FOLDER / name).exists(), name


def tensors(path):
    """A safetensors file, by its definition."""
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    types = {"F32": "<f4", "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8"}
    found = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            found[name] = np.frombuffer(raw[8 + size + begin:8 + size + end], dtype=types[entry["dtype"]])
    return found


def same(one, other):
    assert one.keys() == other.keys(), (one.keys(), other.keys())
    for key, value in one.items():
        if isinstance(value, dict):
            same(value, other[key])
        else:
            assert np.array_equal(np.asarray(value), np.asarray(other[key])), key


def weights(network):
    """The weights that come with the program under a name; the Python package of large networks holds some of them."""
    homes = (ROOT / "networks" / "trained", ROOT / "src" / "python" / "large_networks" / "spikemesh_networks")
    [path] = [path for home in homes if (path := home / network / "weights.safetensors").exists()]
    return path


def check_export():
    for network in ("digits-mlp", "digits-cnn", "fashion-cnn"):
        ours = tensors(weights(network))
        for values, suffix in (("integer", "_q"), ("real", "")):
            path, again = FOLDER / f"{network}-{values}.nir", FOLDER / "again.nir"
            said = run("export", "--network", network, "--values", values, "--out", path)
            assert said.returncode == 0, said.stderr
            graph = nir.read(path)
            linear = [node for node in graph.nodes.values() if hasattr(node, "weight")]
            linear = sorted(linear, key=lambda node: [name for name, n in graph.nodes.items() if n is node])
            assert len(linear) == len([name for name in ours if name.endswith(".weight")])
            for layer, node in enumerate(linear):
                wanted = ours[f"{layer}.weight{suffix}"]
                assert np.array_equal(node.weight.reshape(-1), wanted.astype(np.float32)), (network, layer)
            nir.write(again, graph)
            same(nir.read(again).to_dict(), graph.to_dict())
            for file, out in ((path, "one"), (again, "two")):
                said = run("import", "--overwrite", file, "--reset", "subtract", "--out", FOLDER / out, "--json", FOLDER / f"{out}.json")
                assert said.returncode == 0, said.stderr
            first, second = (json.loads((FOLDER / f"{out}.json").read_text()) for out in ("one", "two"))
            assert first["layers"] == second["layers"], network


check_import()
check_export()
print("NIR graphs: imported, exported and refused as they should be")
