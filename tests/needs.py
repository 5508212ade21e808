"""What a test needs of the machine: without it the test is skipped, but on CI it fails, for there everything is installed."""

import os
import shutil
from collections.abc import Callable
from typing import NoReturn, TypeVar

import pytest
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.host.devices.targets import Target, find_target

Found = TypeVar("Found")


def go_without(reason: str) -> NoReturn:
    """Skip the test, or let it fail on CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(find: Callable[[], Found]) -> Found:
    """What `find` returns, unless it says that something is missing."""
    try:
        return find()
    except SfdfaError as error:
        go_without(str(error))


def need_tool(name: str) -> str:
    """The path of a command."""
    return shutil.which(name) or go_without(f"{name} is not installed")


def need_target(name: str) -> Target:
    """A target with all that it is built and run by."""
    target = find_target(name)
    problem = target.problem()
    return target if problem is None else go_without(problem)
