"""From what a core does to its cycles: sums of counts, each times what the compiled image takes for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from sfdfa_codegen.emulator.counting.cycle_model import ModeModel
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.timing.work import Segment


def work_rows(names: Sequence[str], works: Iterable[dict[str, int]]) -> tuple[Int64, list[bool]]:
    """The counts in the order of their names, (works, names), and whether there is anything without a name."""
    column = {name: index for index, name in enumerate(names)}
    works = list(works)
    rows, strange = np.zeros((len(works), len(names)), dtype=np.int64), []
    for row, work in zip(rows, works, strict=True):
        strange.append(not work.keys() <= column.keys())
        for name, count in work.items():
            if name in column:
                row[column[name]] = count
    return rows, strange


@dataclass(frozen=True)
class WorkModel:
    """names: of the counts, in the order of the model's coefficients. inexact: how many works that were measured are no sum of these counts.

    nearest: for works whose counts do not follow from those measured; None: the model is that already.
    """

    names: tuple[str, ...]
    model: ModeModel
    inexact: int = 0
    nearest: ModeModel | None = None


@dataclass
class CoreModel:
    """Of cores with one share of a network. take_cycles: from when such a core has found a packet until it has taken it out. models: of samples that are run to be learned, and that are not.

    unknown: how many segments were priced whose counts do not follow from those measured.
    """

    take_cycles: int
    models: dict[bool, WorkModel]
    unknown: int = 0
    _known: dict[tuple[bool, frozenset[tuple[str, int]]], tuple[int, bool]] = field(default_factory=dict)

    def cycles(self, segments: Sequence[Segment]) -> list[int]:
        """See `Prices`. Raises KeyError for samples of a kind that was not measured."""
        keys = [(segment.learns, frozenset(segment.work.items())) for segment in segments]
        for learns in {segment.learns for segment in segments}:
            new = {key: None for key in keys if key[0] == learns and key not in self._known}
            if new:
                self._price(learns, list(new))
        found = [self._known[key] for key in keys]
        self.unknown += sum(not known for _, known in found)
        return [cycles for cycles, _ in found]

    def _price(self, learns: bool, keys: Sequence[tuple[bool, frozenset[tuple[str, int]]]]) -> None:
        chosen = self.models[learns]
        rows, strange = work_rows(chosen.names, (dict(work) for _, work in keys))
        found = chosen.model.predict(rows)
        known = found.known & ~np.array(strange, dtype=np.bool_)
        nearest = found if chosen.nearest is None else chosen.nearest.predict(rows)
        cycles = np.where(known, found.cycles[:, 0], nearest.cycles[:, 0])
        for key, number, is_known in zip(keys, cycles.tolist(), known.tolist(), strict=True):
            self._known[key] = max(1, number), is_known
