"""Samples on boards: the device makes the same of them as the emulator, and what that takes is predicted to the cycle, as a phase of its own."""

from typing import Any

import numpy as np
import pytest
from needs import need_target
from sfdfa_codegen.codegen.frontend import Endpoint, FrontendKind
from sfdfa_codegen.host.cycles.frontend_model import calibrate_frontend, predict_frontend
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.devices.targets import find_target
from signal_networks import bursts, case_of, make_frontend, signal_case

LENGTHS = (1, 20, 32, 33, 100, 310, 500)
STRETCHES = (
    (20,),
    (300,),
    (0, 20),
    (0, 400),
    (50, 20),
    (150, 100, 150),
    (70, 10, 150, 60, 90, 30),
    (0, 10, 200, 90),
    (60, 700, 200, 50),
)
"""Of samples that are quiet and loud in turns: nothing, clicks, utterances that end, that are cut off, that overflow the slots."""
ENDPOINT = Endpoint(rise=768, drift=8, lead=2, hangover=4, shortest=4)
CASES: tuple[tuple[str, FrontendKind, dict[str, Any]], ...] = (
    ("simavr-atmega2560", "stats", {"axes": 3, "gravity": True}),
    ("simavr-atmega2560", "bands", {"sliding": True, "segments": 3}),
    ("rtl-picorv32", "mel", {"centred": True}),
    ("rtl-picorv32", "stats", {"axes": 6, "gravity": True, "sliding": True}),
    ("pico-sim", "mel", {"hop": 10}),
    ("pico-sim", "bands", {"axes": 3, "gravity": True, "sliding": True, "segments": 3}),
    ("simavr-atmega2560", "stats", {"endpoint": ENDPOINT, "floor": 1700}),
    ("rtl-picorv32", "raw", {"endpoint": ENDPOINT, "floor": 1700}),
    ("pico-sim", "mel", {"endpoint": ENDPOINT, "floor": 1700}),
)


@pytest.mark.parametrize(("target", "kind", "changes"), CASES)
def test_cycles_of_the_front_end_are_predicted_exactly(
    target: str, kind: FrontendKind, changes: dict[str, Any]
) -> None:
    need_target(target)
    rng, board = np.random.default_rng(8), find_target(target).board
    frontend = make_frontend(kind, rng, **changes)
    case = signal_case(frontend, rng, LENGTHS)
    if frontend.endpoint is not None:
        case = case_of(frontend, [bursts(rng, stretches) for stretches in STRETCHES])
    assert board is not None
    with open_meter(case.network, board, target, source="samples") as meter:
        model = calibrate_frontend(case.network, meter, board.max_payload)
        samples, phase = case.samples(), meter.phases.index("frontend")
        measured = [meter.measure(samples[index], learn=False)[phase] for index in range(len(samples))]
    found = predict_frontend(case.network, model, case.recordings, board.max_payload)
    assert found.cycles[:, 0].tolist() == measured
    assert found.known.all() and min(measured) > 100
