"""The C of the float engine: its structures as dtypes, and the library, compiled once and kept in the user's cache."""

import ctypes
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.native_library import cached_library
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler

FLAGS: Final = ("-std=c11", "-O3", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno")
"""No fused products: the same sums on every processor."""
SOURCE: Final = "float_engine.c"
"""Includes the other files, to be compiled as one."""

_POINTER: Final = np.uintp
_SIZE: Final = np.uintp

Real = np.dtype[np.floating[Any]]


def spike_dtype(real: Real) -> np.dtype[np.void]:
    """`struct spike`."""
    return np.dtype([("tick", np.uint32), ("neuron", np.uint32), ("factor", real)], align=True)


def layer_dtype(real: Real) -> np.dtype[np.void]:
    """`struct layer`."""
    state = (
        "weights",
        "feedback",
        "delta_magnitudes",
        "mean_rates",
        "gradient",
        "adam_means",
        "adam_squares",
        "row_use",
    )
    batch = ("spikes", "start", "counts", "deltas", "directions")
    work = ("synaptic", "membrane", "current", "sums", "last_tick", "drive")
    pointers = [(name, _POINTER) for name in (*state, *batch, *work)]
    return np.dtype([("inputs", _SIZE), ("neurons", _SIZE), ("threshold", real), *pointers], align=True)


def engine_dtype(real: Real) -> np.dtype[np.void]:
    """`struct float_engine`."""
    pointers = ["layers", "spikes", "start", "peak_potentials", "peak_currents", "peak_ticks"]
    pointers += ("final_potentials", "extended", "sent_grades", "decay")
    switches = ("rule", "exact", "one_sided", "normalise")
    learning = ["critical_margin", "target_true", "target_false", "regulariser", "rate_target", "mean_rate_rate"]
    learning += ("magnitude_rate", "magnitude_floor", "step_gain", "feedback_rate")
    return np.dtype(
        [
            ("layer_count", _SIZE),
            *((name, _POINTER) for name in pointers),
            ("ticks", _SIZE),
            ("max_spikes", _SIZE),
            *((name, real) for name in ("alpha_s", "alpha", "tau_s", "tau")),
            *((name, np.int32) for name in switches),
            *((name, real) for name in learning),
        ],
        align=True,
    )


def engine_sources() -> dict[str, str]:
    """The C files by name."""
    folder = resources.files("sfdfa_codegen.host.floats.engine")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith((".c", ".h")))
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


@lru_cache(maxsize=2)
def load_engine(real: Real) -> ctypes.CDLL:
    """The library for one precision.

    Raises ToolMissingError without a C compiler, and DeviceError where it fails or its library cannot be loaded.
    """
    precision = ("-DFLOAT_ENGINE_DOUBLE",) if real == np.float64 else ()
    flags = (*FLAGS, *precision)
    return load_library(
        cached_library(engine_sources(), find_host_compiler(), cache_folder() / "float", flags, (SOURCE,))
    )


def load_library(path: Path) -> ctypes.CDLL:
    """Raises DeviceError if it is none."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise DeviceError(f"cannot load the float engine {path}: {error}") from error
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_double
    arguments: dict[str, tuple[Any, ...]] = {
        "float_engine_forward": (pointer, size, pointer),
        "float_engine_learn": (pointer, size, pointer),
        "float_engine_norms": (pointer, pointer),
        "float_engine_step": (pointer, number, number, pointer),
    }
    for name, types in arguments.items():
        function = getattr(library, name)
        function.argtypes, function.restype = types, None
    return library
