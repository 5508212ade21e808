/*
 * sfdfa_mesh_root.c: core 0 gathers what the outputs report and sends the error to all, sections 6 to 8 of
 * docs/MESH.md.
 */
#include "sfdfa_mesh.h"

#include "sfdfa_mesh_judge.h"

#define LAST_FIELD (SFDFA_INTEGRATES ? SFDFA_MESH_SUM_EXPLAINED : SFDFA_MESH_OUTPUT_GRADE)

void sfdfa_mesh_root_begin(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->reports = 0;
    root->ready = 0;
    root->saturations = 0;
    root->judged = false;
    root->committed = false;
    begin_reports(root);
}

static void on_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, uint32_t payload)
{
    if (output < SFDFA_OUTPUTS && field <= LAST_FIELD) {
        add_report(root, field, output, payload);
        root->reports++;
    }
}

static void send_errors(sfdfa_mesh_t *core)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = error_of(&core->root, o, core->label);
        const int32_t grade = grade_of_output(&core->root, o);
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_E, o, (uint32_t)error);
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_D, o, (uint32_t)grade);
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

/* All outputs have reported. */
static SFDFA_SELDOM void judge(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    root->judged = true;
    find_results(root);
    root->action = choose_action(core);
    if (root->action == SFDFA_MESH_LEARN) {
        send_errors(core);
    }
    sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_ERROR, SFDFA_MESH_ERROR_ACTION, 0, root->action);
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

/* Go on where all that is waited for has come. */
static void advance(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    if (core->started && !root->judged && root->reports == wanted_reports(core) && is_at_look(root)) {
        send_verdict(core);
    }
    if (core->started && !root->judged && root->reports == wanted_reports(core)) {
        judge(core);
    }
    if (root->judged && !root->committed && root->ready == SFDFA_MESH_CORES) {
        root->committed = true;
        send_commit(core);
    }
}

void sfdfa_mesh_root_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_REPORT:
        on_report(&core->root, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), payload);
        break;
    case SFDFA_MESH_READY:
        core->root.ready++;
        break;
    case SFDFA_MESH_AGAIN:
        on_again(core);
        break;
    default:
        break;
    }
    advance(core);
}
