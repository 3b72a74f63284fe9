#!/usr/bin/env python3
"""Times steps of tandem training in PyTorch and in spikemesh, in turns, on the networks of benches/train.rs.

Beside them, where snnTorch is installed, a step of the training that its users run: backpropagation through time. Written from the rule (J. Wu et al., IEEE TNNLS 2021, doi:10.1109/TNNLS.2021.3095724). README.md says how to get PyTorch and what
is measured.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

try:
    import snntorch
    from snntorch import surrogate
except ImportError:
    snntorch = None

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
NETWORKS = {
    "train-mlp": ROOT / "benches/networks/train-mlp.json",
    "fashion-cnn": ROOT / "networks/fashion-cnn.json",
    "train-cnn": ROOT / "benches/networks/train-cnn.json",
}
BATCH, STEPS_T, THRESHOLD, MOMENTUM, EPSILON = 64, 4, 1.0, 0.9, 1e-4
VARIANTS = {
    "published": "the input is repeated T times; the twin has products of its own",
    "once": "the encoding layer's product is computed once; the other twins have products of their own",
    "shared": "as once; every twin's product is the sum of the spiking branch's",
}

# Another rule, at the same shapes.
THROUGH_TIME = "through time"


# ---------------------------------------------------------------------------------------------------------------
# The rule. Spikes stand step by step, [T, N, ...], so that a step is one piece of memory.


class PassOn(torch.autograd.Function):
    """Forward the spike counts, backward to the twin's activation as if they were it."""

    @staticmethod
    def forward(ctx, activation, counts):
        return counts

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


class SharedProduct(torch.autograd.Function):
    """The twin's product, already computed: W * counts = sum over the steps of W * spikes[t]."""

    @staticmethod
    def forward(ctx, counts, weight, product, geometry):
        ctx.save_for_backward(counts, weight)
        ctx.geometry = geometry
        return product

    @staticmethod
    def backward(ctx, gradient):
        counts, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad[0]
        if ctx.geometry is None:
            return gradient @ weight if wanted else None, gradient.t() @ counts, None, None
        stride, padding = ctx.geometry
        of_input, of_weight, _ = torch.ops.aten.convolution_backward(
            gradient, counts, weight, None, stride, padding, [1, 1], False, [0, 0], 1, [wanted, True, False]
        )
        return of_input, of_weight, None, None


class Hidden(torch.nn.Module):
    """A dense layer or convolution without bias, batch norm, integrate-and-fire neurons."""

    def __init__(self, weight, geometry, layout):
        super().__init__()
        weight = weight.to(memory_format=layout) if weight.dim() == 4 else weight
        self.weight = torch.nn.Parameter(weight)
        self.geometry = geometry
        channels = weight.shape[0]
        self.gamma = torch.nn.Parameter(torch.ones(channels))
        self.beta = torch.nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.fire = fire

    def product(self, values, weight, bias=None):
        if self.geometry is None:
            return F.linear(values, weight, bias)
        return F.conv2d(values, weight, bias, *self.geometry)

    def twin(self, sums):
        """Activation of the non-spiking twin; moves the running statistics."""
        normalised = F.batch_norm(sums, self.mean, self.variance, self.gamma, self.beta, True, MOMENTUM, EPSILON)
        return F.relu_(normalised)

    def folded(self):
        ratio = self.gamma / torch.sqrt(self.variance + EPSILON)
        return ratio, self.beta - self.mean * ratio

    def per_channel(self, values):
        return values if self.geometry is None else values.view(-1, 1, 1)

    def forward(self, spikes, counts, variant, first):
        shared = variant == "shared" or (variant == "once" and first)
        if shared:
            with torch.no_grad():
                values = counts / STEPS_T if first else spikes.flatten(0, 1)
                product = self.product(values, self.weight)
                product = product if first else product.unflatten(0, (STEPS_T, -1))
                sums = product * STEPS_T if first else product.sum(0)
            activation = self.twin(SharedProduct.apply(counts, self.weight, sums, self.geometry))
        else:
            activation = self.twin(self.product(counts, self.weight))
        with torch.no_grad():
            ratio, shift = self.folded()
            if shared:
                ratio, shift = self.per_channel(ratio), self.per_channel(shift)
                current = torch.addcmul(shift / STEPS_T, product, ratio)
            else:
                weight = self.weight * ratio.view(-1, *[1] * (self.weight.dim() - 1))
                current = self.product(spikes.flatten(0, 1), weight, shift / STEPS_T)
                current = current.unflatten(0, (STEPS_T, -1))
            spikes, real = self.fire(current, shared and first)
        return spikes, PassOn.apply(activation, real)


