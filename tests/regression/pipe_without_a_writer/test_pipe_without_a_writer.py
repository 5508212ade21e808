"""A pipe where a file was asked for was waited for without end, and a device was read without end.

Opening a pipe waits for its writer, and only arrays and JSON were looked at before. Everything that reads a file of a stranger now asks first what it is.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.host.data.csv_table import read_table
from sfdfa_codegen.host.data.gas_drift_text import read_batch_file
from sfdfa_codegen.host.data.idx import read_idx
from sfdfa_codegen.host.data.numpy_archive import NumpyArchive
from sfdfa_codegen.host.data.wav_file import read_wav
from sfdfa_codegen.host.devices.board_description import read_board
from sfdfa_codegen.host.kept_file import read_json
from sfdfa_codegen.host.network.file import load_network_spec
from sfdfa_codegen.host.nir.chain import read_chain

READERS: dict[str, Callable[[Path], object]] = {
    "network.toml": lambda path: load_network_spec(str(path)),
    "board.toml": read_board,
    "table.csv": read_table,
    "batch1.dat": read_batch_file,
    "images": lambda path: read_idx(path, 3),
    "images.gz": lambda path: read_idx(path, 3),
    "sound.wav": read_wav,
    "arrays.npz": NumpyArchive,
    "values.json": read_json,
    "network.nir": read_chain,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_it_is_refused_at_once(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / name)
    with pytest.raises((SfdfaError, ValueError), match="no regular file"):
        READERS[name](tmp_path / name)
