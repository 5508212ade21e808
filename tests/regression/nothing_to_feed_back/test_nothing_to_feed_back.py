"""An unoptimised build of a network without hidden layers or feedback did not link, and pointed past a table that is not there.

The optimiser had removed what asked for it. So: every C file without optimisation, and a program that needs all of them.
"""

from pathlib import Path

import pytest
from networks import make_integrator, make_network
from sfdfa_codegen.codegen.cores import Core, compiled_files, runtime_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler

PROGRAM = """#include "sfdfa.h"
static sfdfa_t net;
int main(void)
{
    sfdfa_result_t result;
    return sfdfa_init(&net) + sfdfa_sample_begin(&net, true) + sfdfa_sample_end(&net, 0, &result);
}
"""


@pytest.mark.parametrize("network", [make_network(2, 2), make_integrator(2, 2)], ids=["counts", "integrator"])
@pytest.mark.parametrize("core", ["words", "compact"])
def test_it_links(core: Core, network: IntegerNetwork, tmp_path: Path) -> None:
    sources = runtime_sources(network, (core,))
    write_sources({**sources, "main.c": PROGRAM}, tmp_path)
    files = [str(tmp_path / path) for path in ("main.c", *compiled_files(sources))]
    find_host_compiler().run(["-std=c11", "-O0", "-I", str(tmp_path), *files, "-o", str(tmp_path / "program")])
