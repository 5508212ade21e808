/*
 * sfdfa_pico.js: a Raspberry Pi Pico that starts from a UF2 file and has its UART0 on a TCP port of this machine.
 *
 *     node sfdfa_pico.js FIRMWARE.uf2 [REGIONS CYCLES]
 *
 * prints "listening on 127.0.0.1:PORT" and runs until it is told to end or the process that started it does. A new connection takes the
 * place of the one before; the board runs on without one, as a real board does when its cable is pulled. With the last two arguments it counts
 * cycles by region, as common/sfdfa_regions.h says, with places from the start of the flash; the file of the cycles is up to date whenever the board has sent something.
 */
import { openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';

const FLASH_BASE = 0x10000000;
const BOOT_BLOCK_ADDRESS = 0x20041f00; // where the boot ROM puts and calls the flash second stage
const BOOT_BLOCK_BYTES = 256;
const RP2040_FAMILY = 0xe48bff56;
const UF2_BLOCK_BYTES = 512;

const NANOSECONDS_PER_CYCLE = 8; // 125 MHz
const UART_DMA_CONTROL = 0x48;
const DMA_TRANSFERS_LEFT = 0x08; // of channel 0
const INSTRUCTIONS_PER_TURN = 100_000; // then the socket has its turn
const POLLS_TO_IDLE = 16;
const IDLE_MS = 50;
const PARENT_CHECK_MS = 500;

/* The simulated time follows from the cycles, so it costs nothing to keep. No alarm is served: the firmware has no interrupts. */
class CycleClock {
  core = undefined;

  get nanos() {
    return this.core === undefined ? 0 : this.core.cycles * NANOSECONDS_PER_CYCLE;
  }

  get micros() {
    return this.nanos / 1000;
  }

  createAlarm() {
    return { schedule() {}, cancel() {} };
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/* Put the file's blocks into the flash, as the boot ROM's USB drive does. */
function loadUf2(flash, file) {
  for (let start = 0; start < file.length; start += UF2_BLOCK_BYTES) {
    const block = file.subarray(start, start + UF2_BLOCK_BYTES);
    if (block.length < UF2_BLOCK_BYTES || block.readUInt32LE(0) !== 0x0a324655 || block.readUInt32LE(28) !== RP2040_FAMILY) {
      fail(`block ${start / UF2_BLOCK_BYTES} of the file is none of a UF2 file for the RP2040`);
    }
    const offset = block.readUInt32LE(12) - FLASH_BASE;
    flash.set(block.subarray(32, 32 + block.readUInt32LE(16)), offset);
  }
}

/* RP2040 Datasheet, "Bootrom", section "Checksum". */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    }
  }
  return crc >>> 0;
}

/* What the boot ROM does after a reset: check the flash second stage, copy it to RAM, call it. */
function boot(chip) {
  const stage = Buffer.from(chip.flash.subarray(0, BOOT_BLOCK_BYTES));
  if (crc32(stage.subarray(0, 252)) !== stage.readUInt32LE(252)) {
    fail('the checksum of the flash second stage is wrong: a Pico would not start this image');
  }
  chip.sram.set(stage, BOOT_BLOCK_ADDRESS - 0x20000000);
  chip.core.SP = BOOT_BLOCK_ADDRESS;
  chip.core.LR = 0;
  chip.core.PC = BOOT_BLOCK_ADDRESS;
}

/* Cycles by region of the code. */
class Regions {
  constructor(regionsPath, cyclesPath) {
    const bytes = readFileSync(regionsPath);
    this.region = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    this.file = openSync(cyclesPath, 'r+');
    this.cycles = new Float64Array(statSync(cyclesPath).size / 8);
    this.current = 0;
  }

  count(address, cycles) {
    this.current = this.region[(address - FLASH_BASE) >>> 1] || this.current;
    this.cycles[this.current] += cycles;
  }

  write() {
    writeSync(this.file, BigUint64Array.from(this.cycles, BigInt), 0, undefined, 0);
  }
}

const clock = new CycleClock();
const chip = new RP2040(clock);
const { core } = chip;
const uart = chip.uart[0];
const dmaChannel = chip.dma.channels[0];
clock.core = core;
chip.logger = new ConsoleLogger(LogLevel.Error, true);

let client = null;
let sent = []; // by the UART, not yet given to the client
let polls = 0; // of the DMA's count since anything happened, less those that find the bytes received by then
let turn = null; // a timer, while nothing is to be done
const regions = process.argv.length > 4 ? new Regions(process.argv[3], process.argv[4]) : null;

/*
 * What rp2040js leaves out of the UART: its requests to the DMA. Bytes arrive as fast as the DMA takes them, which is at once, so the
 * line is faster than any real one but no byte depends on the time of day.
 */
dmaChannel.transferAlarm = { schedule: () => dmaChannel.transfer(), cancel() {} };
let requestsDma = false;
const writeRegister = uart.writeUint32.bind(uart);
uart.writeUint32 = (offset, value) => {
  if (offset === UART_DMA_CONTROL) {
    requestsDma = (value & 1) !== 0;
  } else {
    writeRegister(offset, value);
  }
};
const readRegister = uart.readUint32.bind(uart);
uart.readUint32 = (offset) => {
  const value = readRegister(offset);
  if (uart.rxFIFO.empty) {
    chip.dma.clearDREQ(uart.dreq.rx);
  }
  return value;
};

function receive(bytes) {
  for (const byte of bytes) {
    if (!uart.rxFIFO.full) {
      uart.feedByte(byte);
    }
    if (requestsDma) {
      chip.dma.setDREQ(uart.dreq.rx);
    }
  }
  polls = Math.min(polls, 0) - bytes.length;
}

/* Firmware that has nothing to do asks the DMA again and again whether a byte has come. */
const readDma = chip.dma.readUint32.bind(chip.dma);
chip.dma.readUint32 = (offset) => {
  polls += offset === DMA_TRANSFERS_LEFT ? 1 : 0;
  return readDma(offset);
};
uart.onByte = (byte) => {
  sent.push(byte);
  polls = Math.min(polls, 0);
};

function flush() {
  if (sent.length > 0) {
    regions?.write();
    client?.write(Buffer.from(sent));
    sent = [];
  }
}

function step() {
  const { PC, cycles } = core;
  core.executeInstruction();
  regions?.count(PC, core.cycles - cycles);
}

/* Run until the firmware waits for a byte that is not there, or it is the socket's turn. */
function run() {
  polls = Math.min(polls, 0);
  for (let left = INSTRUCTIONS_PER_TURN; left > 0 && polls < POLLS_TO_IDLE; left--) {
    step();
  }
  flush();
  if (polls < POLLS_TO_IDLE) {
    turn = null;
    setImmediate(run);
  } else {
    turn = setTimeout(run, IDLE_MS);
  }
}

function wake() {
  if (turn !== null) {
    clearTimeout(turn);
    turn = null;
    run();
  }
}

const server = createServer((socket) => {
  client?.destroy();
  client = socket;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => {
    client = client === socket ? null : client;
  });
  socket.on('data', (data) => {
    if (client === socket) {
      receive(data);
      wake();
    }
  });
});

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) {
    process.exit();
  }
}, PARENT_CHECK_MS);

loadUf2(chip.flash, readFileSync(process.argv[2]));
boot(chip);
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
  run();
});
