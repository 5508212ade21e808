"""docs/ARITHMETIC.md in scalar Python, line by line: slow, plain, and the judge of `emulator/` in the tests.

It imports nothing from `emulator/`. Names are those of the document. Python integers never overflow, so the oracle also
notes the widest value that goes through an operation which the document promises to fit a signed 32-bit word.
"""

from dataclasses import dataclass, field

from sfdfa_codegen.codegen.integer_network import IntegerLayer, IntegerNetwork, LearnedState, initial_state

Rows = list[list[int]]


def mix(x: int) -> int:
    """Section 4."""
    x ^= x >> 16
    x = x * 0x7FEB352D & 0xFFFFFFFF
    x ^= x >> 15
    x = x * 0x846CA68B & 0xFFFFFFFF
    x ^= x >> 16
    return x


def mask(n: int) -> int:
    return int(2**n - 1)


def clamp(x: int, low: int, high: int) -> int:
    return max(low, min(high, x))


@dataclass
class TickRecord:
    """A and B after the reset, and the spikes, of every neuron of one layer in one tick."""

    a: list[int]
    b: list[int]
    spikes: list[bool]


@dataclass
class OracleSample:
    prediction: int
    counts: list[int]
    squared_error: int | None
    records: list[list[TickRecord]]
    """Per layer, per tick."""
    remembered: list[int]
    virtual_spikes: int


@dataclass
class LayerVariables:
    """What one sample needs of a layer."""

    a: list[int]
    b: list[int]
    count: list[int]
    grade_sum: list[int]
    inputs: list[list[int]] = field(default_factory=list)
    """Per tick, the inputs that had an event or spiked."""
    remembered: list[dict[int, int]] = field(default_factory=list)
    """Per tick, rho of each neuron with a remembered spike."""
    remembered_count: int = 0
    # section 9
    trace_a: list[int] = field(default_factory=list)
    trace_b: list[int] = field(default_factory=list)
    lambda_: list[int] = field(default_factory=list)
    r: Rows = field(default_factory=list)
    e: Rows = field(default_factory=list)


