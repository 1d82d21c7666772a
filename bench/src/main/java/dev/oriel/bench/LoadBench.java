package dev.oriel.bench;

import dev.oriel.ops.Format;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Packing a stored matrix: what a model's start is made of. The bytes are those of the stored form.
@State(Scope.Benchmark)
public class LoadBench {
    private static final int COLUMNS = 4096;

    @Param({"Q4_0", "Q4_1", "Q4_K", "Q8_0", "Q6_K", "BF16", "F16", "F32"})
    Format format = Format.Q4_0;

    /// Megabytes (2^20) of the stored matrix.
    @Param("64")
    int megabytes = 64;

    private Arena arena;
    private Tensor stored;
    private Ops ops;

    @Setup
    public void setUp() {
        arena = Arena.ofShared();
        stored = Weights.random("w", format, Math.toIntExact(((long) megabytes << 20) / format.bytes(COLUMNS)), COLUMNS, arena);
    }

    /// Packed matrices live as long as their operations: fresh ones for every call, or memory would fill up.
    @Setup(Level.Invocation)
    public void open(Machine machine) { ops = machine.open(false); }

    @Benchmark
    public Matrix pack(Work work) {
        work.done(stored.data().byteSize(), 0);
        return ops.pack(List.of(stored));
    }

    @TearDown(Level.Invocation)
    public void close() { ops.close(); }

    @TearDown
    public void tearDown() { arena.close(); }
}
