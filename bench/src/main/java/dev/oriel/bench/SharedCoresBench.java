package dev.oriel.bench;

import dev.oriel.ops.Format;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What is left where the cores are shared: the many short operations of a decoding step, each with a barrier, while other threads keep processors busy.
/// With b busy threads and t workers on c processors a fair share is `min(1, c / (b + t))` of the speed without them; threads that only wait for each other get far less.
@State(Scope.Benchmark)
public class SharedCoresBench {
    private static final int SIZE = 1024;
    private static final int OPERATIONS = 64;

    /// Threads that do nothing but keep a processor busy.
    @Param({"0", "1", "2"})
    int busy;

    private Ops ops;
    private Matrix matrix;
    private Rows x;
    private Rows out;
    private List<Thread> others;
    private volatile boolean done;

    @Setup
    public void setUp(Machine machine) {
        ops = machine.open(false);
        try (Arena arena = Arena.ofConfined()) {
            matrix = ops.pack(List.of(Weights.random("w", Format.Q4_0, SIZE, SIZE, arena)));
        }
        x = Machine.random(ops, 1, SIZE);
        out = ops.rows(1, SIZE);
        others = IntStream.range(0, busy).mapToObj(i -> Thread.ofPlatform().daemon().name("busy-" + i).start(this::burn)).toList();
    }

    private void burn() { while (!done) Thread.onSpinWait(); }

    @Benchmark
    public Rows operations(Work work) {
        for (int i = 0; i < OPERATIONS; i++) ops.matmul(matrix, null, x, out, 1);
        work.done(OPERATIONS * (matrix.bytes() + 4L * SIZE), OPERATIONS * 2L * SIZE * SIZE);
        return out;
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        done = true;
        for (Thread other : others) other.join();
        ops.close();
    }

    /// The last product.
    float[] result() {
        float[] numbers = new float[SIZE];
        ops.read(out, 1, numbers);
        return numbers;
    }
}
