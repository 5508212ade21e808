"""Boards of one's own: a description beside the network file is checked as strictly as it, and is then a target like any other."""

import shutil
from importlib import resources
from pathlib import Path

import pytest
from cli_runner import Cli
from needs import need_target
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.host.devices.board_description import read_board

BOARDS = resources.files("sfdfa_codegen.firmware_templates") / "boards"


def shipped_text(name: str) -> str:
    return (BOARDS / f"{name}.toml").read_text(encoding="utf-8")


def own_copy(folder: Path, name: str = "mps2-an386", old: str = "", new: str = "") -> Path:
    """A shipped board under names of one's own, with one change."""
    text = shipped_text(name)
    assert old in text
    text = text.replace(old, new, 1)
    board = boards()[name]
    if board.simulator is not None:
        text = text.replace(f'target = "{board.simulator.target}"', 'target = "my-simulator"')
    path = folder / "my-board.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", boards())
def test_every_shipped_description_passes_the_check(name: str, tmp_path: Path) -> None:
    """The rules for a board of one's own allow all that the boards here need."""
    found, shipped = read_board(own_copy(tmp_path, name)), boards()[name]
    assert found.name == "my-board"
    assert (found.flash, found.ram, found.config, found.sources) == (
        shipped.flash,
        shipped.ram,
        shipped.config,
        shipped.sources,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("baud =", "bauds =", r"my-board.toml, line \d+, bauds: unknown key. Known here: description, architecture"),
        ("stack_bytes = ", "# ", r"top level: the key stack_bytes is missing"),
        (
            'architecture = "cortex-m"',
            'architecture = "x86"',
            r"line \d+, architecture: 'x86' is not allowed; must be one of",
        ),
        (
            'description = "',
            'description = "*/ int x; /*',
            r"must be a text of 1 to 80 plain characters without \* and /",
        ),
        ("window = ", "window = 3 #", r"window: 3 is not allowed; must be one of 1, 2, 4, 8, 16, 32, 64"),
        (
            '"cortex_m"',
            '"../../secret"',
            r'sources: "../../secret" is neither a folder beside this file nor one of avr',
        ),
        ('kind = "qemu"', 'kind = "bochs"', r"simulator kind: 'bochs' is not allowed"),
        ('"qemu-system-arm"', '"rm"', r"simulator arguments: must be QEMU and its machine, as in"),
        ("ram = [", "ram = [1, ", r"ram: .* is not allowed; must be \[origin, size\]"),
        ("[simulator]", "[simulator", r"my-board.toml, line \d+: not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_board(own_copy(tmp_path, old=old, new=new))


def test_names_of_other_targets_are_taken(tmp_path: Path) -> None:
    path = own_copy(tmp_path).rename(tmp_path / "pico.toml")
    with pytest.raises(ConfigError, match="the file is named like a target that there is, pico; choose another name"):
        read_board(path)
    path = own_copy(tmp_path)
    path.write_text(shipped_text("mps2-an386"), encoding="utf-8")
    with pytest.raises(ConfigError, match="the target is named like a target that there is, qemu-mps2-an386"):
        read_board(path)


def test_what_is_no_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_board(tmp_path / "none.toml")
    (tmp_path / "raw.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read_board(tmp_path / "raw.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 100_000)
    with pytest.raises(ConfigError, match="larger than 65536 bytes"):
        read_board(tmp_path / "large.toml")


def test_c_of_ones_own_is_part_of_the_image(cli: Cli, tiny: Path) -> None:
    """A folder beside the description may have the name of none that is shipped; its C takes part."""
    need_target("qemu-mps2-an386")
    folder = cli.folder / "drivers"
    folder.mkdir()
    for entry in (BOARDS / "cmsdk").iterdir():
        (folder / entry.name).write_text(entry.read_text(encoding="utf-8"), encoding="utf-8")
    board = own_copy(cli.folder, old='"cmsdk"', new='"drivers"')
    built = cli.json("build", tiny, "--board", board, "--out", "image")
    assert built["target"] == "my-board"
    assert "sfdfa_board_cmsdk.c" in built["files"]
    shutil.rmtree(folder)
    assert cli("build", tiny, "--board", board).message.endswith(
        f'"drivers" is neither a folder beside this file nor one of {", ".join(sorted(e.name for e in BOARDS.iterdir() if e.is_dir()))}'
    )


def test_a_board_of_ones_own_learns_as_the_emulator(cli: Cli, tiny: Path) -> None:
    need_target("qemu-mps2-an386")
    board = own_copy(cli.folder)
    compared = cli.json("compare", tiny, "--board", board, "--samples", "4")
    assert compared["targets"] == ["emu", "my-simulator"]
    assert compared["identical"]
    assert cli.json("run", tiny, "--board", board, "--train", "2", "--test", "2")["target"] == "my-simulator"


def test_board_and_target_exclude_each_other(cli: Cli, tiny: Path) -> None:
    board = own_copy(cli.folder)
    for command in ("run", "build", "cycles", "flash"):
        outcome = cli(command, tiny, "--board", board, "--target", "pico")
        assert outcome.status == 2
        assert outcome.message == "--board and --target both say where to: leave one of them out"
    assert (
        cli("flash", tiny).message == "no board is given: name it with --target BOARD, or describe it with --board FILE"
    )
    assert cli("compare", tiny, "--board", board, "--target", "all").message.startswith("--target all takes no --board")


def test_a_board_of_ones_own_is_flashed(cli: Cli, tiny: Path) -> None:
    need_target("pico")
    board = own_copy(cli.folder, "pico")
    flashed = cli.json("flash", tiny, "--board", board, "--dry-run")
    assert flashed["target"] == "my-board"
    assert flashed["command"].endswith("<folder of the drive RPI-RP2>/")
