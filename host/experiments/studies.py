"""The studies by name."""

from typing import Final

from sfdfa_codegen.host.experiments import benchmarks, drift
from sfdfa_codegen.host.experiments.study import Study

STUDIES: Final[dict[str, Study]] = {study.name: study for study in (benchmarks.STUDY, drift.STUDY)}
