/*
 * sfdfa_mesh_native.c: cores of a mesh in a process of the host. Whoever calls it carries the packets.
 */
#include "sfdfa_mesh.h"

#include "core/sfdfa_kernels.h"

/* The most packets that can follow from one: all spikes and ends of tick, reports, errors, results, and a few. */
#define OUTBOX \
    ((uint32_t)SFDFA_TICKS * (SFDFA_MESH_NEURONS + SFDFA_LAYERS) + (2UL * SFDFA_TICKS + 12) * SFDFA_OUTPUTS + 16)

typedef struct {
    uint32_t to; /* SFDFA_TO_ALL, SFDFA_TO_HOST or a core */
    uint32_t key; /* section 3 of docs/MESH.md */
    uint32_t payload; /* of the packet */
} packet_t;

struct sfdfa_mesh_port {
    uint32_t count; /* packets that wait to be delivered */
    packet_t packet[OUTBOX]; /* those, oldest first */
};

typedef struct {
    sfdfa_mesh_t core; /* state of the core */
    sfdfa_mesh_port_t port; /* what it has sent */
} instance_t;

void sfdfa_mesh_send(sfdfa_mesh_port_t *port, sfdfa_mesh_to_t to, uint32_t key, uint32_t payload)
{
    if (port->count < OUTBOX) {
        port->packet[port->count++] = (packet_t){(uint32_t)to, key, payload};
    }
}

/* For the host, which loads them by name: */

uint32_t sfdfa_mesh_native_size(void);
uint32_t sfdfa_mesh_native_core_size(void);
void sfdfa_mesh_native_init(instance_t *instance, uint16_t number);
uint32_t sfdfa_mesh_native_receive(instance_t *instance, uint32_t key, uint32_t payload);
const packet_t *sfdfa_mesh_native_sent(const instance_t *instance);
void sfdfa_mesh_native_read_weights(const instance_t *instance, uint8_t layer, int32_t *weights);
void sfdfa_mesh_native_write_weights(instance_t *instance, uint8_t layer, const int32_t *weights);
void sfdfa_mesh_native_read_means(const instance_t *instance, int32_t *feedback, int32_t *mean_delta,
                                  int32_t *mean_rate);
void sfdfa_mesh_native_write_means(instance_t *instance, const int32_t *feedback, const int32_t *mean_delta,
                                   const int32_t *mean_rate);
uint32_t sfdfa_mesh_native_read_samples(const instance_t *instance);
void sfdfa_mesh_native_write_samples(instance_t *instance, uint32_t samples);
void sfdfa_mesh_native_saturations(const instance_t *instance, sfdfa_saturations_t *saturations);

uint32_t sfdfa_mesh_native_size(void)
{
    return sizeof(instance_t);
}

uint32_t sfdfa_mesh_native_core_size(void)
{
    return sizeof(sfdfa_mesh_t);
}

void sfdfa_mesh_native_init(instance_t *instance, uint16_t number)
{
    instance->port.count = 0;
    sfdfa_mesh_init(&instance->core, number, &instance->port);
}

/* Returns how many packets follow; they lie at sfdfa_mesh_native_sent until the next call. */
uint32_t sfdfa_mesh_native_receive(instance_t *instance, uint32_t key, uint32_t payload)
{
    instance->port.count = 0;
    sfdfa_mesh_receive(&instance->core, key, payload);
    return instance->port.count;
}

const packet_t *sfdfa_mesh_native_sent(const instance_t *instance)
{
    return instance->port.packet;
}

/* Rows and columns of the weights that a core has of a layer. */
static uint32_t rows_of(const sfdfa_mesh_t *core, uint8_t layer)
{
    return SFDFA_INTEGRATES && layer == SFDFA_LAYERS - 1 ? core->part[layer].neurons : sfdfa_layers[layer].inputs;
}

static uint16_t columns_of(const sfdfa_mesh_t *core, uint8_t layer)
{
    return SFDFA_INTEGRATES && layer == SFDFA_LAYERS - 1 ? SFDFA_OUTPUTS : core->part[layer].neurons;
}

