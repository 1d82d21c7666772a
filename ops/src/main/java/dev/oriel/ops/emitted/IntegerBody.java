package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Vec;

/// A block of 32 columns of integer codes times activations of 8 bits: exact sums of products in integers, then per group one conversion, a product with the weights' scales
/// and a fused multiply-add with the activations' scale; for a minimum one more.
///
/// How products of bytes are summed depends on the instructions: by fours into ints; or by pairs into shorts, of which 8 with 4-bit codes stay below 2^15, and 1 with 6-bit codes.
/// With 8-bit codes a pair may not fit: there the sign moves from the weight to the activation, and two of |weight| * activation fit.
final class IntegerBody {
    /// Of [Op#VPTERNLOGD]: target or (second and last).
    private static final int OR_BOTH = 0xF8;
    private static final int NIBBLES = 0x0f0f0f0f, UPPER = 0x30303030, BIAS = 0x80808080, ONES = 0x00010001;

    private final KernelWriter to;
    private final Layout.Codes codes;
    private final boolean pairs;
    private final int chains;
    private final Vec[] ints;
    private final Vec[] weights;
    private final Vec[] second;
    private final Vec mask;
    private final Vec upperMask;
    private final Vec upper;
    private final Vec ones;
    private final Vec product;

    IntegerBody(KernelWriter to, Layout.Codes codes) {
        this.to = to;
        this.codes = codes;
        pairs = to.set == InstructionSet.AVX2;
        // One sum per token and strip waits for itself; a few tokens get several, which are joined where a group ends.
        boolean six = codes.bits() == 6;
        boolean wide = to.set == InstructionSet.AVX512;
        chains = to.tokens == 1 ? pairs || to.strips > 2 || six && !wide ? 2 : 4 : to.tokens == 2 && wide ? 2 : 1;
        ints = to.take(to.tokens * to.strips * chains);
        weights = to.take(to.strips);
        second = codes.bits() != 8 || pairs || codes.products() ? to.take(to.strips) : weights;
        mask = codes.bits() != 8 || pairs ? to.take() : null;
        upperMask = six ? to.take() : null;
        ones = pairs ? to.take() : null;
        product = pairs ? to.take() : null;
        upper = !six ? null : pairs ? product : to.take();
        if (mask != null) to.constant(mask, codes.bits() != 8 ? NIBBLES : BIAS);
        if (six) to.constant(upperMask, UPPER);
        if (ones != null) to.constant(ones, ONES);
    }

    private Vec integer(int token, int strip, int chain) { return ints[(token * to.strips + strip) * chains + chain]; }

    private int side(int number, int token) { return Float.BYTES * (number * to.tokens + token); }

    /// Whether products of a group are summed in shorts.
    private boolean shorts() { return pairs && codes.bits() == 4; }

    /// Whether sums start from -bias * sum of the activations.
    private boolean starts() { return codes.biasExponent() != 0 && !(pairs && codes.bits() == 8); }

    void block() {
        for (int group = 0; group < codes.groups(); group++) {
            begin(group);
            int words = (codes.bits() == 8 ? 8 : 4) / codes.groups();
            for (int word = group * words; word < (group + 1) * words; word++) {
                if (codes.bits() == 8) bytes(word);
                else nibbles(word);
            }
            end(group);
        }
        to.code.add(KernelWriter.CODES, codes.codeBytes()).add(KernelWriter.SCALES, codes.groups() * codes.groupBytes());
        to.code.add(KernelWriter.X, 32 * to.tokens).add(KernelWriter.SIDE, side(Layout.SIDE, 0));
    }

    private void begin(int group) {
        for (int token = 0; token < to.tokens; token++)
            for (int strip = 0; strip < to.strips; strip++)
                for (int chain = 0; chain < chains; chain++) {
                    Vec sum = integer(token, strip, chain);
                    if (chain == 0 && starts() && !shorts()) start(sum, group, token);
                    else to.zero(sum);
                }
    }

    private void start(Vec target, int group, int token) {
        to.code.shift(Op.VPSLLD, to.bits, target, to.every(KernelWriter.SIDE, side(codes.start(group), token)), codes.biasExponent());
    }

    /// An int of each row with eight codes: two dot products.
    private void nibbles(int word) {
        for (int strip = 0; strip < to.strips; strip++) {
            to.ahead(strip, 64 * word);
            to.emit(Op.LOAD, weights[strip], null, to.strip(KernelWriter.CODES, strip, 64 * word, to.bits / 8));
            to.emit(Op.VPAND, second[strip], weights[strip], mask);
            to.code.shift(Op.VPSRLD, to.bits, weights[strip], weights[strip], 4);
            to.emit(Op.VPAND, weights[strip], weights[strip], mask);
            if (codes.bits() == 6) {
                if (word % 2 == 0) to.ahead(strip, upperAt(2 * word));
                upper(second[strip], strip, 2 * word);
                upper(weights[strip], strip, 2 * word + 1);
            }
        }
        dot(second, 2 * word);
        dot(weights, 2 * word + 1);
    }

    private static int upperAt(int quad) { return 64 * (4 + quad / 4); }

