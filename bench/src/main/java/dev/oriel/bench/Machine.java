package dev.oriel.bench;

import dev.oriel.ops.Backend;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.util.Random;
import java.util.ServiceLoader;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What runs the operations; the same for every benchmark of a run.
@State(Scope.Benchmark)
public class Machine {
    private static final long SEED = 20250711;

    @Param("cpu")
    String backend = "cpu";

    @Param("auto")
    String kernels = "auto";

    /// Worker threads; 0 for one per processor.
    @Param("0")
    int threads;

    int threads() { return threads > 0 ? threads : Runtime.getRuntime().availableProcessors(); }

    Ops open(boolean exact) {
        Backend found = ServiceLoader.load(Backend.class).stream().map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.name().equals(backend)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no backend " + backend));
        found.unavailable().ifPresent(reason -> { throw new IllegalStateException("backend " + backend + ": " + reason); });
        return found.open(new Backend.Options(threads(), exact, kernels));
    }

    /// Rows `[n, width]` of normally distributed numbers, the same in every run.
    static Rows random(Ops ops, int n, int width) {
        Rows rows = ops.rows(n, width);
        ops.write(random(n * width), rows, n);
        return rows;
    }

    static float[] random(int count) { return random(SEED, count); }

    static float[] random(long seed, int count) {
        Random random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = (float) random.nextGaussian();
        return numbers;
    }
}
