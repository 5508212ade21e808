"""Pages of HTML that need nothing else: no script, no font, no file beside them. Every text is escaped."""

from pathlib import Path
from typing import Any, Final

import jinja2
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.experiments.plots import check_plots
from sfdfa_codegen.host.outputs import check_writable, write_whole

SUFFIXES: Final = (".html", ".htm")


def page(template: str, **values: Any) -> str:
    """Fill in a template of this folder."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sfdfa_codegen.host", "pages"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(version=tool_version(), **values)


def check_page(path: Path) -> None:
    """Before any work is done: raise ConfigError for a file that cannot be a page, ToolMissingError without matplotlib."""
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"cannot write a page to {path}: its name must end in {SUFFIXES[0]}")
    check_writable(path)
    check_plots()


def write_page(path: Path, text: str) -> None:
    """Raises OutputError if it cannot be written."""
    write_whole(path, text.encode())
