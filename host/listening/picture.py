"""One recording as a figure: wave, values of frames, input events, spikes and decision."""

import io
from pathlib import Path

import numpy as np
from sfdfa_codegen.codegen.frontend import LOG_UNIT
from sfdfa_codegen.host.listening.hearing import Heard, Recording
from sfdfa_codegen.host.outputs import write_whole


def draw(path: Path, title: str, recording: Recording, heard: Heard, names: tuple[str, ...], score: str) -> None:
    """Into a .png or .svg file. Call `check_plot` first. Raises OutputError if it cannot be written."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 9.0), layout="constrained")
    wave, frames, events, spikes, decision = figure.subplots(5)
    figure.suptitle(title)
    seconds = recording.seconds
    wave.plot(np.arange(len(recording.samples)) / recording.rate_hz, recording.samples, linewidth=0.5)
    wave.set(ylabel="sample", xlabel="time (s)", xlim=(0, seconds))
    image = frames.imshow(
        heard.frames.T / LOG_UNIT, aspect="auto", origin="lower", extent=(0, seconds, -0.5, heard.frames.shape[1] - 0.5)
    )
    frames.set(ylabel="value of a frame", xlabel="time (s)")
    figure.colorbar(image, ax=frames, label="octaves of power")
    events.plot(heard.event_ticks, heard.event_channels, "|", markersize=3)
    events.set(ylabel="input channel", xlabel="tick")
    ticks, neurons = np.nonzero(heard.spikes)
    spikes.plot(ticks, neurons, "|", markersize=3)
    spikes.set(ylabel="neuron of layer 1", xlabel="tick", xlim=(-0.5, len(heard.spikes) - 0.5))
    decision.bar(range(len(names)), heard.scores)
    decision.set(ylabel=score, xlabel=f"decision: {names[heard.prediction]}")
    decision.set_xticks(range(len(names)), names)
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."), dpi=150)
    write_whole(path, drawn.getvalue())
