// Crc.ino: learns samples that a counter makes, and prints the checksum of what it has learned.
#include "learn_counted.h"

void setup()
{
    Serial.begin(115200);
    const uint32_t crc = learn_counted();
    Serial.print("crc ");
    Serial.println(crc, HEX);
}

void loop()
{
}
