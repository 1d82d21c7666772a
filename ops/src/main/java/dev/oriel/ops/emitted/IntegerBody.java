package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Vec;

/// A block of 32 columns of integer codes times activations of 8 bits: exact sums of products in integers, then per group one conversion, a product with the weights' scales
/// and a fused multiply-add with the activations' scale; for a minimum one more.
///
/// How products of bytes are summed depends on the instructions: by fours into ints; or by pairs into shorts, of which 8 with 4-bit codes stay below 2^15. With 8-bit codes
/// a pair may not fit: there the sign moves from the weight to the activation, and two of |weight| * activation fit.
final class IntegerBody {
    private static final int NIBBLES = 0x0f0f0f0f, BIAS = 0x80808080, ONES = 0x00010001;

    private final KernelWriter to;
    private final Layout.Codes codes;
    private final boolean pairs;
    private final int chains;
    private final Vec[] ints;
    private final Vec[] weights;
    private final Vec[] second;
    private final Vec mask;
    private final Vec ones;
    private final Vec product;

    IntegerBody(KernelWriter to, Layout.Codes codes) {
        this.to = to;
        this.codes = codes;
        pairs = to.set == InstructionSet.AVX2;
        // One sum per token and strip waits for itself; a few tokens get several, which are joined where a group ends.
        chains = to.tokens == 1 ? pairs || to.strips > 2 ? 2 : 4 : to.tokens == 2 && to.set == InstructionSet.AVX512 ? 2 : 1;
        ints = to.take(to.tokens * to.strips * chains);
        weights = to.take(to.strips);
        second = codes.bits() == 4 || pairs ? to.take(to.strips) : weights;
        mask = codes.bits() == 4 || pairs ? to.take() : null;
        ones = pairs ? to.take() : null;
        product = pairs ? to.take() : null;
        if (mask != null) to.constant(mask, codes.bits() == 4 ? NIBBLES : BIAS);
        if (ones != null) to.constant(ones, ONES);
    }

    private Vec integer(int token, int strip, int chain) { return ints[(token * to.strips + strip) * chains + chain]; }

    private int side(int number, int token) { return Float.BYTES * (number * to.tokens + token); }

    /// Whether sums start from -bias * sum of the activations.
    private boolean starts() { return codes.biasExponent() != 0 && !(pairs && codes.bits() == 8); }

    void block() {
        for (int group = 0; group < codes.groups(); group++) {
            begin(group);
            int words = codes.bits() / codes.groups();
            for (int word = group * words; word < (group + 1) * words; word++) {
                if (codes.bits() == 4) nibbles(word);
                else bytes(word);
            }
            end(group);
        }
        int groupBytes = codes.scaleBytes() * (codes.minimum() ? 2 : 1);
        to.code.add(KernelWriter.CODES, codes.codeBytes()).add(KernelWriter.SCALES, codes.groups() * groupBytes);
        to.code.add(KernelWriter.X, 32 * to.tokens).add(KernelWriter.SIDE, side(Layout.SIDE, 0));
    }

    private void begin(int group) {
        for (int token = 0; token < to.tokens; token++)
            for (int strip = 0; strip < to.strips; strip++)
                for (int chain = 0; chain < chains; chain++) {
                    Vec sum = integer(token, strip, chain);
                    if (chain == 0 && starts() && !pairs) start(sum, group, token);
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
        }
        dot(second, 2 * word);
        dot(weights, 2 * word + 1);
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
                    to.emit(Op.VPSIGNB, product, (Vec) x, weights[strip]).emit(Op.VPMADDUBSW, product, second[strip], product);
                    to.emit(Op.VPMADDWD, product, product, ones).emit(Op.VPADDD, sum, sum, product);
                }
            }
        }
    }

    private void end(int group) {
        join(group);
        int scaleAt = group * codes.scaleBytes() * (codes.minimum() ? 2 : 1);
        scales(scaleAt);
        for (Vec sum : ends()) to.emit(Op.VCVTDQ2PS, sum, null, sum);
        for (int token = 0; token < to.tokens; token++)
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.VMULPS, integer(token, strip, 0), integer(token, strip, 0), weights[strip]);
        for (int token = 0; token < to.tokens; token++) {
            Operand x = to.every(KernelWriter.SIDE, side(Layout.SCALE, token));
            for (int strip = 0; strip < to.strips; strip++) to.emit(Op.VFMADD231PS, to.sum(token, strip), integer(token, strip, 0), x);
        }
        if (!codes.minimum()) return;
        scales(scaleAt + codes.scaleBytes());
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
                boolean shorts = pairs && codes.bits() == 4;
                for (int chain = 1; chain < chains; chain++) to.emit(shorts ? Op.VPADDW : Op.VPADDD, sum, sum, integer(token, strip, chain));
                if (shorts) to.emit(Op.VPMADDWD, sum, sum, ones);
                if (shorts && starts()) {
                    start(product, group, token);
                    to.emit(Op.VPADDD, sum, sum, product);
                }
            }
        }
    }

    /// The scales, or minimums, of a group in place of its weights.
    private void scales(int offset) {
        for (int strip = 0; strip < to.strips; strip++)
            to.emit(codes.half() ? Op.VCVTPH2PS : Op.LOAD, weights[strip], null, to.strip(KernelWriter.SCALES, strip, offset, to.bits / (codes.half() ? 16 : 8)));
    }
}
