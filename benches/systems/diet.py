"""DIET-SNN on Fashion-MNIST: what learning thresholds and leaks adds to a converted network.

Each row is trained from the same non-spiking network at T = 5, with one more of its parameters learned. The activation of that
network is QCFS: with its half a threshold at the start far more is left of a convolutional network by the conversion alone.
Usage: python3 benches/systems/diet.py target/release/spikemesh --out trained/diet [--networks fashion-mlp,fashion-cnn]
"""

from common import Trainer, arguments, chosen, percent

ROWS = ["none", "weights", "weights,threshold", "weights,leak", "weights,threshold,leak"]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--networks", default="fashion-mlp,fashion-cnn")
    parser.add_argument("--steps", type=int, default=5)
    given = parser.parse_args()
    trainer = Trainer(given.program, given.out, given.threads)
    seeds = given.seeds.split(",")
    print("test accuracy in %, mean (least to largest) of seeds", given.seeds)
    for network in given.networks.split(","):
        print(f"\n{network}, T = {given.steps}", flush=True)
        for learned in ROWS:
            options = ["--rule", "surrogate", "--from-ann", "--activation", "qcfs", "--steps", str(given.steps)]
            options += ["--learn", learned]
            found = [
                trainer.train(
                    f"{network}-{given.steps}-{learned.replace(',', '-')}-{seed}",
                    "--network", network, *options, "--seed", seed,
                )
                for seed in seeds
            ]  # fmt: skip
            operations = [chosen(history)["synaptic_operations"] for history in found]
            accuracy = percent([history["test_accuracy"] for history in found])
            print(f"  {learned:24} {accuracy:28} {sum(operations) / len(operations):10,.0f} SynOps", flush=True)
    print("\nnon-spiking networks: `spikemesh train --report-only --network DIR --out DIR` compares each with its twin")


if __name__ == "__main__":
    main()
