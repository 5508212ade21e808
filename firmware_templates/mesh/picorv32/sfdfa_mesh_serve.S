/*
 * sfdfa_mesh_serve.S: takes packets from the mailbox for good: those that come often here, all others by C. Sections 3, 4
 * and 6 of docs/MESH.md.
 */
#include "sfdfa_config.h"

#include "sfdfa_mesh_send.h"

        .option norvc                   /* code is jumped into by its length */

/* Spikes go from core to core, to one layer, whose weights lie raised by 128. */
#define TAKES_SPIKES (SFDFA_RISCV && SFDFA_LAYERS - SFDFA_INTEGRATES == 2)

/* Keys of the first error and the first sum, and the last channel in the upper half, where they are looked at. */
#if TAKES_SPIKES
#define ERROR_KEY t5
#define SUM_KEY t6
#define LAST_CHANNEL t3
#else
#define ERROR_KEY s9
#define SUM_KEY s10
#define LAST_CHANNEL s6
#endif

        .set    SERVED_STORE, 0         /* in sfdfa_mesh_served_t */
        .set    SERVED_EVENT, 4
        .set    SERVED_UNTIL, 8
        .set    SERVED_SUM, 12
        .set    SERVED_MISSING, 16
        .set    SERVED_ERROR, 20
        .set    SERVED_OUTPUT_GRADE, 24
        .set    SERVED_ERRORS, 28
        .set    SERVED_SUMS, 32
        .set    SERVED_SPIKES, 36
        .set    SERVED_INPUT, 40
        .set    SERVED_INPUT_BYTES, 44
        .set    SERVED_WEIGHTS, 48
        .set    SERVED_ROW, 52
        .set    SERVED_CURRENT, 56
        .set    SERVED_GRADED, 60
        .set    SERVED_HEARING_BYTES, 64
        .set    SERVED_OWN, 68
        .set    SERVED_SHIFT, 72
        .set    SERVED_ROUNDING, 76
        .set    SERVED_HEARD, 80
        .set    SERVED_SENDERS, 84
        .set    SERVED_ADD_GRADED, 88   /* and for a negative grade */
        .set    SERVED_ADD_PRODUCTS, 96

        .set    CORE_SHARES, 6          /* in sfdfa_mesh_t; sfdfa_mesh_picorv32.c checks it */
        .set    CORE_EVENTS_KEY, 8
        .set    CORE_SPIKE_KEY, 12
        .set    CORE_ERROR_KEY, 16
        .set    CORE_SUM_KEY, 20
        .set    CORE_OWN_SUM_KEY, 24
        .set    CORE_STARTED, 28
        .set    CORE_ACTION, 35

        .set    STORE_PAIRS, 0          /* in sfdfa_mesh_store_t */
        .set    STORE_TICK_PAIRS, 4
        .set    STORE_WANTED_PAIRS, 8
        .set    STORE_WANTED_TICK_PAIRS, 12

        .set    PAIRS, (SFDFA_MAX_EVENTS + 1) / 2
        .set    TICK_PAIRS, (SFDFA_TICKS + 1) / 2
        .set    GRADE_BITS, 22
        .set    ACTION, 3
        .set    IN_FLIGHT, 8
        .set    BLOCK_SHIFT, 2
        .set    BLOCKS, (SFDFA_TICKS + 3) / 4
        .set    HEARD_SHIFT, 3          /* of the bytes of a block */
        .set    LEARN, 2
        .set    ADD_BYTES, 20           /* of code that adds a weight, */
        .set    ADD_UNIT_BYTES, 32      /* one with a grade of 64 or -64, */
        .set    ADD_PRODUCT_BYTES, 44   /* and with any grade */
        .set    UNIT_SHIFT, 6           /* with which a weight times 64 is the weight */
        .set    MOST_AT_ONCE, 8         /* own neurons, to which a spike is added without a loop */

        /* The halves of a payload; they are no more than a limit, or the packet is passed over. */
        .macro  split_halves limit
        slli    t1, a2, 16
        srli    t1, t1, 16
        srli    t2, a2, 16
        bltu    \limit, t1, .Lnext
        bltu    \limit, t2, .Lnext
        .endm

