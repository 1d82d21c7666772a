package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/// The contract with float32 activations; the build runs it with vectors of 128, 256 and 512 bits.
class VectorOpsTest implements OpsContract {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(2, true, "vector")); }

    @Test
    void theNameSaysWidthAndThreads() {
        try (Ops ops = open()) {
            assertThat(ops.name()).isEqualTo("vector " + Integer.getInteger("oriel.lanes", Lanes.BITS) + "-bit, 2 threads");
        }
    }

    /// Large enough to be shared by the workers, and packed from memory that all of them may read.
    @Test
    void threadsDoNotChangeBits() {
        Draw draw = new Draw(60);
        for (Format format : new Format[] {Format.F32, Format.F16, Format.BF16, Format.Q8_0, Format.Q4_0, Format.Q4_K, Format.Q6_K}) {
            Weights weights = Weights.random(draw, format, 515, 768);
            float[] x = draw.floats(9 * 768);
            for (int n : new int[] {1, 9})
                for (boolean exact : new boolean[] {true, false})
                    Close.same(product(weights, x, n, 3, exact), product(weights, x, n, 1, exact), "%s, %s, n %d, exact %b", draw, format, n, exact);
        }
    }

    private static float[] product(Weights weights, float[] x, int n, int threads, boolean exact) {
        try (Arena arena = Arena.ofShared(); Ops ops = new VectorOps(new Backend.Options(threads, exact, "vector"))) {
            Tensor part = weights.parts().getFirst();
            MemorySegment data = arena.allocate(part.data().byteSize(), 1).copyFrom(part.data());
            Matrix w = ops.pack(List.of(new Tensor(part.name(), part.format(), part.shape(), data)));
            Rows inputs = ops.rows(9, w.columns());
            Rows out = ops.rows(n, w.rows());
            ops.write(x, inputs, 9);
            ops.matmul(w, null, inputs, out, n);
            float[] result = new float[n * w.rows()];
            ops.read(out, n, result);
            return result;
        }
    }

    @Test
    void everyPartIsComputedOnceAndFailuresReachTheCaller() {
        try (Workers workers = new Workers(3)) {
            for (int parts : new int[] {0, 1, 2, 100}) {
                AtomicIntegerArray counts = new AtomicIntegerArray(parts);
                workers.run(parts, (part, worker) -> counts.incrementAndGet(part));
                for (int part = 0; part < parts; part++) assertThat(counts.get(part)).isOne();
            }
            assertThatIllegalStateException().isThrownBy(() -> workers.run(50, (part, worker) -> {
                if (part == 17) throw new IllegalStateException("part 17");
            })).withMessage("part 17");
        }
    }

    /// Scales beyond float16 are kept as float32; infinities and NaN of float16 weights survive as float32.
    @Test
    void layoutsLoseNothing() {
        try (Ops ops = open()) {
            MemorySegment block = MemorySegment.ofArray(new byte[(int) Format.MXFP4.bytes(32)]);
            block.set(ValueLayout.JAVA_BYTE, 0, (byte) 200);
            assertThat(ops.pack(List.of(new Tensor("w", Format.MXFP4, new long[] {1, 32}, block))).layout()).isEqualTo("q6 f32");
            MemorySegment halves = MemorySegment.ofArray(new short[] {0x7c00, 0x3c00});
            Matrix w = ops.pack(List.of(new Tensor("w", Format.F16, new long[] {1, 2}, halves)));
            assertThat(w.layout()).isEqualTo("f32");
        }
    }
}
