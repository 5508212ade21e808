"""Pages of HTML: what they say, that they need nothing else, and that no text of a user's gets out of its place."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.host.pages.confusion import Confusion, Mistake

HOSTILE = "</td><script>alert(1)</script>"
VOID = {"meta", "br", "img", "link"}


class Page(HTMLParser):
    """A page that was read: its tags, its text, and whether each tag was closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(path: Path) -> Page:
    page = Page(path.read_text())
    assert not page.open
    assert not page.tags & {"script", "link", "iframe", "img"}
    assert all(address.startswith("#") for address in page.addresses)
    return page


def write_table(folder: Path, classes: int = 3) -> Path:
    """A network file over a table whose classes have names that no page should take for its own."""
    rng = np.random.default_rng(5)
    names = [f"{HOSTILE}{number}" for number in range(classes)]
    rows = [f"{rng.normal(label):.3f},{rng.normal():.3f},{names[label]}" for label in range(classes) for _ in range(8)]
    (folder / "own.csv").write_text("a,b,class\n" + "\n".join(rows) + "\n")
    path = folder / "own.toml"
    path.write_text(
        'name = "own"\ndata = { source = "csv", path = "own.csv" }\nencoding = { kind = "signed-ttfs" }\n'
        f"layer = [{{ neurons = 6 }}, {{ neurons = {classes} }}]\nlearning = {{ epochs = 2 }}\n"
    )
    return path


def test_page_of_a_run(cli: Cli, tmp_path: Path) -> None:
    run = cli.json("run", write_table(tmp_path), "--report", "run.html")
    page = read(cli.folder / "run.html")
    assert f"{100 * run['test_accuracy']:.2f} % of {run['test_samples']} test samples are right" in page.text
    assert f"{HOSTILE}0" in page.text
    assert f"state CRC-32 {run['state_crc32']}" in page.text
    assert "sfdfa-codegen run" in page.text
    assert "--report run.html" in page.text
    assert "taken for" in page.text


def test_page_of_a_stream(cli: Cli, tmp_path: Path) -> None:
    """What is taken for what is counted in the stream, and not in the test before it."""
    rng = np.random.default_rng(6)
    rows = [f"{rng.normal(step % 2):.3f},{step // 10},{step % 2}" for step in range(40)]
    (tmp_path / "stream.csv").write_text("a,when,class\n" + "\n".join(rows) + "\n")
    network = tmp_path / "stream.toml"
    network.write_text(
        'name = "stream"\ndata = { source = "csv", path = "stream.csv", time = "when" }\nencoding = { kind = "signed-ttfs" }\n'
        "layer = [{ neurons = 6 }, { neurons = 2 }]\nlearning = { epochs = 1 }\n"
    )
    run = cli.json("run", network, "--report", "run.html")
    streamed = sum(segment["samples"] for segment in run["segments"])
    assert f"{streamed} samples of the stream" in read(cli.folder / "run.html").text


def test_page_of_a_run_that_tests_nothing(cli: Cli, tiny: Path) -> None:
    assert cli("run", tiny, "--test", "0", "--report", "run.html").status == 0
    assert "Nothing was tested" in read(cli.folder / "run.html").text


def test_page_of_a_comparison(cli: Cli, tiny: Path) -> None:
    compared = cli.json("compare", tiny, "--samples", "4", "--report", "both.html")
    page = read(cli.folder / "both.html")
    assert "identical: every result and the state after each of 4 samples" in page.text
    assert compared["state_crc32"]["emu"] in page.text


@pytest.mark.parametrize("command", ["run", "compare"])
def test_page_is_html(cli: Cli, tiny: Path, command: str) -> None:
    assert "must end in .html" in cli(command, tiny, "--report", "page.pdf").message


def test_without_matplotlib_no_run_begins(cli: Cli, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    outcome = cli("run", tiny, "--report", "page.html")
    assert outcome.status == 3
    assert "pip install 'sfdfa-codegen[plots]'" in outcome.message
    assert not (cli.folder / "page.html").exists()


def test_confusion() -> None:
    confusion = Confusion(("a", "b"), 3)
    confusion.add(np.array([0, 0, 0, 1, 2], dtype=np.uint16), np.array([0, 1, 1, 1, 0]))
    assert confusion.names == ("a", "b", "2")
    assert [(name, [cell.samples for cell in cells]) for name, cells, _ in confusion.rows()] == [
        ("a", [1, 2, 0]),
        ("b", [0, 1, 0]),
        ("2", [1, 0, 0]),
    ]
    assert confusion.mistakes() == [Mistake("a", "b", 2), Mistake("2", "a", 1)]
    assert confusion.small
    assert not Confusion((), 100).small


def test_many_classes_are_listed(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", write_table(tmp_path, classes=30), "--report", "run.html").status == 0
    assert "taken for" in read(cli.folder / "run.html").text
