package dev.oriel.ops.emitted;

/// The vector instructions that the kernels need, as the Intel Software Developer's Manual, volume 2, encodes them.
///
/// A name is the VEX mnemonic; with EVEX some are written with a `d` for the lane width (`vpandd`).
enum Op {
    LOAD(Map.M0F, Pp.NONE, 0x10, Tuple.VECTOR),
    STORE(Map.M0F, Pp.NONE, 0x11, Tuple.VECTOR),
    VPBROADCASTD(Map.M0F38, Pp.P66, 0x58, Tuple.LANE),
    VCVTPH2PS(Map.M0F38, Pp.P66, 0x13, Tuple.HALF),
    /// Widens signed bytes to ints.
    VPMOVSXBD(Map.M0F38, Pp.P66, 0x21, Tuple.QUARTER),
    VCVTDQ2PS(Map.M0F, Pp.NONE, 0x5B, Tuple.BROADCAST),
    VMULPS(Map.M0F, Pp.NONE, 0x59, Tuple.BROADCAST),
    VFMADD231PS(Map.M0F38, Pp.P66, 0xB8, Tuple.BROADCAST),
    VPXOR(Map.M0F, Pp.P66, 0xEF, Tuple.BROADCAST),
    VPAND(Map.M0F, Pp.P66, 0xDB, Tuple.BROADCAST),
    VPADDD(Map.M0F, Pp.P66, 0xFE, Tuple.BROADCAST),
    VPSRLD(Map.M0F, Pp.P66, 0x72, 2),
    VPSRAD(Map.M0F, Pp.P66, 0x72, 4),
    VPSLLD(Map.M0F, Pp.P66, 0x72, 6),
    /// Any function of the bits of all three operands; a constant is its table. No VEX form.
    VPTERNLOGD(Map.M0F3A, Pp.P66, 0x25, Tuple.BROADCAST),
    /// Four products of an unsigned and a signed byte, added to an int.
    VPDPBUSD(Map.M0F38, Pp.P66, 0x50, Tuple.BROADCAST),
    /// Two products of bfloat16, added to a float. No VEX form.
    VDPBF16PS(Map.M0F38, Pp.PF3, 0x52, Tuple.BROADCAST),
    /// Two products of an unsigned and a signed byte as a short, saturating.
    VPMADDUBSW(Map.M0F38, Pp.P66, 0x04, Tuple.VECTOR),
    VPMADDWD(Map.M0F, Pp.P66, 0xF5, Tuple.VECTOR),
    VPADDW(Map.M0F, Pp.P66, 0xFD, Tuple.VECTOR),
    /// No EVEX form.
    VPSIGNB(Map.M0F38, Pp.P66, 0x08, Tuple.VECTOR),
    VPABSB(Map.M0F38, Pp.P66, 0x1C, Tuple.VECTOR),

    // To lay activations out: at 128 and 256 bits only, but for the first.
    /// Rounds to bfloat16. No VEX form.
    VCVTNEPS2BF16(Map.M0F38, Pp.PF3, 0x72, Tuple.BROADCAST),
    VCVTPS2DQ(Map.M0F, Pp.P66, 0x5B, Tuple.BROADCAST),
    VDIVPS(Map.M0F, Pp.NONE, 0x5E, Tuple.BROADCAST),
    VMINPS(Map.M0F, Pp.NONE, 0x5D, Tuple.BROADCAST),
    VPMAXUD(Map.M0F38, Pp.P66, 0x3F, Tuple.BROADCAST),
    VPSUBD(Map.M0F, Pp.P66, 0xFA, Tuple.BROADCAST),
    VPACKSSDW(Map.M0F, Pp.P66, 0x6B, Tuple.BROADCAST),
    VPACKSSWB(Map.M0F, Pp.P66, 0x63, Tuple.VECTOR),
    VPHADDD(Map.M0F38, Pp.P66, 0x02, Tuple.VECTOR),
    VPSHUFD(Map.M0F, Pp.P66, 0x70, Tuple.BROADCAST),

    // For softmax: at 128 and 256 bits only.
    VADDPS(Map.M0F, Pp.NONE, 0x58, Tuple.BROADCAST),
    VSUBPS(Map.M0F, Pp.NONE, 0x5C, Tuple.BROADCAST),
    VMAXPS(Map.M0F, Pp.NONE, 0x5F, Tuple.BROADCAST),
    /// target = second * target + last
    VFMADD213PS(Map.M0F38, Pp.P66, 0xA8, Tuple.BROADCAST),
    VPOR(Map.M0F, Pp.P66, 0xEB, Tuple.BROADCAST),
    /// target = not second and last
    VPANDN(Map.M0F, Pp.P66, 0xDF, Tuple.BROADCAST),
    /// Ones in every bit of lanes where the signed second is larger. With EVEX its result is of another kind, as that of the next two.
    VPCMPGTD(Map.M0F, Pp.P66, 0x66, Tuple.VECTOR),
    VPCMPEQD(Map.M0F, Pp.P66, 0x76, Tuple.VECTOR),
    /// The constant says which comparison.
    VCMPPS(Map.M0F, Pp.NONE, 0xC2, Tuple.VECTOR),

    // Their destination is the last operand.
    /// Stores one lane.
    VPEXTRD(Map.M0F3A, Pp.P66, 0x16, Tuple.LANE),
    VEXTRACTI128(Map.M0F3A, Pp.P66, 0x39, Tuple.VECTOR);

    private static final class Map {
        static final int M0F = 1, M0F38 = 2, M0F3A = 3;
    }

    private static final class Pp {
        static final int NONE = 0, P66 = 1, PF3 = 2;
    }

    /// What a memory operand covers, and so the unit of a displacement of 8 bits under EVEX.
    enum Tuple { VECTOR, HALF, QUARTER, LANE, BROADCAST }

    final int map;
    final int prefix;
    final int code;
    final Tuple tuple;
    /// What stands in place of a destination register for shifts by a constant; -1 for everything else.
    final int extension;

    Op(int map, int prefix, int code, Tuple tuple) { this(map, prefix, code, tuple, -1); }

    Op(int map, int prefix, int code, int extension) { this(map, prefix, code, Tuple.BROADCAST, extension); }

    Op(int map, int prefix, int code, Tuple tuple, int extension) {
        this.map = map;
        this.prefix = prefix;
        this.code = code;
        this.tuple = tuple;
        this.extension = extension;
    }

    /// Whether there is no VEX form.
    boolean evexOnly() { return this == VDPBF16PS || this == VCVTNEPS2BF16 || this == VPTERNLOGD; }

    /// The unit of a short displacement, for vectors of `bits` bits.
    int unit(int bits, boolean broadcast) {
        if (broadcast) return Integer.BYTES;
        return switch (tuple) {
            case VECTOR, BROADCAST -> bits / 8;
            case HALF -> bits / 16;
            case QUARTER -> bits / 32;
            case LANE -> Integer.BYTES;
        };
    }
}
