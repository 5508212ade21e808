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
    root->wanted_sums = UINT32_MAX;
    root->all_are_ready = false;
    root->saturations = 0;
    root->judged = false;
    root->committed = false;
    begin_reports(root);
}

/* Whether the cores add up the spikes of each layer. */
static inline bool tells_spikes(const sfdfa_mesh_t *core)
{
    return SFDFA_MESH_REPLAYS && core->learns;
}

static void want_sums(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    const bool wants_spikes = tells_spikes(core) && !is_at_look(root);
    root->wanted_sums = wanted_sums(core) + (wants_spikes ? SFDFA_MESH_SPIKING : 0);
}

/* Returns whether it is the last one. */
static bool on_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, uint32_t payload)
{
    if (output >= SFDFA_OUTPUTS || field > SFDFA_MESH_OUTPUT_GRADE) {
        return false;
    }
    add_report(root, field, output, payload);
    root->reports++;
    return root->reports == wanted_reports();
}

static void send_errors(sfdfa_mesh_t *core, uint8_t field)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = error_of(&core->root, o, core->label);
        const int32_t grade = grade_of_output(core, o);
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

/* Whether some layer has had more spikes than there is room for. */
static bool wants_ranks(const sfdfa_mesh_t *core)
{
    const uint32_t *spikes = &core->root.total[SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS - SFDFA_MESH_FIRST_SUM];
    bool wants = false;
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS && tells_spikes(core); l++) {
        wants = wants || spikes[l] > sfdfa_layers[l].spike_capacity;
    }
    return wants;
}

/* All that is wanted of a sample has come. */
static SFDFA_SELDOM void judge(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->judged = true;
    take_sums(core);
    find_results(root);
    root->action = choose_action(core);
    const uint8_t field = (uint8_t)(root->action | (wants_ranks(core) ? SFDFA_MESH_WANTS_RANKS : 0));
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
        sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_RESULT, SFDFA_MESH_RESULT_ABORTED, 0, 0);
    }
}

static bool has_all(const sfdfa_mesh_t *core)
{
    const sfdfa_mesh_root_t *root = &core->root;
    return core->started && !root->judged && root->reports == wanted_reports() && root->sums == root->wanted_sums;
}

/* Go on where all that is waited for has come. */
static void advance(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    if (is_at_look(root) && has_all(core)) {
        take_sums(core);
        send_verdict(core);
        want_sums(core);
    }
    if (has_all(core)) {
        judge(core);
    }
    if (root->judged && !root->committed && root->all_are_ready) {
        root->committed = true;
        send_commit(core);
    }
}

void sfdfa_mesh_root_sum(sfdfa_mesh_t *core)
{
    if (++core->root.sums == core->root.wanted_sums) {
        advance(core);
    }
}

void sfdfa_mesh_root_all_ready(sfdfa_mesh_t *core)
{
    core->root.all_are_ready = true;
    advance(core);
}

void sfdfa_mesh_root_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_START:
        want_sums(core);
        break;
    case SFDFA_MESH_REPORT:
        if (!on_report(&core->root, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), payload)) {
            return;
        }
        break;
    case SFDFA_MESH_AGAIN:
        on_again(core);
        break;
    default:
        break;
    }
    advance(core);
}
