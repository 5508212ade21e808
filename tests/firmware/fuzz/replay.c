/*
 * replay.c: give the fuzzer's target the files that are named, where there is no libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int count, char **names)
{
    static uint8_t data[1 << 16];
    for (int k = 1; k < count; k++) {
        FILE *file = fopen(names[k], "rb");
        if (file == NULL) {
            perror(names[k]);
            return 1;
        }
        const size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%d inputs\n", count - 1);
    return 0;
}
