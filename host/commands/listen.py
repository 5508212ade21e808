"""`sfdfa-codegen listen`."""

from pathlib import Path
from typing import Final

import click
import numpy as np
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.host.commands.completion import completed_network
from sfdfa_codegen.host.commands.json_output import json_option
from sfdfa_codegen.host.commands.options import learned_option, seed_option, weights_option
from sfdfa_codegen.host.listening.hearing import frontend_of, hear, read_recording
from sfdfa_codegen.host.listening.microphone import recordings_of_microphone
from sfdfa_codegen.host.listening.picture import draw
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report
from sfdfa_codegen.host.runs.learning_curve import check_plot

USUAL_NETWORK: Final = "fsdd-mel"
BEST_SHOWN: Final = 3
NOTHING_LEARNED: Final = "note: this network has learned nothing; give it what run --state-out wrote, with --state"


@click.command("listen")
@click.argument("words", nargs=-1, metavar="[NETWORK] FILE.wav", shell_complete=completed_network)
@click.option(
    "--microphone",
    is_flag=True,
    help="Listen to this machine's microphone instead of a file, until Ctrl-C; needs the extra microphone.",
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), help="With --microphone: end after so much was heard."
)
@learned_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw wave, values of frames, events, spikes and decision into a .png or .svg file; needs matplotlib.",
)
@weights_option
@seed_option
@json_option
def listen_command(
    words: tuple[str, ...],
    microphone: bool,
    seconds: float | None,
    state: Path | None,
    out: Path | None,
    weights: Path | None,
    seed: int | None,
    json_file: str | None,
) -> None:
    """Show what NETWORK makes of the recording FILE.wav: its front-end's frames, events, spikes and decision. NETWORK left out is fsdd-mel.

    With --microphone it decides what was heard last, four times in the length of a recording.
    """
    if len(words) > 2 - microphone:
        raise click.UsageError(
            "listen takes one recording: listen [NETWORK] FILE.wav, or listen [NETWORK] --microphone"
        )
    if not words and not microphone:
        raise click.UsageError("name a WAV recording, or give --microphone")
    if microphone and out is not None:
        raise click.UsageError("--out draws one recording; leave out --microphone, or --out")
    if seconds is not None and not microphone:
        raise click.UsageError("--seconds goes with --microphone; a file ends by itself")
    report = Report(json_file)
    if out is not None:
        check_plot(out)
    file = None if microphone else Path(words[-1])
    if file is not None and not file.is_file():
        raise DataError(f"{file}: there is no such file; name a WAV recording")
    named = words if microphone else words[:-1]
    prepared = prepare(load_spec(named[0] if named else USUAL_NETWORK, seed), weights, state)
    has_learned = state is not None or weights is not None
    if file is not None:
        _listen_to_file(report, prepared, file, out, has_learned)
        return
    if not has_learned:
        report.line(NOTHING_LEARNED)
    _listen_live(report, prepared, seconds)


def _listen_to_file(report: Report, prepared: Prepared, file: Path, out: Path | None, has_learned: bool) -> None:
    integer_network = prepared.integer_network
    frontend = frontend_of(integer_network)
    recording = read_recording(file, frontend)
    heard = hear(integer_network, recording)
    names = class_names(prepared)
    score = "probability" if integer_network.integrates else "spikes"
    report.line(
        f"{file}: {recording.seconds:.2f} s at {recording.rate_hz:g} samples a second, {len(heard.frames)} frames of {frontend.kind}"
    )
    for note in recording.notes:
        report.line(f"note: {note}")
    report.line(
        f"{len(heard.event_ticks)} input events, {int(heard.spikes.sum())} spikes of layer 1 in {len(heard.spikes)} ticks"
    )
    best = np.argsort(-heard.scores, kind="stable")[:BEST_SHOWN]
    others = ", ".join(f"{names[index]} {heard.scores[index]:.3g}" for index in best)
    report.line(f"decision: {names[heard.prediction]} ({score}: {others})")
    if not has_learned:
        report.line(NOTHING_LEARNED)
    if out is not None and report.output(lambda: draw(out, file.name, recording, heard, names, score)):
        report.line(f"picture in {out}")
    report.finish(
        {
            "network": prepared.spec.name,
            "file": str(file),
            "seconds": recording.seconds,
            "rate_hz": recording.rate_hz,
            "notes": list(recording.notes),
            "frames": len(heard.frames),
            "input_events": len(heard.event_ticks),
            "hidden_spikes": int(heard.spikes.sum()),
            "prediction": heard.prediction,
            "class": names[heard.prediction],
            "score": score,
            "scores": dict(zip(names, heard.scores.tolist(), strict=True)),
        }
    )


def class_names(prepared: Prepared) -> tuple[str, ...]:
    """As the data set has them; else numbers."""
    return prepared.data.class_names or tuple(map(str, range(prepared.integer_network.outputs)))


def _listen_live(report: Report, prepared: Prepared, seconds: float | None) -> None:
    """A line for each decision, until Ctrl-C or as many seconds were heard."""
    network, names = prepared.integer_network, class_names(prepared)
    recordings = recordings_of_microphone(frontend_of(network))
    counts = dict.fromkeys(names, 0)
    heard_s, notes = 0.0, set[str]()
    try:
        for heard_s, recording in recordings:
            heard = hear(network, recording)
            name = names[heard.prediction]
            counts[name] += 1
            report.line(f"{heard_s:6.1f} s  {name}  {heard.scores[heard.prediction]:.3g}")
            for note in set(recording.notes) - notes:
                report.line(f"note: {note}")
                notes.add(note)
            if seconds is not None and heard_s >= seconds:
                break
    except KeyboardInterrupt:
        report.line("stopped")
    finally:
        recordings.close()
    report.finish({"network": prepared.spec.name, "seconds": heard_s, "notes": sorted(notes), "decisions": counts})
