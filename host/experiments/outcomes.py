"""What a study ran: settings, seeds, and what came of them, grouped and averaged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sfdfa_codegen.host.experiments.figures import Numbers, Series

Settings: TypeAlias = Mapping[str, Any]
"""Everything but the seed that a cell's result depends on, as JSON values."""
Result: TypeAlias = dict[str, Any]
"""What a cell gave, as JSON values. Accuracies are fractions of 1; what is not known is None."""


@dataclass(frozen=True)
class Cell:
    """One run: a setting with a seed."""

    settings: Settings
    seed: int


@dataclass(frozen=True)
class Outcome:
    """A cell that was run. data: content digests of the data sets that its process had read, by path."""

    cell: Cell
    result: Result
    seconds: float
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """Mean over seeds. standard_error: None for a single seed."""

    mean: float
    standard_error: float | None
    count: int

    @classmethod
    def of(cls, values: Sequence[float | None]) -> "Estimate | None":
        """None unless every seed has a value."""
        known = [float(value) for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        mean, count = sum(known) / len(known), len(known)
        if count == 1:
            return cls(mean, None, 1)
        variance = sum((value - mean) ** 2 for value in known) / (count - 1)
        return cls(mean, math.sqrt(variance / count), count)

    def beyond(self, other: "Estimate", errors: float = 2.0) -> bool:
        """Whether this mean is above the other by more than `errors` standard errors of the difference."""
        if self.standard_error is None or other.standard_error is None:
            return False
        return self.mean - other.mean > errors * math.hypot(self.standard_error, other.standard_error)


@dataclass(frozen=True)
class Group:
    """The outcomes of one setting, one for each seed."""

    settings: Settings
    outcomes: tuple[Outcome, ...]

    def estimate(self, key: str) -> Estimate | None:
        """Of one number of the results; None unless every seed has it."""
        return Estimate.of([outcome.result.get(key) for outcome in self.outcomes])

    def whole(self, key: str) -> str | None:
        """A large number of the results, as text in whole; None where it is not known."""
        estimate = self.estimate(key)
        return None if estimate is None else f"{estimate.mean:,.0f}"

    def curve(self, key: str) -> "list[Estimate | None]":
        """Of a list of numbers, place by place; None where not every seed has one."""
        return [Estimate.of(values) for values in zip(*(outcome.result[key] for outcome in self.outcomes), strict=True)]


def by_settings(outcomes: Sequence[Outcome]) -> list[Group]:
    """Outcomes of equal settings together, in the order of their first."""
    groups: list[tuple[Settings, list[Outcome]]] = []
    for outcome in outcomes:
        for settings, members in groups:
            if settings == outcome.cell.settings:
                members.append(outcome)
                break
        else:
            groups.append((outcome.cell.settings, [outcome]))
    return [Group(settings, tuple(members)) for settings, members in groups]


def with_settings(groups: Sequence[Group], **wanted: Any) -> list[Group]:
    """Those whose settings have these values."""
    return [group for group in groups if all(group.settings[key] == value for key, value in wanted.items())]


def mean_of(groups: Sequence[Group], key: str) -> float:
    """Of one number of the first group's results; not a number where there is no group, or it is not known."""
    estimate = groups[0].estimate(key) if groups else None
    return math.nan if estimate is None else estimate.mean


def series(
    label: str, x: Numbers, estimates: Sequence[Estimate | None], colour: str, scale: float = 1.0, dashed: bool = False
) -> Series:
    """Means with their standard errors, times `scale`, to be drawn."""
    means = [None if e is None else scale * e.mean for e in estimates]
    errors = [None if e is None else scale * (e.standard_error or 0.0) for e in estimates]
    return Series(label, x, means, errors, colour, dashed)
