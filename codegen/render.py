"""From an IntegerNetwork to C source files. The output is a pure function of the network."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata, resources
from typing import Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from sfdfa_codegen.codegen.bounds import (
    UPDATE_LIMIT,
    activity_needs_64_bits,
    can_be_narrow,
    check_bounds,
    largest_output_update,
)
from sfdfa_codegen.codegen.c_text import Constant, ConstantGroup, Table, TablePart
from sfdfa_codegen.codegen.c_text import cell_lines as _lines
from sfdfa_codegen.codegen.c_text import flag as _flag
from sfdfa_codegen.codegen.c_text import number as _number
from sfdfa_codegen.codegen.integer_network import (
    ARITHMETIC_VERSION,
    RATE_SCALE_ONE,
    RING_EVENT_BYTES,
    IntegerLayer,
    IntegerNetwork,
    initial_state,
    parameter_bytes,
    state_to_bytes,
)
from sfdfa_codegen.codegen.late import NO_HASH, late_constant, late_field
from sfdfa_codegen.codegen.plan import LayerPlan, NetworkPlan, plan_network
from sfdfa_codegen.codegen.render_encoder import encoder_constants, encoder_tables, name_tables, reading_lines
from sfdfa_codegen.codegen.render_frontend import frontend_constants, frontend_tables

RUNTIME_VERSION = 1
"""SFDFA_RUNTIME_VERSION of the C runtime that this generator feeds."""

NETWORK_FILES: Final = ("sfdfa_network.h", "sfdfa_network.c", "sfdfa_names.h")
"""What is generated for a network, whatever it runs on."""


def tool_version() -> str:
    """Version of the installed package."""
    return metadata.version("sfdfa-codegen")


def _sizes(network: IntegerNetwork, plan: NetworkPlan) -> ConstantGroup:
    index_bits = 8 if max(network.channels, plan.widest, network.outputs) <= 256 else 16
    return ConstantGroup(
        "Sizes",
        (
            _number("SFDFA_TICKS", network.ticks, "of a sample"),
            _number("SFDFA_CHANNELS", network.channels),
            _number("SFDFA_MAX_EVENTS", network.max_events, "of a sample"),
            _number("SFDFA_LAYERS", len(network.layers)),
            _number("SFDFA_NEURONS", plan.neurons, "that spike, of all layers"),
            _number("SFDFA_HIDDEN", plan.hidden, "neurons before the output layer"),
            _number("SFDFA_OUTPUTS", network.outputs),
            _number("SFDFA_FIRST_LAYER_NEURONS", network.layers[0].neurons),
            _number("SFDFA_GRADED_NEURONS", max(1, plan.neurons - network.layers[0].neurons), "of the layers after it"),
            _number("SFDFA_WIDEST", plan.widest, "neurons of the largest layer that spikes"),
            _number("SFDFA_WIDEST_HIDDEN", plan.widest_hidden),
            _number("SFDFA_SPIKE_LISTS", plan.spike_lists, "hidden layers whose spikes are wanted at the same time"),
            _number("SFDFA_INPUTS", plan.inputs, "of all layers"),
            Constant("SFDFA_SYNAPSES", f"{plan.synapses}L"),
            Constant("SFDFA_WEIGHT_CELLS", f"{plan.weight_cells}L"),
            Constant("SFDFA_FEEDBACK_CELLS", f"{plan.feedback_cells}L"),
            _number("SFDFA_SPIKE_CAPACITY", plan.spike_capacity, "spikes that a sample can remember"),
            _number("SFDFA_SPIKE_WORDS", plan.spike_words, "of one bit a neuron"),
            Constant("SFDFA_STATE_BYTES", f"{plan.state_bytes}UL"),
            _number("SFDFA_NO_TICK", 255),
            _number("SFDFA_MAX_SPIKES", network.max_spikes, "of a neuron in a sample"),
            _number("SFDFA_INDEX_BITS", index_bits),
            _number("SFDFA_FEEDBACK_PLACES", max(1, plan.feedback_cells), "no array is empty"),
            _number("SFDFA_HIDDEN_PLACES", max(1, plan.hidden)),
        ),
    )


def _time_slots(network: IntegerNetwork) -> tuple[ConstantGroup, ...]:
    """What turns an event of a source into one of a channel, for a program that gives events."""
    if network.time_slots == 1:
        return ()
    channel = "(uint16_t)((source) + SFDFA_SOURCES * (SFDFA_TIME_SLOTS * (uint32_t)(tick) / SFDFA_TICKS))"
    return (
        ConstantGroup(
            "Time slots, section 13",
            (
                _number("SFDFA_TIME_SLOTS", network.time_slots),
                _number("SFDFA_SOURCES", network.channels // network.time_slots, "of events"),
                Constant("SFDFA_CHANNEL_OF(tick, source)", channel),
            ),
        ),
    )


def _integer_type(largest: int) -> str:
    """The narrowest unsigned one."""
    return "uint8_t" if largest < 1 << 8 else "uint16_t"


def _types(network: IntegerNetwork, plan: NetworkPlan) -> ConstantGroup:
    weight = {16: "int16_t", 8: "int8_t", 4: "uint8_t"}[network.weight_bits]
    narrow = not network.integrates and max(network.target_true, network.target_false) < 1 << 7
    return ConstantGroup(
        "Types",
        (
            Constant(
                "SFDFA_WEIGHT_TYPE", weight, "of a cell" if network.weight_bits > 4 else "of a cell of two weights"
            ),
            Constant("SFDFA_STATE_TYPE", f"int{network.state_bits}_t"),
            Constant("SFDFA_INDEX_TYPE", _integer_type(max(network.channels, plan.widest, network.outputs) - 1)),
            Constant("SFDFA_RHO_TYPE", _integer_type(network.rho_max)),
            Constant("SFDFA_ERROR_TYPE", "int8_t" if narrow else "int16_t"),
            Constant("SFDFA_EVENT_COUNT_TYPE", _integer_type(network.max_events), "of a sample"),
            Constant("SFDFA_SPIKE_COUNT_TYPE", _integer_type(plan.widest), "of a layer in a tick"),
        ),
    )


def _formats(network: IntegerNetwork, plan: NetworkPlan) -> ConstantGroup:
    dither_bits = [layer.dither_bits for layer in network.layers]
    return ConstantGroup(
        "Formats",
        (
            _number("SFDFA_WEIGHT_BITS", network.weight_bits),
            _number("SFDFA_STATE_BITS", network.state_bits),
            Constant(
                "SFDFA_STATE_CAN_SATURATE",
                str(int(plan.can_saturate)),
                "0: proven that it cannot in any layer",
            ),
            _flag("SFDFA_FREE_RESETS", _has_free_resets(network)),
            Constant("SFDFA_BIASED", str(int(network.is_biased)), "1: neurons get something in each tick"),
            Constant("SFDFA_CAN_BE_NARROW", str(int(can_be_narrow(network))), "1: few inputs keep states below 2^19"),
            _number("SFDFA_DITHER_BITS", max(8, *dither_bits), "the most of any layer, at least a byte"),
            _number("SFDFA_LEAST_DITHER_BITS", min(dither_bits), "of any layer"),
            _number("SFDFA_LARGEST_DECAY", max(layer.decay_s for layer in network.layers), "of any layer"),
            _number("SFDFA_ELIGIBILITY_FRACTION_BITS", network.eligibility_fraction_bits),
            _number("SFDFA_RHO_MAX", network.rho_max),
            _number("SFDFA_UPDATE_MIN", -UPDATE_LIMIT - 1),
            _number("SFDFA_UPDATE_MAX", UPDATE_LIMIT),
            _number("SFDFA_RATE_SCALE_ONE", RATE_SCALE_ONE),
        ),
    )


def _start(network: IntegerNetwork) -> ConstantGroup:
    start = initial_state(network)
    return ConstantGroup(
        "Start",
        (
            Constant("SFDFA_STARTS_LEARNED", str(int(network.start is not None)), "1: from a state that was built in"),
            Constant("SFDFA_INITIAL_SAMPLES", f"{start.samples}UL"),
            _number("SFDFA_INITIAL_RATE_SCALE", start.rate_scale, "in 1/4096"),
            _number("SFDFA_INITIAL_ASK_BOUND", start.ask_bound),
            Constant("SFDFA_INITIAL_STORED", f"{start.stored}UL"),
        ),
    )


def _learning(network: IntegerNetwork, plan: NetworkPlan) -> ConstantGroup:
    return ConstantGroup(
        "Learning",
        (
            Constant("SFDFA_SEED", f"{network.seed}UL"),
            Constant("SFDFA_LEARNS", str(int(network.learns)), f"rule {network.rule}"),
            _flag("SFDFA_LEARNS_FEEDBACK", network.rule == "sfdfa" and not network.integrates),
            Constant("SFDFA_SENDS_GRADES", str(int(plan.sends_grades)), "with the spikes of hidden neurons"),
            Constant("SFDFA_LATE_GRADES", str(int(plan.late_grades)), "1: summed when an output spikes"),
            Constant("SFDFA_EXACT_GRADIENT", str(int(network.gradient == "exact")), f"gradient {network.gradient}"),
            Constant("SFDFA_TRACES", str(int(network.eligibility == "trace")), f"eligibility {network.eligibility}"),
            Constant("SFDFA_ONE_SIDED_ERROR", str(int(network.error == "one-sided")), f"error {network.error}"),
            _flag("SFDFA_NORMALISED", network.normalise),
            _number("SFDFA_STEP_GAIN", network.step_gain, "in 1/16"),
            _number("SFDFA_NORMALISER_FLOOR", network.normaliser_floor, "in 1/64"),
            _number("SFDFA_FEEDBACK_SHIFT", network.feedback_shift),
            _number("SFDFA_REGULARISER", network.regulariser, "in 1/256"),
            _number("SFDFA_RATE_TARGET", network.rate_target, "in 1/2048"),
            _number("SFDFA_TARGET_TRUE", network.target_true, "spikes of the right output"),
            _number("SFDFA_TARGET_FALSE", network.target_false, "spikes of the others"),
        ),
    )


def _readout(network: IntegerNetwork, plan: NetworkPlan) -> ConstantGroup:
    layer = network.layers[-1]
    return ConstantGroup(
        "Readout",
        (
            Constant("SFDFA_INTEGRATES", str(int(network.integrates)), f"readout {network.readout}"),
            _number("SFDFA_READOUT_INPUTS", layer.inputs, "of the output layer"),
            _flag("SFDFA_WIDE_ACTIVITY", network.integrates and activity_needs_64_bits(network)),
            _number("SFDFA_ACTIVITY_SHIFT", layer.weight_fraction_bits - network.output_fraction_bits),
            _number("SFDFA_SOFTMAX_SHIFT", network.softmax_shift),
            Constant("SFDFA_SOFTMAX_FACTOR", f"{network.softmax_factor}L", "in 2^-15"),
            _number("SFDFA_TARGET_OTHER", network.target_other, "in 1/256"),
            Constant("SFDFA_OUTPUT_UPDATE_MAX", f"{largest_output_update(network)}L", "in 2^-14"),
            Constant("SFDFA_OUTPUT_RATE", f"{network.output_rate}L", "in 2^-16"),
            _number("SFDFA_ERROR_GAIN", network.error_gain, "in 1/256"),
            _flag("SFDFA_RESIDUAL_FEEDBACK", plan.has_residual),
            _number("SFDFA_PASS_SHIFT", network.pass_shift, "of grades, in each hidden layer"),
            _flag("SFDFA_TRANSPOSES", network.rule == "weights"),
            _number("SFDFA_LEARN_BELOW", network.learn_below, "in 1/256"),
            Constant("SFDFA_DECIDE_MARGIN", f"{network.decide_margin}L"),
            _number("SFDFA_RING_SLOTS", network.ring_slots),
            _number("SFDFA_RING_RATE", network.ring_rate, "samples of the ring that are learned after each"),
            _number("SFDFA_ASK_UP", network.ask_up),
            _number("SFDFA_ASK_DOWN", network.ask_down),
        ),
    )


def _has_free_resets(network: IntegerNetwork) -> bool:
    """Whether some layer resets otherwise than by its threshold."""
    return not all(layer.resets_by_threshold for layer in network.layers)


def _reset_fields(layer: IntegerLayer) -> tuple[Constant, ...]:
    return (
        _number("reset", layer.reset_step, f"in 2^-{layer.state_fraction_bits}"),
        _number("reset_to_zero", -int(layer.reset == "zero")),
    )


def _layer_fields(plan: LayerPlan, free_resets: bool) -> tuple[Constant, ...]:
    layer, quiet = plan.layer, plan.quiet
    return (
        _number("inputs", layer.inputs),
        _number("neurons", layer.neurons),
        _number("row", plan.row),
        _number("spike_capacity", layer.spike_capacity),
        _number("first_weight", plan.first_weight),
        _number("first_feedback", plan.first_feedback),
        _number("first_synapse", plan.first_synapse),
        _number("first_input", plan.first_input),
        _number("first_neuron", plan.first_neuron),
        _number("first_rho", plan.first_rho),
        _number("first_spike_word", plan.first_spike_word),
        _number("threshold", layer.threshold, f"in 2^-{layer.state_fraction_bits}"),
        _number("state_limit", layer.state_limit),
        Constant("can_saturate", str(plan.can_saturate).lower(), "" if plan.can_saturate else "proven"),
        _number("narrow_inputs", max(0, plan.narrow_inputs), "of a sample; proven to keep states below 2^19"),
        _number("quiet_below", quiet.below),
        _number("quiet_factor", quiet.factor),
        _number("quiet_shift", quiet.shift),
        _number("rate", layer.rate, "in 2^-20"),
        _number("decay_s", layer.decay_s, "in 1/4096"),
        _number("decay", layer.decay, "in 1/4096"),
        _number("input_shift", layer.input_shift),
        _number("dither_bits", layer.dither_bits),
        _number("weight_fraction_bits", layer.weight_fraction_bits),
        *(_reset_fields(layer) if free_resets else ()),
    )


def _split(network: IntegerNetwork, cells: NDArray[np.generic], plan: NetworkPlan) -> Iterator[TablePart]:
    for index, layer_plan in enumerate(plan.layers):
        layer = layer_plan.layer
        end = layer_plan.first_weight + layer.inputs * layer_plan.row
        comment = f"layer {index}: {layer.inputs} inputs by {layer.neurons} neurons of {network.weight_bits} bits"
        yield TablePart(comment, _lines(cells[layer_plan.first_weight : end]))


def _ring(network: IntegerNetwork) -> TablePart:
    """The samples that the ring starts with, as they lie in it: the end of the state."""
    size = network.ring_slots * (4 + RING_EVENT_BYTES * network.max_events)
    slots = np.frombuffer(state_to_bytes(network, initial_state(network))[-size:], np.uint8)
    return TablePart(f"{network.ring_slots} samples", _lines(slots))


def _tables(network: IntegerNetwork, plan: NetworkPlan) -> tuple[Table, ...]:
    dtype = {16: "<i2", 8: "i1", 4: "u1"}[network.weight_bits]
    start = np.dtype(dtype).itemsize * plan.weight_cells
    parameters = parameter_bytes(network, initial_state(network))
    weights: NDArray[np.generic] = np.frombuffer(parameters[:start], dtype)
    tables = [
        Table("sfdfa_weight_t", "sfdfa_initial_weights", "SFDFA_WEIGHT_CELLS", tuple(_split(network, weights, plan)))
    ]
    if network.is_biased:
        biases = tuple(
            TablePart(f"layer {index}", _lines(np.array(layer.bias or (0,) * layer.neurons)))
            for index, layer in enumerate(network.spiking_layers)
        )
        tables.append(Table("int16_t", "sfdfa_biases", "SFDFA_NEURONS", biases))
    if plan.feedback_cells:
        parts = tuple(
            TablePart(f"hidden layer {index}: {array.shape[0]} neurons by {array.shape[1]} outputs", _lines(array))
            for index, array in enumerate(network.feedback)
        )
        tables.append(Table("int8_t", "sfdfa_initial_feedback", "SFDFA_FEEDBACK_CELLS", parts))
    if network.start is not None and network.ring_slots:
        tables.append(Table("uint8_t", "sfdfa_initial_ring", "SFDFA_RING_SLOTS * SFDFA_SLOT_BYTES", (_ring(network),)))
    if network.start is not None:
        means = (
            ("int32_t", "delta", "NEURONS", network.start.mean_delta),
            ("uint16_t", "rate", "HIDDEN", network.start.mean_rate),
        )
        tables += [
            Table(
                kind,
                f"sfdfa_initial_mean_{name}",
                f"SFDFA_{size}",
                tuple(TablePart(f"layer {index}", _lines(array)) for index, array in enumerate(arrays)),
            )
            for kind, name, size, arrays in means
            if arrays
        ]
    return tuple(tables)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sfdfa_codegen", "firmware_templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render_network(network: IntegerNetwork, late: bool = False) -> dict[str, str]:
    """`sfdfa_network.h`, `sfdfa_network.c` and `sfdfa_names.h` by file name. late: of a shape, whose constants are given when it is loaded.

    Raises DoesNotFitError if a bound of docs/ARITHMETIC.md breaks.
    """
    check_bounds(network)
    plan = plan_network(network)
    groups: tuple[ConstantGroup, ...] = (
        _sizes(network, plan),
        *_time_slots(network),
        _types(network, plan),
        _formats(network, plan),
        _learning(network, plan),
        _readout(network, plan),
        _start(network),
        encoder_constants(network.encoder),
        frontend_constants(network.frontend),
    )
    layers = tuple(_layer_fields(layer, _has_free_resets(network)) for layer in plan.layers)
    if late:
        groups = tuple(replace(group, constants=tuple(map(late_constant, group.constants))) for group in groups)
        layers = tuple(tuple(map(late_field, layer)) for layer in layers)
    context = {
        "network": network,
        "model_hash": NO_HASH if late else network.model_hash,
        "tool_version": tool_version(),
        "runtime_version": RUNTIME_VERSION,
        "arithmetic_version": ARITHMETIC_VERSION,
        "header_groups": groups,
        "layers": layers,
        "tables": (*_tables(network, plan), *encoder_tables(network.encoder), *frontend_tables(network.frontend)),
        "name_tables": name_tables(network),
        "reading_lines": reading_lines(network),
    }
    environment = _environment()
    return {name: environment.get_template(f"{name}.j2").render(context) for name in NETWORK_FILES}


def render_template(name: str, context: dict[str, object]) -> str:
    """The file `name` from its template `name`.j2."""
    return _environment().get_template(f"{name}.j2").render(context)


def folder_sources(folder: str) -> dict[str, str]:
    """The hand-written files of a folder of firmware_templates by name, such as "runtime"."""
    root = resources.files("sfdfa_codegen.firmware_templates") / folder
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(root.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith((".c", ".h", ".S"))
    }
