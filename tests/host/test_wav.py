"""Recordings of one's own: WAV files in folders by class, or in a table."""

import struct
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.signals import recordings_as_features
from sfdfa_codegen.host.data.wav import load_wav
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.network.spec import DataSpec, FrontendSpec
from wav_files import NETWORK, bytes_of, tone, write_tones, write_wav


def test_a_folder_for_each_class_is_learned(cli: Cli, tmp_path: Path) -> None:
    """From samples, readings and events to the same bits."""
    write_tones(tmp_path / "tones")
    network = tmp_path / "tones.toml"
    network.write_text(NETWORK.format(path="tones"), encoding="utf-8")
    found = [
        cli.json("run", network, "--target", "native", "--from", source) for source in ("samples", "readings", "events")
    ]
    assert found[0]["test_accuracy"] == 1.0
    assert found[0]["train_samples"] == 12
    assert len({outcome["state_crc32"] for outcome in found}) == 1


def test_parts_by_folder(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("test", 2)):
        write_tones(tmp_path / part, count)
    raw = load_wav(tmp_path, DataSpec("wav"), 1)
    assert (len(raw.train), len(raw.test), raw.class_names, raw.rate_hz) == (6, 4, ("high", "low"), 8000.0)


def test_a_table_of_files(tmp_path: Path) -> None:
    write_tones(tmp_path, 2)
    lines = ["file,speaker,label", "low/0.wav,a,low", "low/1.wav,b,low", "high/0.wav,a,high", "high/1.wav,b,high"]
    (tmp_path / "clips.csv").write_text("\n".join(lines), encoding="utf-8")
    raw = load_wav(tmp_path / "clips.csv", DataSpec("wav", group="speaker", test=0.5), 1)
    assert len(raw.train) == len(raw.test) == 2
    assert sorted(raw.train.labels.tolist()) == [0, 1]


def test_a_table_may_name_files_as_others_do(tmp_path: Path) -> None:
    """In a column of another name, with backslashes; and one that is not there is named with its line."""
    write_tones(tmp_path, 2)
    lines = ["filename,label", *(f"{name}\\{k}.wav,{name}" for name in ("low", "high") for k in range(2))]
    table = tmp_path / "clips.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    assert len(load_wav(table, DataSpec("wav", test=0.5), 1).train) == 2
    table.write_text("\n".join([*lines, "low/9.wav,low"]), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"clips.csv, line 6: there is no file .*low/9.wav; paths are relative to the table"
    ):
        load_wav(table, DataSpec("wav"), 1)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_keeps_its_upper_bits(tmp_path: Path, width: int) -> None:
    words = np.array([-1, 0, 1, -128, 127]) << 8 * (width - 1)
    wav = read_wav(write_wav(tmp_path / "x.wav", words[:, None], width))
    assert wav.samples[:, 0].tolist() == [-256, 0, 256, -32768, 32512]


def test_extensible_files_of_24_bits_are_read(tmp_path: Path) -> None:
    """As most programs write more than 16 bits: the format is in a GUID."""
    path = write_wav(tmp_path / "x.wav", np.array([[-1], [2], [3]]) << 16, 3)
    plain = path.read_bytes()
    pcm = bytes.fromhex("0100000000001000800000aa00389b71")
    chunk = b"fmt " + struct.pack("<I", 40) + b"\xfe\xff" + plain[22:36] + struct.pack("<HHI", 22, 24, 4) + pcm
    head = b"RIFF" + struct.pack("<I", len(plain) - 8 + 24) + b"WAVE"
    path.write_bytes(head + chunk + plain[36:])
    assert read_wav(path).samples[:, 0].tolist() == [-256, 512, 768]
    path.write_bytes(head + chunk.replace(pcm, b"\2" + pcm[1:]) + plain[36:])
    with pytest.raises(DataError, match="format 2, 24 bits, 1 channels"):
        read_wav(path)


@pytest.mark.parametrize("width", [4, 8])
def test_floats_are_read(tmp_path: Path, width: int) -> None:
    """Also beyond -1 to 1, and what is no number."""
    values = np.array([0, 0.5, -1, 2, -3, np.inf, np.nan], f"<f{width}")
    plain = bytearray(bytes_of(3, values.tobytes()))
    plain[32:36] = struct.pack("<HH", width, 8 * width)
    (tmp_path / "x.wav").write_bytes(plain)
    assert read_wav(tmp_path / "x.wav").samples[:, 0].tolist() == [0, 16384, -32768, 32767, -32768, 32767, 0]


@pytest.mark.parametrize(
    ("law", "codes", "wanted"),
    [
        (6, b"\xd5\x55\xaa\x2a\xc1", [8, -8, 32256, -32256, 328]),
        (7, b"\xff\x7f\x80\x00\xc8", [0, 0, 32124, -32124, 1372]),
    ],
)
def test_telephone_formats_are_read(tmp_path: Path, law: int, codes: bytes, wanted: list[int]) -> None:
    """A-law and u-law of ITU-T G.711, as Python's audioop had them."""
    (tmp_path / "x.wav").write_bytes(bytes_of(law, codes))
    assert read_wav(tmp_path / "x.wav").samples[:, 0].tolist() == wanted


