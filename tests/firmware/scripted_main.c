/*
 * scripted_main.c: runs the library by a script on standard input, a call a line, and prints what every call returned.
 * Built with sanitizers by test_c_quality.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sfdfa.h"

static sfdfa_t net;

static void print_saturations(void)
{
    const sfdfa_saturations_t *s = &net.saturations;
    printf("%lu %lu %lu %lu %lu %lu %lu\n", (unsigned long)s->state, (unsigned long)s->grades,
           (unsigned long)s->eligibility, (unsigned long)s->update, (unsigned long)s->spikes,
           (unsigned long)sfdfa_weights_at_limit(&net), (unsigned long)sfdfa_feedback_at_limit(&net));
}

static void end_sample(long label)
{
    sfdfa_result_t result;
    const int status = sfdfa_sample_end(&net, (int32_t)label, &result);
    printf("%d", status);
    if (status == SFDFA_OK) {
        printf(" %u %lu", (unsigned)result.prediction, (unsigned long)result.squared_error);
        for (unsigned o = 0; o < SFDFA_OUTPUTS; o++) {
#if SFDFA_INTEGRATES
            printf(" %u", (unsigned)result.probabilities[o]);
#else
            printf(" %u", (unsigned)result.counts[o]);
#endif
        }
    }
    printf("\n");
}

/* Blocks lie in memory of exactly their size, so that a sanitizer sees a byte too much. */
static void read_block(unsigned long offset, unsigned long size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    const int status = sfdfa_state_read(&net, (uint32_t)offset, bytes, (uint32_t)size);
    printf("%d ", status);
    for (unsigned long k = 0; status == SFDFA_OK && k < size; k++) {
        printf("%02x", (unsigned)bytes[k]);
    }
    printf("\n");
    free(bytes);
}

static void write_block(unsigned long offset, const char *hex)
{
    const size_t size = strlen(hex) / 2;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    for (size_t k = 0; k < size; k++) {
        unsigned value = 0;
        sscanf(&hex[2 * k], "%2x", &value);
        bytes[k] = (uint8_t)value;
    }
    printf("%d\n", sfdfa_state_write(&net, (uint32_t)offset, bytes, (uint32_t)size));
    free(bytes);
}

int main(void)
{
    static char line[1 << 20];
    static char hex[1 << 20];
    memset(&net, 0xA5, sizeof net); /* nothing may rely on zeros */
    sfdfa_init(&net);
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long a = 0;
        unsigned long b = 0;
        long label = 0;
        hex[0] = '\0';
        if (strcmp(line, "init\n") == 0) {
            sfdfa_init(&net);
            printf("0\n");
        } else if (sscanf(line, "begin %lu", &a) == 1) {
            printf("%d\n", sfdfa_sample_begin(&net, a != 0));
        } else if (sscanf(line, "event %lu %lu", &a, &b) == 2) {
            printf("%d\n", sfdfa_event(&net, (uint16_t)a, (uint16_t)b));
        } else if (sscanf(line, "end %ld", &label) == 1) {
            end_sample(label);
        } else if (sscanf(line, "rate %lu", &a) == 1) {
            printf("%d\n", sfdfa_set_rate_scale(&net, (uint16_t)a));
        } else if (sscanf(line, "read %lu %lu", &a, &b) == 2) {
            read_block(a, b);
        } else if (sscanf(line, "write %lu %s", &a, hex) >= 1) {
            write_block(a, hex);
        } else if (strcmp(line, "accept\n") == 0) {
            printf("%d\n", sfdfa_state_accept(&net, sfdfa_whole_crc(&net)));
        } else if (sscanf(line, "accept %lx", &a) == 1) {
            printf("%d\n", sfdfa_state_accept(&net, (uint32_t)a));
        } else if (strcmp(line, "crc\n") == 0) {
            printf("%08lx\n", (unsigned long)sfdfa_state_crc(&net));
        } else if (strcmp(line, "saturations\n") == 0) {
            print_saturations();
        } else {
            printf("unknown line: %s", line);
            return 2;
        }
    }
    return 0;
}
