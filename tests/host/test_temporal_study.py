"""The study `temporal`: what becomes of events, and a small archive in the layout of FSDD-spikes."""

from pathlib import Path

import numpy as np
import pytest
from sfdfa_codegen.host.data.raw import Events
from sfdfa_codegen.host.experiments import temporal
from sfdfa_codegen.host.experiments.outcomes import Cell, Group, Outcome
from sfdfa_codegen.host.prepare import load_spec

EVENTS = Events(np.array([0, 90, 95, 700]), np.array([1, 0, 2, 1]), np.array([0, 2, 4]), np.array([0, 1]), 3, 100.0)


def test_copies_come_later_in_channels_of_their_own() -> None:
    found = temporal.delayed(EVENTS, 80.0)
    assert found.channel_count == 24
    assert found.offsets.tolist() == [0, 16, 32]
    assert found.times[:4].tolist() == [0, 80, 90, 160]
    assert found.channels[:4].tolist() == [1, 4, 0, 7]
    assert (np.diff(found.times[16:]) >= 0).all()


def test_time_constants_of_hidden_layers() -> None:
    spec = temporal.with_taus(load_spec("fsdd-spikes"), [5.0, None])
    assert [layer.neurons for layer in spec.layers] == [128, 64, 10]
    assert [spec.tau_s_ticks(layer) for layer in range(2)] == [5.0, 20.8]


def test_slots_tell_what_order_channels_came_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two classes with the same spikes, once forwards and once backwards in time."""
    rng = np.random.default_rng(2)
    digits = np.tile(np.arange(2, dtype=np.uint8), 60)
    clips = []
    for digit in digits.tolist():
        channels = np.repeat(np.arange(8), 4)
        times = 800 * (channels if digit else 7 - channels) + rng.integers(0, 800, 32)
        order = np.argsort(times)
        clips.append((times[order], channels[order]))
    path = tmp_path / "fsdd" / "fsdd_spikes_70ch_idx0-19.npz"
    path.parent.mkdir()
    np.savez(
        path,
        t_100us=np.concatenate([times for times, _ in clips]).astype(np.uint16),
        ch=np.concatenate([channels for _, channels in clips]).astype(np.uint8),
        off=np.arange(0, 32 * 121, 32).astype(np.uint32),
        digit=digits,
        index=np.repeat(np.arange(20, dtype=np.uint8), 6),
    )
    monkeypatch.setenv("SFDFA_DATA", str(tmp_path))
    chosen = {"variant": "8 slots of time", "time_slots": 8, "epochs": 4}
    found = temporal.run(chosen, 1)
    assert found["accuracy"] == 1.0
    assert found["channels"] == 560
    assert 24 < found["events"] < 32, "less those that fall into one tick"
    groups = [
        Group(chosen, (Outcome(Cell(chosen, 1), found, 0.0),)),
        Group({"variant": "none"}, (Outcome(Cell({"variant": "none"}, 1), {**found, "accuracy": 0.5}, 0.0),)),
    ]
    assert temporal.findings(groups).answer == "Most is reached with 8 slots of time, 100.0 %; least with none, 50.0 %."
