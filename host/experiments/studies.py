"""The studies by name."""

from typing import Final

from sfdfa_codegen.host.experiments import (
    alignment,
    benchmarks,
    bounds,
    critical_points,
    drift,
    federated,
    front_end,
    loihi_neuron,
    online_traces,
    power,
    precision,
    readouts,
    rivals,
    scaling,
    speaker,
    temporal,
)
from sfdfa_codegen.host.experiments.study import Study

_ALL: Final = (
    critical_points,
    alignment,
    online_traces,
    benchmarks,
    drift,
    precision,
    rivals,
    power,
    readouts,
    bounds,
    scaling,
    federated,
    loihi_neuron,
    speaker,
    front_end,
    temporal,
)
STUDIES: Final[dict[str, Study]] = {module.STUDY.name: module.STUDY for module in _ALL}
