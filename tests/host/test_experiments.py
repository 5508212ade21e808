"""Studies: their framework on a study that takes no time, and each real one on a cell of it that takes little."""

import csv
import json
import math
import os
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from cli_runner import Cli
from needs import need
from sfdfa_codegen.codegen.errors import ConfigError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import initial_state
from sfdfa_codegen.host.experiments import (
    alignment,
    benchmarks,
    bounds,
    critical_points,
    drift,
    loihi_lif,
    loihi_neuron,
    online_traces,
    precision,
    readouts,
    scaling,
)
from sfdfa_codegen.host.experiments.cells import CellStore, cell_key
from sfdfa_codegen.host.experiments.figures import Figure, Panel
from sfdfa_codegen.host.experiments.findings import Findings, Table, as_set, measured, value_text
from sfdfa_codegen.host.experiments.networks import integer_network
from sfdfa_codegen.host.experiments.outcomes import (
    Cell,
    Estimate,
    Group,
    Outcome,
    Result,
    Settings,
    by_settings,
    series,
)
from sfdfa_codegen.host.experiments.plots import check_plots
from sfdfa_codegen.host.experiments.probes import float_copy, gradient_cosines, integrator_gradients
from sfdfa_codegen.host.experiments.runner import chosen_cells
from sfdfa_codegen.host.experiments.studies import STUDIES
from sfdfa_codegen.host.experiments.study import Study
from sfdfa_codegen.host.floats.readout_kernel import KERNELS
from sfdfa_codegen.host.simulators.verilated import check_mesh_rtl

RAN = "ran.txt"
"""Where the toy study writes down which cells it ran, one a line."""
needs_data = pytest.mark.skipif("SFDFA_DATA" not in os.environ, reason="SFDFA_DATA does not name a folder of data sets")
QUICK_DIGITS = {"network": "digits-counts", "train": 100, "test": 50, "epochs": 2}


def toy_settings(quick: bool) -> list[Settings]:
    return [{"size": size, "quick": quick} for size in (1, 2, 3)]


def toy_run(settings: Settings, seed: int) -> Result:
    with Path(RAN).open("a", encoding="utf-8") as file:
        file.write(f"{settings['size']} {seed}\n")
    if (settings["size"], seed) == (3, int(os.environ.get("TOY_STOPS_AT", "0"))):
        raise KeyboardInterrupt
    return {"height": settings["size"] + seed / 10, "curve": [1.0, None]}


def toy_findings(groups: list[Group]) -> Findings:
    heights = [group.estimate("height") for group in groups]
    panel = Panel("height <of> things", "size", "m", [series("toys & such", range(len(groups)), heights, "blue")])
    return Findings(
        answer=f"<{len(groups)} sizes>",
        table=Table.of((as_set("size", "size"), measured("height", "height, m", "number")), groups),
        figures=(Figure("toys", "Bars & bands", (panel, panel)),),
        notes=("a note",),
    )


TOY = Study("toy", "Toys", "How high is a toy?", toy_settings, toy_run, toy_findings)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(STUDIES, "toy", TOY)
    return Cli(tmp_path, capsys)


def ran() -> list[str]:
    return Path(RAN).read_text(encoding="utf-8").splitlines() if Path(RAN).exists() else []


