"""The sketch for an Arduino of a network that takes samples: a microphone, an accelerometer, or other sensors at analogue inputs."""

from typing import Final

from sfdfa_codegen.codegen.c_text import string_literal
from sfdfa_codegen.codegen.frontend import Frontend
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import render_template

MICROPHONE_HZ: Final = 16000
"""What the PDM library of Arduino's boards gives."""
SLIDING_S: Final = 0.5
"""From one decision to the next where the window slides, about."""
IMU_AXES: Final = (3, 6)
"""Of an accelerometer, and of one with a gyroscope."""


def sketch_of(network: IntegerNetwork, frontend: Frontend) -> dict[str, str]:
    """The sketch by its path in the library's folder."""
    name = "Keywords" if frontend.kind == "mel" and frontend.axes == 1 else "Motion"
    averaged, rest = divmod(MICROPHONE_HZ, frontend.rate_hz)
    fits = averaged >= 1 and rest == 0
    context: dict[str, object] = {
        "network": network,
        "microphone_rate": MICROPHONE_HZ if fits else round(frontend.rate_hz),
        "averaged": int(averaged) if fits else 1,
        "decision_samples": _decision_samples(frontend),
        "imu": frontend.axes in IMU_AXES,
        "units": ", ".join(f"{float(unit)!r}f" for unit in frontend.sensor.units or (1.0,) * frontend.axes),
        "class_literals": [string_literal(name) for name in network.class_names],
        "names": ", ".join(frontend.sensor.names) or f"{frontend.axes} in the order of the data",
    }
    return {f"examples/{name}/{name}.ino": render_template(f"library/{name}.ino", context)}


def _decision_samples(frontend: Frontend) -> int:
    if frontend.sliding:
        return frontend.hop * max(1, round(SLIDING_S * frontend.rate_hz / frontend.hop))
    return frontend.sensor.recording_samples or frontend.window + (frontend.slots - 1) * frontend.hop
