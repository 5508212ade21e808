"""Drawing with characters: digits, bars and spike counts, in ASCII where the terminal has no more."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

_SHADES: Final = (" ░▒▓█", " .+#@")
_EIGHTHS: Final = ("▁▂▃▄▅▆▇█", ".:-=+*#@")
_BAR: Final = ("━", "=")
DIGIT_WIDTH: Final = 16
"""Characters across a digit: two a pixel."""
_GAP: Final = "   "
RIGHT, WRONG, DIM, BOLD = "green", "red", "dim", "bold"


def _choose(console: Console, variants: tuple[str, str]) -> str:
    return variants[0] if console.encoding.lower().startswith("utf") else variants[1]


def digit_lines(console: Console, image: NDArray[Any]) -> list[str]:
    """An image of 0 to 255, two characters a pixel."""
    shades = _choose(console, _SHADES)
    side = int(np.sqrt(image.size))
    steps = np.rint(image.reshape(side, side) / 255 * (len(shades) - 1)).astype(int)
    return ["".join(shades[step] * 2 for step in row) for row in steps]


def print_digits(console: Console, images: Sequence[NDArray[Any]], captions: Sequence[Text]) -> None:
    """Images side by side, each with its caption below; a narrow terminal cuts them off."""
    drawn = [digit_lines(console, image) for image in images]
    for row in zip(*drawn, strict=True):
        console.print(Text("  " + _GAP.join(row)), no_wrap=True, crop=True)
    print_captions(console, captions)


def print_captions(console: Console, captions: Sequence[Text]) -> None:
    """A line of captions for digits drawn above."""
    line = Text("  ")
    for caption in captions:
        line.append_text(caption).append(" " * (DIGIT_WIDTH + len(_GAP) - len(caption)))
    line.rstrip()
    console.print(line, no_wrap=True)


def bar(console: Console, share: float, width: int, style: str) -> Text:
    """A horizontal bar of `width` characters, of which `share` is filled."""
    filled = round(share * width)
    return Text(_choose(console, _BAR) * filled, style).append(" " * (width - filled))


def spark(console: Console, counts: NDArray[Any]) -> str:
    """A character for each count, the taller the more."""
    levels = _choose(console, _EIGHTHS)
    return "".join(levels[round((len(levels) - 1) * int(count) / max(int(counts.max()), 1))] for count in counts)


def says(prediction: int, label: int) -> Text:
    """A prediction as a caption, in the colour of being right or wrong."""
    right = prediction == label
    return Text(f"says {prediction}, {'right' if right else 'wrong'}", RIGHT if right else WRONG)