def test_other_chunks_are_passed_over(tmp_path: Path) -> None:
    """Of any size, before and after; and samples that came through a pipe, whose number nobody knew."""
    plain = bytes_of(1, b"\x80\x81\x7f")
    note = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    (tmp_path / "x.wav").write_bytes(plain[:12] + note + plain[12:36] + note + plain[36:] + b"\0" + note)
    assert read_wav(tmp_path / "x.wav").samples[:, 0].tolist() == [0, 256, -256]
    (tmp_path / "x.wav").write_bytes(plain[:40] + b"\xff" * 4 + plain[44:])
    assert read_wav(tmp_path / "x.wav").samples[:, 0].tolist() == [0, 256, -256]


@pytest.mark.parametrize(
    ("size", "samples", "note"),
    [
        (0, 3200, "2 of 4 recordings are silent"),
        (200_000, 3200, "2 of 4 recordings are clipped"),
        (9000, 90, "2 of 4 recordings are shorter than a frame"),
    ],
)
def test_odd_recordings_are_counted(tmp_path: Path, size: float, samples: int, note: str) -> None:
    for name, hertz in (("a", 400), ("b", 900)):
        for number in range(2):
            write_wav(
                tmp_path / name / f"{number}.wav",
                np.clip(tone(hertz, size=size if number else 9000), -32768, 32767)[: samples if number else 3200],
            )
    raw = load_wav(tmp_path, DataSpec("wav", test=0.5), 1)
    (found,) = recordings_as_features(raw, FrontendSpec("mel")).notes
    assert found.startswith(note)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """Of files, and then of the samples that become readings."""
    write_tones(tmp_path, 2)
    told: list[tuple[int, int]] = []
    raw = load_wav(tmp_path, DataSpec("wav", test=0.5), 1, lambda *place: told.append(place))
    size = sum(file.stat().st_size for file in tmp_path.rglob("*.wav"))
    assert told == [(size * (clip + 1) // 4, size) for clip in range(4)]
    told.clear()
    recordings_as_features(raw, FrontendSpec("mel"), lambda *place: told.append(place))
    samples = raw.train.samples.nbytes + raw.test.samples.nbytes
    assert told == [(samples * (clip + 1) // 4, samples) for clip in range(4)]


def test_channels_are_averaged_and_rates_made_one(tmp_path: Path) -> None:
    pytest.importorskip("soxr", reason="soxr is in the extras audio and test")
    for name in ("a", "b"):
        write_wav(tmp_path / name / "1.wav", np.tile(tone(500), 2))
        write_wav(tmp_path / name / "2.wav", tone(500))
        write_wav(tmp_path / name / "3.wav", tone(500, rate_hz=16000), rate_hz=16000)
    raw = load_wav(tmp_path, DataSpec("wav", test=0.5), 1)
    assert raw.notes == (
        "2 of 6 recordings have several channels, which were averaged",
        "2 of 6 recordings were brought to 8000 samples a second",
    )
    lengths = np.diff(raw.train.offsets).tolist() + np.diff(raw.test.offsets).tolist()
    assert lengths == [3200] * 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it does not begin with RIFF and WAVE; convert it to 16 bits PCM"),
        (b"RIFFxxxxWAVE", "it ends before their format"),
        (bytes_of(1, b"")[:36], "it ends before them"),
        (
            bytes_of(2, b"abcd"),
            "format 2, 8 bits, 1 channels, 8000 Hz is no WAV of PCM, float, A-law or u-law; convert it to 16 bits PCM, as `ffmpeg",
        ),
        (bytes_of(1, b""), "the recording has no sample; leave it out"),
        (bytes_of(1, b"abcd")[:-2], "copy it again"),
    ],
    ids=["empty", "no chunks", "no data", "ADPCM", "no samples", "cut off"],
)
def test_files_that_are_none(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_wav(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_folders_that_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no recordings; they are to lie in a folder for each class"):
        load_wav(tmp_path, DataSpec("wav"), 1)
    write_wav(tmp_path / "low" / "anna" / "1.wav", tone(500))
    with pytest.raises(
        DataError, match=r"deeper, such as low/anna/1.wav, .* move them to CLASS/FILE.wav, or write a table"
    ):
        load_wav(tmp_path, DataSpec("wav"), 1)
    write_wav(tmp_path / "a.wav", tone(500))
    with pytest.raises(
        DataError, match=r"without a class, such as a.wav; make a folder for each class, or write a table"
    ):
        load_wav(tmp_path, DataSpec("wav"), 1)
    write_wav(tmp_path / "mp3" / "no" / "1.mp3", tone(500))
    with pytest.raises(DataError, match=r"no WAV files, but .mp3 ones such as no/1.mp3; convert them"):
        load_wav(tmp_path / "mp3", DataSpec("wav"), 1)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "walk.csv").write_text("t,x\n0,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no WAV files, but tables such as walk.csv; write movements into one table"):
        load_wav(tmp_path / "tables", DataSpec("wav"), 1)
    write_wav(tmp_path / "only" / "1.wav", tone(500))
    (tmp_path / "only" / "._1.wav").write_bytes(b"of a Mac")
    with pytest.raises(DataError, match='all recordings are of the class "only"; two classes are needed'):
        load_wav(tmp_path, DataSpec("wav"), 1)
