"""The fuzzer of the link: its corpus always, with the sanitizers of an ordinary compiler; and a few seconds of fuzzing where there is libFuzzer."""

import subprocess
from pathlib import Path

import pytest
from link_fuzzer import CORPUS, build_fuzzer, build_replay, can_fuzz, fuzz
from needs import go_without, need_tool

SECONDS = 4


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_corpus_replays_without_a_finding(compiler: str, tmp_path: Path) -> None:
    need_tool(compiler)
    inputs = sorted(map(str, CORPUS.iterdir()))
    done = subprocess.run(
        [str(build_replay(tmp_path, compiler)), *inputs], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{len(inputs)} inputs\n"


def test_a_few_seconds_of_fuzzing_find_nothing(tmp_path: Path) -> None:
    if not can_fuzz(tmp_path):
        go_without("clang with libFuzzer is not installed (apt: clang)")
    build = tmp_path / "build"
    done = fuzz(build_fuzzer(build), tmp_path / "found", f"-max_total_time={SECONDS}", "-seed=1")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "stat::number_of_executed_units" in done.stderr