def fire(current, constant: bool):
    """Integrate, fire at the threshold, subtract it. `current` is [T, N, ...], or [N, ...] if it is constant."""
    if constant:
        spikes = current.new_empty((STEPS_T, *current.shape))
        if current.dim() == 4 and current.is_contiguous(memory_format=torch.channels_last):
            spikes = current.new_empty((STEPS_T * current.shape[0], *current.shape[1:])).to(
                memory_format=torch.channels_last
            )
            spikes = spikes.unflatten(0, (STEPS_T, -1))
    else:
        spikes = torch.empty_like(current)
    membrane = current.clone() if constant else current[0]
    for step in range(STEPS_T):
        if step > 0:
            membrane += current if constant else current[step]
        torch.ge(membrane, THRESHOLD, out=spikes[step])
        # The last step's membrane is not needed any more.
        if step + 1 < STEPS_T:
            membrane.sub_(spikes[step], alpha=THRESHOLD)
    return spikes, spikes.sum(0)


class Network(torch.nn.Module):
    def __init__(self, description, variant, layout):
        super().__init__()
        torch.manual_seed(1)
        self.variant, self.layout = variant, layout
        shape, layers = tuple(description["input"]["shape"]), []
        for layer in description["layers"]:
            if layer["kind"] == "flatten":
                shape = (shape[0] * shape[1] * shape[2],)
            elif layer["kind"] == "dense":
                layers.append(((layer["outputs"], shape[0]), None))
                shape = (layer["outputs"],)
            else:
                kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
                layers.append(((layer["channels"], shape[0], kernel, kernel), ([stride] * 2, [padding] * 2)))
                sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[1:]]
                shape = (layer["channels"], *sides)
        hidden = [Hidden(first_weights(size), geometry, layout) for size, geometry in layers[:-1]]
        self.hidden = torch.nn.ModuleList(hidden)
        self.output = torch.nn.Linear(layers[-1][0][1], layers[-1][0][0])
        self.densities = []

    def forward(self, images, watch=False):
        """Logits of images [N, 1, 28, 28]."""
        flat = self.hidden[0].geometry is None
        images = images.flatten(1) if flat else images.contiguous(memory_format=self.layout)
        counts = images * STEPS_T
        spikes = None
        if self.variant == "published":
            spikes = images.expand(STEPS_T, *images.shape)
        self.densities = []
        for index, layer in enumerate(self.hidden):
            if layer.geometry is None and counts.dim() > 2:
                spikes, counts = spikes.flatten(2), counts.flatten(1)
            spikes, counts = layer(spikes, counts, self.variant, index == 0)
            if watch:
                self.densities.append(spikes.mean().item())
        return self.output(counts)


