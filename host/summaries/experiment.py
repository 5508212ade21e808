"""What a study came to, for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.experiments.findings import Findings
from sfdfa_codegen.host.experiments.outcomes import Outcome
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.report import Rows, Said


@dataclass(frozen=True)
class StudySummary:
    """One run of a study, finished. command: what runs it again. page: the file that shows it."""

    study: Study
    quick: bool
    seeds: tuple[int, ...]
    command: str
    outcomes: tuple[Outcome, ...]
    findings: Findings
    page: Path

    @property
    def seconds(self) -> float:
        """Of all cells, one after the other."""
        return sum(outcome.seconds for outcome in self.outcomes)

    def json(self) -> dict[str, object]:
        """Everything that was measured and what it shows."""
        return {
            "experiment": self.study.name,
            "question": self.study.question,
            "answer": self.findings.answer,
            "quick": self.quick,
            "seeds": list(self.seeds),
            "command": self.command,
            "version": tool_version(),
            "rows": self.findings.table.json(),
            "notes": list(self.findings.notes),
            "cells": [
                {
                    "settings": dict(outcome.cell.settings),
                    "seed": outcome.cell.seed,
                    "seconds": outcome.seconds,
                    "result": outcome.result,
                }
                for outcome in self.outcomes
            ],
            "seconds": self.seconds,
        }

    def lines(self) -> Iterator[Said]:
        """For a person."""
        yield from self.findings.lines(self.study.title)
        yield f"page: {self.page}"


@dataclass(frozen=True)
class StudyList:
    """The studies that there are."""

    studies: tuple[Study, ...]

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        return {"experiments": [{"name": study.name, "question": study.question} for study in self.studies]}

    def lines(self) -> Iterator[Said]:
        """For a person."""
        rows = tuple((study.name, study.question) for study in self.studies)
        yield Rows("experiments", ("name", "question"), rows)
