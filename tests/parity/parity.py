#!/usr/bin/env python3
"""Trains small networks in four frameworks, exports them with the frameworks' own exporters, imports them with --from
alone, and compares what the chip does with what the framework does.

    parity.py PROGRAM SCRATCH [NAME...]

With weights rounded so that 8 bits hold them, every output spike of 30 samples must be equal (see WIDTHS). As trained, the accuracy over
400 test digits, each drawn as spikes 16 times, must be within half a point.
"""

import contextlib
import csv
import gzip
import io
import json
import logging
import pathlib
import subprocess
import sys
import time
import warnings

import numpy
import torch
from torch import nn

STEPS, HIDDEN, CLASSES, EPOCHS, COMPARED, TEST, DRAWS = 20, 40, 10, 5, 30, 400, 16
POINTS = 0.5
# Fewest samples with equal output trains, by bits of a membrane. 24 are those of the chip, where a membrane that comes within
# its rounding of the threshold may fire a step later; 32 leave no such place. What is read wrongly differs in nearly all.
WIDTHS = {24: COMPARED - 3, 32: COMPARED}
FIT = torch.nn.functional.cross_entropy


def digits():
    """Spikes of the embedded digits (steps, samples, 64), a grey value / 16 being the chance of one, and labels: a part to
    train with, and one to test with, drawn several times."""
    path = pathlib.Path(__file__).parents[2] / "src/data/digits/digits.csv.gz"
    rows = numpy.array([[int(v) for v in line.split(",")] for line in gzip.open(path, "rt")])
    random = numpy.random.default_rng(7)
    rows = rows[random.permutation(len(rows))]
    rows = numpy.concatenate([rows[:-TEST]] + [rows[-TEST:]] * DRAWS)
    spikes = random.random((STEPS, len(rows), 64)) < rows[:, :64] / 16
    spikes, labels = torch.tensor(spikes, dtype=torch.float32), torch.tensor(rows[:, 64])
    first = len(rows) - TEST * DRAWS
    return (spikes[:, :first], labels[:first]), (spikes[:, first:], labels[first:])


class Model:
    """A network of a framework: `modules` in a row, the output spikes of each step by `run`, and a file by `export`."""

    shape = (64,)
    options = ()
    whole = False

    def __init__(self, name, build, **more):
        self.name, self.build = name, build
        for key, value in more.items():
            setattr(self, key, value)
        torch.manual_seed(3)
        self.net = build()

    def reset(self):
        raise NotImplementedError

    def run(self, spikes):
        self.reset()
        return torch.stack([self.net(x.reshape(-1, *self.shape)) for x in spikes])

    def grids(self):
        """Weights that share a scale: those into the same neurons."""
        return [[m.weight] for m in self.net.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]

    def round(self):
        """Puts weights on a grid, the largest on 127 steps. Where thresholds are subtracted and nothing leaks, steps are
        powers of two: a threshold is then a whole number of them, and no sum is rounded, neither here nor there."""
        for weights in self.grids():
            largest = max(w.detach().abs().max() for w in weights)
            step = 2.0 ** torch.round(torch.log2(largest / 127)) if self.whole else largest / 127
            for w in weights:
                w.data = torch.round(w.data / largest * 127) * step


class SnnTorch(Model):
    framework = "snntorch"

    def reset(self):
        for module in self.net:
            if hasattr(module, "reset_mem"):
                module.reset_mem()

    def grids(self):
        recurrent = [m for m in self.net if hasattr(m, "recurrent")]
        inner = {id(m.recurrent) for m in recurrent}
        grids = [[m.weight] for m in self.net.modules() if isinstance(m, (nn.Linear, nn.Conv2d)) and id(m) not in inner]
        for module in recurrent:
            grids[0].append(module.recurrent.weight)
        return grids

    def export(self, path):
        import nir
        from snntorch.export_nir import export_to_nir

        self.reset()
        nir.write(path, export_to_nir(self.net, torch.zeros(1, *self.shape), ignore_dims=[0]))


class Norse(Model):
    framework = "norse"

    def reset(self):
        self.states = [None] * len(self.net)

    def run(self, spikes):
        self.reset()
        outputs = []
        for x in spikes:
            for i, module in enumerate(self.net):
                if isinstance(module, nn.Linear):
                    x = module(x)
                else:
                    x, self.states[i] = module(x, self.states[i])
            outputs.append(x)
        return torch.stack(outputs)

    def export(self, path):
        import nir
        import norse.torch as norse
        from norse.torch.utils.export_nir import to_nir

        net = norse.SequentialState(*self.net)
        nir.write(path, to_nir(net, torch.zeros(1, *self.shape)))


