"""An acoustic model in the manner of Wu et al. 2020: frames of spoken digits, T = 10, beside a network without spikes.

Classes are the thirds of the ten words (`fsdd-states`). An utterance is named by the best path through the three states of
each word. The network without spikes gives no posteriors here, so its utterances are those of its conversion to T = 64
steps, whose frames are compared with it. Operations are counted by frame, with and without the encoding layer.

Usage: python3 benches/systems/acoustic.py target/release/spikemesh --out trained/acoustic --data-dir DIR
DIR is what `spikemesh datasets` says of fsdd.
"""

import json
from pathlib import Path

import numpy as np
from common import Trainer, arguments, chosen, percent

STATES, WORDS, LONG = 3, 10, 64


def main() -> None:
    parser = arguments(__doc__, seeds="1")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--options", default="", help="more options of the spiking training, as one text")
    given = parser.parse_args()
    trainer = Trainer(given.program, given.out, given.threads)
    data = ["--data-dir", str(given.data_dir)]
    options = given.options.split()
    rows = [both(trainer, data, given.out, seed, options) for seed in given.seeds.split(",")]
    print("test part in %, mean of seeds", given.seeds)
    for title, at in [("no spikes, frames", 0), (f"the same as T = {LONG}, frames", 1), ("T = 10, frames", 3)]:
        print(f"  {title:32}", percent([row[at] for row in rows]))
    for title, at in [(f"no spikes, as T = {LONG}, utterances", 2), ("T = 10, utterances", 4)]:
        print(f"  {title:32}", percent([row[at] for row in rows]))
    for title, at in [("without encoding", 5), ("all layers", 6)]:
        print(f"  T = 10, operations a frame by MACs of the network without spikes, {title}: {rows[0][at]:.3f}")
    print(f"  on loihi {sum(row[7] for row in rows)} frames differ from the integer network")


def both(trainer: Trainer, data: list[str], out: Path, seed: str, options: list[str]) -> tuple:
    """What the network without spikes and the spiking one come to."""
    common = ["--network", "fsdd-states", *data, "--seed", seed]
    ann = ["--rule", "surrogate", "--from-ann", "--learn", "none", "--steps", str(LONG)]
    trainer.train(f"ann-{seed}", *ann, "--report", "--report-samples", "100000", *common)
    twin = json.loads((out / f"ann-{seed}" / "report.json").read_text())["final"]["networks"][0]
    history = trainer.train(f"t10-{seed}", *options, *common)
    long, short = (said(trainer, data, f"{name}-{seed}") for name in ("ann", "t10"))
    operations, macs = chosen(history)["synaptic_operations"], twin["macs"]
    encoding = encoder_macs(json.loads((out / f"t10-{seed}" / "network.json").read_text()))
    ratios = operations / macs, (operations + encoding) / (macs + encoding)
    return twin["accuracy"], *long[:2], *short[:2], *ratios, short[2]


def encoder_macs(network: dict) -> int:
    first = next(layer for layer in network["layers"] if layer["kind"] == "dense")
    return int(np.prod(network["input"]["shape"])) * first["outputs"]


def said(trainer: Trainer, data: list[str], name: str) -> tuple[float, float, int]:
    """Right frames, right utterances, and frames that differ on the chip."""
    posteriors = trainer.folder / f"{name}.npy"
    options = ["--chip", "loihi", *data, "--posteriors", str(posteriors)]
    report = trainer.run(name, *options)
    labels, values = np.load(posteriors.with_name(f"{name}_labels.npy")), np.load(posteriors)
    # A word begins where a first third follows another one.
    begins = np.flatnonzero((labels[1:] % STATES) < (labels[:-1] % STATES)) + 1
    utterances = [np.argmax(paths(word)) for word in np.split(values, begins)]
    right = np.mean(utterances == labels[np.append(0, begins)] // STATES)
    return float(np.mean(values.argmax(1) == labels)), float(right), report["mismatched_samples"]


def paths(word: np.ndarray) -> np.ndarray:
    """The sum of logarithms along the best path from left to right through the states of each word."""
    scores = word.reshape(len(word), WORDS, STATES)
    best = np.full((WORDS, STATES), -np.inf)
    best[:, 0] = scores[0, :, 0]
    for frame in scores[1:]:
        moved = np.concatenate([np.full((WORDS, 1), -np.inf), best[:, :-1]], axis=1)
        best = np.maximum(best, moved) + frame
    return best[:, -1]


if __name__ == "__main__":
    main()
