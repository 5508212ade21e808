"""What a study is."""

from collections.abc import Callable
from dataclasses import dataclass

from sfdfa_codegen.host.experiments.findings import Findings
from sfdfa_codegen.host.experiments.outcomes import Group, Result, Settings


@dataclass(frozen=True)
class Study:
    """A question, the cells that answer it, and how they are read."""

    name: str
    title: str
    question: str
    settings: Callable[[bool], list[Settings]]
    """Of the full study, or of the quick one for True."""
    run: Callable[[Settings, int], Result]
    findings: Callable[[list[Group]], Findings]
