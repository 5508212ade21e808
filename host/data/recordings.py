"""Recordings to readings, many at a time: section 14 of docs/ARITHMETIC.md."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.frontend import (
    LARGEST_GROUP,
    LOG_UNIT,
    VECTOR,
    Frontend,
    cosines,
    hann,
    logarithms,
    sines,
)
from sfdfa_codegen.host.data.utterance import find_utterance

Int16 = NDArray[np.int16]
Int64 = NDArray[np.int64]
FRAMES_AT_ONCE = 2048
LOG = np.array(logarithms(), dtype=np.int64)


def readings_of(
    frontend: Frontend,
    samples: Int16,
    offsets: Int64,
    progress: Callable[[int], None] | None = None,
) -> NDArray[np.int16]:
    """Readings (recordings, features) of recordings `samples[offsets[k] : offsets[k + 1]]`, (samples, axes); none is empty.

    progress: told how many recordings are done.
    """
    found = np.empty((len(offsets) - 1, frontend.features), dtype=np.int16)
    for index in range(len(found)):
        found[index] = _readings(frontend, _slots_of(frontend, samples[offsets[index] : offsets[index + 1]]))
        if progress is not None:
            progress(index + 1)
    return found


def frame_values_of(frontend: Frontend, recording: Int16) -> Int64:
    """(frames, axes * values) of one recording, (samples, axes)."""
    return _of_frames(frontend, recording, _values)


def loudness_of(frontend: Frontend, recording: Int16) -> Int64:
    """(frames,): L, by which an utterance is told from the noise."""
    return _of_frames(frontend, recording, _loudness)


def _of_frames(frontend: Frontend, recording: Int16, found: Callable[[Frontend, Int64], Int64]) -> Int64:
    """What is `found` of frames (frames, axes, window), some at a time, so that hours need little room."""
    if len(recording) < frontend.window:
        recording = np.pad(recording, ((0, frontend.window - len(recording)), (0, 0)))
    starts = np.arange(frontend.frames_of(len(recording))) * frontend.hop
    if not frontend.sliding and frontend.endpoint is None:
        starts = starts[: frontend.slots << LARGEST_GROUP]
    parts = [
        found(frontend, recording[part[:, None] + np.arange(frontend.window)].transpose(0, 2, 1).astype(np.int64))
        for part in np.array_split(starts, -(-len(starts) // FRAMES_AT_ONCE))
    ]
    return np.concatenate(parts)


def _values(frontend: Frontend, frames: Int64) -> Int64:
    """frames: (frames, axes, window)."""
    x = (turned_to_gravity(frames) if frontend.gravity else frames).reshape(-1, frontend.window)
    values = bands_of(frontend, x) if frontend.kind == "mel" else _with_mean(frontend, x)
    return values.reshape(len(frames), -1)


def turned_to_gravity(frames: Int64) -> Int64:
    """(frames, two thirds of the axes, window): of each three axes of a sensor the samples along the mean of the first three, and across it."""
    sums = frames[:, :VECTOR].sum(axis=2)
    factor = 1 << ((np.abs(sums).max(axis=1)[:, None] << np.arange(1, 25)) <= 1 << 24).sum(axis=1)
    v = _rshift(sums * factor[:, None], 10)
    n = np.maximum(1, root_of((v * v).sum(axis=1)))[:, None]
    u = (np.sign(v) * (((np.abs(v) << 14) + n // 2) // n))[:, None, :, None]
    vectors = frames.reshape(len(frames), -1, VECTOR, frames.shape[2])
    along = _int16(_rshift((vectors * u).sum(axis=2), 14))
    rest = _int16(vectors - _rshift(along[:, :, None] * u, 14))
    across = np.minimum(root_of((rest * rest).sum(axis=2)), 32767)
    return np.stack((along, across), axis=2).reshape(len(frames), -1, frames.shape[2])


def root_of(values: Int64) -> Int64:
    """The largest integers whose squares are at most values below 2^52, of which a double's root is exact enough."""
    return np.sqrt(values.astype(np.float64)).astype(np.int64)


