"""The search: Optuna's study over trials, kept in a folder, in this process or in several."""

import hashlib
import importlib
import json
import multiprocessing
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.errors import ConfigError, SfdfaError, ToolMissingError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.child_process import leave_interrupts_to_parent
from sfdfa_codegen.host.regular_file import check_regular
from sfdfa_codegen.host.tuning.space import Values, start, suggest
from sfdfa_codegen.host.tuning.trial import DoesNotFitBudgetError, Task, Trials

if TYPE_CHECKING:
    import optuna

STORAGE: Final = "study.log"
STUDY: Final = "tune"
DAMAGED: Final = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError)
"""What Optuna raises for a journal that is none, or a part of one."""
TASK: Final = "task"
"""The attribute of a study that says what it is of."""
ENDED: Final = ("COMPLETE", "PRUNED")
FILE: Final = "file"
"""The attribute of a trial that is the file as it stands."""
RANDOM_TRIALS: Final = 8
"""Before the sampler looks at what was found."""
UNJUDGED_TRIALS: Final = 5
UNJUDGED_PASSES: Final = 1
"""Before the pruner ends a trial that is below the median of the others after as many passes."""
POLL_S: Final = 0.5

Progress = Callable[[int, float | None], None]
"""Called with the trials finished and the best accuracy so far."""


@dataclass(frozen=True)
class Tried:
    """A finished trial. values: of keys of the network file. reason: why it was ended early, or None; then there is an accuracy."""

    number: int
    values: Values
    accuracy: float | None
    ram: int | None
    cycles: float | None
    reason: str | None
    seconds: float
    is_file: bool = False
    """Whether it is the network file as it stands."""


def check_tools() -> None:
    """Raises ToolMissingError without Optuna and tomlkit."""
    for module in ("optuna", "tomlkit"):
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise ToolMissingError(f"tune needs {module}: pip install 'sfdfa-codegen[tune]' ({error})") from error


def search(task: Task, folder: Path, trials: int, jobs: int, progress: Progress) -> list[Tried]:
    """Run trials until so many are finished, with those that the folder has from earlier times; returns all of them.

    Raises ConfigError if the folder holds those of another network or budget.
    """
    study = _study(task, folder)
    _check_same(study, task)
    if not _has_file(study):
        _enqueue_file(study, task)
    if jobs == 1:
        runner, spec = Trials(task), task.spec
        while len(finished(study)) < trials:
            _run_one(study, runner, spec)
            progress(*_so_far(study))
    else:
        missing = trials - len(finished(study))
        _in_processes(task, folder, missing, jobs, lambda: progress(*_so_far(study)))
    return finished(study)


def finished(study: "optuna.Study") -> list[Tried]:
    """All trials that came to an end, in their order. One that was interrupted is none."""
    return [_tried(trial) for trial in study.get_trials() if trial.state.name in ENDED]


def _tried(trial: "optuna.trial.FrozenTrial") -> Tried:
    found = trial.user_attrs
    pruned = trial.state.name != "COMPLETE"
    seconds = 0.0 if trial.duration is None else trial.duration.total_seconds()
    return Tried(
        trial.number,
        json.loads(found["values"]),
        None if pruned else trial.value,
        found.get("ram"),
        found.get("cycles"),
        found.get("reason", "ended early") if pruned else None,
        seconds,
        FILE in found,
    )


def _so_far(study: "optuna.Study") -> tuple[int, float | None]:
    found = finished(study)
    return len(found), max((one.accuracy for one in found if one.accuracy is not None), default=None)


