"""A study that was ended by SIGTERM or SIGHUP left its processes behind: they computed on, or waited for work for ever.

Only Ctrl-C ended them. Now the kernel ends every process of the host with it: those of studies, of `tune`, of `run --seeds`, and simulators.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HOSTS = {
    "pool": """
from concurrent.futures import ProcessPoolExecutor
import multiprocessing, time
from sfdfa_codegen.host.child_process import leave_interrupts_to_parent
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=leave_interrupts_to_parent) as pool:
        waiting = pool.submit(time.sleep, 60)
        time.sleep(0.2)
        while not waiting.running():
            time.sleep(0.05)
        print(next(iter(pool._processes)), flush=True)
        waiting.result()
""",
    "program": """
import subprocess, time
from sfdfa_codegen.host.child_process import end_with_parent
print(subprocess.Popen(["sleep", "60"], preexec_fn=end_with_parent).pid, flush=True)
time.sleep(60)
""",
}


def is_there(pid: int) -> bool:
    """And no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do that")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("host", HOSTS)
def test_it_ends_with_the_host(host: str, number: int, tmp_path: Path) -> None:
    script = tmp_path / "host.py"
    script.write_text(HOSTS[host])
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert is_there(worker)
        os.kill(process.pid, number)
    for _ in range(600):  # a worker that has just begun ends when it asks for it
        if not is_there(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("it outlives its host")