def _with_mean(frontend: Frontend, x: Int64) -> Int64:
    """Values of the kinds that begin with the mean, of frames (frames, window)."""
    bits, half = frontend.window_bits, frontend.window // 2
    mean = _rshift(x.sum(axis=1), bits)
    if frontend.kind == "raw":
        return mean[:, None]
    d = _int16(x - mean[:, None])
    deviation = _deviation(frontend, d)
    if frontend.kind == "bands":
        return np.column_stack((mean, deviation, bands_of(frontend, d)))
    slope = _int16(_rshift(x[:, half:].sum(axis=1) - x[:, :half].sum(axis=1), bits - 1))
    crossings = np.count_nonzero(np.diff(d < 0, axis=1), axis=1)
    return np.column_stack((mean, deviation, slope, crossings))


def _deviation(frontend: Frontend, d: Int64) -> Int64:
    """d: (frames, window) samples less their mean."""
    power = (d * d).sum(axis=1) >> frontend.window_bits
    return np.maximum(log2_of(np.maximum(1, power)), frontend.floor)


def _loudness(frontend: Frontend, frames: Int64) -> Int64:
    """(frames,): the largest deviation of the axes of frames (frames, axes, window)."""
    x = frames.reshape(-1, frontend.window)
    mean = _rshift(x.sum(axis=1), frontend.window_bits)
    loudness: Int64 = _deviation(frontend, _int16(x - mean[:, None])).reshape(len(frames), -1).max(axis=1)
    return loudness


def bands_of(frontend: Frontend, x: Int64) -> Int64:
    """Values (frames, bands) of windows of samples (frames, window)."""
    scale = _scales(np.abs(x).max(axis=1))
    y = _rshift(x * np.array(hann(frontend.window)), (15 - scale)[:, None])
    power = _power(y, np.array(cosines(frontend.window)), np.array(sines(frontend.window)))
    values = np.empty((len(x), frontend.bands), dtype=np.int64)
    for band, (first, weights) in enumerate(zip(frontend.band_first, frontend.band_weights, strict=True)):
        energy = power[:, first : first + len(weights)] @ np.array(weights, dtype=np.int64)
        values[:, band] = log2_of(np.maximum(1, energy)) - 2 * LOG_UNIT * (scale + 1)
    return np.maximum(values, frontend.floor)


def _scales(largest: Int64) -> Int64:
    """The largest s of -1 .. 14 with largest 2^s <= 2^14, of each."""
    fits = (largest[:, None] << np.arange(16)) <= 1 << 15
    scales: Int64 = fits.sum(axis=1) - 2
    return scales


def _power(y: Int64, c: Int64, d: Int64) -> Int64:
    """(frames, window / 2): the power of each bin, 0 for bin 0."""
    re, im = _transform(y, c, d)
    size = re.shape[1]
    k = np.arange(1, size)
    back = size - k
    odd_re, odd_im = im[:, k] + im[:, back], re[:, back] - re[:, k]
    x_re = _rshift(re[:, k] + re[:, back] + _rshift(odd_re * c[k] + odd_im * d[k], 15), 1)
    x_im = _rshift(im[:, k] - im[:, back] + _rshift(odd_im * c[k] - odd_re * d[k], 15), 1)
    return np.pad(x_re * x_re + x_im * x_im, ((0, 0), (1, 0)))


