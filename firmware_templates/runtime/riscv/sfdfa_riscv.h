/*
 * sfdfa_riscv.h: what sfdfa_riscv.S and the files beside it compute, for networks of weights of 8 bits.
 */
#ifndef SFDFA_RISCV_H
#define SFDFA_RISCV_H

#include <stddef.h>

#include "core/sfdfa_internal.h"

_Static_assert(offsetof(sfdfa_layer_t, threshold) == 28 && offsetof(sfdfa_layer_t, quiet_below) == 40 &&
                   offsetof(sfdfa_layer_t, quiet_shift) == 46 && offsetof(sfdfa_layer_t, decay) == 54,
               "as sfdfa_riscv_macros.h has it");

/* With more rows the sums of a kernel could leave their lanes. */
#define SFDFA_RISCV_MOST_ROWS 255

/* What each of so many outputs has fits the registers of a kernel. */
#define SFDFA_RISCV_FEW_OUTPUTS 10

/* What raises a weight in its cell. */
#define SFDFA_RISCV_RAISED 128

/* The bits of a state below the unit of weights where sums are stepped with their neurons. */
#define SFDFA_RISCV_STEP_SHIFT 4

/*
 * Sum the weights of some inputs, from 1 to SFDFA_RISCV_MOST_ROWS, of each neuron, raised by 128 as they lie: `words`
 * of four weights a row, which all begin at multiples of four bytes. Where the currents of four neurons begin go S0 +
 * S2 << 16 and S1 + S2 << 8 + S3 << 16.
 */
void sfdfa_riscv_sum(int32_t *current, const sfdfa_weight_t *weights, uint32_t row, const sfdfa_index_t *input,
                     const sfdfa_index_t *end, uint32_t words);

/*
 * Step narrow neurons without inputs, at least one, and list those that reach their threshold. Returns where the list
 * ends.
 */
sfdfa_index_t *sfdfa_riscv_integrate(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane,
                                     const sfdfa_membrane_t *end, sfdfa_index_t *list);

/*
 * The same with inputs in this tick, of all neurons of a layer that has SFDFA_RISCV_STEP_SHIFT more fraction bits than
 * its weights, whose rows are such words.
 */
sfdfa_index_t *sfdfa_riscv_step(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane, sfdfa_index_t *list,
                                const sfdfa_weight_t *weights, const sfdfa_index_t *input, const sfdfa_index_t *end);

/*
 * Fire listed neurons, one or more, and leave those in the list that may. Their A goes to `current`. Returns where the
 * list ends.
 */
sfdfa_index_t *sfdfa_riscv_fire(sfdfa_layer_table_t *layer, sfdfa_index_t *list, const sfdfa_index_t *end,
                                uint8_t *counts, sfdfa_membrane_t *membrane, int32_t *current);

/*
 * Of a layer that has no inputs any more, list the neurons that may still spike, and move their membranes to the front.
 * Returns where the list ends.
 */
sfdfa_index_t *sfdfa_riscv_list_coasting(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane,
                                         const sfdfa_membrane_t *end, const uint8_t *counts, sfdfa_index_t *list);

/*
 * Spikes of such neurons, one or more, of which `list` has the places: then it has their numbers. Returns how many may
 * spike again.
 */
uint32_t sfdfa_riscv_coast_spikes(sfdfa_layer_table_t *layer, sfdfa_index_t *list, const sfdfa_index_t *end,
                                  const sfdfa_index_t *may_spike, sfdfa_membrane_t *membrane, uint8_t *counts,
                                  int32_t *current);

/*
 * Note the bits of spikes of one tick in `words` and, up to rho_end, rho of each, which has its A in `current`. How
 * many find no room is added to `forgotten`.
 */
void sfdfa_riscv_remember(const sfdfa_index_t *spike, const sfdfa_index_t *end, const int32_t *current, uint32_t *words,
                          sfdfa_rho_t *rho, const sfdfa_rho_t *rho_end, int32_t threshold, uint32_t *forgotten);

#if SFDFA_INTEGRATES

#if SFDFA_DECIDE_MARGIN > 0

/*
 * Add to each output `factor` times the sum of its weights from some inputs, at least one, and of `raised`; `weights`
 * are those from the first input of all.
 */
void sfdfa_riscv_add_tick(int32_t *sums, const sfdfa_weight_t *weights, uint32_t row, const sfdfa_index_t *input,
                          const sfdfa_index_t *end, int32_t factor, int32_t raised);

/* The largest Y less the second largest, of two outputs or more. */
int32_t sfdfa_riscv_lead(const int32_t *sums);

#else

/* sums[o] += kappa times a weight, raised by 128, of each output. */
void sfdfa_riscv_add_row(int32_t *sums, const sfdfa_weight_t *row, uint32_t kappa);

#endif

/* Change the weights of one input, of which kappa and the draw are given. No D may be out of its bounds. */
void sfdfa_riscv_change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, int32_t kappa, uint32_t draw);

/* Add to the residual of each output what it gets from a neuron, raised by 128, less what the feedback accounts for. */
void sfdfa_riscv_add_difference(int32_t *residual, const sfdfa_weight_t *row, const int8_t *feedback,
                                int32_t direction);

/* B of section 7a for one neuron, with its draw. */
void sfdfa_riscv_change_feedback(int8_t *feedback, const int32_t *residual, const uint16_t *output_draw,
                                 int32_t direction, uint32_t draw);

#if SFDFA_LEARNS && !SFDFA_TRACES

/* Where the residual of one hidden layer is found. */
typedef struct {
    const uint8_t *count; /* of spikes, of each neuron */
    const uint8_t *end; /* of the counts */
    const sfdfa_weight_t *row; /* of the first neuron, to the outputs */
    const int8_t *feedback; /* row of the first neuron */
    uint32_t key; /* of the draws: that of neuron i is the mix of this, exclusive or i */
    int32_t *residual; /* of each output, to be written */
} sfdfa_riscv_residual_t;

/* Find it, for SFDFA_RISCV_FEW_OUTPUTS or fewer; all grades together are below their limit. */
void sfdfa_riscv_find_residual(const sfdfa_riscv_residual_t *layer);

/* The neurons of a hidden layer, and what they learn with. */
typedef struct {
    uint16_t *mean_rate; /* of the first neuron, section 6 */
    const uint8_t *count; /* of spikes */
    const uint8_t *end; /* of the counts */
    int32_t *mean_delta; /* of the first neuron, section 6 */
    int8_t *feedback; /* row of the first neuron */
    const int32_t *error; /* of each output */
    int32_t rate; /* of the layer as it is now */
    uint32_t key; /* of the draws: that of neuron i is the mix of this, exclusive or i */
    const int32_t *residual; /* of each output, or NULL: it is another layer's turn */
    const uint16_t *output_draw; /* of each output */
    sfdfa_walker_t *walker; /* of the layer, whose inputs are listed */
    uint32_t capacity; /* spikes that the layer can remember */
    uint32_t saturations; /* of updates, added up */
} sfdfa_riscv_hidden_t;

/* Let them learn. No delta may be out of its bounds. */
void sfdfa_riscv_learn_hidden(sfdfa_riscv_hidden_t *hidden);

#endif

#endif

#endif
