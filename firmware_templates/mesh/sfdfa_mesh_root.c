/*
 * sfdfa_mesh_root.c: core 0 gathers what the outputs report and sends the error to all, sections 6 to 8 of
 * docs/MESH.md.
 */
#include "sfdfa_mesh.h"

void sfdfa_mesh_root_begin(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->reports = 0;
    root->ready = 0;
    root->judged = false;
    root->committed = false;
}

static void on_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, int32_t value)
{
    if (output >= SFDFA_OUTPUTS || field > SFDFA_MESH_OUTPUT_GRADE) {
        return;
    }
    int32_t *values = field == SFDFA_MESH_COUNT ? root->count : root->potential;
    if (field == SFDFA_MESH_OUTPUT_GRADE) {
        values = root->output_grade;
    }
    values[output] = value;
    root->reports++;
}

/* Most spikes, then the largest B - A, then the lowest number. */
static uint16_t find_winner(const sfdfa_mesh_root_t *root)
{
    uint16_t winner = 0;
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        if (root->count[o] > root->count[winner] ||
            (root->count[o] == root->count[winner] && root->potential[o] > root->potential[winner])) {
            winner = o;
        }
    }
    return winner;
}

/* e of section 6. */
static int16_t error_of(int32_t count, bool is_true)
{
    const int32_t error = (is_true ? SFDFA_TARGET_TRUE : SFDFA_TARGET_FALSE) - count;
    const bool is_right = SFDFA_ONE_SIDED_ERROR && (is_true ? error < 0 : error > 0);
    return (int16_t)(is_right ? 0 : error);
}

static void send_errors(sfdfa_mesh_t *core)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = error_of(core->root.count[o], o == core->label);
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_E, o, (uint32_t)error);
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_D, o,
                        (uint32_t)core->root.output_grade[o]);
    }
}

/* All outputs have reported. */
static void judge(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->judged = true;
    root->prediction = find_winner(root);
    root->action = SFDFA_MESH_NOTHING;
    if (core->learns && core->label != SFDFA_MESH_NO_LABEL) {
        root->action = SFDFA_MESH_LEARN;
        send_errors(core);
    }
    sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_ACTION, 0, root->action);
}

static void send_commit(sfdfa_mesh_t *core)
{
    const sfdfa_mesh_root_t *root = &core->root;
    const uint32_t summary = (uint32_t)root->action << 24 | (uint32_t)SFDFA_TICKS << 16 | root->prediction;
    sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_COMMIT, 0, 0, root->action);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_OUTPUT, o, (uint32_t)root->count[o]);
    }
    sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_SUMMARY, 0, summary);
    sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_MARGIN, 0, 0);
}

static void on_again(sfdfa_mesh_t *core)
{
    if (core->root.committed) {
        send_commit(core);
    } else {
        sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_ABORTED, 0, 0, 0);
    }
}

void sfdfa_mesh_root_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    sfdfa_mesh_root_t *root = &core->root;
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_REPORT:
        on_report(root, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), sfdfa_mesh_value(payload));
        break;
    case SFDFA_MESH_READY:
        root->ready++;
        break;
    case SFDFA_MESH_AGAIN:
        on_again(core);
        break;
    default:
        break;
    }
    if (core->started && !root->judged && root->reports == 3 * SFDFA_OUTPUTS) {
        judge(core);
    }
    if (root->judged && !root->committed && root->ready == SFDFA_MESH_CORES) {
        root->committed = true;
        send_commit(core);
    }
}
