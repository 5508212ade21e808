"""Every field of a struct or union of the C says what it is: a comment behind it, or right above it."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "firmware_templates"
SOURCES = sorted(path for path in TEMPLATES.rglob("*") if re.search(r"\.(c|h|cpp)(\.j2)?$", path.name))
OPENING = re.compile(r"^ *(?:(?:static|const|typedef) )*(?:struct|union)(?: \w+)? \{$")
CLOSING = re.compile(r"^ *\}.*;$")
FIELD = re.compile(r"^ *[\w ]+[ *]\(?\*?(\w+)\)?(?:(?:\[.*\])+|\(.*\)| : \d+)?;")
COMMENT = re.compile(r"/\*.*?\S.*|\*/$|// \S|\{#")


def bare_fields(text: str) -> list[str]:
    """Fields without a comment, as "line: field". Members that are structs or unions themselves need one too, before they open or behind their end."""
    found: list[str] = []
    depth, before = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        told = bool(COMMENT.search(line)) or (
            before.rstrip().endswith("*/") and before.lstrip().startswith(("/*", "*"))
        )
        if OPENING.match(line):
            depth += 1
        elif depth > 0 and CLOSING.match(line):
            depth -= 1
        elif depth > 0 and (field := FIELD.match(line)) and not told:
            found.append(f"{number}: {field[1]}")
        before = line
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_each_field_says_what_it_is(path: Path) -> None:
    assert bare_fields(path.read_text(encoding="utf-8")) == []


def test_fields_are_found() -> None:
    text = (
        "typedef struct {\n    uint8_t a; /* told */\n    /* Told above. */\n    uint16_t *b[3];\n"
        "    const uint8_t (*c)[2];\n    struct {\n        int8_t d : 3;\n    } e;\n} f_t;\nint outside;\n"
    )
    assert bare_fields(text) == ["5: c", "7: d"]
