"""`experiment power`: a store changes nothing of what is learned, and what it keeps is what a cut does not undo."""

import pytest
from sfdfa_codegen.host.experiments import power
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome, by_settings

HOURS = 2


@pytest.fixture(scope="module")
def results(user_cache: object) -> list[Outcome]:
    """Two hours with six cuts an hour; the seed's first hour has some."""
    cells = [
        {**chosen, "hours": HOURS, "cuts_an_hour": 6 * chosen["cuts_an_hour"]} for chosen in power.settings(quick=True)
    ]
    cells.append({**cells[0], "every": 20})
    return [Outcome(Cell(chosen, 1), power.run(chosen, 1), 1.0) for chosen in cells]


def test_a_store_changes_nothing_where_the_power_holds(results: list[Outcome]) -> None:
    assert results[-1].result == results[0].result
    assert results[0].result["cuts"] == results[0].result["lost"] == 0


def test_the_fewer_snapshots_the_more_is_lost(results: list[Outcome]) -> None:
    often, seldom, never = (outcome.result for outcome in results[1:4])
    assert often["cuts"] == seldom["cuts"] == never["cuts"] > 3
    assert 0 < often["lost"] < seldom["lost"] <= never["lost"]
    assert often["lost"] <= 2 * 20 * often["cuts"]


def test_the_findings_name_what_was_compared(results: list[Outcome]) -> None:
    found = power.findings(by_settings(results[:4]))
    assert [row["name"] for row in found.table.rows] == [
        "no cuts",
        "cuts, a snapshot every 20",
        "cuts, a snapshot every 100",
        "cuts, nothing kept",
    ]
    assert "with one cut an hour at" in found.answer and "where nothing is kept" in found.answer
    assert [len(line.y) for line in found.figures[0].panels[0].series] == [HOURS] * 4