class Sinabs(Model):
    framework = "sinabs"

    def reset(self):
        import sinabs

        sinabs.reset_states(self.net)
        sinabs.zero_grad(self.net)

    def round(self):
        super().round()
        # A share of 12 bits is left after a step.
        for module in self.net:
            if getattr(module, "tau_mem", None) is not None:
                left = torch.round(torch.exp(-1 / module.tau_mem.data) * 4096) / 4096
                module.tau_mem.data = -1 / torch.log(left)

    def run(self, spikes):
        self.reset()
        # Its layers take time within samples.
        x = spikes.transpose(0, 1).reshape(-1, *self.shape)
        return self.net(x).reshape(spikes.shape[1], STEPS, -1).transpose(0, 1)

    def export(self, path):
        import nir
        from sinabs.nir import to_nir

        self.reset()
        nir.write(path, to_nir(self.net, torch.zeros(STEPS, *self.shape)))


class SpikingJelly(Model):
    framework = "spikingjelly"

    def reset(self):
        from spikingjelly.activation_based import functional

        functional.reset_net(self.net)

    def export(self, path):
        from spikingjelly.activation_based.nir_exchange.to_nir import export_to_nir

        self.reset()
        self.net.eval()
        export_to_nir(self.net, torch.zeros(1, *self.shape), save_path=path)
        self.reset()


def dense(neuron, bias=True):
    """64-40-10 with neurons made for a number of them."""
    return lambda: nn.Sequential(nn.Linear(64, HIDDEN, bias), neuron(HIDDEN), nn.Linear(HIDDEN, CLASSES, bias), neuron(CLASSES))


def convolution(neuron):
    """A convolution, neurons, a pool, and a dense layer."""
    return lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), neuron((4, 8, 8)), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, CLASSES), neuron((CLASSES,))
    )


def of_snntorch():
    import snntorch as snn

    def full(n, value):
        return torch.full(n if isinstance(n, tuple) else (n,), value)

    def leaky(n, **more):
        return snn.Leaky(beta=full(n, 0.875), threshold=full(n, 1.0), init_hidden=True, **more)

    def synaptic(n):
        return snn.Synaptic(alpha=full(n, 0.75), beta=full(n, 0.875), threshold=full(n, 1.0), init_hidden=True)

    def recurrent(**more):
        def build():
            back = snn.RLeaky(beta=full(HIDDEN, 0.875), threshold=full(HIDDEN, 1.0), linear_features=HIDDEN, init_hidden=True, **more)
            return nn.Sequential(nn.Linear(64, HIDDEN), back, nn.Linear(HIDDEN, CLASSES), leaky(CLASSES, **more))

        return build

    zero = {"reset_mechanism": "zero", "reset_delay": False}
    yield SnnTorch("Leaky", dense(leaky))
    yield SnnTorch("Synaptic", dense(synaptic))
    yield SnnTorch("RLeaky", recurrent())
    yield SnnTorch("RLeaky, zero, not delayed", recurrent(**zero), options=("--reset", "zero"))
    yield SnnTorch("Conv2d, Leaky, AvgPool2d", convolution(leaky), shape=(1, 8, 8))


def of_norse():
    import norse.torch as norse
    from norse.torch.functional.iaf import IAFParameters
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.module.iaf import IAFCell
    from norse.torch.module.lif_box import LIFBoxCell

    def full(n, value):
        return torch.full((n,), value)

    def all_of(n):
        return {"v_th": full(n, 1.0), "v_reset": full(n, 0.0), "alpha": torch.tensor(10.0)}

    def lif(n):
        taus = {"tau_mem_inv": full(n, 125.0), "tau_syn_inv": full(n, 250.0), "v_leak": full(n, 0.0)}
        return norse.LIFCell(norse.LIFParameters(**taus, **all_of(n)))

    def box(n):
        return LIFBoxCell(LIFBoxParameters(tau_mem_inv=full(n, 125.0), v_leak=full(n, 0.0), **all_of(n)))

    yield Norse("LIFCell", dense(lif))
    yield Norse("LIFBoxCell", dense(box), rate=2e-2)
    yield Norse("IAFCell", dense(lambda n: IAFCell(IAFParameters(**all_of(n)))))


def of_sinabs():
    import sinabs.layers as layers
    from sinabs.activation import SingleSpike

    def iaf(n):
        return layers.IAFSqueeze(num_timesteps=STEPS, spike_fn=SingleSpike)

    def lif(n):
        one = {"tau_mem": torch.full((n,), 4.0), "spike_threshold": torch.ones(n)}
        return layers.LIFSqueeze(num_timesteps=STEPS, spike_fn=SingleSpike, norm_input=True, **one)

    several = ("--max-spikes", "255")
    yield Sinabs("IAF, SingleSpike", dense(iaf, bias=False), whole=True)
    yield Sinabs("IAF", dense(lambda n: layers.IAFSqueeze(num_timesteps=STEPS), bias=False), options=several, whole=True)
    yield Sinabs("LIF, SingleSpike", dense(lif, bias=False), rate=2e-2)


