"""The front-end of a network as constants and tables of its C."""

import numpy as np
from sfdfa_codegen.codegen.c_text import Constant, ConstantGroup, Table, TablePart, cell_lines, flag, number
from sfdfa_codegen.codegen.frontend import Endpoint, Frontend, cosines, hann, logarithms


def frontend_constants(frontend: Frontend | None) -> ConstantGroup:
    """Section 14; without a front-end only that there are no axes."""
    if frontend is None:
        return ConstantGroup("Front-end", (number("SFDFA_AXES", 0, "the network takes no samples"),))
    weights = sum(len(row) for row in frontend.band_weights)
    return ConstantGroup(
        "Front-end",
        (
            number("SFDFA_AXES", frontend.axes, f"kind {frontend.kind}, {frontend.rate_hz:.9g} samples a second"),
            number("SFDFA_FRAME_SAMPLES", frontend.window, "samples of a frame"),
            number("SFDFA_FRAME_BITS", frontend.window_bits),
            number("SFDFA_HOP", frontend.hop, "samples from a frame to the next"),
            number("SFDFA_SEGMENTS", frontend.segments),
            number("SFDFA_SLOTS", frontend.slots, "of frames, or of their means"),
            number("SFDFA_LOG_FLOOR", frontend.floor, "in 1/256 octave"),
            flag("SFDFA_SLIDING", frontend.sliding),
            flag("SFDFA_CENTRED", frontend.centred),
            flag("SFDFA_VALUES_WITH_MEAN", frontend.kind != "mel"),
            flag("SFDFA_VALUES_WITH_DEVIATION", frontend.kind in ("bands", "stats")),
            flag("SFDFA_VALUES_WITH_SHAPE", frontend.kind == "stats"),
            number("SFDFA_BANDS", frontend.bands),
            number("SFDFA_BAND_WEIGHTS", weights, "of all bands"),
            number("SFDFA_AXIS_VALUES", frontend.values, "of a frame and an axis"),
            number("SFDFA_FRAME_VALUES", frontend.frame_values),
            number("SFDFA_FRAME_AXES", frontend.frame_axes, "that values are made of"),
            flag("SFDFA_GRAVITY", frontend.gravity),
            *_endpoint_constants(frontend.endpoint),
        ),
    )


def _endpoint_constants(endpoint: Endpoint | None) -> tuple[Constant, ...]:
    if endpoint is None:
        return (number("SFDFA_HANGOVER", 0, "all that is heard counts"),)
    return (
        number("SFDFA_HANGOVER", endpoint.hangover, "quiet frames that end an utterance"),
        number("SFDFA_LEAD", endpoint.lead, "frames before the first loud one"),
        number("SFDFA_SHORTEST", endpoint.shortest, "loud frames, of fewer it is no utterance"),
        number("SFDFA_RISE", endpoint.rise, "of loud frames above the noise, in 1/256 octave"),
        number("SFDFA_DRIFT", endpoint.drift, "of the noise with a frame, in 1/256 octave"),
    )


def frontend_tables(frontend: Frontend | None) -> tuple[Table, ...]:
    """What sfdfa_log.h and sfdfa_spectrum.h declare, as far as the kind has them."""
    if frontend is None or (frontend.kind == "raw" and frontend.endpoint is None):
        return ()
    logs = _table("uint16_t", "sfdfa_logarithms", "33", "log2(1 + j / 32), in 1/4096", logarithms())
    if not frontend.has_bands:
        return (logs,)
    half = frontend.window // 2
    weights = [weight for row in frontend.band_weights for weight in row]
    return (
        logs,
        _table(
            "int16_t", "sfdfa_hann", "SFDFA_POINTS + 1", "the first half of a window", hann(frontend.window)[: half + 1]
        ),
        _table("int16_t", "sfdfa_cosines", "SFDFA_POINTS", "of half a turn", cosines(frontend.window)),
        _bands(frontend),
        _table("uint8_t", "sfdfa_band_weights", "SFDFA_BAND_WEIGHTS", "of bins, band by band", weights),
    )


def _table(kind: str, name: str, size: str, comment: str, values: list[int]) -> Table:
    return Table(kind, name, size, (TablePart(comment, cell_lines(np.array(values))),))


def _bands(frontend: Frontend) -> Table:
    lines, place = [], 0
    for first, weights in zip(frontend.band_first, frontend.band_weights, strict=True):
        lines.append(f"{{{place}, {first}, {len(weights)}}},")
        place += len(weights)
    part = TablePart("first weight, first bin and number of bins of each band", tuple(lines))
    return Table("sfdfa_band_t", "sfdfa_bands", "SFDFA_BANDS", (part,))
