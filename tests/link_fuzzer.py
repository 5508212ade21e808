"""Builds the fuzzer of the link, firmware/fuzz/fuzz_link.c, and its replay. `python tests/link_fuzzer.py RUNS` fuzzes, from the committed corpus on;
what it finds new stays in the folder that it names.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from host_board import host_board_sources
from networks import make_integrator
from reading_networks import reading_case
from sfdfa_codegen.codegen.source_files import write_sources

FUZZ_FOLDER: Final = Path(__file__).parent / "firmware" / "fuzz"
CORPUS: Final = FUZZ_FOLDER / "corpus"
_ENCODER: Final = reading_case("ttfs", 100, byte_readings=True, ticks=5, window=4, max_events=9).network.encoder
NETWORK: Final = make_integrator(
    100, 5, 3, ticks=5, max_events=9, encoder=_ENCODER, ring_slots=3, ring_rate=1, ask_up=51, ask_down=461
)
"""Of readings that a frame does not hold, with a ring, so that there is something behind every message."""
MAX_PAYLOAD: Final = 96
WINDOW: Final = 2
SANITIZERS: Final = ("-g", "-O2", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all")
LONGEST_INPUT: Final = 300


def _compile(command: list[str], main_file: str | None, folder: Path, program: str) -> Path:
    sources = host_board_sources(NETWORK)
    del sources["sfdfa_board_host.c"]
    sources["fuzz_link.c"] = (FUZZ_FOLDER / "fuzz_link.c").read_text()
    if main_file is not None:
        sources[main_file] = (FUZZ_FOLDER / main_file).read_text()
    write_sources(sources, folder)
    settings = [
        f"-DSFDFA_MAX_PAYLOAD={MAX_PAYLOAD}",
        f"-DSFDFA_WINDOW={WINDOW}",
        "-DSFDFA_RING_BYTES=512",
        "-std=c11",
        "-I",
        str(folder),
    ]
    files = [str(folder / name) for name in sorted(sources) if name.endswith(".c")]
    output = folder / program
    subprocess.run([*command, *SANITIZERS, *settings, *files, "-o", str(output)], check=True)
    return output


def build_fuzzer(folder: Path) -> Path:
    """With clang's libFuzzer. Raises subprocess.CalledProcessError where it is not installed."""
    return _compile(["clang", "-fsanitize=fuzzer,address,undefined"], None, folder, "fuzz_link")


def build_replay(folder: Path, compiler: str = "gcc") -> Path:
    """A program that takes files of inputs, with the sanitizers of an ordinary compiler."""
    return _compile([compiler, "-fsanitize=address,undefined"], "replay.c", folder, "replay_link")


def can_fuzz(folder: Path) -> bool:
    """Whether there is a clang with libFuzzer."""
    if shutil.which("clang") is None:
        return False
    probe = folder / "probe.c"
    probe.write_text("int LLVMFuzzerTestOneInput(const char *d, long n) { (void)d; (void)n; return 0; }\n")
    command = ["clang", "-fsanitize=fuzzer,address,undefined", str(probe), "-o", str(folder / "probe")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fuzz(fuzzer: Path, found: Path, *limits: str) -> subprocess.CompletedProcess[str]:
    """Run it from the committed corpus on; new inputs go to `found`."""
    found.mkdir(exist_ok=True)
    command = [str(fuzzer), *limits, f"-max_len={LONGEST_INPUT}", "-print_final_stats=1", str(found), str(CORPUS)]
    return subprocess.run(command, cwd=found.parent, stderr=subprocess.PIPE, text=True, check=False)


def main(runs: str) -> int:
    folder = Path(tempfile.mkdtemp(prefix="link-fuzzer-"))
    done = fuzz(build_fuzzer(folder), folder / "found", f"-runs={runs}")
    print("\n".join(done.stderr.splitlines()[-25:]))
    print(f"found: {folder / 'found'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
