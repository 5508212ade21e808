/* semihosting_vectors.c: where a simulated Cortex-M begins, for semihosting.ld. */
void _start(void);
extern char __stack[];

__attribute__((section(".vectors"), used)) void *const vectors[16] = {__stack, (void *)_start};
