"""One state of many: the mean of what boards of one network have learned (federated averaging, arXiv 1602.05629)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.integer_network import LearnedState


def averaged(states: Sequence[LearnedState], learned: Sequence[int] | None = None) -> LearnedState:
    """The mean of weights, feedback and running means, each rounded to the nearest integer, halves to the even one.

    learned: how many samples each board learned, which is how much its state counts; left out, or all 0, all count the same. What cannot be averaged
    (the ring of samples, the count that draws are made from) is that of the board that has learned most. Raises ConfigError without states.
    """
    if not states:
        raise ConfigError("there is no state to merge")
    counts = np.ones(len(states)) if learned is None or not any(learned) else np.asarray(learned, dtype=np.float64)
    leader = states[int(np.argmax([state.samples for state in states]))]

    def mean(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.rint(np.average(np.stack(arrays), axis=0, weights=counts)).astype(arrays[0].dtype)

    def means(name: str) -> list[NDArray[Any]]:
        return [mean(arrays) for arrays in zip(*(getattr(state, name) for state in states), strict=True)]

    return replace(
        leader,
        weights=means("weights"),
        feedback=means("feedback"),
        mean_delta=means("mean_delta"),
        mean_rate=means("mean_rate"),
        ask_bound=round(float(np.average([state.ask_bound for state in states], weights=counts))),
    )