class ScalarOracle:
    """One network and its state."""

    def __init__(self, network: IntegerNetwork) -> None:
        self.network = network
        self.widest = 0
        self.reset()

    def reset(self) -> None:
        self.set_state(initial_state(self.network))
        self.counted = dict.fromkeys(("state", "grades", "eligibility", "update", "spikes"), 0)

    def set_state(self, state: LearnedState) -> None:
        self.samples, self.rate_scale = state.samples, state.rate_scale
        self.w: list[Rows] = [w.tolist() for w in state.weights]
        self.feedback: list[Rows] = [f.tolist() for f in state.feedback]
        self.q: Rows = [q.tolist() for q in state.mean_delta]
        self.m: Rows = [m.tolist() for m in state.mean_rate]

    def saturations(self) -> dict[str, int]:
        """Section 10."""
        top = 2 ** (self.network.weight_bits - 1)
        weights = [w for layer in self.w for row in layer for w in row]
        feedback = [f for layer in self.feedback for row in layer for f in row]
        wrapped = {name: count % 2**32 for name, count in self.counted.items()}
        ends = {
            "weights": sum(w in (-top, top - 1) for w in weights),
            "feedback": sum(f in (-128, 127) for f in feedback),
        }
        return wrapped | ends

    # Section 1

    def word(self, x: int) -> int:
        """A value that must fit a signed 32-bit word."""
        self.widest = max(self.widest, x if x >= 0 else -x - 1)
        return x

    def rshift(self, x: int, n: int) -> int:
        if n >= 1:
            return int(self.word(x + 2 ** (n - 1)) // 2**n)
        return self.word(x * 2**-n)

    def sat(self, x: int, limit: int, name: str) -> int:
        if abs(self.word(x)) > limit:
            self.counted[name] += 1
        return clamp(x, -limit, limit)

    # Section 4

    def sample_key(self) -> int:
        return mix(mix(self.network.seed) ^ self.samples)

    def neuron_draw(self, layer: int, i: int) -> int:
        return mix(self.sample_key() ^ (0x80000000 | layer << 24 | i))

    def event_draw(self, layer: int, t: int, j: int) -> int:
        return mix(self.sample_key() ^ (layer << 24 | t << 16 | j))

    def direction(self, layer: int, i: int) -> int:
        return -1 if self.neuron_draw(layer, i) >> 31 else 1

    def weight_dither(self, layer: int, t: int, j: int, i: int, n: int) -> int:
        return (self.event_draw(layer, t, j) ^ self.neuron_draw(layer, i)) & mask(n)

    def feedback_dither(self, layer: int, i: int, o: int, n: int) -> int:
        last = len(self.network.layers) - 1
        return ((self.neuron_draw(layer, i) ^ self.neuron_draw(last, o)) >> 16) & mask(n)

    # Section 5

    def run_sample(self, ticks: list[int], channels: list[int], label: int | None, learn: bool) -> OracleSample:
        net = self.network
        learning = learn and net.learns
        self.start_sample()
        records: list[list[TickRecord]] = [[] for _ in net.layers]
        for t in range(net.ticks):
            inputs = [j for tick, j in zip(ticks, channels, strict=True) if tick == t]
            grades = [0] * len(inputs)
            for index in range(len(net.layers)):
                inputs, grades = self.layer_tick(index, t, inputs, grades, learning, records[index])
        squared_error, virtual = None, 0
        if label is not None:
            squared_error = sum((self.target(o, label) - n) ** 2 for o, n in enumerate(self.v[-1].count))
            if learning:
                virtual = self.learn(label)
        remembered = [v.remembered_count for v in self.v]
        return OracleSample(self.prediction(), list(self.v[-1].count), squared_error, records, remembered, virtual)

    def start_sample(self) -> None:
        self.v: list[LayerVariables] = []
        for layer in self.network.layers:
            n, m = layer.neurons, layer.inputs
            v = LayerVariables([0] * n, [0] * n, [0] * n, [0] * n)
            v.trace_a, v.trace_b, v.lambda_ = [0] * m, [0] * m, [0] * n
            v.r, v.e = [[0] * n for _ in range(m)], [[0] * n for _ in range(m)]
            self.v.append(v)
        self.d = [0] * self.network.outputs
        self.silent: list[tuple[int, int, int] | None] = [None] * self.network.outputs

    def layer_tick(
        self, index: int, t: int, inputs: list[int], grades: list[int], learning: bool, record: list[TickRecord]
    ) -> tuple[list[int], list[int]]:
        """One layer in one tick; returns the neurons that spiked and their grades."""
        net, layer, v, w = self.network, self.network.layers[index], self.v[index], self.w[index]
        trace = learning and net.eligibility == "trace"
        hidden = index < len(net.layers) - 1
        v.inputs.append(inputs)
        v.remembered.append({})
        p = self.input_traces(layer, v, inputs) if trace else []
        spikes, sent = [], []
        for i in range(layer.neurons):
            x = sum(w[j][i] for j in inputs)
            drive = self.rshift(self.word(x), layer.weight_fraction_bits - layer.state_fraction_bits)
            if layer.bias is not None and t >= index:
                drive += layer.bias[i] << max(0, layer.state_fraction_bits - layer.weight_fraction_bits)
            v.a[i] = self.sat(v.a[i] - self.rshift(v.a[i] * layer.decay_s, 12) + drive, layer.state_limit, "state")
            v.b[i] = self.sat(v.b[i] - self.rshift(v.b[i] * layer.decay, 12) + drive, layer.state_limit, "state")
            if learning and self.sends_grades() and index >= 1:
                add = sum(
                    self.rshift(w[j][i] * g, layer.weight_fraction_bits) for j, g in zip(inputs, grades, strict=True)
                )
                v.grade_sum[i] = self.sat(v.grade_sum[i] + add, 32767, "grades")
            if trace:
                v.lambda_[i] = v.lambda_[i] - self.rshift(v.lambda_[i] * layer.decay, 12)
            if v.b[i] - v.a[i] >= layer.threshold and v.count[i] < net.max_spikes:
                rho = self.rho(layer, v.a[i])
                v.b[i] = v.a[i] if layer.reset == "zero" else v.b[i] - layer.reset_step
                v.count[i] = v.count[i] + 1
                spikes.append(i)
                first = v.count[i] == 1
                if learning:
                    self.remember(layer, v, t, i, rho)
                if trace:
                    self.trace_spike(v, i, rho, p, first)
                if learning and self.sends_grades():
                    start = 64 * self.direction(index, i) if hidden and first else 0
                    g = self.sat(v.grade_sum[i] + start, 32767, "grades")
                    v.grade_sum[i] = 0
                    sent.append(g)
                    if not hidden:
                        self.d[i] = self.sat(self.d[i] + g, 32767, "grades")
                else:
                    sent.append(0)
            if learning and not hidden and v.count[i] == 0:
                self.silent_output(layer, v, t, i, p, trace)
        record.append(TickRecord(list(v.a), list(v.b), [i in spikes for i in range(layer.neurons)]))
        return spikes, sent

    def sends_grades(self) -> bool:
        return self.network.rule == "sfdfa" and self.network.readout == "counts"

    def rho(self, layer: IntegerLayer, a: int) -> int:
        j = max(a, layer.threshold) if self.network.gradient == "sfdfa" else max(a - layer.threshold, 1)
        return min(self.network.rho_max, self.word(256 * layer.threshold + j // 2) // j)

    def remember(self, layer: IntegerLayer, v: LayerVariables, t: int, i: int, rho: int) -> None:
        if self.network.eligibility == "replay" and v.remembered_count >= layer.spike_capacity:
            self.counted["spikes"] += 1
            return
        v.remembered_count += 1
        v.remembered[t][i] = rho

    def silent_output(self, layer: IntegerLayer, v: LayerVariables, t: int, i: int, p: list[int], trace: bool) -> None:
        record = self.silent[i]
        if record is None or v.b[i] - v.a[i] > record[0]:
            self.silent[i] = (v.b[i] - v.a[i], t, max(v.a[i], layer.threshold))
            if trace:
                rho = self.virtual_rho(layer, i)
                for j in range(layer.inputs):
                    v.e[j][i] = self.rshift(rho * self.counted_p(p[j]), 8)

    def virtual_rho(self, layer: IntegerLayer, i: int) -> int:
        record = self.silent[i]
        assert record is not None
        j = record[2]
        return min(255, (256 * layer.threshold + j // 2) // j)

    def prediction(self) -> int:
        v = self.v[-1]
        best = 0
        for o in range(1, self.network.outputs):
            if (v.count[o], v.b[o] - v.a[o]) > (v.count[best], v.b[best] - v.a[best]):
                best = o
        return best

    # Section 6

    def target(self, o: int, label: int) -> int:
        return self.network.target_true if o == label else self.network.target_false

    def learn(self, label: int) -> int:
        """Returns how many virtual spikes there were."""
        net = self.network
        output = self.v[-1]
        errors = []
        for o in range(net.outputs):
            e = self.target(o, label) - output.count[o]
            if net.error == "one-sided" and ((o == label and e < 0) or (o != label and e > 0)):
                e = 0
            errors.append(e)
        deltas = self.deltas(errors)
        virtual = [o for o in range(net.outputs) if output.count[o] == 0 and deltas[-1][o] > 0]
        steps = [
            [self.step(n, i, delta, self.learns(n, i, virtual)) for i, delta in enumerate(layer)]
            for n, layer in enumerate(deltas)
        ]
        if net.rule == "sfdfa":
            self.learn_feedback()
        for index in range(len(net.layers)):
            chosen = virtual if index == len(net.layers) - 1 else []
            if net.eligibility == "replay":
                self.replay(index, steps[index], chosen)
            else:
                self.apply_traces(index, steps[index], chosen)
        self.samples = (self.samples + 1) % 2**32
        return len(virtual)

    def deltas(self, errors: list[int]) -> Rows:
        net = self.network
        deltas: Rows = []
        for index in range(len(net.layers) - 1):
            row = []
            for i, count in enumerate(self.v[index].count):
                m = self.m[index][i] + self.rshift(2048 * count - self.m[index][i], 7)
                self.m[index][i] = m
                projected = self.projected(index, i, errors)
                regular = self.rshift(net.regulariser * (net.rate_target - m), 13)
                row.append(self.sat(projected + regular, 2**20 - 1, "update"))
            deltas.append(row)
        return [*deltas, [64 * e for e in errors]]

    def projected(self, index: int, i: int, errors: list[int]) -> int:
        return self.word(sum(b * e for b, e in zip(self.feedback[index][i], errors, strict=True)))

    def learns(self, index: int, i: int, virtual: list[int]) -> bool:
        return self.v[index].count[i] > 0 or (index == len(self.v) - 1 and i in virtual)

    def step(self, index: int, i: int, delta: int, learns: bool) -> int:
        net = self.network
        if net.normalise:
            q = self.q[index][i]
            q = q + self.rshift(1024 * abs(delta) - q, 10)
            self.q[index][i] = q
            h = self.rshift(q, 10) + net.normaliser_floor
            n = self.word(abs(delta) * net.step_gain * 4 + h // 2) // h
            if not learns:
                return 0
            if n > 8191:
                self.counted["update"] += 1
            sign = (delta > 0) - (delta < 0)
            delta = sign * min(n, 8191)
        elif learns:
            delta = self.sat(delta, 8191, "update")
        else:
            return 0
        r = self.rshift(net.layers[index].rate * self.rate_scale, 12)
        return self.sat(self.rshift(r * delta, 10), 32767, "update")

    # Section 7

    def learn_feedback(self) -> None:
        n = self.network.feedback_shift
        for index in range(len(self.network.layers) - 1):
            for i, count in enumerate(self.v[index].count):
                if count >= 1:
                    v = self.direction(index, i)
                    for o in range(self.network.outputs):
                        b = self.feedback[index][i][o]
                        change = self.word(v * self.d[o] - b + self.feedback_dither(index, i, o, n)) // 2**n
                        self.feedback[index][i][o] = clamp(b + change, -128, 127)

    # Section 8

    def replay(self, index: int, steps: list[int], virtual: list[int]) -> None:
        layer, v, net = self.network.layers[index], self.v[index], self.network
        f_g = net.eligibility_fraction_bits
        for o in virtual:
            record = self.silent[o]
            assert record is not None
            v.remembered[record[1]][o] = self.virtual_rho(layer, o)
        u, vv, s = [0] * layer.neurons, [0] * layer.neurons, [0] * layer.neurons
        for t in range(net.ticks - 1, -1, -1):
            d = [0] * layer.neurons
            for i in range(layer.neurons):
                u[i] = u[i] - self.rshift(u[i] * layer.decay_s, 12)
                vv[i] = vv[i] - self.rshift(vv[i] * layer.decay, 12)
                s[i] = s[i] - self.rshift(s[i] * layer.decay, 12)
                if i in v.remembered[t]:
                    rho = v.remembered[t][i]
                    gamma = self.rshift(rho, 8 - f_g) + self.rshift(rho * s[i], 8)
                    u[i], vv[i] = u[i] + gamma, vv[i] + gamma
                    s[i] = self.sat(s[i] + gamma, 32767, "eligibility")
                if v.inputs[t]:
                    e = self.sat(vv[i] - u[i], 32767, "eligibility")
                    d[i] = self.clamp_update(self.rshift(steps[i] * e, f_g + 2))
            for j in v.inputs[t]:
                for i in range(layer.neurons):
                    self.update_weight(index, t, j, i, d[i])

    def clamp_update(self, d: int) -> int:
        clamped = clamp(d, -28672, 28671)
        self.counted["update"] += clamped != d
        return clamped

    def update_weight(self, index: int, t: int, j: int, i: int, d: int) -> None:
        n = 14 - self.network.layers[index].weight_fraction_bits
        b = self.network.weight_bits
        w = self.w[index][j][i] + (d + self.weight_dither(index, t, j, i, n)) // 2**n
        self.w[index][j][i] = clamp(w, -(2 ** (b - 1)), 2 ** (b - 1) - 1)

    # Section 9

    def input_traces(self, layer: IntegerLayer, v: LayerVariables, inputs: list[int]) -> list[int]:
        """rshift(a - b), not yet saturated: P is counted for each neuron that uses it."""
        p = []
        for j in range(layer.inputs):
            v.trace_a[j] = v.trace_a[j] - self.rshift(v.trace_a[j] * layer.decay_s, 12)
            v.trace_b[j] = v.trace_b[j] - self.rshift(v.trace_b[j] * layer.decay, 12)
            if j in inputs:
                v.trace_a[j], v.trace_b[j] = v.trace_a[j] + 4096, v.trace_b[j] + 4096
            f_g = self.network.eligibility_fraction_bits
            p.append(self.rshift(v.trace_a[j] - v.trace_b[j], 12 - f_g))
        return p

    def counted_p(self, p: int) -> int:
        return self.sat(p, 32767, "eligibility")

    def trace_spike(self, v: LayerVariables, i: int, rho: int, p: list[int], first: bool) -> None:
        for j in range(len(p)):
            r = 0 if first else self.rshift(v.r[j][i] * v.lambda_[i], 15)
            x = self.rshift(rho * self.sat(self.counted_p(p[j]) + r, 32767, "eligibility"), 8)
            v.e[j][i] = self.sat((0 if first else v.e[j][i]) + x, 32767, "eligibility")
            v.r[j][i] = self.sat(r + x, 32767, "eligibility")
        v.lambda_[i] = 32767

    def apply_traces(self, index: int, steps: list[int], virtual: list[int]) -> None:
        layer, v = self.network.layers[index], self.v[index]
        f_g = self.network.eligibility_fraction_bits
        for i in range(layer.neurons):
            if v.count[i] >= 1 or i in virtual:
                for j in range(layer.inputs):
                    d = self.clamp_update(self.rshift(steps[i] * -v.e[j][i], f_g + 2))
                    self.update_weight(index, 255, j, i, d)
