"""`sfdfa-codegen doctor`: what is installed, and what is missing."""

import importlib.util
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import click
from sfdfa_codegen.codegen.cache import MOST_BYTES, cache_bytes, cache_folder
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.data.locate import DATA_VARIABLE
from sfdfa_codegen.host.report import Report


@dataclass(frozen=True)
class _Finding:
    what: str
    found: str | None
    advice: str


@click.command("doctor")
@json_option
def doctor_command(json_file: str | None) -> None:
    """Say what is installed, what is missing and how to get it."""
    report = Report(json_file)
    findings = [
        _Finding("sfdfa-codegen", tool_version(), ""),
        _Finding("python", f"{platform.python_version()} at {sys.executable}", ""),
        _compiler(),
        _extra("tonic", "tonic", "datasets"),
        _extra("zig, a C compiler from PyPI", "ziglang", "toolchain"),
        _extra("matplotlib", "matplotlib", "plots"),
        _data_folder(),
        _cache(),
    ]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        report.line(f"{finding.what:<{width}}  {finding.found or f'missing: {finding.advice}'}")
    report.finish(
        {"findings": [{"what": f.what, "found": f.found, "advice": None if f.found else f.advice} for f in findings]}
    )


def _compiler() -> _Finding:
    try:
        return _Finding("C compiler of this machine", find_host_compiler().name, "")
    except SfdfaError as error:
        return _Finding("C compiler of this machine", None, str(error))


def _extra(what: str, module: str, extra: str) -> _Finding:
    found = "installed" if importlib.util.find_spec(module) is not None else None
    return _Finding(what, found, f"pip install 'sfdfa-codegen[{extra}]'")


def _data_folder() -> _Finding:
    folder = data_folder()
    advice = f"set {DATA_VARIABLE} to a folder of data sets, or put them in {cache_folder()}"
    return _Finding(f"data sets ({DATA_VARIABLE})", folder, advice)


def _cache() -> _Finding:
    """What is made once and kept, which may be removed at any time."""
    folder = cache_folder()
    size = f"{cache_bytes(folder) / 1e6:.0f} MB in {folder}; each kind keeps at most {MOST_BYTES >> 20} MiB, and all may be removed"
    return _Finding("cache of compiled files", size, "")


def data_folder() -> str | None:
    """$SFDFA_DATA if it is a folder."""
    folder = os.environ.get(DATA_VARIABLE)
    return folder if folder and Path(folder).is_dir() else None
