/*
 * sfdfa_boot_esp32c3.S: the first words of an image that the boot ROM of an ESP32-C3 starts where it lies in the flash,
 * at the third word. Source: Espressif, "ESP32-C3 Direct Boot".
 */
    .section .boot.header, "ax"
    .word 0xAEDB041D
    .word 0xAEDB041D
    .option push
    .option norvc
    j sfdfa_reset
    .option pop
