"""Flat binaries, Intel hex and UF2, read back by small readers written from their formats."""

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.toolchain.images import (
    Chunk,
    boot_checksum,
    check_boot_block,
    flatten,
    image_bytes,
    read_chunks,
    to_bin,
    to_hex,
    to_uf2,
    write_image,
)

FLASH = 0x1000_0000


@st.composite
def chunk_tuples(draw: st.DrawFn) -> tuple[Chunk, ...]:
    """Chunks by increasing address, here and there with a gap, around a multiple of 64 KB."""
    address = draw(st.sampled_from((0, FLASH, 0x0800_FFF3, 0x7FFF_0000))) + draw(st.integers(0, 600))
    chunks = []
    for data in draw(st.lists(st.binary(min_size=1, max_size=600), min_size=1, max_size=4)):
        chunks.append(Chunk(address, data))
        address += len(data) + draw(st.sampled_from((0, 1, 15, 5000)))
    return tuple(chunks)


def memory_of(chunks: tuple[Chunk, ...]) -> dict[int, int]:
    return {chunk.address + k: byte for chunk in chunks for k, byte in enumerate(chunk.data)}


def read_hex(text: str) -> dict[int, int]:
    """Bytes by address. Intel, Hexadecimal Object File Format Specification, record types 0, 1 and 4."""
    memory: dict[int, int] = {}
    upper = 0
    lines = text.splitlines()
    for number, line in enumerate(lines):
        record = bytes.fromhex(line.removeprefix(":"))
        assert line.startswith(":") and sum(record) % 256 == 0 and record[0] == len(record) - 5
        offset, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        assert kind in (0, 1, 4) and (kind == 1) == (number == len(lines) - 1)
        if kind == 4:
            upper = int.from_bytes(data, "big") << 16
        for k, byte in enumerate(data if kind == 0 else b""):
            assert offset + k < 1 << 16 and upper + offset + k not in memory
            memory[upper + offset + k] = byte
    return memory


