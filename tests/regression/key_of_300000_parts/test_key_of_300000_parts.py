"""A network file of 600 KB took hours: its only key was a.a.a.a and so on.

What tomllib does for a key grows with the square of its parts. Keys of very many parts are refused before it sees them, wherever they stand.
"""

import pytest
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.network.toml_text import MOST_PARTS, parse_toml

LONG = ".".join(["a"] * 300_000)


@pytest.mark.parametrize(
    "text", [f"{LONG} = 1", f"[{LONG}]", f"[[{LONG}]]", f"x = {{{LONG} = 1}}", f"x = {{y = 1, {LONG} = 1}}"]
)
def test_it_is_refused_at_once(text: str) -> None:
    with pytest.raises(ConfigError, match=f"^net, line 2: a key of more than {MOST_PARTS} parts$"):
        parse_toml("seed = 1\n" + text, "net")


def test_what_only_has_many_dots_is_read() -> None:
    dots = "." * 500
    numbers = ", ".join(["0.5"] * 500)
    assert parse_toml(f"# {dots}\nx = [{numbers}]\ny = '{dots}'\n", "net")["x"] == [0.5] * 500
