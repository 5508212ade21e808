"""Damages files of every kind that the project reads, thousands of times, and loads them.

    python tests/mutated_files.py 20000 [SEED]

Each is loaded in full or refused with a message of the project's, exit status 1 or 2; nothing else may be raised, nothing may take longer than a
minute, and the process never takes 500 MB. Archives are damaged inside too, with checksums that hold; numbers in texts become such as nobody expects.
"""

import gzip
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import wave
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from cli_runner import TINY
from networks import make_network
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.integer_network import initial_state
from sfdfa_codegen.host.build.own_files import own_files
from sfdfa_codegen.host.cycles.measured_file import load_measured
from sfdfa_codegen.host.cycles.model_file import load_model
from sfdfa_codegen.host.data.load import load_data
from sfdfa_codegen.host.devices.board_description import read_board
from sfdfa_codegen.host.floats.float_network import init_float_network, load_float_network, save_float_network
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.prepare import prepare
from sfdfa_codegen.host.runs.checkpoint_file import Checkpoint, RunIdentity, load_checkpoint, save_checkpoint
from sfdfa_codegen.host.runs.state_file import load_state, save_state
from sfdfa_codegen.host.runs.streaming import RunPlan, RunPosition, run_parts

MOST_BYTES: Final = 500_000_000
MORE_BYTES: Final = 100_000_000
"""In a process that took more before."""
LONGEST_S: Final = 60
ODD_NUMBERS: Final = (
    "0", "-1", "1", "255", "256", "65536", "2147483648", "-9223372036854775809", "18446744073709551616", "1e308", "1e999", "nan", "inf", "-0.0", "0.5",
    "true", '""', "[]", "{}", '"\\u0000"', "9" * 400,
)  # fmt: skip
ODD_BYTES: Final = (b"\x00", b"\xff" * 4, b"\x00" * 8, b"\xff\xfe", b"\n", b"\xf0\x9f\x98\x80", b"\x1b[2J", b"A" * 3000)
NETWORK: Final = make_network(9, 6, 3)


@dataclass(frozen=True)
class Kind:
    """One kind of file. path: which of the files that `make` writes into a folder is damaged; load: reads it."""

    make: Callable[[Path], Path]
    load: Callable[[Path], object]


class TooLongError(BaseException):
    """A file took longer than a minute."""


def _network(folder: Path, source: str, name: str, more: str = "") -> Path:
    text = TINY.replace('source = "npz"', f'source = "{source}"').replace("tiny.npz", name) + more
    (folder / "net.toml").write_text(text, encoding="utf-8")
    return folder / "net.toml"


def _load_beside(path: Path) -> object:
    return load_data(load_network_spec(str(path.parent / "net.toml")))


