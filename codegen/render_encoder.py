"""The encoder of a network as constants and tables of its C, and the names of features and classes."""

import numpy as np
from sfdfa_codegen.codegen.c_text import (
    Constant,
    ConstantGroup,
    Table,
    TablePart,
    cell_lines,
    comment_text,
    flag,
    number,
    string_literal,
)
from sfdfa_codegen.codegen.encoder import LEFT_OUT, STEADY_LEVEL, Encoder
from sfdfa_codegen.codegen.integer_network import IntegerNetwork

CELL_LEFT_OUT = 0xFFFF
"""SFDFA_LEFT_OUT: no channel has this number."""


def encoder_constants(encoder: Encoder | None) -> ConstantGroup:
    """Section 13; without an encoder only that there are no features."""
    if encoder is None:
        return ConstantGroup("Encoder", (number("SFDFA_FEATURES", 0, "the network takes events"),))
    return ConstantGroup(
        "Encoder",
        (
            number("SFDFA_FEATURES", encoder.features, "readings of a sample"),
            number("SFDFA_READING_BITS", encoder.reading_bits, "uint8_t" if encoder.reading_bits == 8 else "int16_t"),
            number("SFDFA_READING_SHIFT", encoder.reading_shift),
            number("SFDFA_FEATURE_CHANNELS", encoder.channels_per_feature, f"of a feature: kind {encoder.kind}"),
            number("SFDFA_ENCODING_WINDOW", encoder.window, "the last tick of an event"),
            flag("SFDFA_ENCODES_RATE", encoder.counts_events),
            *_rate(encoder),
            flag("SFDFA_LEVELS_ARE_READINGS", encoder.levels_are_readings),
            number("SFDFA_FIELDS", encoder.fields, "of a population"),
            number(
                "SFDFA_STEADY_LEVEL", STEADY_LEVEL * encoder.has_steady_channel, "of a channel more; 0: there is none"
            ),
            number("SFDFA_SOURCE_CHANNELS", encoder.source_channels, "of the encoding, in the network or not"),
            flag("SFDFA_MAPS_CHANNELS", bool(encoder.channel_map)),
        ),
    )


def _rate(encoder: Encoder) -> tuple[Constant, Constant]:
    """Of kinds whose levels are numbers of events; of others it is not used."""
    most, ticks = "SFDFA_TICKS", "SFDFA_TICKS"
    if encoder.kind == "signed-rate":
        most, ticks = str(encoder.most), "(SFDFA_ENCODING_WINDOW + 1)"
    return (
        Constant("SFDFA_RATE_EVENTS", most, "events of the strongest level"),
        Constant("SFDFA_RATE_TICKS", ticks, "over which they are spread"),
    )


def encoder_tables(encoder: Encoder | None) -> tuple[Table, ...]:
    """What sfdfa_levels.h and sfdfa_encode.c declare."""
    if encoder is None:
        return ()
    if encoder.kind == "population":
        tables = _field_tables(encoder)
    else:
        tables = () if encoder.levels_are_readings else (_scales(encoder),)
    return (*tables, *_channel_map(encoder))


def _scales(encoder: Encoder) -> Table:
    rows = zip(encoder.offset, encoder.factor, encoder.shift, strict=True)
    lines = _rows(tuple(f"{{{offset}, {factor}, {shift}}}" for offset, factor, shift in rows))
    return Table(
        "sfdfa_scale_t", "sfdfa_scales", "SFDFA_FEATURES", (TablePart("offset, factor, shift of each feature", lines),)
    )


def _field_tables(encoder: Encoder) -> tuple[Table, ...]:
    knots = tuple("{" + ", ".join(map(str, row)) + "}," for row in encoder.knots)
    gaps = tuple(
        "{" + ", ".join(f"{{{factor}, {shift}}}" for factor, shift in zip(factors, shifts, strict=True)) + "},"
        for factors, shifts in zip(encoder.gap_factor, encoder.gap_shift, strict=True)
    )
    return (
        Table("int16_t", "sfdfa_knots", "SFDFA_FEATURES][SFDFA_FIELDS", (TablePart("readings, by feature", knots),)),
        Table(
            "sfdfa_gap_t",
            "sfdfa_gaps",
            "SFDFA_FEATURES][SFDFA_FIELDS - 1",
            (TablePart("factor and shift of each gap, by feature", gaps),),
        ),
    )


def _channel_map(encoder: Encoder) -> tuple[Table, ...]:
    if not encoder.channel_map:
        return ()
    cells = np.array([CELL_LEFT_OUT if place == LEFT_OUT else place for place in encoder.channel_map])
    part = TablePart("channel of the network of each of the encoding, 65535 for those left out", cell_lines(cells))
    return (Table("uint16_t", "sfdfa_channel_map", "SFDFA_SOURCE_CHANNELS", (part,)),)


def _rows(cells: tuple[str, ...], per_line: int = 8) -> tuple[str, ...]:
    return tuple(", ".join(cells[start : start + per_line]) + "," for start in range(0, len(cells), per_line))


def name_tables(network: IntegerNetwork) -> tuple[Table, ...]:
    """Strings of the classes and of the features, as far as they have names."""
    tables = []
    for kind, size, names in (
        ("class", network.outputs, network.class_names),
        ("feature", 0 if network.encoder is None else network.encoder.features, network.feature_names),
    ):
        if names and size:
            longest = max(len(name.encode()) for name in names) + 1
            lines = tuple(f"{string_literal(name)}," for name in names)
            tables.append(Table("char", f"sfdfa_{kind}_names", f"{size}][{longest}", (TablePart("in order", lines),)))
    return tuple(tables)


def reading_lines(network: IntegerNetwork) -> tuple[str, ...]:
    """What a reading of each feature means, a line for all where it is the same for all."""
    encoder = network.encoder
    if encoder is None:
        return ("The network takes events; there are no readings.",)
    units = tuple(zip(encoder.zero, encoder.unit, strict=True))
    if len(set(units)) == 1:
        return (f"Each reading stands for {_meaning(*units[0])}.",)
    names = network.feature_names or ("",) * encoder.features
    return tuple(
        f"Reading {index}{f', {comment_text(name)},' if name else ''} stands for {_meaning(*unit)}."
        for index, (name, unit) in enumerate(zip(names, units, strict=True))
    )


def _meaning(zero: float, unit: float) -> str:
    if (zero, unit) == (0.0, 1.0):
        return "itself"
    return f"{zero:.9g} + {unit:.9g} * reading"
