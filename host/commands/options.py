"""Options and arguments that several commands share."""

from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from sfdfa_codegen.codegen.errors import ConfigError
from sfdfa_codegen.codegen.mesh.mesh_map import MOST_CORES
from sfdfa_codegen.host.build.kinds import SPINNAKER_TARGET
from sfdfa_codegen.host.commands.completion import completed, completed_network
from sfdfa_codegen.host.devices.device import Device
from sfdfa_codegen.host.devices.mesh_kinds import DEFAULT_CORES, MESH_TARGETS, USUAL_SIZE, MeshSize
from sfdfa_codegen.host.devices.targets import (
    TARGETS,
    Target,
    find_target,
    keeping,
    own_target,
)

Command = Callable[..., Any]


class RenamedOption(click.Option):
    """An option whose second name is an old one: understood, and not shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        shown = copy(self)
        shown.opts = self.opts[:1]
        return click.Option.get_help_record(shown, ctx)


network_argument = click.argument("network", required=False, metavar="[NETWORK]", shell_complete=completed_network)
seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of initial weights and of all randomness while learning; left out, the network file's.",
)
port_option = click.option(
    "--port",
    metavar="PORT",
    help="Where a real board is: a serial port such as /dev/ttyACM0, tcp://HOST:PORT or unix:PATH.",
)
weights_option = click.option(
    "--weights",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Start from weights written by train instead of fresh ones.",
)
state_option = click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Build in what run --state-out wrote: the network starts from it, after every reset too.",
)
learned_option = click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What run --state-out wrote: the weights that were learned.",
)


def step_option(help_text: str) -> Callable[[Command], Command]:
    """`--dt`: the step of another framework."""
    return click.option(
        "--dt",
        "dt_s",
        type=click.FloatRange(min=0, min_open=True),
        default=1e-4,
        show_default=True,
        metavar="SECONDS",
        help=help_text,
    )


epochs_option = click.option(
    "--epochs",
    type=click.IntRange(min=0),
    metavar="E",
    help="Passes over the training samples; left out, the network file's.",
)
learn_option = click.option(
    "--learn/--no-learn",
    default=True,
    show_default=True,
    help="With --no-learn everything is only predicted. Where the data set has stream segments, the network still learns its "
    "training samples and is frozen for the stream.",
)
validate_option = click.option(
    "--validate",
    is_flag=True,
    help="Test on [data] validation of the training set, which is then not learned: to try settings, of which the test set must not know.",
)
plot_option = click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the learning curve into a .png or .svg file; needs matplotlib.",
)
page_option = click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what it came to as a page, an .html file that needs nothing else; needs matplotlib.",
)

board_option = click.option(
    "--board",
    "own_board",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A board of your own in place of a --target, described in a .toml file as the guide says.",
)


cores_option = click.option(
    "--cores",
    type=click.IntRange(1, MOST_CORES),
    metavar="N",
    help=f"mesh: on so many cores; left out, {DEFAULT_CORES}, or to build, the fewest that fit.",
)


core_memory_option = click.option(
    "--core-memory",
    type=click.IntRange(1, 1 << 30),
    metavar="BYTES",
    help="mesh: data memory of a core. With --cores left out, the fewest cores are taken that fit.",
)


map_option = click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="mesh: what each core has, as the mesh.json of build --target mesh says.",
)


def check_mesh_size(size: MeshSize, targets: Iterable[str]) -> None:
    """Raises ConfigError for --cores, --core-memory or --map without the target that has some, or for --map with the others."""
    if size.map_file is not None and (size.cores is not None or size.core_bytes is not None):
        raise ConfigError("--map says what each core has: leave --cores and --core-memory out")
    if size.given and not {*MESH_TARGETS, SPINNAKER_TARGET} & set(targets):
        option = "--cores" if size.cores is not None else "--core-memory" if size.map_file is None else "--map"
        raise ConfigError(f"{option} is for --target {', '.join((*MESH_TARGETS, SPINNAKER_TARGET))}: leave it out")


persist_option = click.option(
    "--persist",
    type=click.IntRange(1, 2**31 - 1),
    metavar="N",
    help="Keep what was learned in a board's flash or EEPROM, or in a file of this machine (native), with a snapshot every N learned samples.",
)


brown_out_option = click.option(
    "--brown-out",
    is_flag=True,
    help="With --persist: also when the board tells that its supply is going, with the next slot erased ahead.",
)


def choose_target(
    name: str | None,
    own_board: Path | None,
    port: str | None = None,
    size: MeshSize = USUAL_SIZE,
    persist: int | None = None,
    brown_out: bool = False,
) -> Target:
    """The target of --target, or of --board where that is given; with --persist one that keeps what it learns.

    Raises ConfigError for both, for what is none, or for --persist where nothing outlives the power. size: of a mesh. brown_out: of --brown-out.
    """
    if brown_out and persist is None:
        raise ConfigError("--brown-out is for --persist N: give that too")
    target = _choose(name, own_board, port, size)
    return target if persist is None else keeping(target, persist, brown_out)


def _choose(name: str | None, own_board: Path | None, port: str | None, size: MeshSize) -> Target:
    check_mesh_size(size, () if own_board is not None or name is None else (name,))
    if own_board is None:
        if name is None:
            raise ConfigError("no board is given: name it with --target BOARD, or describe it with --board FILE")
        return find_target(name, size)
    if click.get_current_context().get_parameter_source("target") is ParameterSource.COMMANDLINE:
        raise ConfigError("--board and --target both say where to: leave one of them out")
    return own_target(own_board, port)


def target_option(multiple: bool = False, others: Iterable[str] = ()) -> Callable[[Command], Command]:
    """`--target`, once or more often. others: what a command takes besides the targets that run a network. The name is checked by `find_target`, which says what there is."""
    return click.option(
        "--target",
        "targets" if multiple else "target",
        multiple=multiple,
        default=("emu", "native") if multiple else "emu",
        show_default=True,
        metavar="TARGET",
        shell_complete=completed(lambda: (*others, *TARGETS)),
        help=("Give it once for each target. " if multiple else "") + f"One of {', '.join((*others, *TARGETS))}.",
    )


from_option = click.option(
    "--from",
    "source",
    type=click.Choice(["samples", "readings", "events"]),
    help="What a target is given: samples of the sensor, of which it makes the readings itself, where the network has a [frontend]; readings, of which it "
    "makes the events itself; or the events. Left out, readings where the network has features and the target takes them, but events for the emulator.",
)


def feed(device: Device, target: str, source: str | None) -> None:
    """Give a device, opened as `target`, what `--from` says. Raises ConfigError for readings or samples where there are none, or the device takes none."""
    if source == "samples" and not device.takes_samples:
        reason = f"{target} takes none" if device.network.frontend else f"{device.network.name} has no [frontend]"
        raise ConfigError(f"--from samples: {reason}; leave --from out")
    device.from_samples = source == "samples"
    if source == "readings" and device.network.encoder is None:
        raise ConfigError(f"--from readings: {device.network.name} takes events, it has no features; leave --from out")
    device.from_readings = target != "emu" if source is None else source == "readings"


def sample_count(name: str, help_text: str, default: int | None = None) -> Callable[[Command], Command]:
    """An option that takes a number of samples; `--train` is the parameter train_samples."""
    return click.option(
        name,
        f"{name.removeprefix('--')}_samples",
        type=click.IntRange(min=0),
        default=default,
        show_default=default is not None,
        metavar="N",
        help=help_text,
    )
