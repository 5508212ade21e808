/*
 * pico_profile.mjs: cycles of each instruction of a Raspberry Pi Pico's image, by rp2040js.
 *
 *     node pico_profile.mjs RP2040JS FLASH.bin END CRC OUT.json
 *
 * END is where it halts, CRC a word in RAM to be read then; both are hexadecimal. Writes {"crc": .., "cycles": [[address, cycles], ..]}.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [rp2040js, flashFile, end, crc, out] = process.argv.slice(2);
const { ConsoleLogger, LogLevel, RP2040 } = await import(rp2040js);

const FLASH_BASE = 0x10000000;
const VECTORS = 0x100; // behind the second stage of the boot loader
const NANOSECONDS_PER_CYCLE = 8;

class CycleClock {
  core = undefined;

  get nanos() {
    return this.core === undefined ? 0 : this.core.cycles * NANOSECONDS_PER_CYCLE;
  }

  createAlarm() {
    return { schedule() {}, cancel() {} };
  }
}

const clock = new CycleClock();
const chip = new RP2040(clock);
const { core } = chip;
clock.core = core;
chip.logger = new ConsoleLogger(LogLevel.Error, true);
const flash = readFileSync(flashFile);
chip.flash.set(flash, 0);
core.VTOR = FLASH_BASE + VECTORS;
core.SP = flash.readUInt32LE(VECTORS);
core.PC = flash.readUInt32LE(VECTORS + 4) & ~1;

const spent = new Float64Array(flash.length / 2 + 1);
const last = parseInt(end, 16);
while (core.PC !== last) {
  const place = (core.PC - FLASH_BASE) >> 1;
  const before = core.cycles;
  core.executeInstruction();
  spent[place] += core.cycles - before;
}
const cycles = [];
spent.forEach((count, place) => count && cycles.push([FLASH_BASE + 2 * place, count]));
writeFileSync(out, JSON.stringify({ crc: chip.readUint32(parseInt(crc, 16)), cycles }));
