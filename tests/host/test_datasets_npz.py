"""Source "npz": its layouts, and every way in which an archive can be wrong."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import ConfigError, DataError, SfdfaError
from sfdfa_codegen.host.data.npz import load_npz
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.network.spec import DataSpec

Arrays = dict[str, Any]
EVENTS_SPEC = DataSpec("npz", "d.npz", channels=5)


def features() -> Arrays:
    x = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    return {"x_train": x, "y_train": np.array([0, 1]), "x_test": x[:1], "y_test": np.array([1], np.uint8)}


def stream() -> Arrays:
    return {"stream_x": np.zeros((3, 6), np.uint8), "stream_y": np.zeros(3, int), "stream_segment": np.array([7, 7, 2])}


def events() -> Arrays:
    part = {"t": np.array([0, 3, 1]), "i": np.array([4, 0, 1]), "offsets": np.array([0, 2, 3]), "y": np.array([1, 0])}
    return {f"{name}_{key}": value for name in ("train", "test") for key, value in part.items()}


def fsdd() -> Arrays:
    return {
        "t_100us": np.array([5, 7, 9], np.uint16),
        "ch": np.array([0, 69, 3], np.uint8),
        "off": np.array([0, 2, 2, 3], np.uint32),
        "digit": np.array([0, 1, 2], np.uint8),
        "index": np.array([4, 5, 6], np.uint8),
    }


def aer() -> Arrays:
    part = {
        "aer": np.array([[33, 1, 0x80, 1, 2], [0, 0, 0x01, 0, 0]], np.uint8),
        "off": np.array([0, 1, 2]),
        "y": np.array([3, 4]),
    }
    return {f"{name}_{key}": value for name in ("train", "test") for key, value in part.items()}


def load(folder: Path, arrays: Arrays, spec: DataSpec = EVENTS_SPEC) -> Any:
    np.savez_compressed(folder / "d.npz", **arrays)
    return load_npz(folder / "d.npz", spec)


def message(folder: Path, arrays: Arrays, spec: DataSpec = EVENTS_SPEC) -> str:
    with pytest.raises(SfdfaError) as caught:
        load(folder, arrays, spec)
    assert str(folder / "d.npz") in str(caught.value)
    return str(caught.value)


def test_features(tmp_path: Path) -> None:
    raw = load(tmp_path, features())
    assert raw.train.values.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert (raw.train.labels.tolist(), raw.test.labels.tolist(), raw.segments) == ([0, 1], [1], ())


def test_float_features_are_scaled_and_clipped(tmp_path: Path) -> None:
    arrays = features() | {"x_train": np.array([[-9.0, 0.0, 1.0], [1.5, 2.0, 9.0]], np.float32)}
    arrays["x_test"] = arrays["x_train"][:1]
    raw = load(tmp_path, arrays, DataSpec("npz", "d.npz", low=0.0, high=2.0))
    assert raw.train.values.tolist() == [[0, 0, 128], [191, 255, 255]]
    assert load(tmp_path, arrays).limits is not None, "without a range each column has its own"


@pytest.mark.parametrize("names", [np.array([7, 7, 2]), np.array(["may", "may", "june"])])
def test_segments(tmp_path: Path, names: NDArray[Any]) -> None:
    raw = load(tmp_path, features() | stream() | {"stream_segment": names})
    assert [(name, len(part.labels)) for name, part in raw.segments] == [(str(names[0]), 2), (str(names[2]), 1)]


def test_an_empty_stream_has_no_segments(tmp_path: Path) -> None:
    empty = {"stream_x": np.zeros((0, 6), np.uint8), "stream_y": np.zeros(0, int), "stream_segment": np.zeros(0, int)}
    assert load(tmp_path, features() | empty).segments == ()


def test_events(tmp_path: Path) -> None:
    train = load(tmp_path, events()).train
    assert (train.times.tolist(), train.channels.tolist(), train.offsets.tolist()) == ([0, 3, 1], [4, 0, 1], [0, 2, 3])
    assert (train.labels.tolist(), train.channel_count, train.unit_us) == ([1, 0], 5, None)


def test_fsdd_is_split_by_index(tmp_path: Path) -> None:
    raw = load(tmp_path, fsdd())
    assert raw.test.labels.tolist() == [0]
    assert raw.test.times.tolist() == [5, 7]
    assert sorted(raw.train.labels.tolist()) == [1, 2]
    assert raw.train.times.tolist() == [9]
    assert (raw.train.unit_us, raw.train.channel_count) == (100.0, 5)
    assert load(tmp_path, fsdd(), DataSpec("npz", "d.npz")).train.channel_count == 70


def test_aer_records(tmp_path: Path) -> None:
    train = load(tmp_path, aer()).train
    assert train.times.tolist() == [258, 65536]
    assert train.channels.tolist() == [(34 + 1) * 34 + 33, 0]
    assert (train.unit_us, train.channel_count) == (1.0, 2312)


def test_big_endian_and_fortran_order(tmp_path: Path) -> None:
    arrays = features() | {"y_train": np.array([0, 1], ">i4"), "x_train": np.asfortranarray(features()["x_train"])}
    raw = load(tmp_path, arrays)
    assert raw.train.labels.tolist() == [0, 1]
    assert raw.train.values.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


NAN = np.array([[0.0, 1.0], [np.nan, 1.0]])


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        (
            {"a": np.zeros(1)},
            "no layout that is known; features need the arrays x_test, x_train, y_test, y_train, events",
        ),
        ({"x_train": features()["x_train"]}, "no array y_train; there are: x_train"),
        (
            features() | {"x_train": np.zeros(3, np.uint8)},
            "array x_train has shape (3,); must have 2 or more dimensions",
        ),
        (features() | {"y_train": np.zeros((2, 1), int)}, "array y_train has shape (2, 1); must have 1 dimensions"),
        (features() | {"y_train": np.zeros(2)}, "array y_train is float64; must be unsigned integers or integers"),
        (features() | {"y_train": np.zeros(3, int)}, "x_train has 2 samples, y_train 3"),
        (
            features() | {"x_train": np.zeros((2, 6), np.complex64)},
            "array x_train: its dtype complex64 is not allowed; must be numbers",
        ),
        (features() | {"x_train": NAN}, "array x_train holds nan at index [1, 0]; must be finite numbers"),
        (features() | {"x_test": np.zeros((1, 5), np.uint8)}, "x_test has 5 features a sample, x_train 6"),
        (
            features() | stream() | {"stream_x": np.zeros((3, 5), np.uint8)},
            "stream_x has 5 features a sample, x_train 6",
        ),
        (features() | {"stream_x": stream()["stream_x"]}, "no array stream_y; there are: stream_x, x_test"),
        (features() | stream() | {"stream_segment": np.zeros(2, int)}, "stream_segment has 2 entries for 3 samples"),
        (
            features() | stream() | {"stream_segment": np.array(["a", "b", "a"])},
            "stream_segment a comes in more than one run; sort the stream by it",
        ),
        (events() | {"train_t": np.zeros(3)}, "array train_t is float64; must be unsigned integers or integers"),
        (events() | {"test_i": np.array(["a"])}, "array test_i is <U1; must be unsigned integers or integers"),
        ({"train_t": events()["train_t"]}, "no array train_offsets; there are: train_t"),
        (fsdd() | {"index": np.zeros(2, int)}, "index has 2 clips, digit 3"),
        (fsdd() | {"ch": np.zeros(2, int)}, "t_100us has 3 events, ch 2"),
        (fsdd() | {"off": np.array([0, 2, 2, 4])}, "the event offsets run from 0 to 4; they must run from 0 to 3"),
        (
            aer() | {"train_aer": np.zeros((2, 4), np.uint8)},
            "train_aer is uint8 of shape (2, 4); must be uint8 (events, 5)",
        ),
        (
            aer() | {"test_aer": np.zeros((2, 5), np.uint16)},
            "test_aer is uint16 of shape (2, 5); must be uint8 (events, 5)",
        ),
        (
            aer() | {"train_aer": np.array([[33, 34, 0, 0, 0]], np.uint8)},
            "train_aer, record 0: pixel 33, 34 is outside the 34 x 34 sensor",
        ),
    ],
)
def test_each_mistake_has_its_message(tmp_path: Path, arrays: Arrays, expected: str) -> None:
    assert expected in message(tmp_path, arrays)


def test_events_need_channels(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds events: give the number of input channels, channels in \\[data\\]"):
        load(tmp_path, events(), DataSpec("npz", "d.npz"))


def test_an_object_array_is_not_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("unpickled",))

    np.savez(tmp_path / "d.npz", allow_pickle=True, **(features() | {"y_train": np.array([Bomb(), Bomb()], object)}))
    with pytest.raises(DataError, match=r"cannot read array y_train: its dtype object is not allowed; must be numbers"):
        load_npz(tmp_path / "d.npz", EVENTS_SPEC)


def npy(header: str, body: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + body


def write_member(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "cannot read array a: "),
        (b"rubbish, rubbish", "cannot read array a: the magic string is not correct"),
        (
            npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9,)}", b"12345"),
            "it declares shape (9,) of uint8, 9 bytes",
        ),
        (npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", b"12345"), "3 bytes, and has 5"),
        (
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", b"1"),
            "8000000000000 bytes, and has 1",
        ),
        (npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -5)}", b"12345"), "it declares shape (-1, -5)"),
        (npy("{'descr': '<U0', 'fortran_order': False, 'shape': (99999999999,)}"), "its dtype <U0 is not allowed"),
        (
            npy("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", b"12345678"),
            "its dtype complex64 is not allowed",
        ),
        (
            npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': ()}", b"1234"),
            "is not allowed; must be numbers",
        ),
        (npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1L,)}", b"1234"), "cannot read array a: "),
        (npy("__import__('os')"), "cannot read array a: "),
        (npy("(" * 9000), "cannot read array a: "),
        (npy("{}", version=b"\3\0"), "npy format 3.0 is not known"),
    ],
)
def test_damaged_members(tmp_path: Path, content: bytes, expected: str) -> None:
    write_member(tmp_path / "d.npz", content)
    with pytest.raises(DataError) as caught:
        NumpyArchive(tmp_path / "d.npz").read("a", "uif", (0, 1))
    assert expected in str(caught.value)


def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sfdfa_codegen.host.data.numpy_archive.MAX_ARRAY_BYTES", 1000)
    np.savez_compressed(tmp_path / "d.npz", a=np.zeros(1 << 20, np.uint8))
    with pytest.raises(DataError, match="cannot read array a: it declares 1048704 bytes; the most is 1000"):
        NumpyArchive(tmp_path / "d.npz").read("a", "u")


def test_files_that_are_no_archive(tmp_path: Path) -> None:
    (tmp_path / "d.npz").write_bytes(b"text")
    with pytest.raises(DataError, match=r"d\.npz: not a readable \.npz file: File is not a zip file"):
        NumpyArchive(tmp_path / "d.npz")
    with pytest.raises(DataError, match=r"not a readable \.npz file: it is no regular file"):
        NumpyArchive(tmp_path)


def whole_archive() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **features())
    return file.getvalue()


WHOLE = whole_archive()


def load_bytes(folder: Path, content: bytes) -> None:
    """Loads, or raises a DataError that names the file; nothing else may come out."""
    (folder / "d.npz").write_bytes(content)
    try:
        load_npz(folder / "d.npz", EVENTS_SPEC)
    except SfdfaError as error:
        assert str(folder / "d.npz") in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE) - 1))
def test_truncated_archives(tmp_path: Path, length: int) -> None:
    (tmp_path / "d.npz").write_bytes(WHOLE[:length])
    with pytest.raises(DataError, match=r"d\.npz"):
        load_npz(tmp_path / "d.npz", EVENTS_SPEC)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_archives_with_changed_bytes(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for position, value in changes:
        content[position] = value
    load_bytes(tmp_path, bytes(content))


HEADER = b"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(HEADER) - 1), st.integers(32, 126)), max_size=3), st.binary(max_size=20))
def test_headers_with_changed_characters(tmp_path: Path, changes: list[tuple[int, int]], body: bytes) -> None:
    header = bytearray(HEADER)
    for position, value in changes:
        header[position] = value
    write_member(tmp_path / "d.npz", npy(header.decode(), body))
    try:
        NumpyArchive(tmp_path / "d.npz").read("a", "uif", (0, 1))
    except DataError as error:
        assert "array a" in str(error)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["walk", "run"] * 10), ("run", "walk")),
        (np.array([0, 1000] * 10), ("0", "1000")),
        (np.array([1.0, 2.0] * 10), ("1", "2")),
        (np.array([0, 1] * 10, dtype=np.uint8), ()),
    ],
)
def test_labels_of_x_and_y_become_numbers_of_classes(
    labels: NDArray[Any], names: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, X=np.arange(60.0).reshape(20, 3), y=labels)
    raw = load_npz(path, DataSpec(source="npz"))
    assert raw.class_names == names
    assert set(raw.train.labels.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full(20, 3), "array y has one class, 3; two are needed at least"),
        (
            np.linspace(0, 1, 20),
            r"array y holds the fraction 0\.05\d* at index \[1\]; classes are names or whole numbers",
        ),
    ],
)
def test_labels_that_are_no_classes(labels: NDArray[Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, X=np.arange(60.0).reshape(20, 3), y=labels)
    with pytest.raises(DataError, match=message):
        load_npz(path, DataSpec(source="npz"))