class ThroughTime(torch.nn.Module):
    """The same layers in snnTorch, without batch norm: surrogate gradients, backpropagated through all steps.

    The encoding layer's product is computed once, and the output layer reads the counts of spikes: both save products.
    """

    def __init__(self, description):
        super().__init__()
        torch.manual_seed(1)
        hidden = Network(description, "shared", torch.contiguous_format)
        self.layers, self.output = torch.nn.ModuleList(), hidden.output
        for layer in hidden.hidden:
            out, fan_in, *kernel = layer.weight.shape
            if layer.geometry is None:
                self.layers.append(torch.nn.Linear(fan_in, out))
            else:
                self.layers.append(torch.nn.Conv2d(fan_in, out, kernel, *layer.geometry))
        gradient = surrogate.fast_sigmoid()
        neurons = [snntorch.Leaky(beta=1.0, threshold=THRESHOLD, spike_grad=gradient) for _ in self.layers]
        self.neurons = torch.nn.ModuleList(neurons)
        self.densities = []

    def forward(self, images, watch=False):
        first = isinstance(self.layers[0], torch.nn.Linear)
        current = self.layers[0](images.flatten(1) if first else images)
        membranes = [neuron.init_leaky() for neuron in self.neurons]
        counts, fired = 0, [0.0] * len(self.layers)
        for _ in range(STEPS_T):
            spikes = None
            for index, (layer, neuron) in enumerate(zip(self.layers, self.neurons)):
                if index > 0:
                    flat = isinstance(layer, torch.nn.Linear)
                    current_here = layer(spikes.flatten(1) if flat else spikes)
                else:
                    current_here = current
                spikes, membranes[index] = neuron(current_here, membranes[index])
                if watch:
                    fired[index] += spikes.mean().item() / STEPS_T
            counts = counts + spikes.flatten(1)
        self.densities = fired
        return self.output(counts)


def first_weights(size):
    fan_in = 1
    for side in size[1:]:
        fan_in *= side
    return (torch.rand(size) * 2 - 1) / fan_in**0.5


# ---------------------------------------------------------------------------------------------------------------
# Data and rounds.


def load():
    """Images and labels of the training part, and what they are."""
    try:
        images = gzip.decompress((FASHION_MNIST / "train-images-idx3-ubyte.gz").read_bytes())
        labels = gzip.decompress((FASHION_MNIST / "train-labels-idx1-ubyte.gz").read_bytes())
    except OSError:
        images = torch.randint(72, 219, (6400, 1, 28, 28)) * torch.randint(0, 2, (6400, 1, 28, 28))
        return images / 255.0, torch.randint(0, 10, (6400,)), "random pixels"
    images = torch.frombuffer(bytearray(images[16:]), dtype=torch.uint8).view(-1, 1, 28, 28)[:55_000] / 255.0
    labels = torch.frombuffer(bytearray(labels[8:]), dtype=torch.uint8).long()[:55_000]
    return images, labels, "fashion-mnist"


class Peer:
    """One variant of one network under training."""

    def __init__(self, name, variant, data, options):
        self.name, self.variant, self.options = name, variant, options
        self.images, self.labels, self.data = data
        self.program = f"PyTorch {torch.__version__}"
        layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
        description = json.loads(NETWORKS[name].read_text())
        if variant == THROUGH_TIME:
            self.program = f"snnTorch {snntorch.__version__}, {self.program}"
            self.network = ThroughTime(description)
        else:
            self.network = Network(description, variant, layout)
        if options.compile and variant != THROUGH_TIME:
            compiled = torch.compile(fire, dynamic=False)
            for layer in self.network.hidden:
                layer.fire = compiled
        self.adam = torch.optim.Adam(self.network.parameters(), lr=1e-3, fused=True)
        self.order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(1))
        self.next, self.warm, self.rounds, self.loss = 0, False, [], None

    def step(self):
        if self.next + BATCH > len(self.order):
            self.next = 0
        chosen = self.order[self.next : self.next + BATCH]
        self.next += BATCH
        loss = F.cross_entropy(self.network(self.images[chosen]), self.labels[chosen])
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        # Read as ours is, to see a training that diverges.
        self.loss = loss.item()

    def round(self):
        if not self.warm:
            self.warm = True
            for _ in range(self.options.warm_up):
                self.step()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(self.options.steps):
            self.step()
        ends = (time.perf_counter(), time.process_time())
        self.rounds.append([(end - start) / self.options.steps for start, end in zip((wall, cpu), ends)])

    def result(self):
        with torch.no_grad():
            self.network(self.images[:BATCH], watch=True)
        wall, cpu = (statistics.median(column) for column in zip(*self.rounds))
        return {
            "program": self.program,
            "variant": self.variant,
            "network": self.name,
            "data": self.data,
            "batch": BATCH,
            "threads": torch.get_num_threads(),
            "ms_per_step": wall * 1e3,
            "cpu_ms_per_step": cpu * 1e3,
            "best_ms_per_step": min(wall for wall, _ in self.rounds) * 1e3,
            "steps_per_s": 1 / wall,
            "samples_per_s": BATCH / wall,
            "loss": self.loss,
            "spikes_per_neuron_and_step": self.network.densities,
        }


