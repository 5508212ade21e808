"""Sections 5a, 7a and 8a of docs/ARITHMETIC.md in scalar Python, line by line, as `scalar_oracle` has the others. Y is gathered tick by tick."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from scalar_oracle import Rows, ScalarOracle, TickRecord, clamp, mix
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState

EXP = [int((32767 * (-Decimal(k) / 16).exp()).to_integral_value(ROUND_HALF_EVEN)) for k in range(129)]

Events = list[tuple[int, int]]


@dataclass(frozen=True)
class IntegratedSample:
    """counts: the probabilities that a result gives."""

    prediction: int
    counts: list[int]
    squared_error: int | None
    learned: bool
    ticks_run: int
    asks: bool
    records: list[list[TickRecord]]


class IntegratorOracle(ScalarOracle):
    """One network whose outputs integrate, and its state."""

    def __init__(self, network: IntegerNetwork) -> None:
        super().__init__(network)
        self.hidden = len(network.layers) - 1

    def set_state(self, state: LearnedState) -> None:
        super().set_state(state)
        self.ask_bound, self.stored = state.ask_bound, state.stored
        self.ring: list[tuple[int | None, Events]] = [
            (slot.label, list(zip(slot.ticks.tolist(), slot.channels.tolist(), strict=True))) for slot in state.ring
        ]

    # Section 5a

    def run(self, events: Events, label: int | None, learn: bool) -> IntegratedSample:
        """A sample and what section 8a lets follow."""
        learning = learn and self.network.learns
        sample = self.one_sample(events, label, learning)
        if not learning:
            return sample
        kept = [event for event in events if event[0] < sample.ticks_run]
        if label is not None:
            self.rehearse()
            self.store(kept, label)
        elif self.network.ask_down > 0:
            sample = replace(sample, asks=self.asks())
            if sample.asks:
                self.store(kept, None)
        return sample

    def one_sample(self, events: Events, label: int | None, learning: bool) -> IntegratedSample:
        net = self.network
        self.start_sample()
        self.kappa = [0] * net.layers[-1].inputs
        self.gathered = [0] * net.outputs
        records: list[list[TickRecord]] = [[] for _ in range(self.hidden)]
        t = 0
        while t < net.ticks and not self.decided_before(t):
            self.tick(t, [j for tick, j in events if tick == t], learning, records)
            t += 1
        for v in self.v[: self.hidden]:
            v.inputs += [[] for _ in range(t, net.ticks)]
            v.remembered += [{} for _ in range(t, net.ticks)]
        y = self.activities()
        p = self.probabilities(y)
        squared_error, learned = None, False
        if label is not None:
            e = [self.integrator_target(o, label) - p[o] for o in range(net.outputs)]
            squared_error = sum(x * x for x in e)
            learned = learning and p[label] < net.learn_below
            if learned:
                self.learn_errors(e)
            if learning:
                self.samples = (self.samples + 1) % 2**32
        shown = [min(x, 255) for x in p]
        return IntegratedSample(y.index(max(y)), shown, squared_error, learned, t, False, records)

    def tick(self, t: int, inputs: list[int], learning: bool, records: list[list[TickRecord]]) -> None:
        grades = [0] * len(inputs)
        for index in range(self.hidden):
            inputs, grades = self.layer_tick(index, t, inputs, grades, learning, records[index])
        for j in inputs:
            self.kappa[j] += self.network.ticks - t
        for o in range(self.network.outputs):
            self.gathered[o] += (self.network.ticks - t) * sum(self.w[-1][j][o] for j in inputs)

    def activities(self) -> list[int]:
        """Y, of the ticks so far."""
        f_w = self.network.layers[-1].weight_fraction_bits
        return [x // 2 ** (f_w - min(f_w, 6)) for x in self.gathered]

    def decided_before(self, t: int) -> bool:
        """Whether the tick before t was the last one."""
        net = self.network
        if net.decide_margin == 0 or net.outputs < 2 or t == 0 or t % 4 or t == net.ticks:
            return False
        first, second, *_ = sorted(self.activities(), reverse=True)
        return first - second >= net.decide_margin

    def probabilities(self, y: list[int]) -> list[int]:
        x = [EXP[min(128, self.rshift(self.distance(max(y) - value) * self.network.softmax_factor, 15))] for value in y]
        s = sum(x)
        return [(256 * value + s // 2) // s for value in x]

    def distance(self, difference: int) -> int:
        return min(int(self.word(difference) // 2**self.network.softmax_shift), 32767)

    def integrator_target(self, o: int, label: int) -> int:
        net = self.network
        return 256 - (net.outputs - 1) * net.target_other if o == label else net.target_other

    def learn_errors(self, e: list[int]) -> None:
        deltas = self.deltas(e)[:-1]
        steps = [
            [self.step(n, i, d, self.v[n].count[i] > 0) for i, d in enumerate(row)] for n, row in enumerate(deltas)
        ]
        if self.network.rule == "sfdfa" and self.hidden:
            self.learn_residual()
        for index in range(self.hidden):
            if self.network.eligibility == "replay":
                self.replay(index, steps[index], [])
            else:
                self.apply_traces(index, steps[index], [])
        self.learn_outputs(e)

    def projected(self, index: int, i: int, errors: list[int]) -> int:
        """rshift(error_gain * P, 8)."""
        net = self.network
        if net.rule == "weights":
            total = self.word(sum(w * e for w, e in zip(self.w[-1][i], errors, strict=True)))
            p = self.rshift(total, net.layers[-1].weight_fraction_bits - 6)
        else:
            p = super().projected(index, i, errors)
        return self.rshift(net.error_gain * p, 8)

    def learn_outputs(self, e: list[int]) -> None:
        r = self.rshift(self.network.output_rate * self.rate_scale, 12)
        for j, kappa in enumerate(self.kappa):
            if kappa > 0:
                for o, error in enumerate(e):
                    d = clamp(self.rshift(r * error * kappa, 10), -28672, 28671)
                    self.update_weight(self.hidden, 255, j, o, d)

    # Section 7a

    def learn_residual(self) -> None:
        z = self.samples % self.hidden
        active = [i for i, count in enumerate(self.v[z].count) if count >= 1]
        v = {i: self.direction(z, i) for i in active}
        g = [64 * v[i] if i in v else 0 for i in range(self.network.layers[z].neurons)]
        for l in range(z + 1, self.hidden + 1):
            g = self.next_grades(l, g)
        old: Rows = [list(row) for row in self.feedback[z]]
        n = self.network.feedback_shift
        for o, d in enumerate(g):
            residual = self.word(d - sum(v[i] * old[i][o] for i in active))
            for i in active:
                change = self.word(v[i] * residual + self.feedback_dither(z, i, o, n)) // 2**n
                self.feedback[z][i][o] = clamp(old[i][o] + change, -128, 127)

    def next_grades(self, l: int, g: list[int]) -> list[int]:
        layer, sent = self.network.layers[l], []
        for k in range(layer.neurons):
            if l < self.hidden and self.v[l].count[k] == 0:
                sent.append(0)
                continue
            shift = layer.weight_fraction_bits + (self.network.pass_shift if l < self.hidden else 0)
            total = sum(self.rshift(self.w[l][i][k] * g[i], shift) for i in range(len(g)))
            sent.append(self.sat(total, 32767, "grades"))
        return sent

    # Section 8a

    def extra_draw(self, k: int) -> int:
        return mix(self.sample_key() ^ (0xFF000000 | k))

    def store(self, events: Events, label: int | None) -> None:
        if self.network.ring_slots:
            self.ring[self.stored % self.network.ring_slots] = (label, events)
            self.stored = (self.stored + 1) % 2**32

    def rehearse(self) -> None:
        for _ in range(self.network.ring_rate):
            n = min(self.stored, self.network.ring_slots)
            slot = (self.extra_draw(0) >> 16) * n // 2**16
            if n > 0 and self.ring[slot][0] is not None:
                label, events = self.ring[slot]
                self.one_sample(events, label, True)

    def give_label(self, age: int, label: int) -> IntegratedSample:
        slot = (self.stored - 1 - age) % self.network.ring_slots
        assert self.ring[slot][0] is None
        self.ring[slot] = (label, self.ring[slot][1])
        sample = self.one_sample(self.ring[slot][1], label, True)
        self.rehearse()
        return sample

    def asks(self) -> bool:
        net, d = self.network, 0
        if net.outputs > 1:
            first, second, *_ = sorted(self.activities(), reverse=True)
            d = self.distance(first - second)
        asks = d < self.ask_bound or (self.extra_draw(1) >> 16) < 655
        step = -net.ask_down if asks else net.ask_up
        self.ask_bound = clamp(self.ask_bound + step, 0, 32767)
        return asks
