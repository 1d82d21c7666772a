package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// What all kernels share: taking arguments, sums per token and strip, the loop over blocks, giving results.
///
/// A *strip* is what one vector holds of a tile. A kernel takes a few of them side by side: of the same tile and the next at 256 bits, of up to four tiles at 512. Each sum is
/// computed by the same steps in the same order whatever stands beside it, so a token's results do not depend on the number of tokens or strips.
final class KernelWriter {
    // Registers that no calling convention asks to keep, but for the one with the arguments: RDI or RCX.
    static final Gpr CODES = Gpr.RAX, SCALES = Gpr.RDX, X = Gpr.R8, SIDE = Gpr.R9;
    private static final Gpr STRIDE = Gpr.R10, COUNT = Gpr.R11;
    // These belong to the caller: three strides, for kernels of four tiles; for scales with roots the root, and the count of blocks that share it.
    private static final Gpr STRIDE_3 = Gpr.RBX;
    static final Gpr ROOTS = Gpr.RBP;
    private static final Gpr SHARED = Gpr.RSI;
    private static final int MOST_STRIPS = 4;
    /// Blocks that share a root: a power of two.
    private static final int ROOT_BLOCKS = Layout.Scaling.ROOT_COLUMNS / 32;
    /// How far ahead weights are asked for, in bytes: to the first cache, or to the second. A core waits for few lines of its first cache at once, which is the bound where a few
    /// tokens share what is read.
    private static final int AHEAD = 1024, FAR_AHEAD = 2048;
    private static final int FEW_TOKENS = 4;

    final Assembler code;
    final InstructionSet set;
    final int bits;
    final int tokens;
    final int strips;
    private final boolean rooted;
    private final Platform platform;
    private final Vec[] sums;
    private int taken;
    private Vec every;

    KernelWriter(Target target, Layout layout, int tokens, int strips) {
        code = new Assembler(target.evex());
        set = target.set();
        bits = set.bits;
        platform = target.platform();
        this.tokens = tokens;
        this.strips = strips;
        rooted = layout instanceof Layout.Codes codes && codes.products();
        sums = take(tokens * strips);
    }

    /// How many tokens a kernel takes at most: as many as there are registers for their sums. Decoding float16 pays off the more tokens share it.
    static int tokens(InstructionSet set, Layout layout) {
        if (set != InstructionSet.AVX512) return 4;
        return layout instanceof Layout.Plain && layout != Layout.Plain.BF16_ROUNDED ? InstructionSet.MOST_TOKENS : 8;
    }

    /// How many strips a kernel of `tokens` tokens takes at most. With few tokens memory is the bound, which is read faster in several streams.
    static int strips(InstructionSet set, Layout layout, int tokens) {
        boolean wide = set == InstructionSet.AVX512;
        // The registers are gone: two masks, and what sums by pairs need.
        if (set == InstructionSet.AVX2 && layout instanceof Layout.Codes codes && codes.bits() == 6) return tokens == 1 ? 2 : 1;
        if (tokens == 1 && (wide || layout instanceof Layout.Plain)) return MOST_STRIPS;
        return layout == Layout.Plain.BF16_ROUNDED || layout instanceof Layout.Plain && !wide || tokens <= (wide ? 4 : 2) ? 2 : 1;
    }

    /// The machine code of a kernel.
    static byte[] write(Target target, Layout layout, int tokens, int strips) {
        KernelWriter writer = new KernelWriter(target, layout, tokens, strips);
        writer.enter();
        switch (layout) {
            case Layout.Codes codes -> {
                IntegerBody body = new IntegerBody(writer, codes);
                if (codes.products()) writer.code.shr(COUNT, Integer.numberOfTrailingZeros(ROOT_BLOCKS));
                int root = writer.code.here();
                if (codes.products()) writer.code.set(SHARED, ROOT_BLOCKS);
                int start = writer.code.here();
                body.block();
                writer.code.loop(codes.products() ? SHARED : COUNT, start);
                if (codes.products()) writer.code.add(ROOTS, codes.rootBytes()).loop(COUNT, root);
            }
            case Layout.Plain plain -> {
                FloatBody body = new FloatBody(writer, plain);
                // A turn takes a quarter of a block.
                writer.code.add(COUNT, COUNT).add(COUNT, COUNT);
                int start = writer.code.here();
                body.columns();
                writer.code.loop(COUNT, start);
            }
        }
        return writer.leave();
    }

