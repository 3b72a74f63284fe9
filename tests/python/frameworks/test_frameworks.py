"""Networks of snnTorch, Norse, SpikingJelly and Sinabs through `from_torch`.

Graphs are those of the frameworks' own exporters, node by node. What cannot be converted is said with its path in the model, all
of it at once. A small network is trained on the digits in each framework, converted, and run on two chips: its accuracy over
the test digits is within half a point of the framework's.
"""

import contextlib
import io
import pathlib
import pickle
import sys
import time

import numpy
import pytest

import spikemesh as sm
from spikemesh import convert

for _name in ("torch", "snntorch", "norse", "sinabs", "spikingjelly"):
    pytest.importorskip(_name, reason=f"{_name} is not installed here: .ci/run has it where frameworks are")

import torch  # noqa: E402
from torch import nn  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "parity"))
import parity  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

CHIPS = ("loihi", "sram_mesh")
POINTS = 0.5
STEPS, EPOCHS = parity.STEPS, 12
ALL = (parity.of_snntorch, parity.of_norse, parity.of_sinabs, parity.of_spikingjelly)


def model_of(model):
    """The model as its framework runs it."""
    if model.framework != "norse":
        return model.net
    import norse.torch as norse

    return norse.SequentialState(*model.net)


def sample_of(model):
    return torch.zeros(STEPS if model.framework == "sinabs" else 1, *model.shape)


# Graphs.


def exported(model):
    """The graph of the framework's own exporter."""
    import nir

    caught, write = [], nir.write
    nir.write = lambda path, graph, **more: caught.append(graph)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            model.export("nowhere.nir")
    finally:
        nir.write = write
    model.reset()
    return caught[0]


def flat(graph, before=""):
    """Nodes and edges, those of graphs within as well."""
    import nir

    nodes, edges = {}, [(before + a, before + b) for a, b in graph.edges]
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            inner, more = flat(node, f"{before}{name}.")
            nodes |= inner
            edges += more
        else:
            nodes[before + name] = node
    return nodes, edges


def in_order(nodes, edges):
    """Names of nodes by their distance from the input; those at the same distance by their kind."""
    import nir

    distance = {name: 0 for name, node in nodes.items() if isinstance(node, nir.Input)}
    for _ in nodes:
        for a, b in edges:
            if a in distance:
                distance.setdefault(b, distance[a] + 1)
    return sorted(nodes, key=lambda name: (distance[name], type(nodes[name]).__name__))


def is_zero(value):
    return value is None or not numpy.asarray(value).any()


def differences(one, two):
    """How two graphs differ, apart from names: an affine map without a bias is a linear one, and one number for both sides
    of a pool is the same as two."""
    (a, edges_a), (b, edges_b) = flat(one), flat(two)
    order_a, order_b = in_order(a, edges_a), in_order(b, edges_b)
    place_a, place_b = ({name: index for index, name in enumerate(order)} for order in (order_a, order_b))
    found = {(place_a[x], place_a[y]) for x, y in edges_a} ^ {(place_b[x], place_b[y]) for x, y in edges_b}
    problems = [f"edge {edge}" for edge in found]
    for x, y in zip(order_a, order_b, strict=True):
        p, q = vars(a[x]), vars(b[y])
        if type(a[x]).__name__.replace("Affine", "Linear") != type(b[y]).__name__.replace("Affine", "Linear"):
            problems.append(f"{x} is {type(a[x]).__name__}, {y} is {type(b[y]).__name__}")
            continue
        for field in sorted(set(p) | set(q) - {"input_type", "output_type", "metadata"}):
            u, v = p.get(field), q.get(field)
            if field in ("input_type", "output_type", "metadata") or (is_zero(u) and is_zero(v)):
                continue
            u, v = numpy.asarray(u), numpy.asarray(v)
            same = numpy.allclose(u, v, rtol=1e-5, atol=0) if u.dtype.kind in "fiu" and v.dtype.kind in "fiu" else bool((u == v).all())
            if not same:
                problems.append(f"{x}.{field}: {u.ravel()[:3]}, {y}.{field}: {v.ravel()[:3]}")
    return problems