def test_table_of_a_run(cli: Cli) -> None:
    values = cli.json("experiment", "toy", "--seeds", "2", "--jobs", "1")
    assert (values["experiment"], values["seeds"], values["quick"], values["answer"]) == (
        "toy",
        [1, 2],
        False,
        "<3 sizes>",
    )
    assert values["command"] == "sfdfa-codegen experiment toy --seeds 2"
    (first, *_) = values["rows"]
    assert first["height"] == pytest.approx({"mean": 1.15, "standard_error": 0.05, "seeds": 2})
    assert json.loads(Path("runs/toy/table.json").read_text(encoding="utf-8")) == values
    markdown = Path("runs/toy/table.md").read_text(encoding="utf-8").splitlines()
    assert markdown[:3] == ["| size | height, m |", "| --- | --- |", "| 1 | 1.15 ± 0.05 |"]
    with Path("runs/toy/table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["height"]) for row in rows] == pytest.approx([1.15, 2.15, 3.15])
    assert float(rows[0]["height_standard_error"]) == pytest.approx(0.05)


def test_finished_cells_are_not_run_again(cli: Cli) -> None:
    first = cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    more = cli.json("experiment", "toy", "--seeds", "2", "--jobs", "1")
    assert ran() == ["1 1", "2 1", "3 1", "1 2", "2 2", "3 2"]
    assert [cell["result"] for cell in more["cells"][:3]] == [cell["result"] for cell in first["cells"]]


def test_an_interrupted_study_goes_on_where_it_stopped(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_STOPS_AT", "1")
    stopped = cli("experiment", "toy", "--seeds", "1", "--jobs", "1")
    assert stopped.status == 130
    assert "2 of 3 cells are done and kept in runs/toy; the same command goes on from there" in stopped.err
    assert not Path("runs/toy/report.html").exists()
    monkeypatch.delenv("TOY_STOPS_AT")
    assert cli("experiment", "toy", "--seeds", "1", "--jobs", "1").status == 0
    assert ran() == ["1 1", "2 1", "3 1", "3 1"]


def test_only_done_draws_what_is_there(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = cli("experiment", "toy", "--seeds", "1", "--only-done")
    assert nothing.status != 0
    assert "no cell of toy is done in runs/toy; run the study, or say with --out where it was" in nothing.err
    monkeypatch.setenv("TOY_STOPS_AT", "1")
    cli("experiment", "toy", "--seeds", "1", "--jobs", "1")
    values = cli.json("experiment", "toy", "--seeds", "1", "--only-done")
    assert ran() == ["1 1", "2 1", "3 1"]  # the third was stopped, and not run again
    assert len(values["rows"]) == 2
    assert values["notes"][-1] == "2 of 3 cells of this study have been run; the rest is not in here."
    assert Path("runs/toy/report.html").exists()


def test_only_some_cells_are_run(cli: Cli) -> None:
    values = cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1", "--only", "size=3", "--only", "size=1")
    assert ran() == ["1 1", "3 1"]
    assert values["command"] == "sfdfa-codegen experiment toy --seeds 1 --only size=3 --only size=1"
    assert values["notes"][-1] == "2 of 3 cells of this study have been run; the rest is not in here."
    assert len(cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")["cells"]) == 3
    assert ran() == ["1 1", "3 1", "2 1"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["size"], '--only takes KEY=VALUE, not "size"; the settings of this study are quick, size'),
        (["colour=3"], '--only takes KEY=VALUE, not "colour=3"; the settings of this study are quick, size'),
        (["size=4"], 'no cell of this study has size = "4"; there is 1, 2, 3'),
    ],
)
def test_only_cells_that_are_not_there(cli: Cli, wanted: list[str], message: str) -> None:
    outcome = cli("experiment", "toy", *(word for condition in wanted for word in ("--only", condition)))
    assert outcome.status == 2
    assert outcome.message == message
    assert ran() == []


def test_cells_are_chosen_by_all_keys_and_any_value() -> None:
    cells = [Cell({"layers": [n, 10], "rule": rule}, 1) for n in (16, 32) for rule in ("dfa", "sfdfa")]
    assert chosen_cells(cells, ["layers=32-10", "rule=dfa", "rule=sfdfa"]) == cells[2:]
    assert chosen_cells(cells, ["rule=sfdfa", "layers=16-10"]) == cells[1:2]
    with pytest.raises(ConfigError, match="no cell of this study has all of a=1, b=2"):
        chosen_cells([Cell({"a": 1, "b": 1}, 1), Cell({"a": 2, "b": 2}, 1)], ["a=1", "b=2"])


def test_a_damaged_cell_is_run_again(cli: Cli) -> None:
    cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    cell = Cell(toy_settings(False)[1], 1)
    path = Path("runs/toy/cells") / f"{cell_key('toy', cell)}.json"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    assert ran()[3:] == ["2 1"]


def test_quick_has_cells_and_a_folder_of_its_own(cli: Cli) -> None:
    values = cli.json("experiment", "toy", "--quick", "--jobs", "1")
    assert values["quick"] is True
    assert values["seeds"] == [1, 2]
    assert values["command"] == "sfdfa-codegen experiment toy --quick --seeds 2"
    assert Path("runs/toy-quick/report.html").exists()


def test_cells_run_in_processes_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    values = Cli(tmp_path, capsys).json(
        "experiment", "online-traces", "--quick", "--seeds", "1", "--jobs", "2", "--out", out
    )
    emulated = [cell["result"] for cell in values["cells"] if cell["settings"]["target"] == "emu"]
    assert [result["identical"] for result in emulated] == [True, True]
    assert all(result["cosine"] > 0.9 for result in emulated)
    assert len(list((out / "cells").iterdir())) == len(values["cells"])


class _Links(HTMLParser):
    """What a page would load, and whether its elements nest."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name.split(":")[-1] in ("href", "src", "srcset", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_page_is_whole_and_loads_nothing(cli: Cli) -> None:
    cli.json("experiment", "toy", "--seeds", "2", "--jobs", "1")
    page = Path("runs/toy/report.html").read_text(encoding="utf-8")
    links = _Links()
    links.feed(page)
    assert links.open == []
    assert [link for link in links.links if not link.startswith("#")] == []
    assert "@import" not in page
    assert page.count("<svg") == 1
    text = " ".join(links.text)
    for part in ("Toys", "How high is a toy?", "<3 sizes>", "Bars & bands", "1.15 ± 0.05", "a note"):
        assert part in text
    assert "sfdfa-codegen experiment toy --seeds 2" in text


def test_figures_are_files_and_their_ids_are_the_figures_own(cli: Cli) -> None:
    cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    assert Path("runs/toy/figures/toys.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse("runs/toy/figures/toys.svg").getroot().tag.endswith("svg")
    page = Path("runs/toy/report.html").read_text(encoding="utf-8")
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert ids
    assert all(str(name).startswith("toys-") for name in ids)


def test_two_runs_draw_the_same_bytes(cli: Cli) -> None:
    cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    first = Path("runs/toy/figures/toys.svg").read_bytes()
    cli.json("experiment", "toy", "--seeds", "1", "--jobs", "1")
    assert Path("runs/toy/figures/toys.svg").read_bytes() == first


def test_list(cli: Cli) -> None:
    names = [entry["name"] for entry in cli.json("experiment")["experiments"]]
    assert names[:6] == ["critical-points", "alignment", "online-traces", "benchmarks", "drift", "precision"]
    assert "How high is a toy?" in cli("experiment", "--list").out


def test_an_unknown_name(cli: Cli) -> None:
    outcome = cli("experiment", "toys")
    assert outcome.status == 2
    assert outcome.message.startswith("there is no experiment 'toys'; the experiments are critical-points, alignment,")


def test_a_run_folder_that_cannot_be_made(cli: Cli) -> None:
    Path("file").touch()
    outcome = cli("experiment", "toy", "--out", "file/folder")
    assert outcome.status == 2
    assert "cannot make the folder file/folder/cells" in outcome.message


def test_without_matplotlib_nothing_is_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    outcome = cli("experiment", "toy")
    assert outcome.status == 3
    assert "the figures need matplotlib: pip install 'sfdfa-codegen[plots]'" in outcome.message
    assert ran() == []
    with pytest.raises(ToolMissingError):
        check_plots()


def test_missing_data_names_where_it_looked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFDFA_DATA", str(cli.folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cli.folder))
    for name in ("drift", "benchmarks"):
        outcome = cli("experiment", name, "--quick", "--jobs", "1")
        assert outcome.status == 2
        assert "found" in outcome.message


def test_estimates() -> None:
    several = Estimate.of([1.0, 2.0, 4.0, 5.0])
    assert several is not None
    assert (several.mean, several.count) == (3.0, 4)
    assert several.standard_error == pytest.approx(math.sqrt(10 / 3 / 4))
    assert Estimate.of([1.0]) == Estimate(1.0, None, 1)
    assert Estimate.of([1.0, None]) is None
    low, high = Estimate(0.90, 0.01, 3), Estimate(0.95, 0.01, 3)
    assert high.beyond(low)
    assert not low.beyond(high)
    assert not Estimate(0.92, 0.01, 3).beyond(low)
    assert not Estimate(0.95, None, 1).beyond(low)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Estimate(0.9690, 0.0004, 3), "per cent", "96.90 ± 0.04 %"),
        (Estimate(0.5, None, 1), "per cent", "50.00 %"),
        (Estimate(1234567.0, 0.0, 2), "number", "1,234,567"),
        (Estimate(2048.0, 0.0, 2), "bytes", "2.0 KB"),
        (Estimate(12.34, 0.56, 2), "degrees", "12.3 ± 0.6°"),
        (None, "per cent", "-"),
        ("text", "text", "text"),
        (0.25, "number", "0.25"),
    ],
)
def test_values_as_people_read_them(value: Any, unit: Any, expected: str) -> None:
    assert value_text(value, unit) == expected


def test_key_tells_everything_apart(tmp_path: Path) -> None:
    cells = [Cell({"a": 1}, 1), Cell({"a": 2}, 1), Cell({"a": 1}, 2), Cell({"b": 1}, 1)]
    keys = {cell_key(study, cell) for study in ("one", "two") for cell in cells}
    assert len(keys) == 8
    store = CellStore("one", tmp_path)
    store.save(Outcome(cells[0], {"x": None}, 1.5))
    assert store.load(Cell({"a": 1}, 1)) == Outcome(cells[0], {"x": None}, 1.5)
    assert store.load(cells[1]) is None


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", "[]", '{"result": 5, "seconds": "x", "data": {}}', "\0"])
def test_a_damaged_cell_is_computed_anew(tmp_path: Path, text: str) -> None:
    cell, store = Cell({"a": 1}, 1), CellStore("one", tmp_path)
    store.save(Outcome(cell, {"x": None}, 1.5))
    (kept,) = tmp_path.rglob("*.json")
    kept.write_text(text)
    assert store.load(cell) is None


def outcomes_of(module: Any, settings: Sequence[Settings]) -> Findings:
    """One seed of some settings of a real study, and what it says of them."""
    outcomes = [Outcome(Cell(chosen, 1), module.run(chosen, 1), 1.0) for chosen in settings]
    json.dumps([outcome.result for outcome in outcomes], allow_nan=False)
    findings: Findings = module.findings(by_settings(outcomes))
    assert len(findings.table.rows) > 0
    return findings


def small(settings: Settings, **changes: Any) -> dict[str, Any]:
    """A cell of a real study on the built-in digits."""
    return {**settings, **QUICK_DIGITS, "neuron": {"threshold": "auto"}, **changes}


def test_critical_points() -> None:
    settings = [small(chosen) for chosen in critical_points.settings(True)]
    findings = outcomes_of(critical_points, settings)
    norms = {row["factor"]: row["largest_norm"] for row in findings.table.rows if row["form"] == "float, Adam"}
    bounded, exact = norms["tau / I"], norms["tau / (I - c)"]
    assert isinstance(bounded, Estimate)
    assert isinstance(exact, Estimate)
    assert exact.mean > 10 * bounded.mean


def test_alignment() -> None:
    chosen = [s for s in alignment.settings(True) if s["layers"] == [128, 10] and s["learning"]["error"] == "count"]
    findings = outcomes_of(alignment, [small(s, layers=[16, 10], train=1000, test=100) for s in chosen])
    cosines = {(row["form"], row["rule"]): row["feedback_last"] for row in findings.table.rows}
    learned, fixed = cosines["int8", "SFDFA"], cosines["int8", "DFA"]
    assert isinstance(learned, Estimate)
    assert isinstance(fixed, Estimate)
    assert learned.mean > fixed.mean + 0.2


def test_alignment_of_an_output_layer_with_itself_is_complete() -> None:
    (chosen,) = [s for s in alignment.settings(True) if s["form"] == "float" and s["learning"]["rule"] == "sfdfa"]
    result = alignment.run(small(chosen, layers=[16, 10]), 1)
    assert [layers[-1] for layers in result["gradients"]] == pytest.approx([1.0, 1.0])


def test_alignment_of_outputs_that_integrate() -> None:
    """With the weights as feedback the local gradient is backpropagation's; with other feedback it is not."""
    chosen = next(s for s in alignment.settings(False) if s["form"] == alignment.INTEGRATOR)
    chosen = small(chosen, network="digits", layers=[16, 10], train=1000, test=100)
    result = alignment.run(chosen, 1)
    hidden, output = result["gradients"][-1]
    assert output == pytest.approx(1.0)
    assert 0.5 < hidden < 1.0

    spec, data, network = integer_network(chosen, 1)
    floats, rng = float_copy(network, initial_state(network)), np.random.default_rng(3)
    floats.weights[-1][:] = rng.normal(size=floats.weights[-1].shape)
    for feedback, expected in ((floats.weights[-1], 1.0), (-floats.weights[-1], -1.0)):
        floats.feedback[0][:] = feedback
        before = floats.mean_rates[0].copy()
        local, exact = (integrator_gradients(floats, data.test, spec, exact=exact) for exact in (False, True))
        assert np.array_equal(floats.mean_rates[0], before)
        assert gradient_cosines(local, exact) == pytest.approx([expected, 1.0])


@needs_data
def test_benchmarks() -> None:
    settings = [
        {**chosen, **QUICK_DIGITS, "data_set": "MNIST", "layers": [16, 10], "neuron": {"threshold": "auto"}}
        for chosen in benchmarks.settings(True)[:5]
    ]
    (row,) = outcomes_of(benchmarks, settings).table.rows
    assert row["network"] == "16-10"
    assert {key for key in row if key.startswith(("float_", "int8_"))} == {f"{a}_{b}" for a, b in benchmarks.RUNS}


@needs_data
def test_drift_learns_only_from_labelled_samples() -> None:
    settings = [
        {**chosen, "epochs": 2}
        for chosen in drift.settings(True)
        if chosen["network"] == drift.FLAGSHIP and chosen["mode"] in {"frozen", "sfdfa"}
    ]
    means = {
        (chosen["mode"], chosen["labels"]): drift.run({**chosen, "labels": chosen["labels"] * 0.9}, 1)["mean"]
        for chosen in settings
        if chosen["labels"] != 0.01
    }
    assert means["sfdfa", 1.0] > means["sfdfa", 0.1] > means["frozen", 0.0]
    frozen = next(chosen for chosen in settings if chosen["mode"] == "sfdfa")
    assert drift.run({**frozen, "labels": 0.0}, 1)["mean"] == means["frozen", 0.0]


@needs_data
def test_in_the_drift_study_labels_are_asked_for_by_the_network_and_by_rivals() -> None:
    asking = [chosen for chosen in drift.settings(True) if chosen["mode"] == "asks"]
    few = [chosen for chosen in asking if chosen["network"] in {drift.FLAGSHIP, drift.NEAREST}]
    assert {chosen["network"] for chosen in asking} == {drift.FLAGSHIP, *drift.RIVALS}
    for chosen in few:
        result = drift.run({**chosen, "epochs": 2}, 1)
        assert 0.09 < result["given"] < 0.11
        assert result["mean"] > 0.8


def test_a_part_of_the_drift_study_tells_no_number_that_is_missing() -> None:
    result = {"segments": {"batch 2": 0.9}, "mean": 0.9, "worst": 0.9, "given": 0.0, "ram": None, "cycles": None}
    findings = drift.findings(by_settings([Outcome(Cell(drift.settings(True)[0], 1), result, 1.0)]))
    assert findings.answer == "The table has the part of the study that was run."
    assert len(findings.table.rows) == 1


def test_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "measured_cycles", lambda network, samples, learn: None)
    wanted = [(8, "stochastic", "replay"), (8, "stochastic", "trace"), (8, "nearest", "replay")]
    found = [s for s in precision.settings(True) if (s["bits"], s["rounding"], s["eligibility"]) in wanted]
    settings = [small(chosen, encoding={"ticks": 32, "window": 16}, layers=[16, 10]) for chosen in found]
    findings = outcomes_of(precision, settings)
    ram = [row["ram"] for row in findings.table.rows if isinstance(row["ram"], Estimate)]
    assert len(ram) == 2
    assert ram[1].mean > ram[0].mean


def test_online_traces() -> None:
    settings = [chosen for chosen in online_traces.settings(True) if chosen["target"] == "emu"]
    for setting in settings:
        result = online_traces.run(setting, 1)
        assert result["cosine"] > 0.95
        assert result["identical"] is True
        assert result["agreeing"] > 0.9


def test_readouts_tell_what_a_set_loses_by_each_constant() -> None:
    changed = {s["change"]: s for s in readouts.settings(True)}
    chosen = [{**changed[name], "train": 100, "epochs": 2} for name in (readouts.DEFAULT, "rule dfa", "rate, half")]
    findings = outcomes_of(readouts, chosen)
    accuracies = {str(row["change"]): row["digits"] for row in findings.table.rows}
    assert all(isinstance(accuracy, Estimate) for accuracy in accuracies.values())
    assert accuracies["rate, half"] != accuracies[readouts.DEFAULT]
    assert "of digits with rate, half" in findings.answer


def test_kernels_of_the_readouts_are_beside_the_usual_one_in_float() -> None:
    changed = {s["change"]: s for s in readouts.settings(False) if s["set"] == "digits"}
    names = (readouts.DEFAULT, readouts.IN_FLOAT["linear"], readouts.IN_FLOAT["leaky"])
    findings = outcomes_of(readouts, [{**changed[name], "train": 100, "test": 50, "epochs": 2} for name in names])
    rows = {str(row["change"]): row for row in findings.table.rows}
    assert rows[names[1]]["loss"] is None
    leaky, linear = rows[names[2]], rows[names[1]]["digits"]
    assert isinstance(linear, Estimate) and isinstance(leaky["digits"], Estimate) and isinstance(leaky["loss"], float)
    assert linear.mean > 0.3
    assert leaky["loss"] == linear.mean - leaky["digits"].mean


def test_every_change_of_the_readouts_is_another_network() -> None:
    chosen = [s for s in readouts.settings(False) if s["set"] == "digits" and s["change"] != readouts.COUNTED]
    assert len(chosen) == 3 + 2 * len(readouts.CONSTANTS) + len(KERNELS)
    known = {repr((s.get("learning"), s.get("factors"), s.get("kernel"))) for s in chosen}
    assert len(known) == len(chosen)


def test_bounds_below_which_less_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "measured_cycles", lambda network, samples, learn: 300.0 if learn else 100.0)
    everything, _, below = [{**s, "train": 200, "epochs": 3} for s in bounds.settings(True)]
    findings = outcomes_of(bounds, [everything, below])
    shares = [row["learned"] for row in findings.table.rows]
    cycles = [row["cycles"] for row in findings.table.rows]
    assert isinstance(shares[1], Estimate)
    assert isinstance(cycles[1], Estimate)
    assert shares[1].mean < 1.0
    assert cycles[1].mean == pytest.approx(100.0 + 200.0 * shares[1].mean)


