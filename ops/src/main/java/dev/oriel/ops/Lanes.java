package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The one vector shape that every kernel is written for: the machine's widest up to 512 bits, or what the system property `oriel.lanes` asks for in tests.
///
/// Constants, because the compiler folds a kernel down to machine code only for a species that it knows.
final class Lanes {
    static final int BITS = Integer.getInteger("oriel.lanes", Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize()));

    static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS));
    /// As many 16-bit lanes as [#F] has floats.
    static final VectorSpecies<Short> HALF = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));

    /// As many bytes as [#F] has floats, or more: there are no vectors of 32 bits.
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, BITS / 4)));

    /// Floats of one vector.
    static final int COUNT = F.length();

    static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /// The steps of [#half] for kernels with large loops, where calls of our own are not always compiled in: bits that are kept after a shift to the left by 13, and a factor.
    static final int HALF_BITS = 0x8fffe000;
    static final float HALF_BIAS = 0x1p112f;

    private Lanes() {}

    /// Widens finite float16 numbers: the exponent's bias is changed by a multiplication, which is exact for subnormals too.
    static FloatVector half(MemorySegment data, long offset) {
        IntVector bits = (IntVector) ShortVector.fromMemorySegment(HALF, data, offset, LE).castShape(I, 0);
        return bits.lanewise(VectorOperators.LSHL, 13).and(HALF_BITS).reinterpretAsFloats().mul(HALF_BIAS);
    }

    /// Signed bytes as floats. With four lanes it reads eight bytes.
    static FloatVector bytes(MemorySegment data, long offset) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, data, offset, LE).castShape(I, 0).convert(VectorOperators.I2F, 0);
    }
}