@pytest.mark.parametrize("models", ALL)
def test_graphs_are_those_of_the_exporters(models):
    for model in models():
        theirs = exported(model)
        ours, options = convert.graph_of(model_of(model), sample_of(model))
        assert differences(theirs, ours) == [], model.name
        assert options["framework"] == model.framework


# Errors.


def refused(model, sample, *expected):
    with pytest.raises(sm.ModelError) as caught:
        sm.from_torch(model, sample)
    error = caught.value
    assert len(error.problems) == len(expected), error.problems
    for path, text in expected:
        assert any(path == found and text in message for found, message in error.problems), (path, text, error.problems)
    again = pickle.loads(pickle.dumps(error))
    assert (again.problems, str(again)) == (error.problems, str(error))


class Sum(nn.Module):
    """Adds what two modules give, which no module does."""

    def __init__(self, neuron):
        super().__init__()
        self.one, self.two, self.neuron = nn.Linear(8, 4), nn.Linear(8, 4), neuron

    def forward(self, x):
        return self.neuron(self.one(x) + self.two(x))


def test_what_is_not_exact_is_noted():
    import snntorch as snn

    model = nn.Sequential(nn.Linear(8, 4), snn.Leaky(beta=0.9, init_hidden=True, reset_delay=False))
    with pytest.warns(UserWarning, match="reset_delay=False"):
        network = sm.from_torch(model, torch.zeros(1, 8))
    assert any('module "1": reset_delay=False' in note for note in network.notes)
    assert any("reset_delay=False" in note for note in sm.run(network, chip="loihi", spikes="random:rate=0.2,steps=5").notes)


def test_what_cannot_be_converted_is_said_all_at_once():
    import snntorch as snn
    from spikingjelly.activation_based import neuron as sj

    class Own(sj.LIFNode):
        """A neuron that does something else."""

        def neuronal_charge(self, x):
            self.v = self.v + 2 * x

    zeros = torch.zeros(1, 8)
    leaky = lambda **more: snn.Leaky(beta=0.9, init_hidden=True, **more)  # noqa: E731
    block = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), leaky())
    refused(
        nn.Sequential(block, nn.MaxPool1d(2), leaky()),
        zeros,
        ("0.1", "of the kind ReLU, which cannot be converted; use neurons of the framework"),
        ("1", "of the kind MaxPool1d"),
    )
    refused(nn.Sequential(nn.Linear(8, 4), snn.Lapicque(beta=0.9, init_hidden=True), leaky()), zeros, ("1", "Lapicque"))
    refused(nn.Sequential(nn.Linear(8, 4), Own()), zeros, ("1", "Own"))
    refused(Sum(leaky()), zeros, ("neuron", "For a sum, as in a residual block, write the graph by hand"))
    refused(
        nn.Sequential(nn.Linear(8, 4), leaky(reset_mechanism="none"), nn.Linear(4, 4), leaky(graded_spikes_factor=2.0)),
        zeros,
        ("1", 'reset_mechanism="none"'),
        ("3", "graded_spikes_factor"),
    )
    refused(
        nn.Sequential(nn.Linear(8, 4), leaky(), nn.Linear(4, 4), leaky(reset_mechanism="zero")),
        zeros,
        ("3", "a graph has one"),
    )
    refused(nn.Sequential(nn.Linear(8, 4)), zeros, ("", "no spiking neurons"))
    refused(nn.Sequential(nn.Linear(8, 4), leaky(), sj.LIFNode()), zeros, ("", "modules of snntorch and of spikingjelly"))
    refused(nn.Sequential(nn.Linear(8, 4), leaky()), torch.zeros(1, 9), ("", "does not take a sample of shape (1, 9)"))
    for wrong in (lambda: sm.from_torch(3, zeros), lambda: sm.from_torch(block), lambda: sm.from_torch(block, zeros, sample_shape=(8,))):
        with pytest.raises(TypeError):
            wrong()


# Accuracy.


