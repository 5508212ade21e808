/*
 * arduino_stub.cpp: the generated SensorLoop.ino on a computer. Arduino's functions are stubs; what the sketch prints goes to standard output.
 *
 * Arguments: one for each call of loop(): what a user has typed until then. STEADY is the value of every analogue input.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>

static const char *typed = "";

#define F(text) (text)
static const int A0 = 14;

struct Monitor {
    void begin(long) {}
    int available() { return *typed != 0; }
    int read() { return *typed != 0 ? *typed++ : -1; }
    void print(const char *text) { std::printf("%s", text); }
    void print(int value) { std::printf("%d", value); }
    void println(const char *text) { std::printf("%s\n", text); }
    void println(int value) { std::printf("%d\n", value); }
};
static Monitor Serial;

static int analogRead(int)
{
    return STEADY;
}

static bool started;

/* A sketch that waits in setup() waits for ever. */
static void delay(int)
{
    if (!started) {
        std::exit(3);
    }
}

#include "SensorLoop.ino"

int main(int count, char **arguments)
{
    setup();
    started = true;
    for (int k = 1; k < count; k++) {
        typed = arguments[k];
        loop();
    }
    return 0;
}
