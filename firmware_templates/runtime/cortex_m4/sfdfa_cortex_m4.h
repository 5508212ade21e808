/*
 * sfdfa_cortex_m4.h: what sfdfa_cortex_m4.S and the files beside it compute.
 */
#ifndef SFDFA_CORTEX_M4_H
#define SFDFA_CORTEX_M4_H

#include "core/sfdfa_internal.h"

/* With more rows the sums could leave their lanes of 16 bits; and those that a kernel sums at a time. */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_M4_MOST_ROWS 4095
#define SFDFA_M4_ROWS 16
#else
#define SFDFA_M4_MOST_ROWS 255
#define SFDFA_M4_ROWS 255
#endif

/*
 * X of all neurons of a layer in one tick, section 5, from 1 to SFDFA_M4_ROWS inputs. Of four neurons, `lanes`
 * gets the sums of the first and the third in one word, and of the second and the fourth in the next. The last word of
 * a row may reach past it by three bytes.
 */
void sfdfa_m4_sum(const sfdfa_index_t *input, uint32_t count, sfdfa_layer_table_t *layer, const sfdfa_weight_t *weights,
                  uint32_t *lanes);

#if SFDFA_WEIGHT_BITS == 4

/* The same, added to what is there. */
void sfdfa_m4_sum_more(const sfdfa_index_t *input, uint32_t count, sfdfa_layer_table_t *layer,
                       const sfdfa_weight_t *weights, uint32_t *lanes);

#endif

/*
 * Step the first neurons of a layer through a tick without inputs, or all of them through one with some, and list those
 * that reach their threshold. Returns where the list ends. `membrane` is that of the first neuron.
 */
sfdfa_index_t *sfdfa_m4_integrate(sfdfa_membrane_t *membrane, uint32_t neurons, sfdfa_layer_table_t *layer,
                                  sfdfa_index_t *list);
sfdfa_index_t *sfdfa_m4_integrate_inputs(sfdfa_membrane_t *membrane, const uint32_t *lanes, sfdfa_layer_table_t *layer,
                                         sfdfa_index_t *list);

/* The same for states that may come to their limit. */
sfdfa_index_t *sfdfa_m4_integrate_limited(sfdfa_membrane_t *membrane, uint32_t neurons, sfdfa_layer_table_t *layer,
                                          sfdfa_index_t *list, uint32_t *saturations);
sfdfa_index_t *sfdfa_m4_integrate_inputs_limited(sfdfa_membrane_t *membrane, const uint32_t *lanes,
                                                 sfdfa_layer_table_t *layer, sfdfa_index_t *list,
                                                 uint32_t *saturations);

/*
 * List the neurons of a hidden layer that may still spike, sfdfa_list_coasting. Their membranes move to the front, in
 * their order. Returns where the list ends. `membrane` and `counts` are those of the layer's first neuron.
 */
sfdfa_index_t *sfdfa_m4_list_coasting(sfdfa_membrane_t *membrane, const uint8_t *counts, sfdfa_layer_table_t *layer,
                                      sfdfa_index_t *list);

/* The spikes of a layer in one tick, at least one. sfdfa_m4_remember has all in registers, in this order. */
typedef struct {
    const sfdfa_index_t *spike; /* neurons that spiked in the tick */
    const int32_t *current; /* A of each */
    uint32_t *words; /* of the tick's spikes */
    sfdfa_rho_t *rho; /* where those of the spikes go, */
    const sfdfa_index_t *end; /* of the spikes */
    int32_t threshold; /* c, in 2^-F_a */
    const sfdfa_rho_t *rho_end; /* up to here; */
    uint32_t *forgotten; /* and how many find no room is added here */
} sfdfa_m4_spikes_t;

/* Note each spike's bit and, where there is room, its rho, which is to be one of a byte. */
void sfdfa_m4_remember(const sfdfa_m4_spikes_t *spikes);

/*
 * Add to each output, of 16 at most, `factor` times the sum of its weights from the inputs of a tick, 1 to 255;
 * `weights` are those from the first input of all.
 */
void sfdfa_m4_add_tick(int32_t *sums, const int8_t *weights, const sfdfa_inputs_t *inputs, uint32_t factor);

/*
 * Add to the sums of a layer's neurons what the grades of this tick's inputs give, and clamp and count them: S of
 * section 5.
 */
void sfdfa_m4_add_grades(int16_t *sums, const sfdfa_inputs_t *inputs, sfdfa_layer_table_t *layer, const int8_t *weights,
                         uint32_t *saturations);

#endif
