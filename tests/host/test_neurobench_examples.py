"""The network files for data sets of NeuroBench, on small sets in their layouts: noise and tones in the place of what nobody may ship."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_runner import Cli
from sfdfa_codegen.host.network.file import load_network_spec
from wav_files import tone, write_wav

EXAMPLES = Path(__file__).parents[2] / "examples" / "neurobench"
RATE = 16000


def run_python(script: str, *words: str | Path) -> str:
    return subprocess.run(
        [sys.executable, EXAMPLES / script, *map(str, words)], capture_output=True, text=True, check=True
    ).stdout


def small(name: str, folder: Path, *changes: tuple[str, str]) -> Path:
    """A network file of the examples in `folder`, with other texts in it."""
    text = (EXAMPLES / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def clip(path: Path, pitch_hz: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 300, (RATE // 2, 1)).astype(np.int64)
    write_wav(path, tone(pitch_hz, 0.5, rate_hz=RATE) + noise, rate_hz=RATE)


@pytest.mark.slow
def test_wisdm(cli: Cli) -> None:
    rng = np.random.default_rng(1)
    arrays = []
    for count in (140, 7, 70):
        labels = np.arange(count) % 7
        arrays.append((rng.normal(labels[:, None, None], 0.3, (count, 40, 6)), np.eye(7)[labels]))
    np.savez("watch_subset2_40.npz", *(x for x, _ in arrays), *(y for _, y in arrays))
    assert run_python("prepare.py", "wisdm", "watch_subset2_40.npz").strip() == "wisdm.npz"
    small("wisdm", cli.folder, ("neurons = 64", "neurons = 16"))
    found = cli.json("run", "wisdm.toml", "--target", "emu", "--epochs", "2")
    assert (found["train_samples"], found["test_samples"]) == (140, 70)
    assert found["test_accuracy"] > 0.5


@pytest.mark.slow
def test_speech_commands(cli: Cli) -> None:
    words, folder = ("yes", "no"), cli.folder / "speech_commands_v0.02"
    for number, word in enumerate(words):
        for take in range(12):
            clip(folder / word / f"{take}.wav", 400.0 * (number + 1), take)
    clip(folder / "_background_noise_" / "0.wav", 100.0, 0)
    (folder / "testing_list.txt").write_text("".join(f"{word}/{take}.wav\n" for word in words for take in (0, 1, 2)))
    (folder / "validation_list.txt").write_text("yes/3.wav\n")
    run_python("prepare.py", "speech-commands", folder)
    small("speech-commands", cli.folder, ("neurons = 128", "neurons = 16"), ("neurons = 35", "neurons = 2"))
    found = cli.json("run", "speech-commands.toml", "--target", "emu", "--epochs", "2")
    assert (found["train_samples"], found["test_samples"]) == (17, 6)
    assert found["test_accuracy"] > 0.5


@pytest.mark.slow
def test_words_that_come_in_sessions(cli: Cli) -> None:
    folder = cli.folder / "MSWC"
    pitch = 300.0
    for table, words, language, takes in (
        ("base_train", ("one", "two"), "en", 8),
        ("base_test", ("one", "two"), "en", 4),
        ("fr/evaluation", ("trois", "quatre"), "fr", 6),
        ("de/evaluation", ("fünf", "sechs"), "de", 6),
    ):
        lines = ["LINK,WORD,LANGUAGE"]
        pitch = 300.0 if table == "base_test" else pitch
        for word in words:
            pitch *= 1.3
            for take in range(takes):
                name = f"{word}/{table.split('/')[0]}_{take}"
                clip(folder / language / "clips" / f"{name}.wav", pitch, take)
                lines.append(f"{name}.opus,{word},{language}")
        path = folder / f"{table}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    run_python("prepare.py", "mswc", folder)
    file = small("mswc", cli.folder, ("neurons = 256", "neurons = 16"), ("neurons = 200", "neurons = 6"))
    said = run_python("mswc_sessions.py", file, folder, "2").splitlines()
    assert said[0].startswith("base classes: ")
    assert sorted(line.split(":")[0] for line in said[1:]) == ["de", "fr"]
    assert all("new words" in line for line in said[1:])


@pytest.mark.parametrize(("name", "outputs"), [("wisdm", 7), ("speech-commands", 35), ("mswc", 200)])
def test_outputs_are_those_of_the_benchmark(name: str, outputs: int) -> None:
    assert load_network_spec(str(EXAMPLES / f"{name}.toml")).layer_sizes[-1] == outputs
