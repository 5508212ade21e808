"""What the constants of a front-end may be: section 14 of docs/ARITHMETIC.md."""

from collections.abc import Iterator

from sfdfa_codegen.codegen.encoder import Encoder
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.frontend import (
    FULL_WEIGHT,
    LARGEST_STEP,
    LEAST_LOG,
    MOST_AXES,
    MOST_BANDS,
    MOST_ENDPOINT_FRAMES,
    MOST_LOG,
    MOST_READINGS,
    MOST_SLOTS,
    VECTOR,
    WINDOWS,
    Endpoint,
    Frontend,
)


def check_frontend(frontend: Frontend, encoder: Encoder | None, name: str) -> None:
    """Raise DoesNotFitError, naming the constant, for a front-end that network `name` with this encoder cannot have."""
    if encoder is None or encoder.reading_bits != 16 or encoder.features != frontend.features:
        raise DoesNotFitError(
            f"network '{name}': a front-end of {frontend.features} readings needs an encoder of as many, int16"
        )
    for problem in _problems(frontend):
        raise DoesNotFitError(f"network '{name}', front-end: {problem}")


def _problems(frontend: Frontend) -> Iterator[str]:
    if not 1 <= frontend.axes <= MOST_AXES:
        yield f"{frontend.axes} axes, possible are 1 to {MOST_AXES}"
    if frontend.gravity and frontend.axes % VECTOR:
        yield f"{frontend.axes} axes cannot be turned to gravity, which takes {VECTOR} of each sensor"
    if frontend.window not in WINDOWS:
        yield f"a window of {frontend.window} samples, possible are {', '.join(map(str, WINDOWS))}"
    if not 1 <= frontend.hop <= frontend.window:
        yield f"a hop of {frontend.hop} samples, possible are 1 to the window's {frontend.window}"
    if frontend.slots % 2 or not 2 <= frontend.slots <= MOST_SLOTS:
        yield f"{frontend.slots} slots, possible are even numbers to {MOST_SLOTS}"
    if not 1 <= frontend.segments <= frontend.slots:
        yield f"{frontend.segments} segments, possible are 1 to {frontend.slots}"
    if not LEAST_LOG <= frontend.floor <= MOST_LOG:
        yield f"floor is {frontend.floor}, possible are {LEAST_LOG} to {MOST_LOG}"
    if frontend.features > MOST_READINGS:
        yield f"it gives {frontend.features} readings, the most is {MOST_READINGS}; use fewer segments or bands"
    yield from _band_problems(frontend)
    if frontend.endpoint is not None:
        yield from _endpoint_problems(frontend, frontend.endpoint)


def _endpoint_problems(frontend: Frontend, endpoint: Endpoint) -> Iterator[str]:
    if frontend.sliding:
        yield "it slides and looks for utterances; one of both"
    limits = {
        "rise": (1, LARGEST_STEP),
        "drift": (0, LARGEST_STEP),
        "lead": (1, frontend.slots - 1),
        "hangover": (1, MOST_ENDPOINT_FRAMES),
        "shortest": (1, MOST_ENDPOINT_FRAMES),
    }
    for name, (least, most) in limits.items():
        if not least <= getattr(endpoint, name) <= most:
            yield f"{name} is {getattr(endpoint, name)}, possible are {least} to {most}"


def _band_problems(frontend: Frontend) -> Iterator[str]:
    if not (1 if frontend.has_bands else 0) <= frontend.bands <= (MOST_BANDS if frontend.has_bands else 0):
        yield f"{frontend.bands} bands with kind {frontend.kind}, possible are 1 to {MOST_BANDS} with mel and bands"
    if len(frontend.band_weights) != frontend.bands:
        yield f"weights of {len(frontend.band_weights)} bands for {frontend.bands}"
    for number, (first, weights) in enumerate(zip(frontend.band_first, frontend.band_weights, strict=False)):
        if first < 1 or not weights or first + len(weights) > frontend.window // 2:
            yield f"band {number} begins at bin {first} and has {len(weights)}; bins are 1 to {frontend.window // 2 - 1}"
        if any(not 0 <= weight <= FULL_WEIGHT for weight in weights):
            yield f"band {number} has a weight outside 0 to {FULL_WEIGHT}"
