/*
 * samples_stub.cpp: a generated sketch that takes samples, on a computer or on a simulated board with semihosting. Arduino's functions are stubs; samples come from
 * the file samples.raw, int16 of all axes one after the other, and each becomes AVERAGED of a microphone's; what the sketch prints goes to standard output, and at the end
 * the CRC-32 of what it has learned.
 *
 * The file typed.txt says what a user types and when: in each line a number of samples, before the next one of which a number is typed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define F(text) (text)
#define BLOCK 32 /* samples that a microphone gives at once */
static const int A0 = 14;

static char typed[16] = "";
static const char *next_typed = typed;
static unsigned long clock_us;

struct Monitor {
    void begin(long) {}
    int available() { return *next_typed != 0; }
    int read() { return *next_typed != 0 ? *next_typed++ : -1; }
    void print(const char *text) { printf("%s", text); }
    void print(int value) { printf("%d", value); }
    void println(const char *text) { printf("%s\n", text); }
    void println(int value) { printf("%d\n", value); }
};
static Monitor Serial;

static unsigned long micros() __attribute__((unused));
static unsigned long micros()
{
    return clock_us;
}

/* A sketch that waits, waits for ever. */
static void delay(int)
{
    exit(3);
}

static float measured(int axis);
static int analogRead(int pin) __attribute__((unused));
static int analogRead(int pin)
{
    return (int)measured(pin - A0);
}

struct Microphone {
    void (*receive)();
    const int16_t *samples;
    int bytes;

    void onReceive(void (*function)()) { receive = function; }
    bool begin(int, int) { return true; }
    int available() { return bytes; }
    int read(int16_t *to, int count)
    {
        for (int k = 0; k < count / 2; k++) {
            *to++ = *samples++;
        }
        bytes -= count;
        return count;
    }
};

struct Accelerometer {
    bool begin() { return true; }
    int readAcceleration(float &x, float &y, float &z) { return read(0, x, y, z); }
    int readGyroscope(float &x, float &y, float &z) { return read(3, x, y, z); }
    int read(int first, float &x, float &y, float &z)
    {
        x = measured(first);
        y = measured(first + 1);
        z = measured(first + 2);
        return 1;
    }
};

static Microphone PDM __attribute__((unused));
static Accelerometer IMU __attribute__((unused));

#include SKETCH

static int16_t now[SFDFA_AXES];

#ifdef MICROPHONE_RATE
#ifndef AVERAGED
#define AVERAGED 1
#endif
static float measured(int)
{
    return 0;
}

static void give_sample()
{
    static int16_t block[BLOCK * AVERAGED];
    static int filled;
    for (int k = 0; k < AVERAGED; k++) {
        block[filled++] = now[0];
    }
    if (filled == BLOCK * AVERAGED) {
        PDM.samples = block;
        PDM.bytes = (int)sizeof block;
        PDM.receive();
        filled = 0;
        loop();
    }
}
#else
static float measured(int axis)
{
    return (float)now[axis] * unit[axis];
}

static void give_sample()
{
    clock_us += PERIOD_US;
    loop();
}
#endif

int main()
{
    FILE *samples = fopen("samples.raw", "rb");
    FILE *user = fopen("typed.txt", "r");
    long when;
    int number;
    bool more = fscanf(user, "%ld %d", &when, &number) == 2;
    setup();
    for (long count = 0; fread(now, sizeof now, 1, samples) == 1; count++) {
        if (more && when == count) {
            snprintf(typed, sizeof typed, "%d\n", number);
            next_typed = typed;
            more = fscanf(user, "%ld %d", &when, &number) == 2;
        }
        give_sample();
    }
    printf("%08lx\n", (unsigned long)sfdfa_state_crc(&net));
    return 0;
}
