"""Search with Optuna: energy against accuracy, over two processes.

The study is asked for two configurations at a time, two processes run them, and the study is told their energy and their
accuracy. The front depends on the seed alone, not on which process is the faster one.

    pip install spikemesh optuna
    python optuna_pareto.py
"""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

import spikemesh as sm

PROCESSES = 2
SPACE: dict[str, BaseDistribution] = {
    "core.max_neurons": IntDistribution(16, 256, log=True),
    "mesh.width": CategoricalDistribution([4, 8, 16]),
    "steps": IntDistribution(1, 8),
}


def measure(params: dict[str, Any]) -> tuple[float, float] | None:
    """Energy and accuracy of a configuration; None if the network does not fit."""
    steps = params.pop("steps")
    try:
        run = sm.run("digits-mlp", chip="loihi", set=params, steps=steps, samples=60)
    except sm.FitError:
        return None
    if run.energy_pj is None or run.accuracy is None:
        raise RuntimeError("the chip has energies, and the data set has classes")
    return run.energy_pj.mean, run.accuracy


def search(trials: int, seed: int) -> optuna.Study:
    """A study of some configurations."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=6)
    study = optuna.create_study(sampler=sampler, directions=["minimize", "maximize"])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        while len(study.trials) < trials:
            asked = [study.ask(SPACE) for _ in range(PROCESSES)]
            for trial, found in zip(asked, pool.map(measure, [dict(trial.params) for trial in asked])):
                if found is None:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
                else:
                    study.tell(trial, found)
    return study


def main(trials: int = 12, seed: int = 1) -> None:
    """Searches, and prints the front."""
    study = search(trials, seed)
    front = {tuple(trial.values): trial.params for trial in study.best_trials}
    print(f"{len(study.trials)} configurations, {len(front)} on the front")
    for (energy_pj, accuracy), params in sorted(front.items()):
        print(f"{energy_pj:12.0f} pJ {100 * accuracy:6.1f} %  {params}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
