"""Fixtures for tests of the command line."""

from pathlib import Path

import pytest
from cli_runner import Cli, write_tiny


@pytest.fixture
def cli(tmp_path: Path, user_cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, run in an empty folder and with an empty user cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SFDFA_DATA", raising=False)
    return Cli(tmp_path, capsys)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A network file with a data set of 24 training and 16 test samples."""
    return write_tiny(tmp_path)
