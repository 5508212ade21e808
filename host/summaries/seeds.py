"""What runs of several seeds came to, for a program and for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any, Final

from sfdfa_codegen.host.report import Rows, Said, per_cent

FIGURES: Final = {
    "test_accuracy": "test",
    "online_accuracy": "while learning",
    "worst_segment": "worst segment",
    "learned_share": "learned",
}
"""Keys of a run that are averaged, and what they are called."""


@dataclass(frozen=True)
class SeedsSummary:
    """runs: the JSON of each run, in the order of the seeds."""

    seeds: Sequence[int]
    runs: Sequence[dict[str, Any]]

    def json(self) -> dict[str, object]:
        """Of each figure that all runs know: mean, standard deviation (None for one seed), least and most."""
        first = self.runs[0]
        return {
            "network": first["network"],
            "target": first["target"],
            "seeds": list(self.seeds),
            **{
                key: {
                    "mean": mean(values),
                    "std": stdev(values) if len(values) > 1 else None,
                    "min": min(values),
                    "max": max(values),
                }
                for key, values in self._figures().items()
            },
            "runs": list(self.runs),
        }

    def lines(self) -> Iterator[Said]:
        """A row a seed, then the mean and the spread."""
        figures = self._figures()
        rows = [
            (str(seed), *(per_cent(values[index]) for values in figures.values()), str(run["state_crc32"]))
            for index, (seed, run) in enumerate(zip(self.seeds, self.runs, strict=True))
        ]
        rows.append(("mean", *(per_cent(mean(values)) for values in figures.values()), ""))
        if len(self.seeds) > 1:
            rows.append(("std", *(per_cent(stdev(values)) for values in figures.values()), ""))
            rows.append(("least", *(per_cent(min(values)) for values in figures.values()), ""))
        first = self.runs[0]
        title = f"{first['network']} on {first['target']}, {len(self.seeds)} seeds"
        yield Rows(title, ("seed", *(FIGURES[key] for key in figures), "state CRC-32"), tuple(rows))

    def _figures(self) -> dict[str, list[float]]:
        """Each figure that every run has, a value a seed."""
        columns = {key: [_figure(run, key) for run in self.runs] for key in FIGURES}
        return {key: [v for v in values if v is not None] for key, values in columns.items() if None not in values}


def _figure(run: dict[str, Any], key: str) -> float | None:
    if key == "worst_segment":
        return min((float(segment["accuracy"]) for segment in run["segments"]), default=None)
    value = run[key]
    return None if value is None else float(value)
