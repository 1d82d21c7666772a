package dev.oriel.bench;

import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What stands between the multiplications, on rows of 2048 columns (the gate: 8192). Bytes count what is read and what is written; an exponential counts as one operation.
@State(Scope.Benchmark)
public class ElementwiseBench {
    private static final int WIDTH = 2048;
    private static final int HIDDEN = 8192;
    private static final int HEAD_DIM = 64;

    @Param({"1", "128"})
    int n = 1;

    private Ops ops;
    private Rows x;
    private Rows out;
    private Rows grown;
    private Rows turned;
    private Rows scores;
    private Rows gate;
    private Rows up;
    private Rows hidden;
    private Norm rms;
    private Norm layer;
    private Rope rope;
    private Tokens tokens;

    @Setup
    public void setUp(Machine machine, Mixed mixed) {
        if (mixed.wanted()) for (int rows : Mixed.COUNTS) use(machine, mixed, rows);
        open(machine);
    }

    private static void use(Machine machine, Mixed mixed, int rows) {
        ElementwiseBench other = new ElementwiseBench();
        other.n = rows;
        other.open(machine);
        Work work = new Work();
        List<Runnable> bodies = List.of(() -> other.rmsNorm(work), () -> other.layerNorm(work), () -> other.addNorm(work),
                () -> other.rope(work), () -> other.softmax(work), () -> other.add(work));
        bodies.forEach(mixed::use);
        for (Nonlinearity f : Nonlinearity.values()) mixed.use(() -> other.ops.gate(f, other.gate, other.up, other.hidden, rows));
        other.tearDown();
    }

    private void open(Machine machine) {
        ops = machine.open(true);
        x = Machine.random(ops, n, WIDTH);
        out = ops.rows(n, WIDTH);
        grown = Machine.random(ops, n, WIDTH);
        turned = Machine.random(ops, n, WIDTH);
        scores = Machine.random(ops, n, WIDTH);
        gate = Machine.random(ops, n, HIDDEN);
        up = Machine.random(ops, n, HIDDEN);
        hidden = ops.rows(n, HIDDEN);
        Rows weight = Machine.random(ops, 1, WIDTH);
        rms = new Norm(Norm.Kind.RMS, 1e-5f, WIDTH, weight, null);
        layer = new Norm(Norm.Kind.LAYER, 1e-5f, WIDTH, weight, weight);
        float[] frequencies = new float[HEAD_DIM / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = (float) Math.pow(10_000, -2.0 * i / HEAD_DIM);
        rope = new Rope(HEAD_DIM, frequencies, 1);
        tokens = ops.tokens(new int[n], IntStream.range(0, n).toArray(), new int[] {n - 1});
    }

    @Benchmark
    public Rows rmsNorm(Work work) {
        ops.norm(rms, x, out, n);
        work.done(8L * n * WIDTH, 4L * n * WIDTH);
        return out;
    }

    @Benchmark
    public Rows layerNorm(Work work) {
        ops.norm(layer, x, out, n);
        work.done(8L * n * WIDTH, 7L * n * WIDTH);
        return out;
    }

    /// In place: the rows grow with every call, by far too little for a float to end.
    @Benchmark
    public Rows addNorm(Work work) {
        ops.addNorm(x, rms, grown, out, n);
        work.done(16L * n * WIDTH, 5L * n * WIDTH);
        return out;
    }

    /// In place: a rotation keeps lengths, so the numbers stay what they were however often it runs.
    @Benchmark
    public Rows rope(Work work) {
        ops.rope(rope, tokens, turned, n);
        work.done(8L * n * WIDTH, 3L * n * WIDTH);
        return turned;
    }

    @Benchmark
    public Rows gate(Work work) {
        ops.gate(Nonlinearity.SILU, gate, up, hidden, n);
        work.done(12L * n * HIDDEN, 4L * n * HIDDEN);
        return hidden;
    }

    /// In place: after the first call the row is nearly even, which costs the same.
    @Benchmark
    public Rows softmax(Work work) {
        ops.softmax(scores, n);
        work.done(8L * n * WIDTH, 5L * n * WIDTH);
        return scores;
    }

    @Benchmark
    public Rows add(Work work) {
        ops.add(x, turned, out, n);
        work.done(12L * n * WIDTH, (long) n * WIDTH);
        return out;
    }

    @TearDown
    public void tearDown() {
        tokens.close();
        ops.close();
    }

    /// Rows `[n, width]` that a benchmark returned.
    float[] read(Rows rows) {
        float[] numbers = new float[n * rows.width()];
        ops.read(rows, n, numbers);
        return numbers;
    }
}
