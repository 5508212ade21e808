"""The command line as a person meets it: words in, exit status and both outputs back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sfdfa_codegen.host import cli


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as strict JSON."""

        def refuse(constant: str) -> None:
            raise ValueError(f"{constant} is no JSON")

        values = json.loads(self.out, parse_constant=refuse)
        assert isinstance(values, dict)
        return values

    @property
    def message(self) -> str:
        """The one message of a failure."""
        assert self.out == ""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: ")
        return lines[0].removeprefix("error: ")


@dataclass(frozen=True)
class Cli:
    """Runs commands in a folder of their own."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path) -> Outcome:
        """Run a command. It never shows a traceback, and never calls itself a bug."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main([str(word) for word in words])
        out, err = self.capsys.readouterr()
        status = caught.value.code
        assert isinstance(status, int)
        assert "Traceback" not in out + err
        assert "this is a bug" not in err, err
        return Outcome(status, out, err)

    def json(self, *words: str | Path) -> dict[str, Any]:
        """The JSON of a command that succeeds."""
        outcome = self(*words, "--json", "-")
        assert outcome.status == 0, outcome.err
        return outcome.json


TINY = """\
name = "tiny"
seed = 3

[data]
source = "npz"
path = "tiny.npz"

[encoding]
ticks = 24
window = 8

[[layer]]
neurons = 12
[[layer]]
neurons = 2

[learning]
epochs = 2
rate = 0.01
readout = "counts"
"""


def write_tiny(folder: Path, text: str = TINY, **arrays: Any) -> Path:
    """A network file whose data set takes no time, and the data set. Returns the network file."""
    rng = np.random.default_rng(5)
    labels = np.arange(40) % 2
    features = rng.integers(0, 60, (40, 4)) + 180 * np.stack((labels, labels, 1 - labels, 1 - labels), axis=1)
    x, y = features.astype(np.uint8), labels.astype(np.uint8)
    np.savez(
        folder / "tiny.npz", **({"x_train": x[:24], "y_train": y[:24], "x_test": x[24:], "y_test": y[24:]} | arrays)
    )
    network = folder / "tiny.toml"
    network.write_text(text, encoding="utf-8")
    return network


def stream_arrays() -> dict[str, Any]:
    """Two stream segments for `write_tiny`."""
    x = np.array([[200, 200, 10, 10], [10, 10, 200, 200]] * 5, np.uint8)
    return {"stream_x": x, "stream_y": np.array([1, 0] * 5), "stream_segment": np.array(["may"] * 4 + ["june"] * 6)}


def listing(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
