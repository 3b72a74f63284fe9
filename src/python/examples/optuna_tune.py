"""The space of ``spikemesh tune``, searched with Optuna instead.

    spikemesh tune --network digits-mlp --set core.max_neurons=16..256:log --set steps=1,2,4,8 --set placer=linear,hilbert \\
        --objectives accuracy,energy_pj,latency_ns --samples 60 --evaluations 16

asks for the same configurations' figures as this program, which has another searcher: rows are equal to the last digit.

    pip install spikemesh optuna
    python optuna_tune.py
"""

import sys
from typing import Any, Literal

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

import spikemesh as sm

NETWORK, CHIP, SAMPLES = "digits-mlp", "loihi", 60
AXES = {"core.max_neurons": "16..256:log", "steps": [1, 2, 4, 8], "placer": ["linear", "hilbert"]}
OBJECTIVES: dict[str, Literal["maximize", "minimize"]] = {
    "accuracy": "maximize",
    "energy_pj": "minimize",
    "latency_ns": "minimize",
}
BATCH = 4


def distribution(values: list[Any]) -> BaseDistribution:
    """Levels with an order are numbers from 0, so that the searcher knows their neighbours."""
    if all(isinstance(value, (int, float)) for value in values):
        return IntDistribution(0, len(values) - 1)
    return CategoricalDistribution(range(len(values)))


def search(evaluations: int, seed: int) -> dict[tuple[int, ...], dict[str, float]]:
    """Figures of the configurations that the study asked for, by their levels."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = sm.space(CHIP, AXES)
    asked = {name: distribution(values) for name, values in space.items()}
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
    study = optuna.create_study(sampler=sampler, directions=list(OBJECTIVES.values()))
    known: dict[tuple[int, ...], dict[str, float]] = {}
    while len(study.trials) < evaluations:
        trials = [study.ask(asked) for _ in range(BATCH)]
        points = [tuple(trial.params[name] for name in space) for trial in trials]
        new = list(dict.fromkeys(point for point in points if point not in known))
        if new:
            # One comparison with the values in step: a row for each point.
            axes = {name: [space[name][point[at]] for point in new] for at, name in enumerate(space)}
            rows = sm.compare(NETWORK, CHIP, axes, zip=True, samples=SAMPLES).to_dict()["rows"]
            known.update((point, row.get("figures", {})) for point, row in zip(new, rows))
        for trial, point in zip(trials, points):
            if known[point]:
                study.tell(trial, [known[point][name] for name in OBJECTIVES])
            else:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return known


def is_beaten(figures: dict[str, float], by: dict[str, float]) -> bool:
    """Whether another row is as good in all objectives, and better in one."""
    signs = {name: 1 if direction == "minimize" else -1 for name, direction in OBJECTIVES.items()}
    own, other = ([sign * row[name] for name, sign in signs.items()] for row in (figures, by))
    return own != other and all(b <= a for a, b in zip(own, other))


def main(evaluations: int = 16, seed: int = 1) -> None:
    """Searches, and prints the front."""
    known = search(evaluations, seed)
    space = sm.space(CHIP, AXES)
    ran = {point: figures for point, figures in known.items() if figures}
    front = {point: row for point, row in ran.items() if not any(is_beaten(row, other) for other in ran.values())}
    print(f"{len(known)} configurations, {len(front)} on the front")
    for point, row in sorted(front.items(), key=lambda item: item[1]["energy_pj"]):
        values = {name: space[name][level] for name, level in zip(space, point)}
        print("  ".join(f"{name} {row[name]:.6g}" for name in OBJECTIVES), values)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