def _study(task: Task, folder: Path, worker: int = 0) -> "optuna.Study":
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / STORAGE).exists():
            check_regular(folder / STORAGE)
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder / STORAGE)))
        study = optuna.create_study(storage=storage, study_name=STUDY, direction="maximize", load_if_exists=True)
        trials = len(study.get_trials(deepcopy=False))
    except OSError as error:
        raise ConfigError(f"cannot keep trials in {folder}: {error.strerror}; say where with --folder") from error
    except DAMAGED as error:
        raise ConfigError(
            f"{folder / STORAGE} is damaged ({error!r}); move it away to begin anew, or say another folder with --folder"
        ) from error
    seed = [task.spec.seed, worker, trials]
    study.sampler = optuna.samplers.TPESampler(
        seed=int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:4], "little"),
        n_startup_trials=RANDOM_TRIALS,
        constant_liar=True,
    )
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=UNJUDGED_TRIALS, n_warmup_steps=UNJUDGED_PASSES)
    return study


def _check_same(study: "optuna.Study", task: Task) -> None:
    board = None if task.board is None else task.board.name
    parts = (tool_version(), task.text, task.budget, task.epochs, board)
    same = hashlib.sha256(repr(parts).encode()).hexdigest()
    if study.user_attrs.setdefault(TASK, same) != same:
        raise ConfigError(
            "this folder holds trials of another network file, budget, board or number of passes; name another with --folder"
        )
    study.set_user_attr(TASK, same)


def _has_file(study: "optuna.Study") -> bool:
    """Whether the file as it stands has been tried, or waits to be. One that was interrupted is tried again."""
    tried = [trial for trial in study.get_trials(deepcopy=False) if FILE in trial.user_attrs]
    return any(trial.state.name in (*ENDED, "WAITING") for trial in tried)


def _enqueue_file(study: "optuna.Study", task: Task) -> None:
    """The next trial is the file as it stands."""
    trials = Trials(task)
    study.enqueue_trial(start(task.spec, trials.raw, trials.encoding_of_file()), user_attrs={FILE: True})


def _run_one(study: "optuna.Study", runner: Trials, spec: Any) -> None:
    import optuna

    def objective(trial: "optuna.Trial") -> float:
        values = suggest(trial, spec, runner.raw) | runner.passes()
        trial.set_user_attr("values", json.dumps(values))

        def after_pass(number: int, accuracy: float) -> None:
            trial.report(accuracy, number)
            if trial.should_prune():
                trial.set_user_attr("reason", f"below the median after pass {number}: {100 * accuracy:.1f} %")
                raise optuna.TrialPruned

        try:
            result = runner.run(values, after_pass)
        except DoesNotFitBudgetError as error:
            trial.set_user_attr("reason", str(error))
            raise optuna.TrialPruned from error
        trial.set_user_attr("ram", result.ram)
        trial.set_user_attr("cycles", result.cycles)
        return result.accuracy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.optimize(objective, n_trials=1)


def _in_processes(task: Task, folder: Path, missing: int, jobs: int, after: Callable[[], None]) -> None:
    """So many trials as are missing, and no more. Raises what a process died of."""
    context = multiprocessing.get_context("spawn")
    errors = context.Queue()
    left = context.Semaphore(max(0, missing))
    workers = [
        context.Process(target=_worker, args=(task, folder, left, k + 1, errors)) for k in range(min(jobs, missing))
    ]
    try:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            time.sleep(POLL_S)
            after()
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    if not errors.empty():
        raise errors.get()
    if any(worker.exitcode for worker in workers):
        raise ConfigError("a process of the search ended without a word; is there enough memory? Try fewer --jobs")


def _worker(task: Task, folder: Path, left: Any, number: int, errors: Any) -> None:
    leave_interrupts_to_parent()
    try:
        runner, study = Trials(task), _study(task, folder, number)
        while left.acquire(block=False):
            _run_one(study, runner, task.spec)
    except SfdfaError as error:
        errors.put(error)


def board_of(target: str) -> Board:
    """The board whose cycles count. Raises ConfigError for a target that is none."""
    from sfdfa_codegen.host.devices.targets import find_target

    board = find_target(target).board
    if board is None:
        raise ConfigError(f"--target {target} is no board or simulator of one; try unicorn-cortex-m4 or pico-sim")
    return board