def _transform(y: Int64, c: Int64, d: Int64) -> tuple[Int64, Int64]:
    """Real and imaginary parts, (frames, window / 2) each."""
    size = y.shape[1] // 2
    order = _bit_reversed(size)
    re, im = y[:, 0::2][:, order], y[:, 1::2][:, order]
    re, im = (np.stack((part[:, 0::2] + part[:, 1::2], part[:, 0::2] - part[:, 1::2]), axis=2) for part in (re, im))
    half = 2
    while half < size:
        cos, sin = c[np.arange(half) * (size // half)], d[np.arange(half) * (size // half)]
        groups_re, groups_im = (part.reshape(len(y), -1, 2, half) for part in (re, im))
        a_re, b_re = groups_re[:, :, 0], groups_re[:, :, 1]
        a_im, b_im = groups_im[:, :, 0], groups_im[:, :, 1]
        t_re, t_im = b_re * cos + b_im * sin, b_im * cos - b_re * sin
        re = _rshift(np.stack(((a_re << 15) + t_re, (a_re << 15) - t_re), axis=2), 16)
        im = _rshift(np.stack(((a_im << 15) + t_im, (a_im << 15) - t_im), axis=2), 16)
        half *= 2
    return re.reshape(len(y), -1), im.reshape(len(y), -1)


def _bit_reversed(size: int) -> Int64:
    order = np.zeros(1, dtype=np.int64)
    while len(order) < size:
        order = np.concatenate((2 * order, 2 * order + 1))
    return order


def log2_of(values: Int64) -> Int64:
    """lg of integers from 1 to 2^52."""
    exponent = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    fraction = np.where(exponent > 13, values >> np.maximum(exponent - 13, 0), values << np.maximum(13 - exponent, 0))
    place, rest = (fraction - (1 << 13)) >> 8, fraction & 255
    return LOG_UNIT * exponent + _rshift(LOG[place] + _rshift((LOG[place + 1] - LOG[place]) * rest, 8), 4)


def _slots_of(frontend: Frontend, recording: Int16) -> Int64:
    """(slots, axes * values): what a recording's readings are the means of."""
    frames = frame_values_of(frontend, recording)
    if frontend.sliding:
        return frames[-frontend.slots :]
    if frontend.endpoint is None:
        return _joined(frames, frontend.slots)[0]
    found = find_utterance(frontend.endpoint, frontend.floor, loudness_of(frontend, recording).tolist())
    slots, group = _joined(frames[found.first : found.end], frontend.slots)
    return slots[: -(-(found.spoken - found.first) >> group)]


def _readings(frontend: Frontend, slots: Int64) -> NDArray[np.int16]:
    """(features,) of the slots of a recording, (slots, axes * values)."""
    first = np.arange(frontend.segments) * len(slots) // frontend.segments
    last = np.maximum(first + 1, np.arange(1, frontend.segments + 1) * len(slots) // frontend.segments)
    totals = np.concatenate((np.zeros((1, slots.shape[1]), dtype=np.int64), slots.cumsum(axis=0)))
    values = _mean(totals[last] - totals[first], (last - first)[:, None])
    if frontend.centred:
        values = _int16(values - _mean(np.array(values.sum()), np.array(values.size)))
    found: NDArray[np.int16] = values.ravel().astype(np.int16)
    return found


def _joined(frames: Int64, slots: int) -> tuple[Int64, int]:
    """The slots of frames, and log2 of the frames of each: what was joined, and joined again, and what came later in groups as large."""
    made, group, rest = np.empty((0, frames.shape[1]), dtype=np.int64), 0, frames
    while True:
        whole = len(rest) >> group
        groups = _rshift(rest[: whole << group].reshape(whole, 1 << group, frames.shape[1]).sum(axis=1), group)
        free = slots - len(made)
        made = np.concatenate((made, groups[:free]))
        if len(made) < slots:
            return made, group
        rest = rest[free << group :]
        made, group = _rshift(made[0::2] + made[1::2], 1), group + 1
        if group > LARGEST_GROUP:
            return made, group


def _rshift(values: Int64, bits: int | Int64) -> Int64:
    half = np.left_shift(1, bits) >> 1
    shifted: Int64 = (values + half) >> bits
    return shifted


def _mean(total: Int64, count: Int64) -> Int64:
    mean: Int64 = (2 * total + count) // (2 * count)
    return mean


def _int16(values: Int64) -> Int64:
    clamped: Int64 = np.clip(values, -32768, 32767)
    return clamped
