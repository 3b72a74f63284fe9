"""LITE-SNN: sequences by a small network that keeps its state, on JapaneseVowels and on a made task where order matters.

The made task shows two signs in noise, one after the other; the class is which came first, so that no frame alone tells
it. A network without state is the same one with a leak of 1/4096: its hidden membranes hold nothing from frame to frame,
and its outputs still sum over all frames. Real numbers are those of the written weights, in NumPy.

Usage: python3 benches/systems/lite.py target/release/spikemesh --out trained/lite --data-dir DIR
DIR is what `spikemesh datasets` says of japanese-vowels; without it only the made task is run. The exit code is 1 if state is
not worth ten points there, or the chip differs.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
from common import Trainer, arguments, percent

WIDTH = 12
NO_STATE = ["--leak", "0.000244140625", "--learn", "weights,threshold"]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    trainer = Trainer(given.program, given.out, given.threads)
    seeds = given.seeds.split(",")
    print("test accuracy in %, mean (least to largest) of seeds", given.seeds)
    if given.data_dir:
        vowels(trainer, given.data_dir, seeds)
    sys.exit(0 if order(trainer, given.out, seeds) else 1)


def vowels(trainer: Trainer, data_dir: Path, seeds: list[str]) -> None:
    options = ["--network", "vowels", "--rule", "surrogate", "--data-dir", str(data_dir)]
    names = [f"vowels-{seed}" for seed in seeds]
    found = [trainer.train(name, *options, "--seed", seed) for name, seed in zip(names, seeds)]
    sequences, labels = test_part(data_dir)
    real = [real_accuracy(trainer.folder / name, sequences, labels) for name in names]
    print(f"\njapanese-vowels, {parameters(trainer.folder / names[0]):,} weights and biases")
    print("  state kept, integers     ", percent([history["test_accuracy"] for history in found]))
    print("  state kept, real numbers ", percent(real))
    cleared = [trainer.train(f"{name}-cleared", *options, *NO_STATE, "--seed", seed) for name, seed in zip(names, seeds)]
    print("  state cleared every frame", percent([history["test_accuracy"] for history in cleared]))
    report = trainer.run(names[0], "--chip", "loihi", "--data-dir", str(data_dir), "--samples", "370")
    on_chip(report)


def order(trainer: Trainer, out: Path, seeds: list[str]) -> bool:
    """Whether state is worth ten points, and the chip does what the network does."""
    data = out / "order-data"
    write_order(data)
    network = out / "order.json"
    network.write_text(json.dumps(order_network()))
    options = ["--network", str(network.absolute()), "--data", str(data), "--rule", "surrogate"]
    print("\nwhich of two signs came first")
    means = []
    for title, more in [("state kept", []), ("state cleared every frame", NO_STATE)]:
        name = f"order-{title.split()[1]}"
        found = [trainer.train(f"{name}-{seed}", *options, *more, "--seed", seed)["test_accuracy"] for seed in seeds]
        print(f"  {title:25}", percent(found))
        means.append(np.mean(found))
    report = trainer.run(f"order-kept-{seeds[0]}", "--chip", "loihi", "--data", str(data), "--samples", "500")
    on_chip(report)
    return means[0] >= means[1] + 0.1 and report["mismatched_samples"] == 0


def on_chip(report: dict) -> None:
    """What a run on the chip came to."""
    frames, energy = report["frames"], report["frames"]["per_frame"]["energy_pj"]
    print(
        f"  on loihi: {report['mismatched_samples']} of {report['samples']} sequences differ from the integer network,"
        f" {energy:,.0f} pJ and {frames['per_frame']['synaptic_operations']:,.0f} synaptic operations a frame"
    )


def order_network() -> dict:
    layers = [{"kind": "dense", "outputs": size} for size in (64, 64, 2)]
    return {
        "format": "spikemesh.network/1",
        "description": "tells which of two signs came first",
        "dataset": "order",
        "input": {"shape": [WIDTH, 1, 1], "frames": {"steps": 1, "readout": "end"}},
        "layers": layers,
        "neuron": {"model": "lif", "leak": 0.95, "threshold": 1.0, "reset": "subtract"},
        "time_steps": 1,
        "training": {"epochs": 30, "batch": 32, "learning_rate": 0.005},
    }


def write_order(folder: Path) -> None:
    """Sequences of 6 to 12 frames of noise, in which two signs are shown, in one order or the other."""
    folder.mkdir(parents=True, exist_ok=True)
    draws = np.random.default_rng(1)
    for part, count in [("train", 3000), ("test", 1000)]:
        lengths = draws.integers(6, 13, count)
        labels = draws.integers(0, 2, count)
        frames = []
        for length, label in zip(lengths, labels):
            shown = draws.integers(0, 80, (length, WIDTH))
            first, second = sorted(draws.choice(length, 2, replace=False))
            for at, sign in [(first, label), (second, 1 - label)]:
                shown[at, 4 * sign : 4 * sign + 4] += 150
            frames.append(shown)
        np.save(folder / f"{part}_frames.npy", np.concatenate(frames).astype(np.uint8))
        np.save(folder / f"{part}_lengths.npy", lengths.astype(np.int32))
        np.save(folder / f"{part}_labels.npy", labels.astype(np.uint8))


def tensors(folder: Path) -> dict:
    """The arrays of a file of safetensors."""
    data = (folder / "weights.safetensors").read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    kinds = {"F32": np.float32, "I8": np.int8, "I32": np.int32, "I64": np.int64}
    header = json.loads(data[8:end])
    return {
        name: np.frombuffer(data[end:][slice(*entry["data_offsets"])], kinds[entry["dtype"]])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def parameters(folder: Path) -> int:
    return sum(values.size for name, values in tensors(folder).items() if name.endswith((".weight", ".bias")))


def real_accuracy(folder: Path, sequences: list, labels: np.ndarray) -> float:
    """The accuracy of the network in real numbers: the equations of the guide, step by step."""
    network = json.loads((folder / "network.json").read_text())
    arrays = tensors(folder)
    layers = []
    for number, layer in enumerate(network["layers"]):
        bias = arrays[f"{number}.bias"].astype(float)
        weight = arrays[f"{number}.weight"].astype(float).reshape(len(bias), -1)
        layers.append((weight, bias, layer.get("neuron")))
    right = 0
    for sequence, label in zip(sequences, labels):
        membranes = [np.zeros(len(bias)) for _, bias, _ in layers]
        for frame in sequence / 255:
            signal = frame
            for number, (weight, bias, neuron) in enumerate(layers):
                leak = neuron["leak"] if neuron else 1.0
                membranes[number] = leak * membranes[number] + weight @ signal + bias
                if neuron:
                    signal = (membranes[number] >= neuron["threshold"]).astype(float)
                    membranes[number] -= neuron["threshold"] * signal
        right += int(np.argmax(membranes[-1]) == label)
    return right / len(labels)


def test_part(data_dir: Path) -> tuple[list, np.ndarray]:
    """The test sequences as bytes: each dimension from its least to its largest number in the training part."""
    folder = next(folder for folder in [data_dir / "JapaneseVowels", data_dir] if folder.is_dir())
    train, _ = ts_file(folder / "JapaneseVowels_TRAIN.ts")
    test, labels = ts_file(folder / "JapaneseVowels_TEST.ts")
    numbers = np.concatenate(train)
    least, most = numbers.min(0), numbers.max(0)
    scaled = [np.floor(255 * (sequence - least) / (most - least) + 0.5).clip(0, 255) for sequence in test]
    return scaled, labels


def ts_file(path: Path) -> tuple[list, np.ndarray]:
    lines = path.read_text().lower().split("@data", 1)[1].split()
    cases = [line.split(":") for line in lines]
    sequences = [np.array([[float(v) for v in one.split(",")] for one in case[:-1]]).T for case in cases]
    return sequences, np.array([int(case[-1]) - 1 for case in cases])


if __name__ == "__main__":
    main()
