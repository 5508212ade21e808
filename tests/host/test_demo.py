"""The demo tells the truth, with a C compiler and without."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.data.digits import load_digits
from sfdfa_codegen.host.demo import story
from sfdfa_codegen.host.demo.drift import MONTHS, AgeingSensor
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.targets import TARGETS
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXCERPT = README.partition("## What `make demo` shows")[2].partition("(An excerpt.")[0]


def test_demo_learns_agrees_and_outlives_its_sensor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "--json", "-"])
    assert stopped.value.code == 0
    out, err = capsys.readouterr()
    values = json.loads(out)
    assert values["target"] == "native"
    assert values["accuracy_before"] < 0.3
    assert values["test_accuracy"] > 0.9
    assert values["identical"] is True
    assert values["samples_compared"] == story.LOCKSTEP_SAMPLES
    assert values["ram_bytes"]["weights"] == 64 * 32 + 32 * 10
    first, last = values["drift"][0], values["drift"][-1]
    assert first["learning"] == first["frozen"] == values["test_accuracy"]
    assert last["learning"] > last["frozen"] + 0.15
    assert "A synthetic drift" in err
    assert [line for line in _words(EXCERPT) if line not in _words(err)] == []


def _words(text: str) -> list[list[str]]:
    """Each line that says a number, in words: bars are as wide as a terminal."""
    lines = [re.findall(r"[\w.%]+", line) for line in text.splitlines()]
    return [words for words in lines if any(word[0].isdigit() for word in words)]


def test_without_a_compiler_it_says_what_cannot_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    stage = story.Stage(Report(None), prepare(load_spec(None)), load_digits(), "emu")
    values = story.agree(stage) | story.count_bytes(stage, None)
    assert values["identical"] is None
    assert values["ram_bytes"] == {"total": None, "weights": None, "learning": None}
    out = capsys.readouterr().out
    assert "There is no C compiler here, so there is nothing to compare the emulator with." in out
    assert "They are counted in the compiled C; there is no C compiler here." in out


def test_a_difference_between_c_and_emulator_is_an_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> dict[str, object]:
        return {}

    for chapter in ("show_network", "learn", "count_bytes", "drift"):
        monkeypatch.setattr(story, chapter, nothing)
    monkeypatch.setattr(story, "agree", lambda stage: {"identical": False})
    monkeypatch.setattr(story.Stage, "open", _no_device)
    with pytest.raises(SystemExit) as stopped:
        main(["demo"])
    assert stopped.value.code == 1


def _no_device(stage: story.Stage) -> Device:
    return TARGETS["emu"].open(stage.prepared.integer_network)


def test_drift_starts_with_the_digits_and_only_weakens_them() -> None:
    raw = load_digits()
    sensor = AgeingSensor(raw, window=16)
    assert (sensor.images(raw.test, 0).values == raw.test.values).all()
    last = sensor.images(raw.test, MONTHS).values
    assert (last <= raw.test.values).all()
    factors = sensor.sensitivity(MONTHS)
    assert factors.max() == 1.0
    assert factors.min() == pytest.approx(np.exp(-7.0))
    assert len(sensor.spikes(raw.test, MONTHS)) == len(raw.test.labels)
