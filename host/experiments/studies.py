"""The studies by name."""

from typing import Final

from sfdfa_codegen.host.experiments import alignment, benchmarks, critical_points, drift
from sfdfa_codegen.host.experiments.study import Study

STUDIES: Final[dict[str, Study]] = {
    study.name: study for study in (critical_points.STUDY, alignment.STUDY, benchmarks.STUDY, drift.STUDY)
}
