package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Arithmetic;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/// Compares an emitted kernel for a row with plain loops in double precision, on random numbers: before it is trusted.
final class RowCheck {
    private static final long SEED = 20_260_002;
    private static final int COUNT = 64;
    private static final float MEAN = 0.25f, SCALE = 3;
    /// Of the larger of 1 and the result.
    private static final double TOLERANCE = 2e-6;

    private final Random random = new Random(SEED);
    private final float[] x = numbers(), other = numbers(), third = numbers(), fourth = numbers();

    private RowCheck() {}

    static boolean agrees(EmittedRows.Kind kind, Emitted.Kernel kernel) { return new RowCheck().check(kind, kernel); }

    private boolean check(EmittedRows.Kind kind, Emitted.Kernel kernel) {
        int atOnce = kind instanceof EmittedRows.Kind.Sums(_, int lanes, _) ? lanes : EmittedRows.LANES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate((long) COUNT * Float.BYTES, HostRows.ALIGNMENT);
            MemorySegment input = store(x, arena), second = store(other, arena);
            kernel.run(new Arguments(arena).row(input.address(), second.address(), store(third, arena).address(), store(fourth, arena).address(), COUNT / atOnce)
                .centre(MEAN, SCALE).to(to.address(), 0));
            if (kind instanceof EmittedRows.Kind.Plain(Arithmetic operation) && operation == Arithmetic.TURN)
                return close(input, i -> (double) x[i] * third[i] - (double) other[i] * fourth[i]) && close(second, i -> (double) other[i] * third[i] + (double) x[i] * fourth[i]);
            boolean added = kind instanceof EmittedRows.Kind.Sums(_, _, boolean more) && more;
            return close(to, i -> expected(kind, i)) && (!added || close(input, i -> (double) x[i] + other[i]));
        }
    }

    private static boolean close(MemorySegment found, IntToDoubleFunction expected) {
        for (int i = 0; i < COUNT; i++) {
            double wanted = expected.applyAsDouble(i);
            if (!(Math.abs(found.getAtIndex(HostRows.FLOAT, i) - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted)))) return false;
        }
        return true;
    }

    private double expected(EmittedRows.Kind kind, int i) {
        return switch (kind) {
            case EmittedRows.Kind.Bend(Nonlinearity f, boolean gated) -> f.apply(x[i]) * (gated ? other[i] : 1);
            case EmittedRows.Kind.Centre(boolean weight, boolean bias) -> (x[i] - MEAN) / SCALE * (weight ? other[i] : 1) + (bias ? third[i] : 0);
            case EmittedRows.Kind.Plain(Arithmetic operation) -> operation == Arithmetic.ADD ? (double) x[i] + other[i] : (double) x[i] * SCALE;
            case EmittedRows.Kind.Sums(boolean squares, int lanes, boolean added) -> {
                double sum = 0;
                for (int k = i; i < lanes && k < COUNT; k += lanes) {
                    double value = added ? x[k] + other[k] : x[k];
                    sum += squares ? (value - MEAN) * (value - MEAN) : value;
                }
                yield sum;
            }
        };
    }

    private float[] numbers() {
        float[] out = new float[COUNT];
        for (int i = 0; i < COUNT; i++) out[i] = (float) random.nextGaussian() * 2;
        return out;
    }

    private static MemorySegment store(float[] numbers, Arena arena) {
        return arena.allocate((long) COUNT * Float.BYTES, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(numbers));
    }
}
