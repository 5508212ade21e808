"""What a comparison of targets came to, for a program and for a person."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from sfdfa_codegen.host.report import Rows, Said, per_cent
from sfdfa_codegen.host.runs.learning_curve import Curve, curve_json, curve_text
from sfdfa_codegen.host.runs.lockstep import Divergence, LockstepOutcome


@dataclass(frozen=True)
class CompareSummary:
    """Targets in lockstep. curves: of each, and of the float reference. left_out: targets that could not run, and why."""

    network: str
    outcome: LockstepOutcome
    curves: Mapping[str, Curve]
    left_out: Mapping[str, str]
    crc_every: int
    """Samples from one comparison of the whole state to the next."""

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        outcome = self.outcome
        return {
            "network": self.network,
            "targets": list(outcome.hits),
            "left_out": dict(self.left_out),
            "samples": outcome.samples,
            "identical": outcome.divergence is None,
            "first_divergence": None if outcome.divergence is None else asdict(outcome.divergence),
            "accuracy": {name: curve[-1].accuracy if curve else None for name, curve in self.curves.items()},
            "learning_curve": {name: curve_json(curve) for name, curve in self.curves.items()},
            "state_crc32": {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()},
        }

    def lines(self, console: Console | None) -> Iterator[Said]:
        """For a person; console: whose width and letters the curves are drawn for, None to say only where they end."""
        outcome, every = self.outcome, self.crc_every
        crcs = {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()}
        rows = tuple((name, _curve(console, curve), crcs.get(name, "")) for name, curve in self.curves.items())
        title = f"{self.network}: {outcome.samples} samples, predicted, then learned"
        yield Rows(title, ("target", "right so far", "state CRC-32"), rows)
        if outcome.divergence is None:
            of = {1: "each of"}.get(every, f"every {every} of" if every < outcome.samples else "all")
            yield f"identical: every result and the state after {of} {outcome.samples} samples"
        else:
            yield describe(outcome.divergence)


def _curve(console: Console | None, curve: Curve) -> str:
    if console is None:
        return per_cent(curve[-1].accuracy) if curve else ""
    return curve_text(console, curve)


def describe(divergence: Divergence) -> str:
    """Where the first difference is, in words."""
    places = [f"sample {divergence.sample}"]
    for name in ("tick", "layer", "input", "neuron"):
        value = getattr(divergence, name)
        if value is not None:
            places.append(f"{name} {value}")
    values = ", ".join(f"{name} has {value}" for name, value in divergence.values.items())
    return f"different: first in {', '.join(places)}, field '{divergence.field}': {values}"