#if TAKES_SPIKES

        /* Where code for the own neurons, t0 of them, begins that ends at `place`. */
        .macro  enter place, bytes
        li      t3, \bytes
        mul     t3, t3, t0
        sub     \place, \place, t3
        .endm

        /* Where a spike is added to the own neurons. */
        .macro  choose_adding
        lw      t0, SERVED_OWN(s8)
        la      s5, .Ladd_loop
        la      t1, .Ladd_products
        mv      t2, t1
        la      t4, .Ladd_product_loop
        li      t3, MOST_AT_ONCE
        bltu    t3, t0, .Lchosen
        la      s5, .Lheard
        enter   s5, ADD_BYTES
        la      t4, .Lproducts_added
        enter   t4, ADD_PRODUCT_BYTES
        lw      t3, SERVED_SHIFT(s8)
        addi    t3, t3, -UNIT_SHIFT
        bnez    t3, .Lchosen
#if SFDFA_LAYERS == 2
        la      t1, .Lweights_added
        enter   t1, ADD_UNIT_BYTES
        la      t2, .Lweights_taken
        enter   t2, ADD_UNIT_BYTES
#endif
.Lchosen:
        sw      t1, SERVED_ADD_GRADED(s8)
        sw      t2, SERVED_ADD_GRADED + 4(s8)
        sw      t4, SERVED_ADD_PRODUCTS(s8)
        .endm

#endif

/*
 * void sfdfa_mesh_serve(sfdfa_mesh_t *core, sfdfa_mesh_port_t *port, sfdfa_mesh_served_t *served)
 *
 * 47 cycles for two events, 85 for two ticks, 105 for a sum and 140 for an error; where spikes are taken 15 more, and as
 * said below.
 *
 * s0 port, s1 core, s2 store, s3 events, s4 key of the first two, s5 how many pairs are wanted, s6 the last channel in
 * the upper half above 0xFFFF, s7 PAIRS, s8 what is given, s9 key of the first error, s10 of the first sum, s11 pairs
 * that have come, a1 key, a2 payload, t0 to t6 scratch, tp .Lserve, to which all calls come back
 * where spikes are taken: s5 where they are added, s6 key of the first one, s7 how many neurons send them, s9 row, s10
 * weights, a3 blocks, a4 bits and a5 X of the first tick, a6 bytes of bits and a7 of X in a tick
 */
        .section .text.sfdfa_mesh_serve, "ax", @progbits
        .balign 4
        .global sfdfa_mesh_serve
        .type   sfdfa_mesh_serve, @function
sfdfa_mesh_serve:
        mv      s0, a1
        mv      s1, a0
        mv      s8, a2
        lw      s2, SERVED_STORE(s8)
        lw      s3, SERVED_EVENT(s8)
        la      tp, .Lserve
#if TAKES_SPIKES
        lw      s7, SERVED_SPIKES(s8)
        lw      s9, SERVED_ROW(s8)
        lw      s10, SERVED_WEIGHTS(s8)
        choose_adding
#else
        li      s6, (SFDFA_CHANNELS << 16) - 1
        li      s7, PAIRS
#endif
.Lserve:                                /* C may have changed these */
        lw      s4, CORE_EVENTS_KEY(s1)
        lw      s11, STORE_PAIRS(s2)
#if TAKES_SPIKES
        lw      s6, CORE_SPIKE_KEY(s1)
        lui     t0, 1 << 4
        add     s6, s6, t0              /* to the second layer */
        lw      a3, SERVED_HEARD(s8)
        beqz    s7, .Lnext
        lw      a4, SERVED_INPUT(s8)
        lw      a5, SERVED_CURRENT(s8)
        lw      a6, SERVED_INPUT_BYTES(s8)
        lw      a7, SERVED_HEARING_BYTES(s8)
