"""Images by zig's clang from PyPI, where no GCC is installed: the same samples, the same state."""

import importlib.util

import pytest
from needs import need_target
from networks import make_network, make_samples
from sfdfa_codegen.codegen.toolchain import cross_compilers
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.host.devices.emu import EmuDevice

TARGETS = ("qemu-microbit", "unicorn-cortex-m4", "qemu-sifive-e")
"""A Cortex-M0, which divides in the compiler's library, and interrupts by NVIC and by PLIC."""


@pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="ziglang is not installed (PyPI)")
@pytest.mark.parametrize("name", TARGETS)
def test_board_learns_the_same(name: str, monkeypatch: pytest.MonkeyPatch, user_cache: object) -> None:
    target = need_target(name)
    assert target.board is not None
    monkeypatch.setattr(cross_compilers, "GCC_NAMES", dict.fromkeys(cross_compilers.GCC_NAMES, "no-such-gcc"))
    assert find_cross_compiler(target.board.architecture).name == "zig cc"
    network = make_network(20, 12, 4)
    samples = make_samples(network, 20)
    with target.open(network) as device, EmuDevice(network) as emulator:
        device.run_samples(samples, True)
        emulator.run_samples(samples, True)
        assert device.state_crc() == emulator.state_crc()
