/*
 * float_engine.h: training in floating point, one batch at a time, touching only synapses whose input spiked.
 *
 * The equations are those of host/floats/__init__.py, whose section numbers are used here. The caller owns all memory:
 * every pointer below leads to an array of the stated shape, row by row. A batch is learned in three calls: forward,
 * learn, step. Nothing here is shared with the integer network.
 */
#ifndef FLOAT_ENGINE_H
#define FLOAT_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef FLOAT_ENGINE_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/*
 * What is hot is compiled with all that it calls and, where the loader can choose by the processor, once more for AVX2.
 * clang refuses the two together, and sanitizers the choice.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(FLOAT_ENGINE_PLAIN)
#define HOT __attribute__((flatten, target_clones("avx2", "default")))
#else
#define HOT __attribute__((flatten))
#endif

enum { RULE_SFDFA = 0, RULE_DFA = 1, RULE_BP = 2 };

/* A spike, of an input channel or of a neuron. factor: g in seconds per weight unit, 0 for an input. */
struct spike {
    uint32_t tick;
    uint32_t neuron;
    real factor;
};

/*
 * The spikes of a batch: those of sample s are start[s] to start[s + 1], in order of their ticks. start: (batch + 1,).
 */
struct spike_train {
    struct spike *spikes;
    size_t *start;
};

struct layer {
    size_t inputs;
    size_t neurons;
    real threshold;         /* c */
    real *weights;          /* (inputs, neurons) */
    real *feedback;         /* B: (neurons, outputs); none for the output layer */
    real *delta_magnitudes; /* q: (neurons,) */
    real *mean_rates;       /* m: (neurons,); none for the output layer */
    real *gradient;         /* (inputs, neurons), of the mean over the batch; 0 outside touched rows */
    real *adam_means;       /* (inputs, neurons) */
    real *adam_squares;     /* (inputs, neurons) */
    uint8_t *row_use;       /* (inputs,) of enum row_use */

    /* What a batch leaves. */
    struct spike_train output; /* room for batch * neurons * most spikes of a neuron */
    uint8_t *counts;           /* (batch, neurons) */
    real *deltas;              /* (batch, neurons); not valid for neurons that did not spike, unless normalised */
    int8_t *directions;        /* v: (batch, neurons), +1 or -1, drawn by the caller; none for the output layer */

    /* Work space. */
    real *synaptic;      /* A, or u: (neurons,) */
    real *membrane;      /* B, or v: (neurons,) */
    real *current;       /* X, or what the walk adds: (neurons,) */
    real *sums;          /* s, or grades that have arrived: (neurons,) */
    uint32_t *last_tick; /* (neurons,) */
    real *drive;         /* dL/dt of each spike of a sample, then its gamma: (most spikes of a sample,) */
};

enum row_use { ROW_NEVER = 0, ROW_SEEN = 1, ROW_TOUCHED = 2 };

/*
 * The most that an output neuron's B - A was before a reset, the first such tick, and A at it. (batch, outputs) each.
 */
struct peaks {
    real *potentials;
    real *currents;
    uint32_t *ticks;
};

struct float_engine {
    size_t layer_count;
    struct layer *layers;
    struct spike_train inputs;
    struct peaks peaks;
    real *final_potentials;  /* B - A at the end: (batch, outputs) */
    struct spike *extended;  /* room for the output spikes of one sample, with virtual ones */
    real *sent_grades;       /* room for the spikes of one sample in one layer, twice */
    const real *decay;       /* alpha^k: (ticks,) */

    size_t ticks;
    size_t max_spikes;
    real alpha_s, alpha;
    real tau_s, tau;

    int32_t rule;
    int32_t exact;          /* g = tau / (I - c) instead of tau / I */
    int32_t one_sided;
    int32_t normalise;
    real critical_margin;   /* exact: I - c is at least this times c */
    real target_true, target_false;
    real regulariser, rate_target;
    real mean_rate_rate;    /* of the running mean m */
    real magnitude_rate;    /* of the running mean q */
    real magnitude_floor;   /* added to q where a step divides by it */
    real step_gain;
    real feedback_rate;
};

/*
 * Run `batch` samples, whose spikes are in engine->inputs, through all layers. predictions: (batch,), the largest
 * count, ties broken by the larger B - A at the end, then by the lower class.
 */
void float_engine_forward(const struct float_engine *engine, size_t batch, int64_t *predictions);

/*
 * Learn from the batch that forward has just run: leave the mean gradient in each layer, and update feedback, q and m.
 * labels: (batch,). Weights stay as they are. Precondition: the gradient was 0, which step leaves.
 */
void float_engine_learn(const struct float_engine *engine, size_t batch, const int64_t *labels);

/* The L2 norm of each layer's gradient. norms: (layers,). */
void float_engine_norms(const struct float_engine *engine, double *norms);

/* One step of Adam against the gradient, scaled by scales (layers,), and set the gradient to 0. rate and epsilon are
 * those of the step, with the corrections of both means in them. */
void float_engine_step(const struct float_engine *engine, double rate, double epsilon, const double *scales);

/* Between the files of the engine. */

/* One layer's part of float_engine_forward: sample s. */
void run_layer(const struct float_engine *engine, size_t layer, size_t sample);

/* Errors, running means and deltas of the whole batch (section 5). */
void find_deltas(const struct float_engine *engine, size_t batch, const int64_t *labels);

/* Grades of the batch, sample by sample, and the feedback that learns from them (section 4). */
void learn_feedback(const struct float_engine *engine, size_t batch);

/* Add the gradient of sample s to every layer (section 3). share: what the sample counts in the mean. */
void add_gradient(const struct float_engine *engine, size_t sample, real share);

/* What goes into layer l: the network's inputs, or the spikes of the layer before. */
static inline const struct spike_train *inputs_of(const struct float_engine *engine, size_t layer)
{
    return layer == 0 ? &engine->inputs : &engine->layers[layer - 1].output;
}

enum { LANES = 8 };

/* Eight sums side by side: in this order the compiler may use vectors. */
static inline real dot(const real *first, const real *second, size_t count)
{
    real sums[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            sums[lane] += first[i + lane] * second[i + lane];
        }
    }
    real total = 0;
    for (size_t lane = 0; lane < LANES; lane++) {
        total += sums[lane];
    }
    for (; i < count; i++) {
        total += first[i] * second[i];
    }
    return total;
}

static inline struct layer *output_layer(const struct float_engine *engine)
{
    return &engine->layers[engine->layer_count - 1];
}

#endif