class Loop(nn.Module):
    """As in tutorials: scalar parameters, a loop over time, states by hand."""

    def __init__(self):
        super().__init__()
        import snntorch as snn

        self.fc1, self.lif1 = nn.Linear(64, parity.HIDDEN), snn.Leaky(beta=0.875)
        self.norm = nn.BatchNorm1d(parity.HIDDEN)
        self.drop = nn.Dropout(0.1)
        self.fc2, self.lif2 = nn.Linear(parity.HIDDEN, 10), snn.Leaky(beta=0.875)

    def forward(self, x):
        one, two, spikes = self.lif1.init_leaky(), self.lif2.init_leaky(), []
        for _ in range(STEPS):
            hidden, one = self.lif1(self.norm(self.fc1(x)), one)
            output, two = self.lif2(self.fc2(self.drop(hidden)), two)
            spikes.append(output)
        return torch.stack(spikes)


class Looped(parity.SnnTorch):
    def reset(self):
        """Its states begin at 0 in each call."""

    def run(self, spikes):
        return self.net(spikes[0])


def models():
    """A network of each framework, with its main neuron; and one as it is written by hand."""
    of = {(model.framework, model.name): model for models in ALL for model in models()}
    yield of["snntorch", "Leaky"]
    yield Looped("Leaky in a loop, BatchNorm1d, Dropout", Loop)
    yield of["norse", "LIFCell"]
    yield of["spikingjelly", "LIFNode"]
    yield of["sinabs", "IAF"]


@pytest.fixture(scope="module")
def digits():
    """Grey values in every step, by steps and samples, and labels: to train with, and to test with."""
    (x, y), _, (x_test, y_test) = sm.dataset("digits")
    over_time = lambda x: torch.tensor(x.reshape(1, len(x), 64)).expand(STEPS, -1, -1)  # noqa: E731
    return over_time(x), torch.tensor(y, dtype=torch.int64), over_time(x_test), y_test


@pytest.fixture(scope="module")
def table():
    """Lines that are shown at the end, whatever pytest shows."""
    lines = ["", "".join([f"{'':46}", *(f"{text:>16}" for text in ("framework %", *CHIPS, "rounding %", "spikes differ", "s"))])]
    yield lines
    print("\n".join(lines), file=sys.__stdout__, flush=True)


@pytest.mark.parametrize("model", models(), ids=lambda model: f"{model.framework}-{model.name.split()[0]}")
def test_accuracy_is_that_of_the_framework(model, digits, table, monkeypatch):
    (train, labels, test, y_test), begin = digits, time.time()
    monkeypatch.setattr(parity, "EPOCHS", EPOCHS)
    parity.train(model, train, labels)
    model.net.eval()
    with torch.no_grad():
        spikes = model.run(test)
    own = 100 * float((spikes.sum(0).argmax(1).numpy() == y_test).mean())
    assert own > 80, "it is trained"
    model.reset()
    # Membranes have room for what digits cause.
    network = sm.from_torch(model_of(model), sample_of(model), steps=STEPS, spikes=f"random:rate=0.5,steps={STEPS}")
    found = {}
    for chip in CHIPS:
        run = sm.run(network, chip=chip, data="digits", steps=STEPS)
        assert run.mismatched_samples == 0
        # The class is that of the first of the highest counts, as above. `run.accuracy` has the membranes decide where
        # counts are equal.
        found[chip] = 100 * float((run.spike_counts.argmax(1) == y_test).mean())
        real = run.to_dict()["real_network"]
    layers = network.deviation["layers"]
    rounding = max(100 * layer["weight_rounding"] for layer in layers)
    differ = sum(layer["neurons_that_differ"] for layer in layers)
    values = (own, *found.values(), rounding, differ, time.time() - begin)
    table.append(f"{model.framework + ' ' + model.name:46}" + "".join(f"{value:16.2f}" for value in values))
    # In real numbers it is the framework's network. Weights of 8 bits, the chips' own, may cost so much; they may also
    # help by more, as they do in sinabs: 3 of 400 samples.
    assert abs(own - 100 * real["accuracy"]) <= POINTS + 1e-9, (own, real)
    assert all(own - one <= POINTS + 1e-9 for one in found.values()), (own, found)
