"""Calls to the C library in every way, right and wrong, while a twin gets only the right ones: what they learn and answer must be the same.

    python tests/library_calls.py 10000000 [SEED]

shares so many calls between networks of each kind, compiled with the sanitizers (`firmware/fuzz/twin.c`).
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from link_fuzzer import FUZZ_FOLDER, SANITIZERS
from link_fuzzer import NETWORK as WITH_READINGS_AND_A_RING
from networks import make_integrator, make_network
from sfdfa_codegen.codegen.cores import Core, compiled_files, runtime_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.source_files import write_sources
from signal_networks import signal_network

NETWORKS: Final[dict[str, tuple[Callable[[], IntegerNetwork], Core]]] = {
    "outputs spike": (lambda: make_network(9, 6, 3, max_events=24), "words"),
    "outputs spike, compact": (lambda: make_network(9, 6, 3, max_events=24), "compact"),
    "outputs integrate, with readings and a ring": (lambda: WITH_READINGS_AND_A_RING, "words"),
    "outputs integrate, several layers": (lambda: make_integrator(9, 6, 5, 3, decide_margin=40), "words"),
    "samples of a sensor": (lambda: signal_network("bands", axes=2), "words"),
}


def build_twin(network: IntegerNetwork, core: Core, folder: Path, compiler: str = "gcc") -> Path:
    """The program, with the sanitizers. Raises subprocess.CalledProcessError without the compiler."""
    sources = {**runtime_sources(network, (core,)), "twin.c": (FUZZ_FOLDER / "twin.c").read_text(encoding="utf-8")}
    write_sources(sources, folder)
    files = [str(folder / path) for path in compiled_files(sources)]
    flags = [*SANITIZERS, "-fsanitize=address,undefined", "-std=c11", "-I", str(folder)]
    subprocess.run([compiler, *flags, *files, "-o", str(folder / "twin")], check=True)
    return folder / "twin"


def call_often(twin: Path, calls: int, seed: int) -> tuple[int, int]:
    """How many calls there were, and how many of them were refused. Raises AssertionError with what the program said when it failed."""
    done = subprocess.run([str(twin), str(calls), str(seed)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    words = done.stdout.split()
    return int(words[0]), int(words[2])


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    total = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (make, core)) in enumerate(NETWORKS.items()):
            twin = build_twin(make(), core, Path(folder) / str(number))
            done = call_often(twin, -(-calls // len(NETWORKS)), seed)
            print(f"{name}: {done[0]} calls, {done[1]} refused", file=sys.stderr, flush=True)
            total, refused = total + done[0], refused + done[1]
    print(f"{total} library calls over {len(NETWORKS)} networks (seed {seed}), {refused} refused: the twins agree")


if __name__ == "__main__":
    main()