    /// Puts the upper two bits on the four codes of a quad: an int of each row has those of four quads.
    private void upper(Vec nibbles, int strip, int quad) {
        Operand bits = to.strip(KernelWriter.CODES, strip, upperAt(quad), to.bits / 8);
        int left = 4 - 2 * (quad % 4);
        Op shift = left > 0 ? Op.VPSLLD : Op.VPSRLD;
        if (to.set == InstructionSet.AVX512) {
            if (left != 0) to.code.shift(shift, to.bits, upper, bits, Math.abs(left));
            to.code.vector(Op.VPTERNLOGD, to.bits, nibbles, upperMask, left == 0 ? bits : upper, OR_BOTH);
        } else {
            to.emit(Op.LOAD, upper, null, bits);
            if (left != 0) to.code.shift(shift, to.bits, upper, upper, Math.abs(left));
            to.emit(Op.VPAND, upper, upper, upperMask).emit(Op.VPOR, nibbles, nibbles, upper);
        }
    }

    /// An int of each row with four codes.
    private void bytes(int word) {
        for (int strip = 0; strip < to.strips; strip++) {
            to.ahead(strip, 64 * word);
            to.emit(Op.LOAD, weights[strip], null, to.strip(KernelWriter.CODES, strip, 64 * word, to.bits / 8));
            if (pairs) to.emit(Op.VPXOR, weights[strip], weights[strip], mask).emit(Op.VPABSB, second[strip], null, weights[strip]);
        }
        dot(weights, word);
    }

    /// Adds the products of four columns to every token's sum.
    private void dot(Vec[] unsigned, int quad) {
        for (int token = 0; token < to.tokens; token++) {
            Operand x = to.every(KernelWriter.X, 4 * (quad * to.tokens + token));
            for (int strip = 0; strip < to.strips; strip++) {
                Vec sum = integer(token, strip, quad % chains);
                if (!pairs) {
                    to.emit(Op.VPDPBUSD, sum, unsigned[strip], x);
                } else if (codes.bits() == 4) {
                    to.emit(Op.VPMADDUBSW, product, unsigned[strip], x).emit(Op.VPADDW, sum, sum, product);
                } else {
                    if (codes.bits() == 8) to.emit(Op.VPSIGNB, product, (Vec) x, weights[strip]).emit(Op.VPMADDUBSW, product, second[strip], product);
                    else to.emit(Op.VPMADDUBSW, product, unsigned[strip], x);
                    to.emit(Op.VPMADDWD, product, product, ones).emit(Op.VPADDD, sum, sum, product);
                }
            }
        }
    }

    private void end(int group) {
        join(group);
        scales(group * codes.groupBytes(), 0);
        for (Vec sum : ends()) to.emit(Op.VCVTDQ2PS, sum, null, sum);
        for (int token = 0; token < to.tokens; token++)
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.VMULPS, integer(token, strip, 0), integer(token, strip, 0), weights[strip]);
        for (int token = 0; token < to.tokens; token++) {
            Operand x = to.every(KernelWriter.SIDE, side(Layout.SCALE, token));
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.VFMADD231PS, to.sum(token, strip), integer(token, strip, 0), x);
        }
        if (!codes.minimum()) return;
        scales(group * codes.groupBytes() + codes.scaleBytes(), Layout.ROOT);
        for (int token = 0; token < to.tokens; token++) {
            Operand x = to.every(KernelWriter.SIDE, side(codes.sum(group), token));
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.VFMADD231PS, to.sum(token, strip), weights[strip], x);
        }
    }

    /// One sum of each token and strip.
    private Vec[] ends() {
        Vec[] out = new Vec[ints.length / chains];
        for (int i = 0; i < out.length; i++) out[i] = ints[i * chains];
        return out;
    }

    private void join(int group) {
        for (int token = 0; token < to.tokens; token++) {
            for (int strip = 0; strip < to.strips; strip++) {
                Vec sum = integer(token, strip, 0);
                for (int chain = 1; chain < chains; chain++) to.emit(shorts() ? Op.VPADDW : Op.VPADDD, sum, sum, integer(token, strip, chain));
                if (shorts()) to.emit(Op.VPMADDWD, sum, sum, ones);
                if (shorts() && starts()) {
                    start(product, group, token);
                    to.emit(Op.VPADDD, sum, sum, product);
                }
            }
        }
    }

    /// The scales, or minimums, of a group in place of its weights.
    ///
    /// @param offset of them
    /// @param root   of their roots
    private void scales(int offset, int root) {
        for (int strip = 0; strip < to.strips; strip++) {
            Vec scale = weights[strip];
            Operand from = to.strip(KernelWriter.SCALES, strip, offset, to.bits / Integer.SIZE * codes.scaling().bytes);
            switch (codes.scaling()) {
                case HALF -> to.emit(Op.VCVTPH2PS, scale, null, from);
                case SINGLE -> to.emit(Op.LOAD, scale, null, from);
                case PRODUCT -> {
                    to.emit(Op.VPMOVSXBD, scale, null, from).emit(Op.VCVTDQ2PS, scale, null, scale);
                    to.emit(Op.VCVTPH2PS, second[strip], null, to.strip(KernelWriter.ROOTS, strip, root, to.bits / 16)).emit(Op.VMULPS, scale, scale, second[strip]);
                }
            }
        }
    }
}
