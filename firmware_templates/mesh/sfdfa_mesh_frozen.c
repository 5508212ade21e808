/*
 * sfdfa_mesh_frozen.c: a network that does not learn notes nothing.
 */
#include "sfdfa_mesh_notes.h"

void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core)
{
    (void)core;
}

void sfdfa_mesh_note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    (void)core, (void)layer_index, (void)tick;
}

void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, sfdfa_mesh_inputs_t inputs)
{
    (void)core, (void)layer_index, (void)inputs;
}

void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick, int32_t a)
{
    (void)core, (void)layer_index, (void)i, (void)tick, (void)a;
}

void sfdfa_mesh_note_output(sfdfa_mesh_t *core, uint16_t i, uint8_t tick)
{
    (void)core, (void)i, (void)tick;
}

uint16_t sfdfa_mesh_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
    return 0;
}

bool sfdfa_mesh_prepare(sfdfa_mesh_t *core)
{
    (void)core;
    return true;
}

void sfdfa_mesh_on_learn(sfdfa_mesh_t *core)
{
    (void)core;
}
