"""What is tried so that nothing learned is lost, in one table: damaged files, calls of the library, bytes on the line, runs over lines that fail, power cuts.

    python benchmarks/survival.py --quick      a minute: a little of each
    python benchmarks/survival.py --full       a day: the numbers of SECURITY.md
    python benchmarks/survival.py --full link-executions power-cuts

Each row is one of the scripts in tests/, which says more while it runs and can be run by itself. The exit status is 1 if any of them found something.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

TESTS: Final = Path(__file__).parents[1] / "tests"


@dataclass(frozen=True)
class Trial:
    """A script and how often it tries, as a little and as the issue of the project wants it. found: the part of its output that is its result."""

    script: str
    quick: int
    full: int
    found: str
    more: tuple[str, ...] = ()
    says: str = "{}"
    """What is told of the groups that were found."""

    def words(self, full: bool) -> tuple[str, ...]:
        return (self.script, str(self.full if full else self.quick), *self.more)


FAULT_ROW: Final = r"^{} +(\d+) +(\d+) +(\d+) +(\d+) +(\S+)$"
FAULTS_SAY: Final = "{} runs, {} of them resumed, {} faults, {} frames sent again; a damaged exchange took at most {} times a run without faults"
TRIALS: Final = {
    "damaged-files": Trial("mutated_files.py", 140, 20_000, r"^(\d+ damaged files.*)$", ("11",)),
    "library-calls": Trial("library_calls.py", 50_000, 10_000_000, r"^(\d+ library calls.*)$", ("7",)),
    "link-executions": Trial(
        "link_fuzzer.py", 5_000, 10_000_000, r"number_of_executed_units: *(\d+)", says="{} executions, nothing found"
    ),
    **{
        f"fault-runs-{target}": Trial("fault_runs.py", 13, 3_000, FAULT_ROW.format(target), (target,), FAULTS_SAY)
        for target in ("pipe", "pico-sim", "simavr-atmega1284p", "qemu-mps2-an385", "qemu-riscv-virt")
    },
    "lying-devices": Trial("lying_device.py", 60, 3_000, r"^(\d+ devices that lie.*)$"),
    "power-cuts": Trial("power_cuts.py", 500, 100_000, r"^(\d+ cuts over.*)$"),
}
NOT_QUICK: Final = ("fault-runs-simavr-atmega1284p", "fault-runs-qemu-mps2-an385", "fault-runs-qemu-riscv-virt")
"""Left out with --quick, unless they are named."""


def tried(trial: Trial, full: bool) -> tuple[bool, str]:
    """Whether it ended well, and its result, else the last that it said."""
    done = subprocess.run(
        [sys.executable, str(TESTS / trial.script), *trial.words(full)[1:]], capture_output=True, text=True, check=False
    )
    result = re.search(trial.found, done.stdout, re.MULTILINE)
    if done.returncode or result is None:
        return False, "FAILED: " + ((done.stderr or done.stdout).strip().splitlines() or ["it said nothing"])[-1]
    return True, trial.says.format(*result.groups())


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(tuple(TRIALS)), metavar="[TRIAL]...")
@click.option(
    "--full/--quick", default=False, help="The numbers of SECURITY.md, which take a day; else a little of each."
)
def main(names: tuple[str, ...], full: bool) -> None:
    """Try what SECURITY.md says is tried: all of it, or some trials."""
    chosen = names or tuple(name for name in TRIALS if full or name not in NOT_QUICK)
    print("| trial | command | result | seconds |\n|---|---|---|---:|")
    failed = False
    for name in chosen:
        begun = time.monotonic()
        good, result = tried(TRIALS[name], full)
        failed = failed or not good
        command = f"python tests/{' '.join(TRIALS[name].words(full))}"
        print(f"| {name} | `{command}` | {result} | {time.monotonic() - begun:.0f} |", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
