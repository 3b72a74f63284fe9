"""Trainings of the scripts in this folder: each has a folder, is continued if it was stopped, and is done once."""

import json
import statistics
import subprocess
from pathlib import Path


class Trainer:
    """Trains networks with one program, into one folder."""

    def __init__(self, program: str, folder: Path, threads: int) -> None:
        self.program = program
        self.folder = folder
        self.threads = threads
        folder.mkdir(parents=True, exist_ok=True)

    def train(self, name: str, *options: str) -> dict:
        """Trains a network, or finds it trained; returns its history."""
        out = self.folder / name
        history = out / "history.json"
        if not history.exists():
            resume = ["--resume"] if (out / "checkpoint.safetensors").exists() else []
            self.spikemesh("train", "--quiet", *options, "--threads", str(self.threads), "--out", str(out), *resume)
        return json.loads(history.read_text())

    def run(self, name: str, *options: str) -> dict:
        """Runs a trained network on a chip; returns the report."""
        report = self.folder / f"{name}.json"
        self.spikemesh(
            "run", "--quiet", "--network", str(self.folder / name), *options, "--json", str(report), "--overwrite"
        )
        return json.loads(report.read_text())

    def spikemesh(self, *arguments: str) -> None:
        subprocess.run([self.program, *arguments], check=True, stdout=subprocess.DEVNULL)


def percent(values: list[float]) -> str:
    """The mean of accuracies in percent, and with several of them the least and the largest."""
    mean = 100 * statistics.fmean(values)
    if len(values) == 1:
        return f"{mean:.2f}"
    return f"{mean:.2f} ({100 * min(values):.2f} to {100 * max(values):.2f})"


def arguments(description: str, seeds: str = "1,2,3"):
    """The options that all scripts here have."""
    import argparse

    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the program spikemesh, built in release")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the trained networks")
    parser.add_argument("--seeds", default=seeds, help="seeds of the trainings [default: %(default)s]")
    parser.add_argument("--threads", type=int, default=2, help="threads of a training [default: 2]")
    return parser


def chosen(history: dict) -> dict:
    """The epoch whose network was written."""
    return next(epoch for epoch in history["history"] if epoch["epoch"] == history["chosen_epoch"])