#else
        lw      s5, STORE_WANTED_PAIRS(s2)
        lw      s9, CORE_ERROR_KEY(s1)
        lw      s10, CORE_SUM_KEY(s1)
#endif
.Lnext:
        lw      a1, 0(s0)               /* waits */
        sub     t0, a1, s4
        lw      a2, 4(s0)
#if TAKES_SPIKES
        sub     t1, a1, s6
        bltu    t1, s7, .Lspike
        li      t3, PAIRS
        bgeu    t0, t3, .Lno_events
        li      t3, (SFDFA_CHANNELS << 16) - 1
#else
        bgeu    t0, s7, .Lno_events
#endif
        slli    t1, a2, 16
        bltu    LAST_CHANNEL, t1, .Lnext        /* no channel */
        bltu    LAST_CHANNEL, a2, .Lnext
#if SFDFA_INDEX_BITS == 8
        slli    t0, t0, 1
        add     t0, t0, s3
        srli    t1, a2, 16
        sb      a2, 0(t0)
        sb      t1, 1(t0)
#else
        slli    t0, t0, 2
        add     t0, t0, s3
        sw      a2, 0(t0)
#endif
        addi    s11, s11, 1
#if TAKES_SPIKES
        lw      t0, STORE_WANTED_PAIRS(s2)
        bne     s11, t0, .Lnext
#else
        bne     s11, s5, .Lnext
#endif
        sw      s11, STORE_PAIRS(s2)
        mv      a0, s1
        mv      ra, tp
        j       sfdfa_mesh_advance

.Lno_events:
        lui     t3, 1 << 4              /* one field on */
#if TAKES_SPIKES
        lui     t4, 1 << 16             /* one kind on */
        lui     t5, 2 << 4
        sub     t1, t1, t4
        bltu    t1, t5, .Lend
#endif
        sub     t0, t0, t3
        li      t3, TICK_PAIRS
        bltu    t0, t3, .Lticks
#if TAKES_SPIKES
        lw      t5, CORE_ERROR_KEY(s1)
        lw      t6, CORE_SUM_KEY(s1)
#endif
        sub     t0, a1, SUM_KEY
        srli    t3, t0, 24
        beqz    t3, .Lsum
        sub     t0, a1, ERROR_KEY
        srli    t3, t0, 24
        beqz    t3, .Lerror
#if TAKES_SPIKES && !SFDFA_INTEGRATES
        lw      t1, CORE_SPIKE_KEY(s1)
        lui     t3, 2 << 16             /* two kinds on */
        sub     t0, a1, t1
        sub     t0, t0, t3
        srli    t0, t0, 24
        beqz    t0, .Lreport
#endif
.Lother:
        sw      s11, STORE_PAIRS(s2)
        mv      a0, s1
        mv      ra, tp
        j       sfdfa_mesh_receive_other

#if TAKES_SPIKES

        /*
         * t1: the neuron. 119 cycles and 21 for each own neuron; 146 and 34 where the spike has a grade of 64 or -64,
         * which leaves weights as they are, else 165 and 46.
         */
.Lspike:
        srli    t3, a2, 24              /* tick */
        li      t4, SFDFA_TICKS
        bgeu    t3, t4, .Lother
        mul     t0, t3, a6
        srli    t5, t1, 5
        slli    t5, t5, 2
        add     t0, t0, t5
        add     t0, t0, a4
        lw      t5, 0(t0)
        li      t4, 1
        sll     t4, t4, t1
        or      t5, t5, t4
        sw      t5, 0(t0)
        mul     t6, t1, s9
        add     t6, t6, s10
        andi    t0, t3, IN_FLIGHT - 1
        mul     t4, t0, a7
        slli    a2, a2, 16
        add     t1, t4, a5
        bnez    a2, .Lgraded
        jr      s5

        .macro  add_weight place
        lbu     t0, \place(t6)
        lw      t2, 4 * (\place)(t1)
        addi    t0, t0, -128
        add     t2, t2, t0
        sw      t2, 4 * (\place)(t1)
        .endm

