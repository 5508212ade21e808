"""A simulator ends with the host, even where the host has no time to end it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DEADLINE_S = 20.0
HOST = """
import time
from sfdfa_codegen.host.simulators.process import SimulatorProcess
process = SimulatorProcess(("sh", "-c", "echo pid $$; exec sleep 1000"), "nothing")
print(process.wait_for("pid", 10.0), flush=True)
time.sleep(1000)
"""


def runs(pid: int) -> bool:
    """Whether a process is there and not only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_simulator_ends_with_a_host_that_is_killed() -> None:
    """QEMU used to stay behind, at full load."""
    with subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        simulator = int(host.stdout.readline().split()[1])
        assert runs(simulator)
        os.kill(host.pid, signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_S
    while runs(simulator) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(simulator)
