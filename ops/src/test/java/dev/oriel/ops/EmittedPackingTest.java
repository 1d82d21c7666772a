package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Emitted code packs bit for bit what Java packs.
class EmittedPackingTest {
    private static final long SEED = 7;

    private static MemorySegment packed(Emitted emitted, Tensor part) { return packed(emitted, part, _ -> {}); }

    private static MemorySegment packed(Emitted emitted, Tensor part, Consumer<Tensor> done) {
        try (Workers workers = new Workers(2)) {
            TiledMatrix matrix = new Packer(workers, emitted).pack(List.of(part), done);
            assertThat(matrix.sections()).hasSize(1);
            return matrix.sections().getFirst().data();
        }
    }

    private static Tensor random(Format format, int rows, int columns, boolean finite) {
        MemorySegment data = Arena.ofAuto().allocate(format.bytes((long) rows * columns));
        byte[] bytes = new byte[(int) data.byteSize()];
        new Random(SEED + rows + columns).nextBytes(bytes);
        for (int at = 0; at < bytes.length; at += format.blockBytes()) {
            // Finite, and not zero: of a root that is zero Java forgets the other factors.
            number(bytes, at + Math.max(0, format.rootAt()));
            if (format.hasMinimum()) number(bytes, at + 2);
        }
        // The scale of the last block.
        if (!finite) bytes[bytes.length - format.blockBytes() + Math.max(0, format.rootAt()) + 1] = (byte) 0xfc;
        return new Tensor("random", format, new long[] {rows, columns}, data.copyFrom(MemorySegment.ofArray(bytes)));
    }

    private static void number(byte[] bytes, int at) {
        bytes[at] |= 1;
        bytes[at + 1] &= (byte) 0xbf;
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
    void asJavaDoes(Format format) {
        try (Emitted emitted = open()) {
            assertThat(new EmittedPacking(emitted).packs(random(format, 1, 256, true))).as("the kernel is trusted").isTrue();
            for (int[] shape : new int[][] {{1, 1}, {16, 2}, {37, 3}, {160, 18}}) {
                Tensor part = random(format, shape[0], shape[1] * format.blockLength(), true);
                assertThat(packed(emitted, part).mismatch(packed(null, part))).as("%s, seed %d, %d x %d blocks", format, SEED, shape[0], shape[1]).isNegative();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
    void infiniteScalesGoToFloat32(Format format) {
        try (Emitted emitted = open()) {
            int columns = 3 * format.blockLength();
            Tensor part = random(format, 37, columns, false);
            MemorySegment found = packed(emitted, part);
            assertThat(found.byteSize()).isGreaterThan(packed(emitted, random(format, 37, columns, true)).byteSize());
            assertThat(found.mismatch(packed(null, part))).isNegative();
        }
    }

    /// A tensor of more than one piece.
    @Test
    void tellsWhichRowsAreDone() {
        Tensor part = new Tensor("large", Format.Q8_0, new long[] {40_003, 576}, Arena.ofAuto().allocate(Format.Q8_0.bytes(40_003 * 576)));
        try (Emitted emitted = open()) {
            for (Emitted one : new Emitted[] {emitted, null}) {
                List<Tensor> told = new ArrayList<>();
                packed(one, part, told::add);
                assertThat(told).hasSize(2);
                long next = part.data().address();
                for (Tensor rows : told) {
                    assertThat(rows.data().address()).isEqualTo(next);
                    next += rows.data().byteSize();
                }
                assertThat(next).isEqualTo(part.data().address() + part.data().byteSize());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "Q2_K", "Q3_K"})
    void othersAreJavas(Format format) {
        try (Emitted emitted = open()) {
            Tensor part = new Tensor("zeros", format, new long[] {16, 256}, Arena.ofAuto().allocate(format.bytes(16 * 256)));
            assertThat(new EmittedPacking(emitted).packs(part)).isFalse();
        }
    }

    private static Emitted open() {
        try {
            return Emitted.open();
        } catch (UnsupportedOperationException e) {
            Assumptions.abort("skipped: " + e.getMessage());
            throw e;
        }
    }
}