.Ladd_loop:
        lw      t5, SERVED_OWN(s8)
        add     t5, t5, t6              /* the end of own weights */
.Ladd_next:
        add_weight 0
        addi    t6, t6, 1
        addi    t1, t1, 4
        bne     t6, t5, .Ladd_next
        j       .Lheard
        .irp    place, 7, 6, 5, 4, 3, 2, 1, 0
        add_weight \place
        .endr
.Lheard:
        srli    t3, t3, BLOCK_SHIFT
        slli    t3, t3, HEARD_SHIFT
        add     t3, t3, a3
        lw      t1, 0(t3)
        addi    t1, t1, -1
        sw      t1, 0(t3)
        bnez    t1, .Lnext
.Ladvance:
        sw      s11, STORE_PAIRS(s2)
        mv      a0, s1
        mv      ra, tp
        j       sfdfa_mesh_advance

.Lgraded:
        lw      t5, SERVED_GRADED(s8)
        srai    t0, a2, 31
        andi    t0, t0, 4
        add     t4, t4, t5
        add     t0, t0, s8
        lw      t5, SERVED_ADD_GRADED(t0)
        jr      t5

        .macro  add_unit operation, place
        lbu     t0, \place(t6)
        lw      t2, 4 * (\place)(t1)
        lw      t5, 4 * (\place)(t4)
        addi    t0, t0, -128
        add     t2, t2, t0
        \operation t5, t5, t0
        sw      t2, 4 * (\place)(t1)
        sw      t5, 4 * (\place)(t4)
        .endm

#if SFDFA_LAYERS == 2
        .irp    place, 7, 6, 5, 4, 3, 2, 1, 0
        add_unit add, \place
        .endr
.Lweights_added:
        j       .Lheard
        .irp    place, 7, 6, 5, 4, 3, 2, 1, 0
        add_unit sub, \place
        .endr
.Lweights_taken:
        j       .Lheard
#endif

.Ladd_products:
        lw      a0, SERVED_ROUNDING(s8)
        lw      a1, SERVED_SHIFT(s8)
        srai    a2, a2, 16              /* grade */
        lw      t5, SERVED_ADD_PRODUCTS(s8)
        jr      t5

        .macro  add_product place
        lbu     t0, \place(t6)
        lw      t2, 4 * (\place)(t1)
        addi    t0, t0, -128
        add     t2, t2, t0
        mul     t0, t0, a2
        sw      t2, 4 * (\place)(t1)
        lw      t2, 4 * (\place)(t4)
        add     t0, t0, a0
        sra     t0, t0, a1
        add     t2, t2, t0
        sw      t2, 4 * (\place)(t4)
        .endm

.Ladd_product_loop:
        lw      t5, SERVED_OWN(s8)
        add     t5, t5, t6
.Ladd_product_next:
        add_product 0
        addi    t6, t6, 1
        addi    t1, t1, 4
        addi    t4, t4, 4
        bne     t6, t5, .Ladd_product_next
        j       .Lheard
        .irp    place, 7, 6, 5, 4, 3, 2, 1, 0
        add_product \place
        .endr
.Lproducts_added:
        j       .Lheard

#if !SFDFA_INTEGRATES
        /* For the root. */
.Lreport:
        lw      t0, CORE_OWN_SUM_KEY(s1)
        bne     t0, t6, .Lother         /* that of the first sum, as a core of another number has not */
        sw      s11, STORE_PAIRS(s2)
        mv      a0, s1
        mv      ra, tp
        j       sfdfa_mesh_root_receive
#endif

        /* t1: the sender, and above it which layer after the second. 135 cycles. */
