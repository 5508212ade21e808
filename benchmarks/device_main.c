/*
 * device_main.c: learns or predicts the samples of device_samples.h, with nothing else in the way. device_speed.py
 * watches it.
 */
#include "device_samples.h"
#include "sfdfa.h"

static sfdfa_t net;
volatile uint32_t bench_crc; /* of the state, at the end */

/* Where the watcher halts. */
__attribute__((noinline)) void bench_done(void)
{
    for (;;) {
    }
}

int main(void)
{
    sfdfa_init(&net);
    for (uint32_t sample = 0; sample < BENCH_SAMPLES; sample++) {
        sfdfa_result_t result;
        sfdfa_sample_begin(&net, BENCH_LEARN);
        for (uint32_t k = bench_offsets[sample]; k < bench_offsets[sample + 1]; k++) {
            sfdfa_event(&net, bench_ticks[k], bench_channels[k]);
        }
        sfdfa_sample_end(&net, bench_labels[sample], &result);
    }
    bench_crc = sfdfa_state_crc(&net);
    bench_done();
}