    /// The next free vector register.
    Vec take() {
        if (taken == (set == InstructionSet.AVX512 ? 32 : 16)) throw new IllegalStateException("a kernel of " + tokens + " tokens and " + strips + " strips needs more registers than " + set.title() + " has");
        return new Vec(taken++);
    }

    Vec[] take(int count) {
        Vec[] out = new Vec[count];
        for (int i = 0; i < count; i++) out[i] = take();
        return out;
    }

    Vec sum(int token, int strip) { return sums[token * strips + strip]; }

    KernelWriter emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, bits, target, second, last);
        return this;
    }

    KernelWriter zero(Vec target) { return emit(Op.VPXOR, target, target, target); }

    KernelWriter constant(Vec target, int value) { return emit(Op.VPBROADCASTD, target, null, new Constant(value)); }

    /// Memory of a strip: `offset` from the base of its tile and, within a tile, `width` bytes per strip.
    Mem strip(Gpr base, int strip, int offset, int width) {
        int perTile = 512 / bits;
        int from = offset + strip % perTile * width;
        return Mem.strided(base, STRIDE, STRIDE_3, strip / perTile, from);
    }

    /// Asks for the weights that come some blocks later: the processor's own looking ahead ends with every page, and waits for the first lines of the next.
    ///
    /// @param offset of the weights that are being read
    void ahead(int strip, int offset) {
        // Two strips of one tile share their lines.
        if (strip * bits % 512 != 0) return;
        boolean few = tokens <= FEW_TOKENS;
        code.prefetch(strip(CODES, strip, offset + (few ? FAR_AHEAD : AHEAD), bits / 8), few ? 2 : 1);
    }

    /// The 32 bits in memory for every lane: as an operand where instructions take such, else by way of a register, the same each time.
    Operand every(Gpr base, int offset) {
        if (set == InstructionSet.AVX512) return Mem.every(base, offset);
        if (every == null) every = take();
        emit(Op.VPBROADCASTD, every, null, Mem.at(base, offset));
        return every;
    }

    private boolean fourTiles() { return strips * bits > 3 * 512; }

    private void enter() {
        Gpr arguments = platform.argument;
        platform.enter(code);
        if (fourTiles()) code.push(STRIDE_3).load(STRIDE_3, Mem.at(arguments, Arguments.STRIDE_3));
        if (rooted) code.push(ROOTS).push(SHARED).load(ROOTS, Mem.at(arguments, Arguments.ROOTS));
        code.load(Gpr.RAX, Mem.at(arguments, Arguments.FROM)).load(Gpr.RDX, Mem.at(arguments, Arguments.FROM_STRIDE));
        for (int token = 0; token < tokens; token++) {
            for (int strip = 0; strip < strips; strip++) emit(Op.LOAD, sum(token, strip), null, Mem.at(Gpr.RAX, bits / 8 * strip));
            if (token + 1 < tokens) code.add(Gpr.RAX, Gpr.RDX);
        }
        code.load(CODES, Mem.at(arguments, Arguments.CODES)).load(SCALES, Mem.at(arguments, Arguments.SCALES)).load(STRIDE, Mem.at(arguments, Arguments.STRIDE));
        code.load(X, Mem.at(arguments, Arguments.X)).load(SIDE, Mem.at(arguments, Arguments.SIDE)).load(COUNT, Mem.at(arguments, Arguments.BLOCKS));
    }

    private byte[] leave() {
        Gpr arguments = platform.argument;
        code.load(Gpr.RAX, Mem.at(arguments, Arguments.TO)).load(Gpr.RDX, Mem.at(arguments, Arguments.TO_STRIDE));
        for (int token = 0; token < tokens; token++) {
            for (int strip = 0; strip < strips; strip++) emit(Op.STORE, sum(token, strip), null, Mem.at(Gpr.RAX, bits / 8 * strip));
            if (token + 1 < tokens) code.add(Gpr.RAX, Gpr.RDX);
        }
        if (rooted) code.pop(SHARED).pop(ROOTS);
        if (fourTiles()) code.pop(STRIDE_3);
        platform.leave(code);
        return code.finish();
    }
}
