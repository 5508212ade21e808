"""Source "idx": plain and gzipped sets, and every way in which a file can be wrong."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.data.idx import load_idx, read_idx

IMAGES = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
LABELS = np.array([2, 0, 1], np.uint8)


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_set(
    folder: Path, prefix: str = "", test: str = "t10k", suffix: str = "", images: bytes = idx(IMAGES)
) -> None:
    for part in ("train", test):
        for name, content in (("images-idx3", images), ("labels-idx1", idx(LABELS))):
            raw = gzip.compress(content) if suffix else content
            (folder / f"{prefix}{part}-{name}-ubyte{suffix}").write_bytes(raw)


def message(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_idx(folder)
    return str(caught.value)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("prefix", "test"), [("", "t10k"), ("emnist-balanced-", "test")])
def test_a_set_loads(tmp_path: Path, prefix: str, test: str, suffix: str) -> None:
    write_set(tmp_path, prefix, test, suffix)
    raw = load_idx(tmp_path)
    for part in (raw.train, raw.test):
        assert part.values.tolist() == IMAGES.reshape(3, 8).tolist()
        assert part.labels.tolist() == [2, 0, 1]


def test_a_plain_file_goes_before_its_gz(tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"rubbish")
    assert len(load_idx(tmp_path).train.labels) == 3


def test_folders_that_are_no_set(tmp_path: Path) -> None:
    assert message(tmp_path).endswith(
        "no train images, a file such as train-images-idx3-ubyte or train-images-idx3-ubyte.gz"
    )
    assert "not a folder; [data] path must name the folder of the four idx files" in message(tmp_path / "none")
    write_set(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert message(tmp_path).endswith(
        "no test labels, a file such as t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz"
    )
    write_set(tmp_path, prefix="emnist-letters-", test="test")
    assert (
        "more than one set of train images: emnist-letters-train-images-idx3-ubyte, train-images-idx3-ubyte; keep one"
        in (message(tmp_path))
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "train-images-idx3-ubyte: the file is truncated, it has 0 bytes instead of 4"),
        (idx(IMAGES)[:9], "the file is truncated, it has 5 bytes instead of 12"),
        (idx(IMAGES)[:-1], "the file is truncated, it has 23 bytes instead of 24"),
        (idx(IMAGES) + b"x", "the file is longer than the 24 values of its shape (3, 2, 4)"),
        (b"\1" + idx(IMAGES)[1:], "not an idx file, it starts with 0x0100 instead of 0x0000"),
        (b"\0\0\x0d\3" + idx(IMAGES)[4:], "its values have type 0x0d; must be 0x08, unsigned bytes"),
        (idx(LABELS), "it has 1 dimensions; must have 3"),
        (
            struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2),
            "it declares shape (4294967295, 4294967295, 2), 36893488130239234050 bytes; the most is 1073741824",
        ),
        (idx(IMAGES[:2]), "has 2 images, but train-labels-idx1-ubyte has 3 labels"),
    ],
)
def test_damaged_images(tmp_path: Path, content: bytes, expected: str) -> None:
    write_set(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    assert expected in message(tmp_path)


def test_sets_of_two_sizes(tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(IMAGES[:, :1]))
    assert "training images have 2 x 4 pixels, test images 1 x 4" in message(tmp_path)


def test_damaged_gzip(tmp_path: Path) -> None:
    write_set(tmp_path, suffix=".gz")
    path = tmp_path / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert "train-images-idx3-ubyte.gz: cannot read the file: Compressed file ended" in message(tmp_path)
    path.write_bytes(whole[:-8] + b"\0" * 8)
    assert "cannot read the file: CRC check failed" in message(tmp_path)
    path.write_bytes(b"no gzip at all")
    assert "cannot read the file: Not a gzipped file" in message(tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(idx(LABELS) + b"\0" * (1 << 24)))
    with pytest.raises(DataError, match=r"the file is longer than the 3 values"):
        read_idx(path, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=80), st.binary(max_size=40).map(lambda tail: idx(IMAGES)[:6] + tail)), st.booleans()
)
def test_any_bytes_are_an_array_or_a_data_error(tmp_path: Path, content: bytes, is_zipped: bool) -> None:
    path = tmp_path / ("f.gz" if is_zipped else "f")
    path.write_bytes(gzip.compress(content, 1) if is_zipped and len(content) % 2 else content)
    try:
        assert read_idx(path, 3).ndim == 3
    except DataError as error:
        assert str(error).startswith(str(path))
