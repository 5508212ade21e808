"""From many files of C to few."""

import re

from sfdfa_codegen.codegen.merge import merge_headers


def header(name: str, body: str) -> str:
    guard = f"SFDFA_{name.upper()}_H"
    return f"/*\n * {name}.\n */\n#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


def merged(sources: dict[str, str], public: tuple[str, ...] = ()) -> dict[str, str]:
    def resolve(path: str, line: str) -> str | None:
        found = re.match(r'#include "(.*)"', line)
        return found[1] if found and found[1] in sources else None

    return merge_headers({"core/shared.h": header("shared", ""), **sources}, resolve, public, "core/shared.h")


def test_header_of_one_file_becomes_part_of_it() -> None:
    found = merged(
        {"a.c": '/*\n * a.\n */\n#include <stdint.h>\n\n#include "b.h"\n\nint a;\n', "b.h": header("b", "int b;\n")}
    )
    assert found["a.c"] == "/*\n * a.\n */\n\n#include <stdint.h>\n\n/*\n * b.\n */\n\nint b;\n\nint a;\n"
    assert "b.h" not in found


def test_header_comes_before_what_needs_it_and_once() -> None:
    sources = {
        "a.c": '#include "b.h"\n#include "c.h"\n\nint a;\n',
        "b.h": header("b", '#include "c.h"\n\nint b;\n'),
        "c.h": header("c", "int c;\n"),
    }
    found = merged(sources)
    assert re.findall(r"int (\w);", found["a.c"]) == ["c", "b", "a"]
    assert sorted(found) == ["a.c", "core/shared.h"]


def test_header_of_two_files_stays() -> None:
    sources = {name: '#include "b.h"\n' for name in ("a.c", "c.c")} | {"b.h": header("b", "int b;\n")}
    assert merged(sources)["b.h"] == sources["b.h"]


def test_header_of_two_files_in_the_folder_of_the_shared_one_becomes_part_of_that() -> None:
    sources = {name: '#include "core/b.h"\n' for name in ("a.c", "c.c")} | {"core/b.h": header("b", "int b;\n")}
    found = merged(sources)
    assert sorted(found) == ["a.c", "c.c", "core/shared.h"]
    assert found["a.c"] == '#include "core/shared.h"\n'
    assert "int b;" in found["core/shared.h"]


def test_public_header_stays() -> None:
    sources = {"a.c": '#include "b.h"\n\nint a;\n', "b.h": header("b", "int b;\n")}
    assert merged(sources, ("b.h",))["a.c"] == sources["a.c"]


def test_what_is_included_under_a_condition_stays_there() -> None:
    sources = {
        "a.c": '#include "c.h"\n#if X\n#include "b.h"\n#endif\n\nint a;\n',
        "b.h": header("b", '#include "c.h"\n\nint b;\n'),
        "c.h": header("c", "int c;\n"),
    }
    found = merged(sources)
    assert '#if X\n#include "b.h"\n#endif\n' in found["a.c"]
    assert sorted(found) == ["a.c", "b.h", "c.h", "core/shared.h"]


def test_what_nobody_calls_of_a_header_is_left_out_of_a_unit() -> None:
    """clang warns of a function that a unit defines and does not use, but not of one of a header."""
    functions = (
        "/* One. */\nstatic inline int one(void)\n{\n    return 1;\n}\n\n"
        "/* Of one() alone. */\nstatic inline int two(int x)\n{\n    return x ? one() : 2;\n}\n\n"
        "static inline int three(void)\n{\n    return 3;\n}\n"
    )
    sources = {"a.c": '#include "b.h"\n\nint a(void)\n{\n    return three();\n}\n', "b.h": header("b", functions)}
    found = merged(sources)["a.c"]
    assert re.findall(r"int (\w+)\(", found) == ["three", "a"]
    assert "One" not in found
    assert "one()" not in found
