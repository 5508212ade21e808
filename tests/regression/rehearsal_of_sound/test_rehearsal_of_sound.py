"""A network with a front-end and rehearsal did not compile: two files that become one each had a function of one name.

Nobody had tried both keys together; here every kind of slots is, and must end with the emulator's bits.
"""

from pathlib import Path

import pytest
from sfdfa_codegen.host.cli import run
from wav_files import NETWORK, write_tones


@pytest.mark.parametrize("frontend", ["", "sliding = true", "endpoint = true"])
def test_a_network_of_sound_rehearses(frontend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tones(tmp_path / "data")
    more = f'kind = "mel"\n{frontend}\n[encoding]\nkind = "signed-ttfs"\n[learning]\nrehearsal = 4\n'
    text = NETWORK.format(path="data").replace('kind = "mel"\n', more)
    (tmp_path / "tones.toml").write_text(text, encoding="utf-8")
    words = ["--target", "emu", "--target", "native", "--samples", "8", "--from", "samples"]
    assert run(["compare", str(tmp_path / "tones.toml"), *words]) == 0
    assert "identical" in capsys.readouterr().out
