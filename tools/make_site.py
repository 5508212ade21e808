"""Makes the site in build/site from the pages that are in the repository; `make site`. A link that leads nowhere ends it.

Pages keep their places, so that their links hold; README is the front page, notebooks become pages, and files that pages link to lie beside them.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "build" / "site-source"
STYLE = ROOT / "tools" / "site.css"
FRONT = "README.md"
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
FOLDER = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)\)")


def pages() -> list[Path]:
    """All Markdown that readers are led to."""
    return [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.ipynb"))]


def gather() -> None:
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    shutil.copyfile(STYLE, SOURCE / STYLE.name)
    for page in pages():
        text = _of_notebook(json.loads(page.read_text())) if page.suffix == ".ipynb" else page.read_text()
        text = _without_folders(text, page.parent)
        for linked, _ in LINK.findall(text):
            _bring(page.parent / linked)
        _write(page, LINK.sub(lambda found: _moved(found[1]) + (found[2] or ""), text))


def _without_folders(text: str, place: Path) -> str:
    """A link to a folder becomes its words: a site has no listing."""
    return FOLDER.sub(lambda found: found[1] if (place / found[2]).is_dir() else found[0], text)


def _bring(linked: Path) -> None:
    """Lay a file that is no page beside the pages."""
    linked = linked.resolve()
    if linked.is_file() and linked not in pages():
        place = SOURCE / linked.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(linked, place)


def _moved(link: str) -> str:
    """Where a page is on the site."""
    if link.endswith(FRONT):
        return link.removesuffix(FRONT) + "index.md"
    return link.removesuffix(".ipynb") + ".md" if link.endswith(".ipynb") else link


def _write(page: Path, text: str) -> None:
    place = SOURCE / _moved(str(page.relative_to(ROOT)))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def _of_notebook(notebook: dict[str, Any]) -> str:
    return "\n\n".join(part for cell in notebook["cells"] for part in _of_cell(cell)) + "\n"


def _of_cell(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    language, code = ("sh", source.removeprefix("%%sh\n")) if source.startswith("%%sh\n") else ("python", source)
    yield _block(language, code)
    for output in cell.get("outputs", ()):
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            yield _block("text", "".join(text).rstrip())


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def main() -> int:
    gather()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(ROOT / "tools" / "mkdocs.yml")]
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        print(f"{ROOT / 'build' / 'site' / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
