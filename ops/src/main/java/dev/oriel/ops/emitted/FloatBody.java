package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Vec;

/// Eight columns of floating-point weights: one fused multiply-add per column in float32, so with the bits of the vector kernels; or, for bfloat16 with rounded activations, one dot
/// product per pair of columns.
final class FloatBody {
    private static final int COLUMNS = 8;
    /// Moves the exponent of a float16 whose bits stand where those of a float32 do.
    private static final int TWO_TO_112 = 0x77800000;
    private static final int HALF = 0x8fffe000, HIGH = 0xffff0000;

    private final KernelWriter to;
    private final Layout.Plain plain;
    private final Vec[] words;
    private final Vec[] values;
    private final Vec mask;
    private final Vec factor;

    FloatBody(KernelWriter to, Layout.Plain plain) {
        this.to = to;
        this.plain = plain;
        boolean decoded = plain == Layout.Plain.F16 || plain == Layout.Plain.BF16;
        words = to.take(to.strips);
        values = decoded ? to.take(to.strips) : words;
        mask = decoded ? to.take() : null;
        factor = plain == Layout.Plain.F16 ? to.take() : null;
        if (mask != null) to.constant(mask, factor != null ? HALF : HIGH);
        if (factor != null) to.constant(factor, TWO_TO_112);
    }

    void columns() {
        int words = plain == Layout.Plain.F32 ? COLUMNS : COLUMNS / 2;
        for (int word = 0; word < words; word++) {
            for (int strip = 0; strip < to.strips; strip++) to.ahead(strip, 64 * word);
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.LOAD, this.words[strip], null, to.strip(KernelWriter.CODES, strip, 64 * word, to.bits / 8));
            switch (plain) {
                case F32 -> multiply(Op.VFMADD231PS, word);
                case BF16_ROUNDED -> multiply(Op.VDPBF16PS, word);
                case F16, BF16 -> {
                    decode(true);
                    multiply(Op.VFMADD231PS, 2 * word);
                    decode(false);
                    multiply(Op.VFMADD231PS, 2 * word + 1);
                }
            }
        }
        int numbers = plain == Layout.Plain.BF16_ROUNDED ? words : COLUMNS;
        to.code.add(KernelWriter.CODES, 64 * words).add(KernelWriter.X, Float.BYTES * numbers * to.tokens);
    }

    /// The even columns of pairs, which are in the low halves, or the odd ones.
    private void decode(boolean even) {
        for (int strip = 0; strip < to.strips; strip++) {
            Vec word = words[strip];
            Vec value = values[strip];
            if (even) to.code.shift(Op.VPSLLD, to.bits, value, word, 16);
            if (plain == Layout.Plain.BF16) {
                if (!even) to.emit(Op.VPAND, value, word, mask);
            } else {
                to.code.shift(Op.VPSRAD, to.bits, value, even ? value : word, 3);
                to.emit(Op.VPAND, value, value, mask).emit(Op.VMULPS, value, value, factor);
            }
        }
    }

    private void multiply(Op op, int number) {
        for (int token = 0; token < to.tokens; token++) {
            Operand x = to.every(KernelWriter.X, Float.BYTES * (number * to.tokens + token));
            for (int strip = 0; strip < to.strips; strip++) to.emit(op, to.sum(token, strip), values[strip], x);
        }
    }
}