void sfdfa_mesh_native_read_weights(const instance_t *instance, uint8_t layer, int32_t *weights)
{
    const sfdfa_mesh_part_t *part = &instance->core.part[layer];
    for (uint32_t j = 0; j < rows_of(&instance->core, layer); j++) {
        for (uint16_t i = 0; i < columns_of(&instance->core, layer); i++) {
            *weights++ = sfdfa_weight(&instance->core.learned.weights[part->first_weight + j * part->row], i);
        }
    }
}

void sfdfa_mesh_native_write_weights(instance_t *instance, uint8_t layer, const int32_t *weights)
{
    const sfdfa_mesh_part_t *part = &instance->core.part[layer];
    for (uint32_t j = 0; j < rows_of(&instance->core, layer); j++) {
        sfdfa_weight_t *row = &instance->core.learned.weights[part->first_weight + j * part->row];
        for (uint16_t i = 0; i < columns_of(&instance->core, layer); i++) {
            sfdfa_change_weight(row, i, *weights++ - sfdfa_weight(row, i));
        }
    }
}

#if SFDFA_LEARNS

static uint16_t own_neurons(const sfdfa_mesh_t *core, uint8_t layers)
{
    uint16_t neurons = 0;
    for (uint8_t l = 0; l < layers; l++) {
        neurons = (uint16_t)(neurons + core->part[l].neurons);
    }
    return neurons;
}

void sfdfa_mesh_native_read_means(const instance_t *instance, int32_t *feedback, int32_t *mean_delta,
                                  int32_t *mean_rate)
{
    const sfdfa_mesh_t *core = &instance->core;
    const uint16_t hidden = own_neurons(core, SFDFA_LAYERS - 1);
    for (uint32_t k = 0; k < (SFDFA_TRANSPOSES ? 0 : (uint32_t)hidden * SFDFA_OUTPUTS); k++) {
        feedback[k] = core->learned.feedback[k];
    }
    for (uint16_t i = 0; i < hidden; i++) {
        mean_rate[i] = core->learned.mean_rate[i];
    }
    for (uint16_t i = 0; i < own_neurons(core, SFDFA_MESH_SPIKING); i++) {
        mean_delta[i] = core->learned.mean_delta[i];
    }
}

void sfdfa_mesh_native_write_means(instance_t *instance, const int32_t *feedback, const int32_t *mean_delta,
                                   const int32_t *mean_rate)
{
    sfdfa_mesh_t *core = &instance->core;
    const uint16_t hidden = own_neurons(core, SFDFA_LAYERS - 1);
    for (uint32_t k = 0; k < (SFDFA_TRANSPOSES ? 0 : (uint32_t)hidden * SFDFA_OUTPUTS); k++) {
        core->learned.feedback[k] = (int8_t)feedback[k];
    }
    for (uint16_t i = 0; i < hidden; i++) {
        core->learned.mean_rate[i] = (uint16_t)mean_rate[i];
    }
    for (uint16_t i = 0; i < own_neurons(core, SFDFA_MESH_SPIKING); i++) {
        core->learned.mean_delta[i] = mean_delta[i];
    }
}

#else

/* A network that does not learn has weights only. */
void sfdfa_mesh_native_read_means(const instance_t *instance, int32_t *feedback, int32_t *mean_delta,
                                  int32_t *mean_rate)
{
    (void)instance, (void)feedback, (void)mean_delta, (void)mean_rate;
}

void sfdfa_mesh_native_write_means(instance_t *instance, const int32_t *feedback, const int32_t *mean_delta,
                                   const int32_t *mean_rate)
{
    (void)instance, (void)feedback, (void)mean_delta, (void)mean_rate;
}

#endif

uint32_t sfdfa_mesh_native_read_samples(const instance_t *instance)
{
    return instance->core.learned.samples;
}

void sfdfa_mesh_native_write_samples(instance_t *instance, uint32_t samples)
{
    instance->core.learned.samples = samples;
}

void sfdfa_mesh_native_saturations(const instance_t *instance, sfdfa_saturations_t *saturations)
{
    *saturations = instance->core.saturations;
}
