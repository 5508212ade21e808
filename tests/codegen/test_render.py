"""The generated files: golden, the same every time, and refused by another version of the runtime.

To write the golden files anew after an intended change, and then read the difference:

    python -m pytest tests/codegen/test_render.py --update-golden
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from native_build import changed
from networks import make_network, with_layer
from sfdfa_codegen.codegen import render
from sfdfa_codegen.codegen.errors import DeviceError, DoesNotFitError
from sfdfa_codegen.codegen.native_library import native_sources
from sfdfa_codegen.codegen.plan import plan_network
from sfdfa_codegen.codegen.render import render_network
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler

GOLDEN = Path(__file__).parent / "golden"
FILES = ("sfdfa_network.h", "sfdfa_network.c", "sfdfa_names.h")


@pytest.mark.parametrize("name", FILES)
def test_golden(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is left out, so that a release changes nothing here."""
    monkeypatch.setattr(render, "tool_version", lambda: "VERSION")
    text = render_network(make_network(3, 4, 2))[name]
    if request.config.getoption("--update-golden"):
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


def test_rendering_is_a_pure_function() -> None:
    assert render_network(make_network()) == render_network(make_network())


def test_every_file_is_rendered_by_its_own_name() -> None:
    assert tuple(sorted(render_network(make_network()))) == tuple(sorted(FILES))


def test_generated_text_is_plain() -> None:
    for text in render_network(make_network(6, 5, 4, 3)).values():
        assert text.isascii() and text.endswith("\n") and "\t" not in text
        assert not re.findall(r"[ \t]+\n|\n\n\n", text)
        assert "None" not in text and "{{" not in text


def test_header_holds_the_hash_of_the_network() -> None:
    network = make_network()
    assert f'#define SFDFA_MODEL_HASH "{network.model_hash}"' in render_network(network)["sfdfa_network.h"]


@pytest.mark.parametrize("limit", [2**22 - 1, 3000])
def test_test_for_saturation_is_left_out_where_it_is_proven(limit: int) -> None:
    """At most 4 inputs of 128 in 16 units and 3 thresholds of 341 are 9215."""
    network = with_layer(replace(make_network(4, 3), max_events=4, max_spikes=3), 0, state_limit=limit)
    assert plan_network(network).can_saturate == (limit < 9215)
    header = render_network(network)["sfdfa_network.h"]
    assert f"#define SFDFA_STATE_CAN_SATURATE {int(limit < 9215)} " in header


def test_network_of_another_runtime_does_not_compile(tmp_path: Path) -> None:
    sources = changed(native_sources(make_network()), ("sfdfa_network.h", "NETWORK_VERSION 1", "NETWORK_VERSION 2"))
    write_sources(sources, tmp_path)
    compiler = find_host_compiler()
    with pytest.raises(DeviceError, match="was generated for another version of the runtime: build the network again"):
        compiler.run(["-std=c11", "-fsyntax-only", "-I", str(tmp_path), str(tmp_path / "core" / "sfdfa.c")])


def test_network_that_breaks_a_bound_is_not_rendered() -> None:
    with pytest.raises(DoesNotFitError):
        render_network(with_layer(make_network(), 0, rate=2**18))


def test_generated_header_says_nothing_of_this_machine() -> None:
    text = "".join(render_network(make_network()).values())
    assert not re.search(r"/(home|root|tmp|Users|work)/|\b20\d\d-\d\d-\d\d\b", text)
