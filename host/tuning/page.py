"""What a search found: the best network file, tables, and a page with what accuracy costs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from sfdfa_codegen.host.experiments.figures import Figure, Panel, Series
from sfdfa_codegen.host.experiments.findings import Column, Findings, Table, column
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome
from sfdfa_codegen.host.experiments.page import PAGE, write_run_folder
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.report import Said
from sfdfa_codegen.host.summaries.experiment import StudySummary
from sfdfa_codegen.host.tuning.network_text import changed_text, path_from
from sfdfa_codegen.host.tuning.search import Tried
from sfdfa_codegen.host.tuning.space import Values
from sfdfa_codegen.host.tuning.trial import Task

SHOWN: Final = 10
"""Trials that are listed in a terminal."""


def ranked(found: list[Tried]) -> list[Tried]:
    """Those that came to an end: the most accurate first, of equals the one with less RAM."""
    whole = [one for one in found if one.accuracy is not None]
    return sorted(whole, key=lambda one: (-(one.accuracy or 0.0), one.ram or 0, one.cycles or 0.0, one.number))


def front(found: list[Tried]) -> list[Tried]:
    """Those that no other beats in one of accuracy, RAM and cycles without being worse in another."""
    whole = ranked(found)
    return [one for one in whole if not any(_beats(other, one) for other in whole)]


def _costs(one: Tried) -> tuple[float, float, float]:
    return -(one.accuracy or 0.0), one.ram or 0, one.cycles or 0.0


def _beats(other: Tried, one: Tried) -> bool:
    pairs = list(zip(_costs(other), _costs(one), strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def reasons(found: list[Tried]) -> list[str]:
    """Why trials were ended early, in classes, the commonest first."""
    kinds = Counter(one.reason.split(":")[0] for one in found if one.reason is not None)
    return [f"ended early, {kind}: {count}" for kind, count in kinds.most_common()]


def best_text(task: Task, best: Tried, target: Path) -> str:
    """The network file of a trial, to be written into the folder `target`."""
    values = dict(best.values)
    path = task.spec.data.path
    if path is not None:
        values["data.path"] = path_from(path, task.folder, target)
    return changed_text(task.text, values)


def findings(task: Task, found: list[Tried]) -> Findings:
    """For the terminal and the page."""
    best, file = ranked(found)[0], next((one for one in found if one.is_file), None)
    text = f"Best of {len(found)} trials on the validation split: {100 * (best.accuracy or 0):.2f} %"
    text += "" if best.ram is None else f", {best.ram:,} bytes of RAM"
    text += "" if best.cycles is None else f", {best.cycles:,.0f} cycles a learned sample"
    if file is not None and file.accuracy is not None and file.number != best.number:
        text += f"; the file as it stood has {100 * file.accuracy:.2f} %"
    columns = (*_heads(found), *_settings(found), column("reason", "ended early because", _reason))
    ended = [one for one in found if one.reason is not None]
    table = Table.of(columns, (*ranked(found), *ended))
    return Findings(f"{text}.", table, _figures(task, found), tuple(_notes(task, found)))


def lines(shown: Findings, found: list[Tried]) -> Iterator[Said]:
    """For a person: the best trials, in a column what they differ in, and once what they have in common."""
    best = ranked(found)[:SHOWN]
    common = {key: value for key, value in best[0].values.items() if all(one.values.get(key) == value for one in best)}
    columns = (*_heads(found), column("settings", "settings", partial(_in_words, common)))
    yield from replace(shown, table=Table.of(columns, best)).lines("tune")
    if len(best) > 1 and common:
        yield f"in all of these: {_words(common)}"


def _heads(found: list[Tried]) -> tuple[Column[Tried], ...]:
    on_front = {one.number for one in front(found)}
    return (
        column("trial", "trial", lambda one: one.number, "number"),
        column("accuracy", "validation", lambda one: one.accuracy, "per cent"),
        column("ram", "RAM", lambda one: one.ram, "bytes"),
        column("cycles", "cycles a sample", lambda one: one.cycles, "number"),
        column("front", "not beaten", lambda one: "yes" if one.number in on_front else ""),
    )


def _settings(found: list[Tried]) -> Iterator[Column[Tried]]:
    for key in dict.fromkeys(key for one in found for key in one.values):
        yield column(key, _title(key), partial(_value, key))


def _value(key: str, one: Tried) -> str | None:
    return _shown(one.values[key]) if key in one.values else None


def _reason(one: Tried) -> str | None:
    return one.reason


def _in_words(common: Values, one: Tried) -> str:
    """What a trial has that not all have; of one alone, everything."""
    own = {key: value for key, value in one.values.items() if key not in common}
    return _words(own or one.values)


def _words(values: Values) -> str:
    return ", ".join(f"{_title(key)} {_shown(value)}" for key, value in values.items())


def _notes(task: Task, found: list[Tried]) -> list[str]:
    share = f"{100 * task.spec.data.validation:g} %"
    board = task.board
    return [
        (
            f"Accuracy is on {share} of the training set, which were held out and not learned; the test set was not looked at. The best of many is luck in "
            "part: test the file on the test set, which has chosen nothing."
        ),
        "Cycles were not counted." if board is None else f"Cycles are those of {board.name}.",
        *reasons(found),
    ]


def _title(key: str) -> str:
    """learning.rate is rate, layer.0.neurons is neurons 1."""
    table, *places, name = key.split(".")
    return f"{name} {int(places[0]) + 1}" if table == "layer" else name


def _shown(value: Any) -> str:
    return ", ".join(f"{item:g}" for item in value) if isinstance(value, list) else str(value)


def _figures(task: Task, found: list[Tried]) -> tuple[Figure, ...]:
    whole = ranked(found)
    panels = [_panel(whole, "RAM in kilobytes", [None if one.ram is None else one.ram / 1000 for one in whole])]
    if task.board is not None:
        panels.append(
            _panel(whole, f"cycles of a learned sample, {task.board.name}", [one.cycles for one in whole], "orange")
        )
    caption = "Every trial that came to its end; what the dotted line joins is beaten by none that costs as little."
    return (Figure("pareto", caption, panels, (5.6, 3.8), 2),)


def _panel(whole: list[Tried], label: str, costs: list[float | None], colour: str = "blue") -> Panel:
    known = [(cost, 100 * (one.accuracy or 0)) for one, cost in zip(whole, costs, strict=True) if cost is not None]
    points = Series("trials", [cost for cost, _ in known], [value for _, value in known], colour=colour)
    return Panel("Accuracy against cost", label, "validation, per cent", [points], kind="points", log_x=True)


def write_page(task: Task, found: list[Tried], shown: Findings, command: str, folder: Path) -> None:
    """report.html with its figures, and the tables. Raises ConfigError if they cannot be written."""
    name = task.spec.name
    question = f"Which settings does {name} learn best with, within what it may take?"
    study = Study("tune", f"Tuning {name}", question, lambda _: [], lambda _, __: {}, lambda _: shown)
    seed = task.spec.seed
    outcomes = tuple(
        Outcome(
            Cell(one.values, seed),
            {"accuracy": one.accuracy, "ram": one.ram, "cycles": one.cycles, "reason": one.reason},
            one.seconds,
        )
        for one in found
    )
    write_run_folder(StudySummary(study, False, (seed,), command, outcomes, shown, folder / PAGE), folder)
