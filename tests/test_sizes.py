"""docs/SIZES.md says what the compilers of Debian 12 make of the code as it is."""

import re
import shutil
import subprocess
from pathlib import Path

from needs import go_without
from sfdfa_codegen.codegen.toolchain.cross_compilers import GCC_NAMES
from sfdfa_codegen.host.build.sizes import size_table

VERSIONS = {"arm-none-eabi-gcc": "12.2", "riscv64-unknown-elf-gcc": "12.2", "avr-gcc": "5.4"}
TABLE = Path(__file__).parents[1] / "docs" / "SIZES.md"


def compiler_problem() -> str | None:
    """Why the table cannot be made here as it was: another compiler, or none."""
    for name in GCC_NAMES.values():
        if shutil.which(name) is None:
            return f"{name} is not installed"
        version = subprocess.run([name, "-dumpfullversion", "-dumpversion"], capture_output=True, text=True, check=True)
        if not re.match(re.escape(VERSIONS[name]), version.stdout.strip()):
            return f"{name} is version {version.stdout.strip()}, the table was made with {VERSIONS[name]}"
    return None


def test_table_is_what_the_compilers_make() -> None:
    problem = compiler_problem()
    if problem is not None:
        go_without(problem)
    assert size_table() == TABLE.read_text(encoding="utf-8"), (
        "make it again: python -m sfdfa_codegen.host.build.sizes > docs/SIZES.md"
    )
