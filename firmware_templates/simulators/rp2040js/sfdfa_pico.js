/*
 * sfdfa_pico.js: a Raspberry Pi Pico that starts from a UF2 file and has its UART0 on a TCP port of this machine.
 *
 *     node sfdfa_pico.js FIRMWARE.uf2 [REGIONS CYCLES]
 *
 * prints "listening on 127.0.0.1:PORT" and runs until it is told to end or the process that started it does. A new connection takes the
 * place of the one before; the board runs on without one, as a real board does when its cable is pulled. A signal SIGUSR1 is a power cut: the
 * board starts again with its flash as it was, or with an erasure or a page half done if one begins soon; SIGUSR2 says by pin 2 that the supply is
 * going. With the last two arguments it counts
 * cycles by region, as common/sfdfa_regions.h says, with places from the start of the flash; the file of the cycles is up to date whenever the board has sent something.
 */
import { openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';

const FLASH_BASE = 0x10000000;
const FLASH_BYTES = 0x200000;
const BOOT_BLOCK_ADDRESS = 0x20041f00; // where the boot ROM puts and calls the flash second stage
const BOOT_BLOCK_BYTES = 256;
const RP2040_FAMILY = 0xe48bff56;
const UF2_BLOCK_BYTES = 512;

const NANOSECONDS_PER_CYCLE = 8; // 125 MHz
const UART_DMA_CONTROL = 0x48;
const DMA_TRANSFERS_LEFT = 0x08; // of channel 0
const POWER_PIN = 2; // high while the supply holds
const INSTRUCTIONS_PER_TURN = 100_000; // then the socket has its turn
const TURNS_TO_CUT = 5; // that a power cut waits for a change of the flash to fall into
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

class PowerCut extends Error {}

const ROM_BYTES = 0x4000;
const ROM_TABLE = 0x14; // 16 bits: where the table of functions is; at 0x18, the function that finds one in it
const ROM_FUNCTIONS = 0x100; // of this model: an address for each, in which nothing is executed
const SECTOR_BYTES = 4096;
const PAGE_BYTES = 256;
const BLANK = 0xff;
const ERASE_CYCLES = 45_000_000 / NANOSECONDS_PER_CYCLE; // W25Q16JV data sheet, typical: 45 ms, and 0.4 ms for a page
const PROGRAM_CYCLES = 400_000 / NANOSECONDS_PER_CYCLE;

/*
 * The functions of the boot ROM that change the flash. RP2040 Datasheet, "Bootrom", section "Flash Access Functions". Bits only fall, sectors are
 * erased whole, and until the flash is mapped again whoever reads it ends the program.
 */
class BootRom {
  constructor(chip) {
    this.chip = chip;
    this.names = ['find', 'IF', 'EX', 'RE', 'RP', 'FC', 'CX'];
    this.mapped = true;
    this.connected = false;
    this.flushed = true;
    this.cutsNext = false; // the power fails in the middle of the next change
    chip.bootrom[ROM_TABLE / 4] = ROM_FUNCTIONS;
    chip.bootrom[ROM_TABLE / 4 + 1] = ROM_FUNCTIONS + 1;
  }

  /* Do what the function at `address` does, and return from it. */
  call(address) {
    const { core } = this.chip;
    const [first, second, third] = core.registers;
    const name = this.names[(address - ROM_FUNCTIONS) / 4];
    switch (name) {
      case 'find':
        core.registers[0] = this.find(second);
        break;
      case 'IF':
        this.connected = true;
        break;
      case 'EX':
        this.expect(this.connected, 'leaves the mapping of a flash that is not connected');
        this.unmap();
        break;
      case 'RE':
        this.expect(!this.mapped && first % SECTOR_BYTES === 0 && second % SECTOR_BYTES === 0, 'erases no whole sectors');
        this.change(first, second, ERASE_CYCLES * (second / SECTOR_BYTES), () => BLANK);
        break;
      case 'RP':
        this.expect(!this.mapped && first % PAGE_BYTES === 0 && third % PAGE_BYTES === 0, 'programs no whole pages');
        this.program(first, this.chip.sram.slice(second - 0x20000000, second - 0x20000000 + third));
        break;
      case 'FC':
        this.flushed = true;
        break;
      case 'CX':
        this.expect(this.flushed, 'maps a flash whose cache is not flushed');
        this.map();
        break;
      default:
        fail(`the firmware calls 0x${address.toString(16)} in the boot ROM, which is not modelled`);
    }
    core.PC = core.LR & ~1;
  }

  find(code) {
    const place = this.names.indexOf(String.fromCharCode(code & 0xff, code >> 8));
    return place < 0 ? 0 : ROM_FUNCTIONS + 4 * place + 1;
  }

  expect(holds, misuse) {
    if (!holds) {
      fail(`the firmware ${misuse}`);
    }
  }

  unmap() {
    this.mapped = false;
    this.flushed = false;
    for (const read of ['readUint32', 'readUint16', 'readUint8']) {
      const original = Object.getPrototypeOf(this.chip)[read].bind(this.chip);
      this.chip[read] = (address) => {
        this.expect(address >>> 28 !== FLASH_BASE >>> 28, `reads its flash at 0x${address.toString(16)} while it is changed`);
        return original(address);
      };
    }
  }

  map() {
    this.mapped = true;
    this.connected = false;
    delete this.chip.readUint32;
    delete this.chip.readUint16;
    delete this.chip.readUint8;
  }

  program(start, bytes) {
    const { flash } = this.chip;
    this.change(start, bytes.length, PROGRAM_CYCLES * (bytes.length / PAGE_BYTES), (place) => flash[place] & bytes[place - start]);
  }

  /* Give bytes the value they are to have; of some only some bits, if the power fails. */
  change(start, size, cycles, wanted) {
    const { core, flash } = this.chip;
    for (let place = start; place < start + size; place++) {
      const done = this.cutsNext ? Math.floor(Math.random() * 256) : BLANK;
      flash[place] = (flash[place] & ~done) | (wanted(place) & done);
    }
    core.cycles += cycles;
    if (this.cutsNext) {
      throw new PowerCut();
    }
  }
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

let client = null;
let sent = []; // by the UART, not yet given to the client
let polls = 0; // of the DMA's count since anything happened, less those that find the bytes received by then
let turn = null; // a timer, while nothing is to be done
let turnsToCut = 0; // until the power fails; 0: it does not
let pico = null; // what is switched on
const regions = process.argv.length > 4 ? new Regions(process.argv[3], process.argv[4]) : null;

/* A board that is switched on, with what its flash holds. */
class Pico {
  constructor(flash) {
    const clock = new CycleClock();
    this.chip = new RP2040(clock);
    this.core = this.chip.core;
    this.uart = this.chip.uart[0];
    this.requestsDma = false;
    clock.core = this.core;
    this.chip.logger = new ConsoleLogger(LogLevel.Error, true);
    this.chip.flash.set(flash);
    this.chip.gpio[POWER_PIN].setInputValue(true);
    this.rom = new BootRom(this.chip);
    this.connectUart();
    this.watchDma();
    boot(this.chip);
  }

  /*
   * What rp2040js leaves out of the UART: its requests to the DMA. Bytes arrive as fast as the DMA takes them, which is at once, so the
   * line is faster than any real one but no byte depends on the time of day.
   */
  connectUart() {
    const { chip, uart } = this;
    const dmaChannel = chip.dma.channels[0];
    dmaChannel.transferAlarm = { schedule: () => dmaChannel.transfer(), cancel() {} };
    const writeRegister = uart.writeUint32.bind(uart);
    uart.writeUint32 = (offset, value) => {
      if (offset === UART_DMA_CONTROL) {
        this.requestsDma = (value & 1) !== 0;
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
    uart.onByte = (byte) => {
      sent.push(byte);
      polls = Math.min(polls, 0);
    };
  }

  /* Firmware that has nothing to do asks the DMA again and again whether a byte has come. */
  watchDma() {
    const { dma } = this.chip;
    const readDma = dma.readUint32.bind(dma);
    dma.readUint32 = (offset) => {
      polls += offset === DMA_TRANSFERS_LEFT ? 1 : 0;
      return readDma(offset);
    };
  }

  receive(byte) {
    if (!this.uart.rxFIFO.full) {
      this.uart.feedByte(byte);
    }
    if (this.requestsDma) {
      this.chip.dma.setDREQ(this.uart.dreq.rx);
    }
  }

  step() {
    const { PC, cycles } = this.core;
    if (PC < ROM_BYTES) {
      this.rom.call(PC);
    } else {
      this.core.executeInstruction();
    }
    regions?.count(PC, this.core.cycles - cycles);
  }
}

function receive(bytes) {
  for (const byte of bytes) {
    pico.receive(byte);
  }
  polls = Math.min(polls, 0) - bytes.length;
}

function flush() {
  if (sent.length > 0) {
    regions?.write();
    client?.write(Buffer.from(sent));
    sent = [];
  }
}

/* Switch the board off and on. What was on its way to it is lost. */
function cutPower() {
  turnsToCut = 0;
  sent = [];
  polls = 0;
  pico = new Pico(pico.chip.flash);
}

function runTurn() {
  polls = Math.min(polls, 0);
  for (let left = INSTRUCTIONS_PER_TURN; left > 0 && polls < POLLS_TO_IDLE; left--) {
    pico.step();
  }
  flush();
  if (turnsToCut > 0 && --turnsToCut === 0) {
    throw new PowerCut();
  }
}

/* Run until the firmware waits for a byte that is not there, or it is the socket's turn. */
function run() {
  try {
    runTurn();
  } catch (problem) {
    if (!(problem instanceof PowerCut)) {
      throw problem;
    }
    cutPower();
  }
  if (polls < POLLS_TO_IDLE || turnsToCut > 0) {
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

process.on('SIGUSR2', () => {
  pico.chip.gpio[POWER_PIN].setInputValue(false);
  wake();
});

process.on('SIGUSR1', () => {
  turnsToCut = TURNS_TO_CUT;
  pico.rom.cutsNext = true;
  wake();
});

const flash = new Uint8Array(FLASH_BYTES).fill(BLANK);
loadUf2(flash, readFileSync(process.argv[2]));
pico = new Pico(flash);
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
  run();
});
