"""Images that flash tools take, from an ELF file: flat binary, Intel hex, and UF2."""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import RP2040_FAMILY
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError

ImageKind = Literal["elf", "bin", "hex", "uf2"]

ERASED: Final = 0xFF
"""What erased flash reads as."""
LARGEST_FLAT_BYTES: Final = 1 << 24
HEX_RECORD_BYTES: Final = 16
UF2_BLOCK: Final = struct.Struct("<8I476sI")
"""Magic numbers, flags, address, payload size, block number, blocks, family, payload with padding, magic number."""
UF2_PAYLOAD_BYTES: Final = 256
UF2_MAGIC_START: Final = (0x0A324655, 0x9E5D5157)
UF2_MAGIC_END: Final = 0x0AB16F30
UF2_FAMILY_PRESENT: Final = 0x2000
RP2040_SECTOR_BYTES: Final = 4096
BOOT_BLOCK_BYTES: Final = 256


@dataclass(frozen=True)
class Chunk:
    """Bytes, and the address they are loaded to."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        return self.address + len(self.data)


def read_chunks(elf: Path) -> tuple[Chunk, ...]:
    """What of an ELF file goes to the flash, by increasing address; load addresses, not those in RAM.

    Raises DeviceError for what is not an ELF file, or holds nothing to load, or two things for one place.
    """
    try:
        with elf.open("rb") as file:
            segments = [segment for segment in ELFFile(file).iter_segments() if segment["p_type"] == "PT_LOAD"]
            chunks = [Chunk(segment["p_paddr"], segment.data()) for segment in segments if segment["p_filesz"]]
    except (OSError, ELFError) as error:
        raise DeviceError(f"{elf}: not a readable ELF image: {error}; build it again") from error
    chunks.sort(key=lambda chunk: chunk.address)
    if not chunks:
        raise DeviceError(f"{elf}: the image has nothing to load; build it again")
    for before, after in itertools.pairwise(chunks):
        if after.address < before.end:
            raise DeviceError(f"{elf}: two parts of the image overlap at {after.address:#x}; check the linker script")
    return tuple(chunks)


def flatten(chunks: tuple[Chunk, ...], start_multiple: int = 1, end_multiple: int = 1) -> Chunk:
    """One chunk of all, with erased flash in the gaps, from and to multiples of these.

    Raises DeviceError if that is more than 16 MB.
    """
    start = chunks[0].address // start_multiple * start_multiple
    end = -(-chunks[-1].end // end_multiple) * end_multiple
    if end - start > LARGEST_FLAT_BYTES:
        raise DeviceError(
            f"the image goes from {start:#x} to {end:#x}, more than any flash holds; check the linker script, or use the ELF or hex image"
        )
    flat = bytearray([ERASED]) * (end - start)
    for chunk in chunks:
        flat[chunk.address - start : chunk.end - start] = chunk.data
    return Chunk(start, bytes(flat))


def to_bin(chunks: tuple[Chunk, ...]) -> bytes:
    """A flat binary from the lowest address to the highest."""
    return flatten(chunks).data


def _hex_record(offset: int, kind: int, data: bytes) -> str:
    record = struct.pack(">BHB", len(data), offset, kind) + data
    return f":{record.hex().upper()}{-sum(record) & 0xFF:02X}\n"


def _hex_records(chunks: tuple[Chunk, ...]) -> Iterator[str]:
    upper = 0
    for chunk in chunks:
        address = chunk.address
        while address < chunk.end:
            if address >> 16 != upper:
                upper = address >> 16
                yield _hex_record(0, 4, upper.to_bytes(2, "big"))
            end = min(chunk.end, address - address % HEX_RECORD_BYTES + HEX_RECORD_BYTES)
            yield _hex_record(address & 0xFFFF, 0, chunk.data[address - chunk.address : end - chunk.address])
            address = end
    yield _hex_record(0, 1, b"")


def to_hex(chunks: tuple[Chunk, ...]) -> str:
    """Intel hex with linear addresses; a record does not cross a multiple of 16."""
    return "".join(_hex_records(chunks))


def to_uf2(chunks: tuple[Chunk, ...], family: int = RP2040_FAMILY) -> bytes:
    """UF2 for the chips of a family.

    Without gaps and from the start of a sector: by erratum RP2040-E14 the boot ROM may write others wrongly.
    """
    flat = flatten(chunks, RP2040_SECTOR_BYTES, UF2_PAYLOAD_BYTES)
    blocks = len(flat.data) // UF2_PAYLOAD_BYTES
    return b"".join(
        UF2_BLOCK.pack(
            *UF2_MAGIC_START,
            UF2_FAMILY_PRESENT,
            flat.address + block * UF2_PAYLOAD_BYTES,
            UF2_PAYLOAD_BYTES,
            block,
            blocks,
            family,
            flat.data[block * UF2_PAYLOAD_BYTES : (block + 1) * UF2_PAYLOAD_BYTES],
            UF2_MAGIC_END,
        )
        for block in range(blocks)
    )


def boot_checksum(data: bytes) -> int:
    """CRC-32 as the RP2040's boot ROM wants it: not reflected, not inverted. RP2040 Datasheet, "Bootrom", section "Checksum"."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc >> 31 else crc << 1) & 0xFFFFFFFF
    return crc


def check_boot_block(chunks: tuple[Chunk, ...]) -> None:
    """Raise DeviceError if the RP2040's boot ROM would not start the image."""
    block = chunks[0].data[:BOOT_BLOCK_BYTES]
    found = int.from_bytes(block[-4:], "little")
    expected = boot_checksum(block[:-4])
    if len(block) < BOOT_BLOCK_BYTES or found != expected:
        raise DeviceError(
            f"the checksum of the RP2040's boot block is {found:#010x} and its bytes give {expected:#010x}: "
            "the boot ROM would not start it; set the last word of the boot block"
        )


def image_bytes(elf: Path, kind: ImageKind, uf2_family: int = RP2040_FAMILY) -> bytes:
    """The image of this kind; `uf2_family` is who takes it. Raises DeviceError if the ELF file cannot be one."""
    chunks = read_chunks(elf)
    if kind == "bin":
        return to_bin(chunks)
    if kind == "hex":
        return to_hex(chunks).encode("ascii")
    if kind == "uf2":
        if uf2_family == RP2040_FAMILY:
            check_boot_block(chunks)
        return to_uf2(chunks, uf2_family)
    return elf.read_bytes()


def write_image(elf: Path, kind: ImageKind, uf2_family: int = RP2040_FAMILY) -> Path:
    """Write the image beside the ELF file, by whose name it goes; returns its path.

    Raises DeviceError if the ELF file cannot be such an image and ConfigError if it cannot be written.
    """
    image = elf.with_suffix(f".{kind}")
    if kind != "elf":
        data = image_bytes(elf, kind, uf2_family)
        try:
            image.write_bytes(data)
        except OSError as error:
            raise ConfigError(f"cannot write {image}: {error.strerror}; choose another folder") from error
    return image