def _arrays(**more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    labels = (np.arange(40) % 2).astype(np.uint8)
    features = rng.integers(0, 255, (40, 4)).astype(np.uint8)
    return {"x_train": features[:24], "y_train": labels[:24], "x_test": features[24:], "y_test": labels[24:], **more}


def make_npz(folder: Path) -> Path:
    _network(folder, "npz", "data.npz")
    np.savez(folder / "data.npz", **_arrays())
    return folder / "data.npz"


def make_packed_npz(folder: Path) -> Path:
    _network(folder, "npz", "data.npz")
    np.savez_compressed(folder / "data.npz", X=_arrays()["x_train"].astype(float), y=np.arange(24) % 2)
    return folder / "data.npz"


def make_csv(folder: Path) -> Path:
    _network(folder, "csv", "data.csv")
    rows = "".join(f"{k},{k * k % 7}.5,{'cat' if k % 2 else 'dog'}\n" for k in range(40))
    (folder / "data.csv").write_text("a,b,kind\n" + rows)
    return folder / "data.csv"


def _write_idx(folder: Path, pack: Callable[[bytes], bytes], ending: str) -> Path:
    _network(folder, "idx", ".")
    images, labels = np.arange(160, dtype=np.uint8).reshape(20, 2, 4), (np.arange(20) % 2).astype(np.uint8)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            raw = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
            (folder / f"{part}-{name}-ubyte{ending}").write_bytes(pack(raw))
    return folder / f"train-images-idx3-ubyte{ending}"


def make_idx(folder: Path) -> Path:
    return _write_idx(folder, lambda raw: raw, "")


def make_packed_idx(folder: Path) -> Path:
    return _write_idx(folder, gzip.compress, ".gz")


def make_wav(folder: Path) -> Path:
    (folder / "net.toml").write_text(
        'name = "tones"\n[data]\nsource = "wav"\npath = "sounds"\n[frontend]\nkind = "mel"\n[[layer]]\nneurons = 4\n[[layer]]\nneurons = 2\n'
    )
    for number in range(8):
        path = folder / "sounds" / f"{number % 2}" / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(np.random.default_rng(number).integers(-9000, 9000, 1600).astype("<i2").tobytes())
    return folder / "sounds" / "0" / "0.wav"


def _load_sound(path: Path) -> object:
    return load_data(load_network_spec(str(path.parents[2] / "net.toml")))


def make_network_file(folder: Path) -> Path:
    np.savez(folder / "tiny.npz", **_arrays())
    (folder / "net.toml").write_text(TINY)
    return folder / "net.toml"


def _load_network(path: Path) -> object:
    return prepare(load_network_spec(str(path)))


def make_board(folder: Path) -> Path:
    import sfdfa_codegen

    boards = Path(sfdfa_codegen.__file__).parent / "firmware_templates" / "boards"
    text = (boards / "microbit.toml").read_text(encoding="utf-8")
    (folder / "node.toml").write_text(text.replace("qemu-microbit", "qemu-node"), encoding="utf-8")
    return folder / "node.toml"


def make_state(folder: Path) -> Path:
    save_state(folder / "state.npz", NETWORK, initial_state(NETWORK))
    return folder / "state.npz"


def make_weights(folder: Path) -> Path:
    spec = load_network_spec(str(make_network_file(folder)))
    network = init_float_network(spec, 4, 1, thresholds=(1.0, 1.0))
    save_float_network(folder / "weights.npz", network)
    return folder / "weights.npz"


def _load_weights(path: Path) -> object:
    return load_float_network(path, load_network_spec(str(path.parent / "net.toml")), 4)


IDENTITY: Final = RunIdentity("0" * 64, "all samples", "1" * 64)


def _parts(folder: Path) -> Any:
    spec = load_network_spec(str(folder / "net.toml"))
    return run_parts(spec, load_data(spec), RunPlan())


def make_checkpoint(folder: Path) -> Path:
    make_network_file(folder)
    save_checkpoint(folder / "run.npz", NETWORK, Checkpoint(IDENTITY, "emu", RunPosition(), initial_state(NETWORK)))
    return folder / "run.npz"


def make_model(folder: Path) -> Path:
    mode = {
        "phases": {"inputs": {"events": "7/2"}, "outputs": {"events": "1"}},
        "relations": [{"events": "1", "ticks": "-1"}],
    }
    (folder / "model.json").write_text(json.dumps({"counts": ["events", "ticks"], "modes": {"learn": mode}}))
    return folder / "model.json"


def make_measured(folder: Path) -> Path:
    model = json.loads(make_model(folder).read_text())
    head = {"board": "microbit", "network": "tiny", "structure": "0" * 64, "fitted": 9, "held_out": 3, "error": 0.01}
    (folder / "board.json").write_text(json.dumps({"version": 1, "kind": "measured", **head, "model": model}))
    return folder / "board.json"


def make_manifest(folder: Path) -> Path:
    (folder / "a.c").write_text("int a;\n")
    names = {"network": "tiny", "target": "emu", "tool_version": "1", "digests": {"a.c": "0" * 64, "b/c.h": "1" * 64}}
    (folder / "manifest.json").write_text(json.dumps(names))
    return folder / "manifest.json"


def _load_manifest(path: Path) -> object:
    try:
        return own_files(path.parent)
    except (OSError, ValueError):  # what the caller takes for no manifest
        return None


KINDS: Final = {
    "network file": Kind(make_network_file, _load_network),
    "board description": Kind(make_board, read_board),
    "npz": Kind(make_npz, _load_beside),
    "npz, compressed": Kind(make_packed_npz, _load_beside),
    "csv": Kind(make_csv, _load_beside),
    "idx": Kind(make_idx, _load_beside),
    "idx, compressed": Kind(make_packed_idx, _load_beside),
    "wav": Kind(make_wav, _load_sound),
    "state": Kind(make_state, lambda path: load_state(path, NETWORK)),
    "weights": Kind(make_weights, _load_weights),
    "checkpoint": Kind(make_checkpoint, lambda path: load_checkpoint(path, NETWORK, IDENTITY, _parts(path.parent))),
    "cycle model": Kind(make_model, load_model),
    "measured cycles": Kind(make_measured, load_measured),
    "manifest": Kind(make_manifest, _load_manifest),
}


def damage_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bits turned, bytes lost, doubled or put in."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(len(changed) + 1)
        what = chance.randrange(6)
        if what == 0 and changed:
            changed[place % len(changed)] ^= 1 << chance.randrange(8)
        elif what == 1:
            del changed[place:]
        elif what == 2:
            del changed[place : place + chance.randint(1, 40)]
        elif what == 3:
            changed[place:place] = changed[place : place + chance.randint(1, 200)]
        elif what == 4:
            changed[place : place + chance.choice((0, 1, 4))] = chance.choice(ODD_BYTES)
        elif changed:
            changed[place % len(changed)] = chance.randrange(256)
    return bytes(changed)


def damage_text(data: bytes, chance: random.Random) -> bytes:
    """A number, a text or a line becomes another."""
    text = data.decode("utf-8", errors="replace")
    places = list(re.finditer(r"-?\d[\d_.]*|\"[^\"\n]*\"|\[[^\]\n]*\]", text))
    for found in sorted(chance.sample(places, min(len(places), chance.choice((1, 1, 2, 4)))), key=lambda m: -m.start()):
        text = text[: found.start()] + chance.choice(ODD_NUMBERS) + text[found.end() :]
    if chance.random() < 0.2:
        lines = text.splitlines(keepends=True)
        chance.shuffle(lines)
        text = "".join(lines)
    return text.encode("utf-8", errors="replace")


def damage_archive(data: bytes, chance: random.Random) -> bytes:
    """A member is damaged, left out, or has another size or type; the checksums of the archive are made anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        names = archive.namelist()
        victim = chance.choice(names)
        for name in names:
            member = archive.read(name)
            if name == victim:
                what = chance.randrange(5)
                if what == 0:
                    continue
                if what == 1:
                    member = _other_header(member, chance)
                elif what == 2:
                    member = bytes(1 << chance.randrange(10, 26))  # zeros pack well
                else:
                    member = damage_bytes(member, chance)
            changed.writestr(name, member)
    return out.getvalue()


def _other_header(member: bytes, chance: random.Random) -> bytes:
    """An array that says to have another shape or type than it has."""
    shape = chance.choice(
        ["()", "(0,)", "(-1,)", "(1000000000000,)", "(4294967296, 4294967296)", "(24, 4)", "(1,)" * 3, "None"]
    )
    kind = chance.choice(["<f8", "|O", "<U1000000000", "|u1", "<i8", ">c16", "<M8[ns]", "|V1", "'a'"])
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + member[128:]


def damage(data: bytes, chance: random.Random) -> bytes:
    if data[:2] == b"PK" and chance.random() < 0.6:
        return damage_archive(data, chance)
    if data[:2] == b"\x1f\x8b" and chance.random() < 0.6:
        return gzip.compress(damage_bytes(gzip.decompress(data), chance))
    if b"\x00" not in data and chance.random() < 0.6:
        return damage_text(data, chance)
    return damage_bytes(data, chance)


def _most_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def load_damaged(kind: Kind, path: Path) -> str:
    """What became of it: "loaded" or "refused". Raises AssertionError for anything else."""
    try:
        with _time_limit():
            kind.load(path)
    except SfdfaError as error:
        assert error.exit_status in (1, 2), f"exit status {error.exit_status}: {error}"
        return "refused"
    except OSError as error:
        assert error.strerror is not None, repr(error)
        return "refused"
    return "loaded"


def load_many(name: str, count: int, chance: random.Random, folder: Path) -> Counter[str]:
    """Damage and load so many files of a kind. Raises AssertionError, and leaves the file, for the first that is neither loaded nor refused."""
    kind = KINDS[name]
    path = kind.make(folder)
    whole = path.read_bytes()
    kind.load(path)
    found: Counter[str] = Counter()
    most = max(MOST_BYTES, _most_bytes() + MORE_BYTES)
    for _ in range(count):
        path.write_bytes(damage(whole, chance))
        try:
            found[load_damaged(kind, path)] += 1
        except BaseException as error:
            kept = Path(tempfile.gettempdir()) / f"damaged-{os.getpid()}-{path.name}"
            shutil.copy(path, kept)
            raise AssertionError(f"{name}: {error!r} for {kept}") from error
        assert _most_bytes() < most, f"{name}: {_most_bytes()} bytes"
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    total: Counter[str] = Counter()
    for number, name in enumerate(KINDS):
        share = count // len(KINDS) + (number < count % len(KINDS))
        with tempfile.TemporaryDirectory() as folder:
            found = load_many(name, share, random.Random(f"{seed} {name}"), Path(folder))
        print(f"{name}: {found['loaded']} loaded, {found['refused']} refused", file=sys.stderr, flush=True)
        total += found
    print(
        f"{sum(total.values())} damaged files of {len(KINDS)} kinds (seed {seed}): {total['loaded']} loaded, {total['refused']} refused with a message; "
        f"{_most_bytes() / 1e6:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
