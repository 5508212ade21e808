/*
 * sfdfa_mesh_hidden.h: no kernel lets the neurons of a hidden layer learn.
 */
#ifndef SFDFA_MESH_HIDDEN_H
#define SFDFA_MESH_HIDDEN_H

#include "sfdfa_mesh_notes.h"

static inline bool sfdfa_mesh_learn_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
    return false;
}

#endif
