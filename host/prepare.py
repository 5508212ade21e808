"""From a network's name to everything a command works with: spec, data, float network and integer network."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sfdfa_codegen.codegen.errors import MissingDataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, starting_from
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.choice.validation import validation_split
from sfdfa_codegen.host.data.described import describe_data
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.floats.float_network import FloatNetwork, init_float_network, load_float_network
from sfdfa_codegen.host.floats.training import check_data, prepare_network
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.network.size import check_state_size
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.report import progress_bar, reading_bar
from sfdfa_codegen.host.runs.state_file import load_state


@dataclass(frozen=True)
class Prepared:
    """A network file with its data, before and after quantisation."""

    spec: NetworkSpec
    data: EncodedData
    float_network: FloatNetwork
    """Initial or loaded weights. Learning changes it in place: take a copy to keep it."""
    state: Path | None = None
    """What the integer network has learned before, as a state file."""

    @cached_property
    def integer_network(self) -> IntegerNetwork:
        """The network in integers. Raises DoesNotFitError if its bounds break, ConfigError for a state that is not its own."""
        network = quantise(self.float_network, self.data, self.spec)
        check_state_size(network)
        return network if self.state is None else starting_from(network, load_state(self.state, network))


def load_spec(name_or_path: str | None, seed: int | None = None) -> NetworkSpec:
    """The network file, with another seed if one is given."""
    spec = load_network_spec(name_or_path)
    return spec if seed is None else replace(spec, seed=seed)


def prepare(
    spec: NetworkSpec,
    weights: Path | None = None,
    state: Path | None = None,
    *,
    to_build: bool = False,
    validate: bool = False,
) -> Prepared:
    """Load the data and make the float network: a fresh one, or the one in the file `weights`. state: built into the integer network.

    to_build: do without a data set that is not there, if the network file says what is wanted of it. validate: as `load_chosen`.
    """
    try:
        spec, data = load_chosen(spec, validate)
    except MissingDataError as missing:
        if not to_build:
            raise
        return _without_data(spec, describe_data(spec, missing), weights, state)
    if weights is None:
        return Prepared(spec, data, prepare_network(spec, data), state)
    check_data(data, spec)
    return Prepared(spec, data, load_float_network(weights, spec, data.channels), state)


def load_chosen(spec: NetworkSpec, validate: bool = False) -> tuple[NetworkSpec, EncodedData]:
    """The data set, and the network with the encoding that its training set chose where the file names none. Raises as `load_data`.

    validate: the test set is `[data] validation` of the training set, which is then not learned; there is no stream, and the test set is not looked at.
    """
    with reading_bar() as progress:
        raw = load_raw(spec, progress)
    if validate:
        raw = validation_split(raw, spec.data.validation)
    with progress_bar() as bar:
        task = bar.add_task("choosing an encoding", total=None, note="")
        chosen, choice = chosen_spec(spec, raw, lambda done, total: bar.update(task, completed=done, total=total))
    data = encode_raw(raw, chosen)
    return chosen, data if choice is None else replace(data, notes=(*data.notes, choice.note))


def _without_data(spec: NetworkSpec, data: EncodedData, weights: Path | None, state: Path | None) -> Prepared:
    if weights is None:
        return Prepared(spec, data, init_float_network(spec, data.channels, spec.seed), state)
    return Prepared(spec, data, load_float_network(weights, spec, data.channels), state)
