#!/bin/sh
# Install the system packages that some tests want. Needs root and apt; elsewhere it says what is missing and goes on.
set -eu

# Debian package, and a command or file by which it is known to be there: checkers, compilers for boards, simulators of boards.
PACKAGES="
    clang:clang cppcheck:cppcheck libclang-rt-14-dev:/usr/lib/llvm-14/lib/clang
    gcc-arm-none-eabi:arm-none-eabi-gcc gcc-riscv64-unknown-elf:riscv64-unknown-elf-gcc gcc-avr:avr-gcc
    libnewlib-arm-none-eabi:/usr/lib/arm-none-eabi/newlib/libc.a avr-libc:/usr/lib/avr/include/avr/io.h
    qemu-system-arm:qemu-system-arm qemu-system-misc:qemu-system-riscv32
    libsimavr-dev:/usr/include/simavr/sim_avr.h libelf-dev:/usr/include/libelf.h
    nodejs:node npm:npm verilator:verilator g++:g++ make:make cmake:cmake
    arduino-builder:arduino-builder arduino-core-avr:/usr/share/arduino/hardware/arduino/avr/platform.txt
"

ATTEMPTS=4

present() {
    case $1 in
    */clang) [ -n "$(find "$1" -name '*asan*.a' -print -quit 2>/dev/null)" ] ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

again() {
    attempt=1
    until "$@"; do
        [ "$attempt" -lt "$ATTEMPTS" ] || return 1
        sleep $((attempt * 10))
        attempt=$((attempt + 1))
    done
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >/dev/null
}

missing=""
for entry in $PACKAGES; do
    present "${entry#*:}" || missing="$missing ${entry%%:*}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed, and tests that need them are skipped:$missing"
    exit 0
fi

echo "installing for the tests:$missing"
again apt update || echo "apt-get update failed; trying with the lists that are there" >&2
if ! again apt install --no-install-recommends $missing; then
    echo "could not install:$missing" >&2
    # On CI a missing tool is a failure, not a skip.
    [ -z "${CI:-}" ] || exit 1
fi
