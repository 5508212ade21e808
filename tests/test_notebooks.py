"""The notebooks run from their first cell to their last, as a reader would run them, in a folder of their own, and print what they show.

    python -m pytest tests/test_notebooks.py --update-golden

writes what they print now into them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

NOTEBOOKS = Path(__file__).parent.parent / "examples" / "notebooks"
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""
SAME: Final = (
    *("encoding chosen", "--epochs", "  pass ", "test accuracy", "order:", "(True", " 'ram_bytes'"),
    *("{'frozen'", " 'one label in 10'", " 'every label'"),
)
"""Beginnings of lines that are the same on each machine: integers, and what follows from them."""
NO_TEXT: Final = ("━", "font cache")
"""In lines of bars, and of a library that is used for the first time."""


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_it_shows(
    path: Path, tmp_path: Path, user_cache: Path, request: pytest.FixtureRequest
) -> None:
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join((bin_folder, os.environ["PATH"]))}
    update = request.config.getoption("--update-golden")
    if not update:
        environment["MPLBACKEND"] = "agg"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), "done.ipynb"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shown, printed = json.loads(path.read_text(encoding="utf-8")), json.loads((tmp_path / "done.ipynb").read_text())
    if update:
        for cell, now in zip(shown["cells"], printed["cells"], strict=True):
            if "outputs" in cell:
                cell["outputs"] = plain(now["outputs"])
        path.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert lines_of(shown) == lines_of(printed), "what the notebook shows is old: write it anew with --update-golden"


def plain(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each stream of a cell says in one piece, without colours and bars of progress."""
    streams: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + "".join(output["text"])
    found = []
    for name, text in streams.items():
        lines = [line.rpartition("\r")[2] for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).split("\n")]
        kept = "\n".join(line for line in lines if not any(mark in line for mark in NO_TEXT))
        if kept.strip():
            found.append({"name": name, "output_type": "stream", "text": kept.splitlines(keepends=True)})
    return found + [output for output in outputs if output["output_type"] != "stream"]


def lines_of(notebook: dict[str, Any]) -> list[str]:
    """Those of the outputs that are the same everywhere."""
    outputs = [output for cell in notebook["cells"] for output in plain(cell.get("outputs", []))]
    texts = ["".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs]
    return [" ".join(line.split()) for text in texts for line in text.splitlines() if line.startswith(SAME)]


def test_there_are_notebooks_with_nothing_of_the_machine_that_ran_them() -> None:
    texts = [path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.ipynb")]
    assert len(texts) == 2
    assert not any(word in text for text in texts for word in ("/home/", "/root/", "/tmp/", "\\u001b"))