.Lend:
        srli    t3, a2, 24              /* tick */
        li      t4, SFDFA_TICKS
        bgeu    t3, t4, .Lother
        srli    t1, t1, 16
        lw      t5, SERVED_SENDERS(s8)
        slli    t2, t1, 1
        add     t5, t5, t2
        lhu     t5, 0(t5)               /* how many there are */
        li      t2, BLOCKS << HEARD_SHIFT
        mul     t1, t1, t2
        add     t1, t1, a3
        srli    t3, t3, BLOCK_SHIFT
        slli    t3, t3, HEARD_SHIFT
        add     t1, t1, t3
        lw      t3, 0(t1)
        lui     t2, 1 << 4
        slli    t0, a2, 16
        srli    t0, t0, 16              /* spikes */
        sub     t3, t3, t2
        add     t3, t3, t0
        sw      t3, 0(t1)
        lhu     t2, 6(t1)
        lhu     t3, 4(t1)
        add     t2, t2, t0
        addi    t3, t3, 1
        sh      t2, 6(t1)
        sh      t3, 4(t1)
        beq     t3, t5, .Ladvance
        j       .Lnext

#endif

        /* t0: which two. */
.Lticks:
        li      t3, SFDFA_MAX_EVENTS
        lw      t4, STORE_TICK_PAIRS(s2)
        lw      t5, STORE_WANTED_TICK_PAIRS(s2)
        addi    t4, t4, 1
        beq     t4, t5, .Lother         /* the last ones */
        split_halves t3
        lw      t3, SERVED_UNTIL(s8)
        slli    t0, t0, 2
        add     t0, t0, t3
        sw      a2, 0(t0)
        sw      t4, STORE_TICK_PAIRS(s2)
        j       .Lnext

        /* t0: who sends it, above its place. */
.Lsum:
        lw      t5, SERVED_SUMS(s8)
        slli    t0, t0, 16
        srli    t0, t0, 16
        bgeu    t0, t5, .Lother
        lw      t1, SERVED_MISSING(s8)
        lw      t2, SERVED_SUM(s8)
        add     t1, t1, t0
        slli    t3, t0, 2
        add     t2, t2, t3
        lbu     t3, 0(t1)
        lw      t5, 0(t2)
        addi    t3, t3, -1
        add     t5, t5, a2
        beqz    t3, .Llast_share
        sb      t3, 0(t1)
        sw      t5, 0(t2)
        j       .Lnext

        /* It is handed on; at the root C goes on. */
.Llast_share:
        lw      t4, CORE_OWN_SUM_KEY(s1)
        lbu     t3, CORE_SHARES(s1)
        beq     t4, SUM_KEY, .Lother
        add     t4, t4, t0
        sb      t3, 0(t1)
        sw      zero, 0(t2)
        send_packet s0, t4, t5
        j       .Lnext

        /* t0: what is to be done, above the output. */
.Lerror:
        slli    t0, t0, 16
        srli    t0, t0, 16
        li      t3, SFDFA_OUTPUTS
        bgeu    t0, t3, .Lother
        lbu     t1, CORE_STARTED(s1)
        lw      t2, SERVED_ERRORS(s8)
        srli    t4, a1, 16
        lhu     t5, 0(t2)
        andi    t4, t4, ACTION
        li      t6, LEARN
        addi    t5, t5, 1
        beqz    t1, .Lother
        bne     t4, t6, .Lother
        beq     t5, t3, .Lother         /* the last one */
        sh      t5, 0(t2)
        sb      t4, CORE_ACTION(s1)
        lw      t1, SERVED_ERROR(s8)
        slli    t2, t0, 1
        add     t1, t1, t2
        srai    t3, a2, GRADE_BITS
        sh      t3, 0(t1)
        lw      t1, SERVED_OUTPUT_GRADE(s8)
        slli    t2, t0, 2
        add     t1, t1, t2
        slli    t3, a2, 32 - GRADE_BITS
        srai    t3, t3, 32 - GRADE_BITS
        sw      t3, 0(t1)
        j       .Lnext
        .size   sfdfa_mesh_serve, . - sfdfa_mesh_serve