def of_spikingjelly():
    from spikingjelly.activation_based import neuron

    yield SpikingJelly("LIFNode", dense(lambda n: neuron.LIFNode()))
    yield SpikingJelly("IFNode", dense(lambda n: neuron.IFNode()))
    yield SpikingJelly("Conv2d, LIFNode, AvgPool2d", convolution(lambda n: neuron.LIFNode()), shape=(1, 8, 8))


def train(model, spikes, labels):
    rate = getattr(model, "rate", 5e-3)
    optimiser = torch.optim.Adam(model.net.parameters(), lr=rate)
    random = torch.Generator().manual_seed(5)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels), generator=random).split(64):
            optimiser.zero_grad()
            FIT(model.run(spikes[:, batch]).sum(0), labels[batch]).backward()
            optimiser.step()


class Chip:
    """The program on a model's file."""

    def __init__(self, program, folder, model):
        self.program, self.folder, self.model = program, folder, model

    def call(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.model.name}: {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def data(self, name, spikes, labels):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        numpy.save(folder / "test_spikes.npy", spikes.transpose(0, 1).numpy().astype("u1"))
        numpy.save(folder / "test_labels.npy", labels.numpy().astype("u1"))
        return folder

    def load(self, *more):
        path = self.folder / "model.nir"
        with contextlib.redirect_stdout(io.StringIO()):
            self.model.export(path)
        self.network = self.folder / "network"
        asked = ["--steps", STEPS, "--from", self.model.framework, *self.model.options, *more]
        self.call("import", path, "--out", self.network, "--overwrite", *asked)

    def trains(self, spikes, labels):
        """Spikes of the outputs: (steps, samples, classes)."""
        data, trace = self.data("few", spikes, labels), self.folder / "trace.csv"
        layers = [p["name"] for p in json.load(open(self.network / "network.json"))["populations"]]
        self.call(
            "run", "--quiet", "--overwrite", "--network", self.network, "--data", data, "--trace", f"csv={trace}",
            "--limits", "report",
            "--trace-samples", "all", "--trace-filter", "signal=spikes", "--trace-filter", f"layer={layers[-1]}",
        )  # fmt: skip
        rows = [row for row in csv.DictReader(open(trace)) if row["event"] == "spike" and row["layer"] == layers[-1]]
        found = torch.zeros(STEPS, len(labels), CLASSES)
        # The outputs act two steps later: a step for each layer before them.
        for row in rows:
            found[int(row["step"]) - 3, int(row["sample"]), int(row["neuron"])] += 1
        return found

    def accuracy(self, spikes, labels):
        report = self.folder / "run.json"
        self.call("run", "--quiet", "--overwrite", "--network", self.network, "--data", self.data("all", spikes, labels), "--json", report)
        found = json.load(open(report))
        if found["mismatched_samples"]:
            sys.exit(f"{self.model.name}: {found['mismatched_samples']} samples differ from the integer reference")
        return 100 * found["accuracy"]


def compare(model, chip, data):
    """A line on a model, and whether it is as it should be."""
    (spikes, labels), (test, test_labels) = data
    begin = time.time()
    train(model, spikes, labels)
    with torch.no_grad():
        own = 100 * float((model.run(test).sum(0).argmax(1) == test_labels).double().mean())
        chip.load()
        ours = chip.accuracy(test, test_labels)
        model.round()
        few, few_labels = test[:, :COMPARED], test_labels[:COMPARED]
        wanted = model.run(few)
        equal = []
        for bits in WIDTHS:
            chip.load("--membrane-bits", bits)
            found = chip.trains(few, few_labels)
            equal.append(int((found == wanted).all(0).all(1).sum()))
    enough = all(n >= least for n, least in zip(equal, WIDTHS.values()))
    right = enough and abs(own - ours) <= POINTS + 1e-9 and wanted.sum() > 0
    line = (
        f"{'' if right else 'WRONG '}{model.framework} {model.name}: {equal[0]} of {COMPARED} samples with equal output trains, {equal[1]} with 32 bits "
        f"({int(wanted.sum())} spikes); as trained {own:.2f} % there, {ours:.2f} % here; {time.time() - begin:.0f} s"
    )
    return line, right


def main():
    program, scratch, *names = sys.argv[1:]
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(2)
    data, wrong, count = digits(), 0, 0
    for models in (of_snntorch, of_norse, of_sinabs, of_spikingjelly):
        for model in models():
            if names and not any(name in f"{model.framework} {model.name}" for name in names):
                continue
            folder = pathlib.Path(scratch) / f"{count:02}"
            folder.mkdir(parents=True, exist_ok=True)
            line, right = compare(model, Chip(program, folder, model), data)
            print(line, flush=True)
            wrong, count = wrong + (not right), count + 1
    print(f"{count} models, {wrong} wrong")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
