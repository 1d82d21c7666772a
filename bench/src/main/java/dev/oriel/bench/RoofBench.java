package dev.oriel.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The machine's roof as Java can reach it, on the threads that the operations get: reading memory, and float multiply-adds on registers.
@State(Scope.Benchmark)
public class RoofBench {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final int ACCUMULATORS = 12;
    private static final int UNROLLED = 4;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// Megabytes (2^20) that are read; more than the last cache holds, or the figure is the cache's.
    @Param("512")
    int megabytes = 512;

    /// Steps of the multiply-add loop in one call and thread.
    @Param("500000")
    int steps = 500_000;

    private Arena arena;
    private MemorySegment memory;
    private ExecutorService threads;
    private List<Callable<Float>> reads;
    private List<Callable<Float>> multiplications;

    @Setup
    public void setUp(Machine machine) {
        int count = machine.threads();
        threads = Executors.newFixedThreadPool(count);
        arena = Arena.ofShared();
        memory = arena.allocate((long) megabytes << 20, 64);
        memory.fill((byte) 1);
        long stride = (long) UNROLLED * LANES.vectorByteSize();
        long part = memory.byteSize() / count / stride * stride;
        reads = new ArrayList<>();
        multiplications = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemorySegment slice = memory.asSlice(i * part, part);
            reads.add(() -> sum(slice));
            multiplications.add(() -> multiplyAdd(steps, 0.999f, 0.001f));
        }
    }

    @Benchmark
    public float read(Work work) {
        work.done(memory.byteSize(), memory.byteSize() / Float.BYTES);
        return run(reads);
    }

    @Benchmark
    public float fma(Work work) {
        work.done(0, 2L * ACCUMULATORS * LANES.length() * steps * multiplications.size());
        return run(multiplications);
    }

    @TearDown
    public void tearDown() {
        threads.close();
        arena.close();
    }

    private float run(List<Callable<Float>> parts) {
        try {
            float sum = 0;
            for (Future<Float> part : threads.invokeAll(parts)) sum += part.get();
            return sum;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Four sums, so that no addition waits for the one before.
    private static float sum(MemorySegment memory) {
        FloatVector a = FloatVector.zero(LANES);
        FloatVector b = FloatVector.zero(LANES);
        FloatVector c = FloatVector.zero(LANES);
        FloatVector d = FloatVector.zero(LANES);
        int bytes = LANES.vectorByteSize();
        for (long at = 0; at < memory.byteSize(); at += (long) UNROLLED * bytes) {
            a = a.add(FloatVector.fromMemorySegment(LANES, memory, at, ORDER));
            b = b.add(FloatVector.fromMemorySegment(LANES, memory, at + bytes, ORDER));
            c = c.add(FloatVector.fromMemorySegment(LANES, memory, at + 2L * bytes, ORDER));
            d = d.add(FloatVector.fromMemorySegment(LANES, memory, at + 3L * bytes, ORDER));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    /// Twelve chains: more than two units of four cycles' latency can hold. Every number tends to `addend / (1 - factor)`, far from overflow and underflow.
    private static float multiplyAdd(int steps, float factor, float addend) {
        FloatVector f = FloatVector.broadcast(LANES, factor);
        FloatVector s = FloatVector.broadcast(LANES, addend);
        FloatVector a0 = s, a1 = s, a2 = s, a3 = s, a4 = s, a5 = s, a6 = s, a7 = s, a8 = s, a9 = s, a10 = s, a11 = s;
        for (int i = 0; i < steps; i++) {
            a0 = a0.fma(f, s);
            a1 = a1.fma(f, s);
            a2 = a2.fma(f, s);
            a3 = a3.fma(f, s);
            a4 = a4.fma(f, s);
            a5 = a5.fma(f, s);
            a6 = a6.fma(f, s);
            a7 = a7.fma(f, s);
            a8 = a8.fma(f, s);
            a9 = a9.fma(f, s);
            a10 = a10.fma(f, s);
            a11 = a11.fma(f, s);
        }
        FloatVector low = a0.add(a1).add(a2.add(a3)).add(a4.add(a5));
        return low.add(a6.add(a7).add(a8.add(a9)).add(a10.add(a11))).reduceLanes(VectorOperators.ADD);
    }
}
