"""From parameters of a classifier to the network that a network file with the same keys describes."""

from collections.abc import Mapping
from typing import Any, Final

from sfdfa_codegen.host.classifier.parameters import ParameterError
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.rules import Table, check_together, field_types, find_limit
from sfdfa_codegen.host.network.spec import (
    DataSpec,
    EncodingSpec,
    FixedPointSpec,
    LayerSpec,
    LearningSpec,
    NetworkSpec,
    NeuronSpec,
)
from sfdfa_codegen.host.network.toml_types import NotAllowedError, convert

NAME: Final = "spiking-classifier"
_TABLES: Final[dict[str, tuple[type[Table], str]]] = {
    "encoding": (EncodingSpec, "kind"),
    "fields": (EncodingSpec, "fields"),
    "ticks": (EncodingSpec, "ticks"),
    "scale": (DataSpec, "scale"),
    "readout": (LearningSpec, "readout"),
    "rule": (LearningSpec, "rule"),
    "rate": (LearningSpec, "rate"),
    "epochs": (LearningSpec, "epochs"),
    "rehearsal": (LearningSpec, "rehearsal"),
    "weight_bits": (FixedPointSpec, "weight_bits"),
}
"""Parameters and the keys of the network file that they are. One that is None is left to its default."""


def network_of(parameters: Mapping[str, Any], outputs: int) -> NetworkSpec:
    """The network for `outputs` classes. Raises ParameterError, which names the parameter."""
    layers = (*_hidden_layers(parameters["hidden"]), LayerSpec(outputs))
    written: dict[type[Table], dict[str, Any]] = {kind: {} for kind, _ in _TABLES.values()}
    for name, (kind, key) in _TABLES.items():
        if parameters[name] is not None:
            written[kind][key] = _checked(name, parameters[name], kind, key)
    spec = NetworkSpec(
        NAME,
        layers,
        seed=_checked("seed", parameters["seed"], NetworkSpec, "seed"),
        data=DataSpec(source="npz", path=NAME, **written[DataSpec]),
        encoding=EncodingSpec(**written[EncodingSpec]),
        neuron=NeuronSpec(),
        learning=make_learning([layer.neurons for layer in layers], **written[LearningSpec]),
        fixed_point=FixedPointSpec(**written[FixedPointSpec]),
    )
    for problem in check_together(spec):
        raise ParameterError(f"{problem.path[-1]}: {problem.text}")
    return spec


def _hidden_layers(hidden: Any) -> tuple[LayerSpec, ...]:
    sizes = (hidden,) if isinstance(hidden, int) else tuple(hidden)
    return tuple(LayerSpec(_checked("hidden", size, LayerSpec, "neurons")) for size in sizes)


def _checked(name: str, value: Any, kind: type[Table], key: str) -> Any:
    """The value of one parameter, of the type and within the limits of its key."""
    value = value.item() if hasattr(value, "item") else value  # numbers of numpy, as searches over parameters give
    limit = find_limit(kind, key)
    try:
        converted = convert(value, field_types(kind)[key])
    except NotAllowedError as error:
        raise ParameterError(
            f"{name}={value!r} is not allowed; must be {limit.allowed if limit is not None else error}"
        ) from error
    if limit is not None and not limit.accepts(converted):
        raise ParameterError(f"{name}={value!r} is not allowed; must be {limit.allowed}")
    return converted
