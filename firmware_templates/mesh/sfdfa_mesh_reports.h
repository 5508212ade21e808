/*
 * sfdfa_mesh_reports.h: what the outputs report, and verdicts: section 6 of docs/MESH.md. Part of sfdfa_mesh_core.c.
 */
#ifndef SFDFA_MESH_REPORTS_H
#define SFDFA_MESH_REPORTS_H

#include "sfdfa_mesh.h"

#include "sfdfa_mesh_steps.h"

/* Section 6. Returns whether all has been reported. */
#if SFDFA_INTEGRATES

static bool report_outputs(sfdfa_mesh_t *core)
{
    if (core->run.told < core->run.last) {
        sfdfa_mesh_report_sums(core);
        core->run.told = core->run.last;
    }
    return !sfdfa_mesh_wants_residual(core) || sfdfa_mesh_report_residual(core);
}

/* The sums so far, where a verdict is waited for. */
static void report_look(sfdfa_mesh_t *core)
{
    sfdfa_mesh_run_t *run = &core->run;
    if (run->look < SFDFA_TICKS - 1 && run->told <= run->look &&
        has_reached(core, SFDFA_MESH_STAGES - 1, (uint8_t)(run->look + 1))) {
        run->told = (uint8_t)(run->look + 1);
        sfdfa_mesh_report_sums(core);
    }
}

static void on_verdict(sfdfa_mesh_t *core, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    if (tick >= SFDFA_TICKS) {
        return;
    }
    if ((payload & 1) != 0) {
        core->run.last = (uint8_t)(tick + 1);
    } else {
        core->run.look = sfdfa_mesh_next_look((uint8_t)(tick + 1));
        want_ticks(core);
    }
}

#else

static void report_look(sfdfa_mesh_t *core)
{
    (void)core;
}

static bool report_outputs(sfdfa_mesh_t *core)
{
    const sfdfa_mesh_part_t *part = &core->part[SFDFA_LAYERS - 1];
    const sfdfa_mesh_run_t *run = &core->run;
    for (uint16_t i = 0; i < part->neurons; i++) {
        const uint16_t neuron = (uint16_t)(part->first_neuron + i);
        const uint16_t output = (uint16_t)(part->first + i);
        const int32_t potential = (int32_t)run->membrane[neuron].b - run->membrane[neuron].a;
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_COUNT, output, run->counts[neuron]);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_POTENTIAL, output, (uint32_t)potential);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_OUTPUT_GRADE, output,
                        (uint32_t)(int32_t)run->output_grade[neuron]);
    }
    return true;
}

#endif

static void tell_to_prepare(sfdfa_mesh_t *core)
{
    sfdfa_mesh_tell(core, SFDFA_TO_ITSELF, SFDFA_MESH_PREPARE, 0, core->number, 0);
}

#endif
