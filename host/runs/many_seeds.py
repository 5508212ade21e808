"""The same run with several seeds, each in a process of its own, some at once."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError
from sfdfa_codegen.host.child_process import end_with_parent

MOST_SEEDS: Final = 1000
_COMMAND: Final = (sys.executable, "-c", "from sfdfa_codegen.host.entry import main; main()")


class SeedFailedError(SfdfaError):
    """A run failed; it ends as that run ended."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


def seeds_of(text: str) -> tuple[int, ...]:
    """ "11:13" is 11, 12 and 13, and "1,5,9" these three. Raises ConfigError for anything else."""
    try:
        if ":" in text:
            first, last = (int(part) for part in text.split(":"))
            seeds = tuple(range(first, min(last, first + MOST_SEEDS) + 1))
        else:
            seeds = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--seeds {text}: write 11:13 for the seeds 11 to 13, or 1,5,9") from error
    if not seeds or len(set(seeds)) < len(seeds) or not all(0 <= seed < 2**32 for seed in seeds):
        raise ConfigError(
            f"--seeds {text}: must be different whole numbers from 0 to 2^32 - 1, the first one of A:B the smaller"
        )
    if len(seeds) > MOST_SEEDS:
        raise ConfigError(f"--seeds {text}: at most {MOST_SEEDS}")
    return seeds


def run_seeds(
    words: Sequence[str], seeds: Sequence[int], jobs: int, progress: Callable[[int, int, dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """The JSON of `run` with `words` and each seed, in the order of the seeds. progress: seed, how many are done, and what it came to.

    Raises SeedFailedError with what the first run that failed said; the others are then ended.
    """
    running: set[subprocess.Popen[str]] = set()

    def run(seed: int) -> dict[str, Any]:
        command = [*_COMMAND, "run", *words, "--seed", str(seed), "--json", "-"]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  (one call of the kernel that takes no lock)
        ) as process:
            running.add(process)
            out, err = process.communicate()
            running.discard(process)
        if process.returncode:
            said = err.strip().splitlines()
            what = said[-1].removeprefix("error: ") if said else "it said nothing"
            raise SeedFailedError(f"seed {seed}: {what}", max(1, process.returncode))
        values = json.loads(out)
        assert isinstance(values, dict)
        return values

    found: dict[int, dict[str, Any]] = {}
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(run, seed): seed for seed in seeds}
        try:
            for future in as_completed(waiting):
                found[waiting[future]] = future.result()
                progress(waiting[future], len(found), found[waiting[future]])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                process.terminate()
            raise
    return [found[seed] for seed in seeds]
