/*
 * sfdfa_mesh_root.c: core 0 gathers what the outputs report and sends the error to all, sections 6 to 8 of
 * docs/MESH.md.
 */
#include "sfdfa_mesh.h"

#include "sfdfa_mesh_judge.h"

void sfdfa_mesh_root_begin(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->reports = 0;
    root->sums = 0;
    root->wants_ranks = false;
    root->all_are_ready = false;
    root->saturations = 0;
    root->judged = false;
    root->committed = false;
    begin_reports(root);
}

static void on_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, uint32_t payload)
{
    if (output < SFDFA_OUTPUTS && field <= SFDFA_MESH_OUTPUT_GRADE) {
        add_report(root, field, output, payload);
        root->reports++;
    }
}

static void send_errors(sfdfa_mesh_t *core, uint8_t field)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = error_of(&core->root, o, core->label);
        const int32_t grade = grade_of_output(&core->root, o);
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, field, o, sfdfa_mesh_error(error, grade));
    }
}

/* What is to be done with the sample. */
static uint8_t choose_action(const sfdfa_mesh_t *core)
{
    if (!core->learns || core->label >= SFDFA_OUTPUTS) {
        return SFDFA_MESH_NOTHING;
    }
    return is_known(&core->root, core->label) ? SFDFA_MESH_KNOWN : SFDFA_MESH_LEARN;
}

/* All that is wanted of a sample has come. */
static SFDFA_SELDOM void judge(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->judged = true;
    find_results(root);
    root->action = choose_action(core);
    const uint8_t field = (uint8_t)(root->action | (root->wants_ranks ? SFDFA_MESH_WANTS_RANKS : 0));
    if (root->action == SFDFA_MESH_LEARN) {
        send_errors(core, field);
    } else {
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, field, 0, 0);
    }
}

static SFDFA_SELDOM void send_commit(sfdfa_mesh_t *core)
{
    const sfdfa_mesh_root_t *root = &core->root;
    const uint32_t summary = (uint32_t)root->action << 24 | (uint32_t)ticks_run(root) << 16 | root->prediction;
    sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_COMMIT, 0, 0, root->action);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_OUTPUT, o, (uint32_t)root->shown[o]);
    }
    sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_SUMMARY, 0, summary);
    sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_MARGIN, 0, root->margin);
}

static SFDFA_SELDOM void on_again(sfdfa_mesh_t *core)
{
    if (core->root.committed) {
        send_commit(core);
    } else {
        sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_ABORTED, 0, 0, 0);
    }
}

static bool has_all(const sfdfa_mesh_t *core)
{
    const sfdfa_mesh_root_t *root = &core->root;
    const bool wants_spikes = SFDFA_MESH_REPLAYS && core->learns && !is_at_look(root);
    return core->started && !root->judged && root->reports == wanted_reports() &&
           root->sums == wanted_sums(core) + (wants_spikes ? SFDFA_MESH_SPIKING : 0);
}

/* Go on where all that is waited for has come. */
static void advance(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    if (is_at_look(root) && has_all(core)) {
        send_verdict(core);
    }
    if (has_all(core)) {
        judge(core);
    }
    if (root->judged && !root->committed && root->all_are_ready) {
        root->committed = true;
        send_commit(core);
    }
}

void sfdfa_mesh_root_take(sfdfa_mesh_t *core, uint16_t item, uint32_t sum)
{
    sfdfa_mesh_root_t *root = &core->root;
    if (item >= SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS) {
        const uint8_t layer = (uint8_t)(item - SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS);
        root->wants_ranks = root->wants_ranks || sum > sfdfa_layers[layer].spike_capacity;
    } else {
        uint8_t field = 0;
        for (; item >= SFDFA_OUTPUTS; item = (uint16_t)(item - SFDFA_OUTPUTS)) {
            field++;
        }
        take_sum(root, field, item, sum);
    }
    root->sums++;
    advance(core);
}

void sfdfa_mesh_root_all_ready(sfdfa_mesh_t *core)
{
    core->root.all_are_ready = true;
    advance(core);
}

void sfdfa_mesh_root_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_REPORT:
        on_report(&core->root, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), payload);
        break;
    case SFDFA_MESH_AGAIN:
        on_again(core);
        break;
    default:
        break;
    }
    advance(core);
}