class Ours:
    """The bench, serving rounds."""

    def __init__(self, options):
        executable = options.ours or build()
        arguments = ["--serve", "--threads", options.threads, "--steps", options.steps, "--warm-up", options.warm_up]
        command = [str(executable), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rounds = {}

    def round(self, network):
        self.process.stdin.write(network + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the bench ended early")
        self.rounds.setdefault(network, []).append(json.loads(line))

    def result(self, network):
        rounds = self.rounds[network]
        result = {"program": "spikemesh", **rounds[-1]}
        for figure in ("ms_per_step", "cpu_ms_per_step"):
            result[figure] = statistics.median(r[figure] for r in rounds)
        result["best_ms_per_step"] = min(r["ms_per_step"] for r in rounds)
        result["steps_per_s"] = 1e3 / result["ms_per_step"]
        result["samples_per_s"] = result["batch"] * result["steps_per_s"]
        return result


def build():
    command = ["cargo", "bench", "--bench", "train", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    return next(m["executable"] for m in found if m.get("executable") and m["target"]["name"] == "train")


def machine():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = ", load {:.1f}".format(os.getloadavg()[0])
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores{load}"


def print_table(name, ours, peers):
    print(f"{name}: {ours['data']}, T = {STEPS_T}, batch {BATCH}, {ours['threads']} threads")
    print(f"  {'':24} {'ms per step':>12} {'best':>8} {'CPU ms':>8} {'steps/s':>8} {'samples/s':>10} {'ours is x times as fast':>32}")
    for result in [ours, *peers]:
        peer = "snnTorch" if result is not ours and result["variant"] == THROUGH_TIME else "PyTorch"
        label = result["program"] if result is ours else f"{peer}, {result['variant']}"
        ratio = "" if result is ours else f"{result['ratio']:.2f} (best {result['best_ratio']:.2f}, CPU {result['cpu_ratio']:.2f})"
        print(
            f"  {label:24} {result['ms_per_step']:12.2f} {result['best_ms_per_step']:8.2f} {result['cpu_ms_per_step']:8.2f} {result['steps_per_s']:8.1f}"
            f" {result['samples_per_s']:10.0f} {ratio:>32}"
        )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, help="a built bench; otherwise cargo builds it")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--layout", choices=("contiguous", "channels_last"), default="channels_last")
    parser.add_argument("--compile", action="store_true", help="fuse the neurons' loop by torch.compile")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20, help="steps per round")
    parser.add_argument("--warm-up", type=int, default=40, help="steps before the first round")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    print(f"{machine()}; PyTorch {torch.__version__}, {options.layout}{', compiled' if options.compile else ''}")
    data, ours, results = load(), Ours(options), []
    variants = [*options.variants, *([THROUGH_TIME] if snntorch else [])]
    if not snntorch:
        print("snnTorch is not installed: its row is left out")
    for name in options.networks:
        peers = [Peer(name, variant, data, options) for variant in variants]
        for _ in range(options.rounds):
            ours.round(name)
            for peer in peers:
                peer.round()
        own, others = ours.result(name), [peer.result() for peer in peers]
        for other in others:
            other["ratio"] = other["ms_per_step"] / own["ms_per_step"]
            other["best_ratio"] = other["best_ms_per_step"] / own["best_ms_per_step"]
            other["cpu_ratio"] = other["cpu_ms_per_step"] / own["cpu_ms_per_step"]
        print_table(name, own, others)
        results += [own, *others]
    print(json.dumps(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
