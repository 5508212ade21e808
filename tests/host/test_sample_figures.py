"""Time, rate and energy of a sample: the arithmetic, and what the boards' files say of their currents."""

import pytest
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.host.cycles.figures import SampleFigures

FIGURES = SampleFigures(
    clock_hz=16_000_000,
    baud=115_200,
    learned=True,
    cycles=1_000_000.0,
    kind="exact",
    line_bytes=72.0,
    power_watts=0.05,
    power_source="a data sheet, table 3",
)
UNKNOWN = SampleFigures(16_000_000, 115_200, True, None, None, 72.0, 0.05, "a data sheet")


def test_a_million_cycles() -> None:
    assert FIGURES.milliseconds == 62.5
    assert FIGURES.core_samples_per_second == 16.0
    assert FIGURES.line_samples_per_second == 160.0
    assert FIGURES.microjoules == pytest.approx(62.5e-3 * 0.05 * 1e6)
    assert FIGURES.lines() == [
        "1000000 cycles a learned sample (exact): 62.50 ms at 16 MHz, 16.0 samples a second",
        "line: 72 bytes a sample at 115200 baud: 160.0 samples a second",
        "3125 uJ a learned sample (estimate; a data sheet, table 3)",
    ]


def test_unknown_is_said() -> None:
    assert UNKNOWN.json()["microjoules"] is UNKNOWN.json()["milliseconds"] is None
    assert UNKNOWN.lines() == ["line: 72 bytes a sample at 115200 baud: 160.0 samples a second"]
    without = SampleFigures(16_000_000, 115_200, True, 1e6, "exact", 72.0, None, None)
    assert without.lines()[-1] == "energy: not known, the board's file has no current from its data sheet"


@pytest.mark.parametrize("board", [board for board in boards().values() if board.power], ids=lambda board: board.name)
def test_currents_name_where_they_are_from(board: Board) -> None:
    assert board.power is not None
    assert 0.1 < board.power.run_ma / (board.clock_hz / 1e6) < 2.0, "mA for each MHz"
    assert 1.8 <= board.power.volts <= 5.5
    assert any(word in board.power.source for word in ("table", "section", "DC characteristics"))
