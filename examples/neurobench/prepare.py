"""Lays out data sets of NeuroBench for the network files beside this one, from files that you have got yourself.

python prepare.py wisdm watch_subset2_40.npz          writes wisdm.npz: NeuroBench's split, windows of 40 steps with 6 axes
python prepare.py speech-commands speech_commands_v0.02    writes a table there: its own test list; the validation list is left out
python prepare.py mswc MSWC                           writes a table of the 100 base classes there; mswc_sessions.py does the rest
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Row = tuple[str, str, str]
"""File, label, part."""


def wisdm(archive: Path) -> Path:
    """From `arr_0` to `arr_5`: x and one-hot y of training, validation and test; the validation part is left out."""
    arrays = np.load(archive)
    x_train, x_test = (arrays[name].reshape(len(arrays[name]), -1).astype(np.float32) for name in ("arr_0", "arr_2"))
    y_train, y_test = (arrays[name].argmax(axis=-1) for name in ("arr_3", "arr_5"))
    out = Path("wisdm.npz")
    np.savez_compressed(out, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return out


def speech_commands(folder: Path) -> Path:
    """A folder for each of 35 words; `testing_list.txt` and `validation_list.txt` name files below them."""
    lists = {name: set((folder / f"{name}_list.txt").read_text().split()) for name in ("testing", "validation")}

    def rows() -> Iterator[Row]:
        for file in sorted(folder.glob("[!_]*/*.wav")):
            name = file.relative_to(folder).as_posix()
            if name not in lists["validation"]:
                yield name, file.parent.name, "test" if name in lists["testing"] else "train"

    return write_table(folder / "speech_commands.csv", rows())


def mswc(folder: Path) -> Path:
    """`base_train.csv` and `base_test.csv` have a file, its word and its language; clips lie in LANGUAGE/clips, as WAV."""

    def rows() -> Iterator[Row]:
        for part in ("train", "test"):
            for file, word, language in lines_of(folder / f"base_{part}.csv"):
                yield clip(file, language), word, part

    return write_table(folder / "base.csv", rows())


def lines_of(table: Path) -> list[tuple[str, str, str]]:
    """File, word and language of each line of a table of MSWC, without its head."""
    with table.open(encoding="utf-8", newline="") as file:
        return [(row[0], row[1], row[2]) for row in csv.reader(file) if row[1] != "WORD"]


def clip(file: str, language: str) -> str:
    """Where a clip lies below the folder."""
    return f"{language}/clips/{Path(file).with_suffix('.wav').as_posix()}"


def write_table(out: Path, rows: Iterator[Row]) -> Path:
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "label", "part"), *rows])
    return out


KINDS = {"wisdm": wisdm, "speech-commands": speech_commands, "mswc": mswc}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    print(KINDS[sys.argv[1]](Path(sys.argv[2])))
