"""Boards as data: one TOML file each in `firmware_templates/boards`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

RP2040_FAMILY: Final = 0xE48BFF56
FRAME_BYTES: Final = 10
"""Of a frame's body besides its payload: header and CRC, docs/PROTOCOL.md."""

Architecture = Literal["cortex-m", "riscv", "avr"]
CycleKind = Literal["exact", "measured", "model", "estimate", "instructions"]
"""measured: fitted to what a board has counted."""
Reception = Literal["polled", "interrupt", "dma", "lossless"]
"""What takes bytes while the main program computes: nothing, an interrupt or the DMA into a ring, or the line itself holds them back."""
SimulatorKind = Literal["qemu", "simavr", "rp2040js", "verilator", "unicorn"]


@dataclass(frozen=True)
class Memory:
    """A stretch of the address space, in bytes."""

    origin: int
    size: int


@dataclass(frozen=True)
class Simulator:
    """What stands in for the board."""

    target: str
    kind: SimulatorKind
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Power:
    """What the processor takes while it computes."""

    run_ma: float
    volts: float
    source: str


@dataclass(frozen=True)
class Persistence:
    """Memory that keeps what it holds without power, by its data sheet."""

    sources: tuple[str, ...]
    """Folders below firmware_templates/boards, of the C that erases, programs and reads it."""
    unit_bytes: int
    """What is programmed at least: a power of two."""
    page_bytes: int
    """What is erased at a time; 0 where bytes are programmed over."""
    size: int
    """Bytes of an EEPROM; 0 for the end of the flash."""
    erase_ms: float
    """Of a page, at most."""
    program_us: float
    """Of a unit, at most."""
    cycles: int
    """Erasures of a page, or writes of a byte, that are promised."""
    source: str
    brown_out: tuple[str, ...] = ()
    """Folders of the C that tells when the supply is going; none where nothing does."""
    boot_bytes: int = 0
    """Of the end of the flash: what alone can change the rest, and so has the C that does."""


@dataclass(frozen=True)
class Board:
    """One board. Sources are the runtime, the link, and the folders in `sources`."""

    name: str
    description: str
    architecture: Architecture
    core: str
    """As the compilers name it: cortex-m4, rv32imac, atmega328p."""
    sources: tuple[str, ...]
    """Folders below firmware_templates/boards."""
    clock_hz: int
    baud: int
    flash: Memory
    ram: Memory
    defines: tuple[str, ...]
    """Macros for all of the C."""
    stack_bytes: int
    """Kept free for the stack, at least; an AVR image that can need more must have it."""
    max_payload: int
    window: int
    """Requests that the host may send before the first is answered; 1 where reception is polled."""
    reception: Reception
    cycle_bits: int
    """Of its counter of cycles; 0 if it has none."""
    compact: bool
    """So little RAM that the runtime is built with SFDFA_COMPACT, where the network allows it."""
    cycles: CycleKind | None
    """What the counts of its simulator are; a board's own are exact."""
    image: Literal["elf", "bin", "hex", "uf2"]
    config: tuple[tuple[str, int], ...]
    """Macros for the board's C: register bases, dividers."""
    power: Power | None
    """None where no public figure is known."""
    simulator: Simulator | None
    flash_tool: str | None
    """pyocd:TARGET, avrdude:PART:PROGRAMMER, openocd:CONFIG, uf2:VOLUME, dfu:VENDOR:PRODUCT, teensy:MCU, esptool:CHIP or bossac."""
    uf2_family: int = RP2040_FAMILY
    """Of the chips that take a UF2 image, by the list of the format's owners."""
    persistence: Persistence | None = None
    """None where nothing outlives the power."""
    larger_persistence: Persistence | None = None
    """For networks that it is too small for."""
    persist_every: int = 0
    """Learned samples between two snapshots of the image that is to be built; 0: it keeps none."""
    brown_out: bool = False
    """Whether that image also takes one when the supply is going."""
    own_files: tuple[tuple[str, str], ...] = ()
    """Name and text of the C that a board of one's own brings along."""

    @property
    def ring_bytes(self) -> int:
        """The receive ring; 0 without one."""
        if self.reception in ("polled", "lossless"):
            return 0
        return smallest_ring(self.max_payload, self.window)


def smallest_ring(max_payload: int, window: int) -> int:
    """The least power of two that is more than a window of the longest frames, with their COBS and both zeros."""
    body = FRAME_BYTES + max_payload
    return 1 << (window * (body + body // 254 + 3)).bit_length()


def _persistence(table: dict[str, Any]) -> Persistence:
    return Persistence(
        **{
            **table,
            "sources": tuple(table["sources"]),
            "size": table.get("size", 0),
            "brown_out": tuple(table.get("brown_out", ())),
        }
    )


def make_board(name: str, table: dict[str, Any]) -> Board:
    """The board of a TOML table whose keys and types are right."""
    simulator = table.get("simulator")
    return Board(
        name=name,
        description=table["description"],
        architecture=table["architecture"],
        core=table["core"],
        sources=tuple(table["sources"]),
        clock_hz=table["clock_hz"],
        baud=table["baud"],
        flash=Memory(*table["flash"]),
        ram=Memory(*table["ram"]),
        defines=tuple(table.get("defines", ())),
        stack_bytes=table["stack_bytes"],
        max_payload=table["max_payload"],
        window=table["window"],
        reception=table.get("reception", "polled"),
        cycle_bits=table.get("cycle_bits", 0),
        compact=table.get("compact", False),
        cycles=table.get("cycles"),
        image=table.get("image", "elf"),
        config=tuple(table.get("config", {}).items()),
        power=Power(**table["power"]) if "power" in table else None,
        simulator=None
        if simulator is None
        else Simulator(simulator["target"], simulator["kind"], tuple(simulator.get("arguments", ()))),
        flash_tool=table.get("flash_tool"),
        uf2_family=table.get("uf2_family", RP2040_FAMILY),
        persistence=_persistence(table["persistence"]) if "persistence" in table else None,
        larger_persistence=_persistence(table["larger_persistence"]) if "larger_persistence" in table else None,
    )


@cache
def boards() -> dict[str, Board]:
    """All boards by name, in the order of their names."""
    folder = resources.files("sfdfa_codegen.firmware_templates") / "boards"
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            name = entry.name.removesuffix(".toml")
            found[name] = make_board(name, tomllib.loads(entry.read_text(encoding="utf-8")))
    return found