def test_first_spikes_of_the_neuron_of_loihi() -> None:
    chosen = [{**s, "learned": 100, "samples": 20} for s in loihi_neuron.settings(True)]
    (row,) = outcomes_of(loihi_neuron, chosen).table.rows
    same, within = row["same"], row["within"]
    assert isinstance(same, Estimate) and isinstance(within, Estimate)
    assert 0.9 < same.mean <= within.mean <= 1.0


def test_a_neuron_of_loihi_by_hand() -> None:
    """du + 1 = 2048: half of the current is lost each tick; dv = 1024: a quarter of the voltage. Inputs arrive a tick later."""
    neuron = loihi_lif.LoihiNeuron(du=2047, dv=1024, vth=16)
    sums = np.array([[10, 0, -9], [0, 0, 0], [0, 0, 30], [0, 0, 0], [0, 0, 0]], dtype=np.int64)
    # u: 0, 640, 320, ...; v: 0, 640, 800, 760: never above 1024. Third: u -576, -288, 1776; v -576, -720, 1236.
    assert loihi_lif.first_spikes(neuron, sums).tolist() == [-1, -1, 3]
    assert loihi_lif.first_spikes(loihi_lif.LoihiNeuron(2047, 1024, 12), sums).tolist() == [2, -1, 3]


def test_scaling_of_a_mesh_beside_the_image_of_one_core() -> None:
    need(check_mesh_rtl)
    chosen = [{**s, "learned": 20, "samples": 1} for s in scaling.settings(True) if s["cores"] in (0, 1, 2)]
    findings = outcomes_of(scaling, chosen)
    ordinary, one, two = findings.table.rows
    assert ordinary["speed_up"] == 1.0 and ordinary["bound"] is None
    assert isinstance(one["speed_up"], float) and isinstance(two["speed_up"], float)
    assert one["speed_up"] < two["speed_up"] < 2.0
    assert one["repeated"] == 0.0
    assert "Every mesh ends with the bits of one core" in findings.answer
