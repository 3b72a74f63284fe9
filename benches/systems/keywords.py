"""Spoken digits: a convolutional spiking network beside the network without spikes, on known and unknown voices, in noise.

The network without spikes is trained alone, with the same settings (`--rule surrogate --from-ann --learn none`). Noise is
white and in the test words only; networks with "noise" in their name were trained with noise on their inputs, too. The
last part takes the frames of words one after the other (`fsdd-states`), smooths the probability of each digit over 30
frames, and takes a digit for heard where that passes a threshold: how often the digit is missed, at so many false alarms
per hour in the other words.

Usage: python3 benches/systems/keywords.py target/release/spikemesh --out trained/keywords --data-dir DIR
DIR is what `spikemesh datasets` says of fsdd.
"""

import json
from pathlib import Path

import numpy as np
from common import Trainer, arguments, chosen, percent

SPEAKERS = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]
SNR_DB = [20, 10, 5, 0]
ANN = ["--rule", "surrogate", "--from-ann", "--learn", "none", "--steps", "4"]
DIGITS = 10
SMOOTHED = 30
FRAMES_PER_HOUR = 360_000


class Keywords(Trainer):
    """Trainings and tests with recordings."""

    def __init__(self, given, options: list[str]) -> None:
        super().__init__(given.program, given.out, given.threads)
        self.data = ["--data-dir", str(given.data_dir)]
        self.options = options

    def spiking(self, name: str, *options: str) -> dict:
        return self.train(name, "--network", "fsdd-cnn", *self.data, *self.options, *options)

    def ann(self, name: str, *options: str) -> float:
        """Trains a network without spikes; returns its test accuracy."""
        self.train(name, "--network", "fsdd-cnn", *self.data, *ANN, *options)
        return self.tested(name)[0]

    def tested(self, name: str, *options: str) -> tuple[float, float]:
        """Test accuracies of the twin of a trained network, and of itself."""
        twin, itself = self.compared(name, *options)
        return twin["accuracy"], itself["accuracy"]

    def compared(self, name: str, *options: str) -> list[dict]:
        """What the report of a trained network says of its twin and of itself."""
        out = self.folder / f"{name}{''.join(options)}-report"
        if not (out / "report.json").exists():
            self.spikemesh(
                "train", "--quiet", "--report-only", "--network", str(self.folder / name), "--out", str(out),
                "--report-samples", "600", *self.data, *options,
            )  # fmt: skip
        return json.loads((out / "report.json").read_text())["final"]["networks"][:2]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--options", default="", help="more options of the spiking trainings, as one text")
    given = parser.parse_args()
    keywords = Keywords(given, given.options.split())
    seeds = given.seeds.split(",")
    print("test accuracy in %, mean (least to largest) of seeds", given.seeds)
    random_split(keywords, seeds)
    noise(keywords, seeds[0])
    voices(keywords, seeds[0])
    false_alarms(keywords)


def random_split(keywords: Keywords, seeds: list[str]) -> None:
    print("\nall speakers in all parts")
    ann = [keywords.ann(f"ann-{seed}", "--seed", seed) for seed in seeds]
    print("  no spikes ", percent(ann))
    for steps in (4, 8):
        found = [keywords.spiking(f"t{steps}-{seed}", "--steps", str(steps), "--seed", seed) for seed in seeds]
        operations = np.mean([chosen(history)["synaptic_operations"] for history in found])
        macs = keywords.compared(f"ann-{seeds[0]}")[0]["macs"]
        accuracy = percent([history["test_accuracy"] for history in found])
        print(f"  T = {steps}      {accuracy}; {operations / macs:.3f} operations per MAC of {macs:,}", flush=True)


def noise(keywords: Keywords, seed: str) -> None:
    print("\nnoise in the test words, dB below them, seed", seed, "\n             ", *(f"{db:6}" for db in SNR_DB))
    added = ["--input-noise", "0.1"]
    keywords.ann(f"ann-noise-{seed}", *added, "--seed", seed)
    keywords.spiking(f"t4-noise-{seed}", "--steps", "4", *added, "--seed", seed)
    for title, name, which in [
        ("no spikes", f"ann-{seed}", 0), ("T = 4", f"t4-{seed}", 1),
        ("no spikes, noise", f"ann-noise-{seed}", 0), ("T = 4, noise", f"t4-noise-{seed}", 1),
    ]:  # fmt: skip
        values = [keywords.tested(name, "--snr-db", str(db))[which] for db in SNR_DB]
        print(f"  {title:17}", *(f"{100 * value:6.2f}" for value in values), flush=True)


def voices(keywords: Keywords, seed: str) -> None:
    print("\none speaker held out, seed", seed)
    rows = []
    for speaker in SPEAKERS:
        options = ["--data", f"fsdd-{speaker}", "--seed", seed]
        ann = keywords.ann(f"ann-{speaker}-{seed}", *options)
        spiking = keywords.spiking(f"t4-{speaker}-{seed}", "--steps", "4", *options)["test_accuracy"]
        rows.append((ann, spiking))
        print(f"  {speaker:9} no spikes {100 * ann:.2f}, T = 4 {100 * spiking:.2f}", flush=True)
    ann, spiking = np.mean(rows, axis=0)
    print(f"  mean      no spikes {100 * ann:.2f}, T = 4 {100 * spiking:.2f}")


def false_alarms(keywords: Keywords) -> None:
    """Misses of each digit, of its own words, at the threshold that so many false alarms in all other words allow."""
    train_states(keywords)
    words, digits = heard(keywords.folder / "states.npy")
    most = np.array([smooth(word).max(0) for word in words])
    frames = np.array([len(word) for word in words])
    print("\nframes one after the other: misses in %, mean of all digits, at false alarms per hour of other words")
    for alarms in (1, 3, 10):
        misses, rates = [], []
        for digit in range(DIGITS):
            others = np.sort(most[digits != digit, digit])[::-1]
            misses.append(np.mean(most[digits == digit, digit] <= others[alarms]))
            rates.append(alarms * FRAMES_PER_HOUR / frames[digits != digit].sum())
        print(f"  {np.mean(rates):5.1f} an hour ({alarms:2} in {frames.sum() / 6000 * 0.9:.1f} minutes): {100 * np.mean(misses):.2f}")


def train_states(keywords: Keywords) -> None:
    """Trains the network of frames, and writes its posteriors of all test words."""
    keywords.train("states", "--network", "fsdd-states", *keywords.data)
    out = keywords.folder / "states.npy"
    if not out.exists():
        keywords.run("states", "--chip", "loihi", *keywords.data, "--posteriors", str(out))


def heard(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """The probabilities of digits in each word by frame, and the digit of each word."""
    labels = np.load(path.with_name(f"{path.stem}_labels.npy"))
    # A word begins where a first third follows another one.
    begins = np.flatnonzero((labels[1:] % 3) < (labels[:-1] % 3)) + 1
    of_digits = np.exp(np.load(path)).reshape(-1, DIGITS, 3).sum(2)
    return np.split(of_digits, begins), labels[np.append(0, begins)] // 3


def smooth(word: np.ndarray) -> np.ndarray:
    """The mean of the last 30 frames."""
    sums = np.cumsum(np.vstack([np.zeros(word.shape[1]), word]), axis=0)
    ends = np.arange(1, len(word) + 1)
    starts = np.maximum(0, ends - SMOOTHED)
    return (sums[ends] - sums[starts]) / (ends - starts)[:, None]


if __name__ == "__main__":
    main()