def read_uf2(file: bytes) -> list[tuple[int, bytes]]:
    """Addresses and payloads. Microsoft, USB Flashing Format (UF2), "File format"."""
    assert len(file) % 512 == 0
    blocks = []
    for number in range(len(file) // 512):
        block = file[512 * number : 512 * number + 512]
        start0, start1, flags, address, size, index, count, family = struct.unpack_from("<8I", block)
        assert (start0, start1, block[508:]) == (0x0A324655, 0x9E5D5157, struct.pack("<I", 0x0AB16F30))
        assert (flags, size, index, count, family) == (0x2000, 256, number, len(file) // 512, 0xE48BFF56)
        assert not any(block[288:508])
        blocks.append((address, block[32:288]))
    return blocks


def make_elf(folder: Path, *segments: tuple[int, int, bytes], kind: int = 1) -> Path:
    """An ELF file of Arm with segments of this kind: virtual address, load address, bytes."""
    header, entry = 52, 32
    offset = header + entry * len(segments)
    table, contents = b"", b""
    for virtual, physical, data in segments:
        table += struct.pack("<8I", kind, offset + len(contents), virtual, physical, len(data), len(data) + 8, 4, 4)
        contents += data
    identity = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    start = struct.pack("<16s2H5I6H", identity, 2, 40, 1, 0, header, 0, 0, header, entry, len(segments), 40, 0, 0)
    path = folder / "firmware.elf"
    path.write_bytes(start + table + contents)
    return path


@given(chunk_tuples())
def test_bin_holds_every_byte_and_erased_flash_between(chunks: tuple[Chunk, ...]) -> None:
    memory = memory_of(chunks)
    data = to_bin(chunks)
    assert data == bytes(memory.get(address, 0xFF) for address in range(chunks[0].address, chunks[-1].end))


@given(chunk_tuples())
@example((Chunk(0xFFFF_FFF9, bytes(range(7))),))
def test_hex_holds_every_byte_and_no_other(chunks: tuple[Chunk, ...]) -> None:
    assert read_hex(to_hex(chunks)) == memory_of(chunks)


def test_hex_as_in_the_specification() -> None:
    chunk = Chunk(0x0001_0100, bytes.fromhex("214601360121470136007EFE09D21901"))
    assert to_hex((chunk,)) == (":020000040001F9\n:10010000214601360121470136007EFE09D2190140\n:00000001FF\n")


@given(chunk_tuples())
def test_uf2_holds_every_byte_in_whole_sectors_without_gaps(chunks: tuple[Chunk, ...]) -> None:
    blocks = read_uf2(to_uf2(chunks))
    assert blocks[0][0] % 4096 == 0
    assert all(after[0] - before[0] == 256 for before, after in pairwise(blocks))
    read = {address + k: byte for address, payload in blocks for k, byte in enumerate(payload)}
    memory = memory_of(chunks)
    assert read == {address: memory.get(address, 0xFF) for address in read} and memory.keys() <= read.keys()


def test_chunks_of_an_elf_are_at_their_load_addresses(tmp_path: Path) -> None:
    elf = make_elf(
        tmp_path,
        (0x2000_0000, 0x0800_0010, b"data"),
        (0x0800_0000, 0x0800_0000, b"code"),
        (0x2000_0004, 0x2000_0004, b""),
    )
    assert read_chunks(elf) == (Chunk(0x0800_0000, b"code"), Chunk(0x0800_0010, b"data"))
    assert write_image(elf, "bin").read_bytes() == b"code" + b"\xff" * 12 + b"data"
    assert read_hex(write_image(elf, "hex").read_text()) == memory_of(read_chunks(elf))
    assert write_image(elf, "elf") == elf


def test_boot_checksum_is_crc_32_mpeg_2() -> None:
    assert boot_checksum(b"123456789") == 0x0376E6E7


def test_uf2_needs_a_boot_block_that_the_boot_rom_would_start(tmp_path: Path) -> None:
    block = bytes(range(252)) + boot_checksum(bytes(range(252))).to_bytes(4, "little")
    check_boot_block((Chunk(FLASH, block + b"code"),))
    assert read_uf2(write_image(make_elf(tmp_path, (FLASH, FLASH, block)), "uf2").read_bytes()) == [(FLASH, block)]
    with pytest.raises(DeviceError, match=r"is 0x00000000 and its bytes give 0x[0-9a-f]{8}: the boot ROM would not"):
        image_bytes(make_elf(tmp_path, (FLASH, FLASH, block[:-4] + bytes(4))), "uf2")
    with pytest.raises(DeviceError, match="the boot ROM would not start it; set the last word"):
        check_boot_block((Chunk(FLASH, block[:100]),))


def test_images_that_cannot_be_made_say_why(tmp_path: Path) -> None:
    missing = tmp_path / "no.elf"
    with pytest.raises(DeviceError, match=r"not a readable ELF image: .*; build it again"):
        read_chunks(missing)
    missing.write_bytes(b"not an ELF file")
    with pytest.raises(DeviceError, match=r"not a readable ELF image: .*; build it again"):
        read_chunks(missing)
    with pytest.raises(DeviceError, match="the image has nothing to load; build it again"):
        read_chunks(make_elf(tmp_path, (0, 0, b"a note"), kind=4))
    with pytest.raises(DeviceError, match="two parts of the image overlap at 0x3; check the linker script"):
        read_chunks(make_elf(tmp_path, (0, 0, b"code"), (8, 3, b"data")))
    with pytest.raises(DeviceError, match="goes from 0x0 to 0x20000001, more than any flash holds"):
        flatten((Chunk(0, b"code"), Chunk(0x2000_0000, b"d")))


def test_image_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    elf = make_elf(tmp_path, (0, 0, b"code"))
    elf.with_suffix(".bin").mkdir()
    with pytest.raises(ConfigError, match=r"cannot write .*firmware\.bin: .*; choose another folder"):
        write_image(elf, "bin")
