package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// Compares an emitted kernel of attention with plain loops, on random numbers and bit for bit: before it is trusted.
final class AttentionCheck {
    private static final long SEED = 20_260_001;
    private static final int TILE = SlotLayout.TILE;
    /// Components of a key, values, and rows of a softmax.
    private static final int COMPONENTS = 3, VALUES = 5, ROWS = 3;

    private final Random random = new Random(SEED);
    private final Arena arena;
    private final Arguments arguments;

    private AttentionCheck(Arena arena) {
        this.arena = arena;
        arguments = new Arguments(arena);
    }

    static boolean agrees(EmittedAttention.Kind kind, Emitted.Kernel kernel) {
        try (Arena arena = Arena.ofConfined()) {
            AttentionCheck check = new AttentionCheck(arena);
            return switch (kind) {
                case EmittedAttention.Kind.Scores scores -> check.scores(scores, kernel);
                case EmittedAttention.Kind.Weigh weigh -> check.weigh(weigh, kernel);
                case EmittedAttention.Kind.Softmax() -> check.softmax(kernel);
            };
        }
    }

    private boolean scores(EmittedAttention.Kind.Scores kind, Emitted.Kernel kernel) {
        int turns = Math.min(2, HeadSlots.STEP / kind.slots());
        int slots = turns * kind.slots();
        float[] q = numbers(kind.rows() * COMPONENTS);
        float[] keys = numbers(slots * COMPONENTS);
        MemorySegment to = arena.allocate((long) kind.rows() * slots * Float.BYTES, HostRows.ALIGNMENT);
        long tileBytes = (long) TILE * COMPONENTS * (kind.half() ? Short.BYTES : Float.BYTES);
        arguments.keys(store(keys, kind.half()).address(), tileBytes, COMPONENTS, turns, 0.3f).rows(store(q, false).address(), COMPONENTS * Float.BYTES);
        kernel.run(arguments.to(to.address(), (long) slots * Float.BYTES));
        for (int row = 0; row < kind.rows(); row++)
            for (int slot = 0; slot < slots; slot++) {
                float sum = 0;
                for (int d = 0; d < COMPONENTS; d++) sum = Math.fma(keys[(slot / TILE * COMPONENTS + d) * TILE + slot % TILE], q[row * COMPONENTS + d], sum);
                if (differ(to.getAtIndex(HostRows.FLOAT, row * slots + slot), sum * 0.3f)) return false;
            }
        return true;
    }

    private boolean weigh(EmittedAttention.Kind.Weigh kind, Emitted.Kernel kernel) {
        int columns = kind.columns();
        float[] values = numbers(VALUES * columns);
        float[] weights = numbers(kind.rows() * VALUES);
        float[] factors = numbers(kind.rows());
        float[] before = numbers(kind.rows() * columns);
        MemorySegment z = store(before, false);
        arguments.values(store(values, kind.half()).address(), (long) columns * (kind.half() ? Short.BYTES : Float.BYTES), VALUES);
        arguments.rows(store(weights, false).address(), VALUES * Float.BYTES).from(store(factors, false).address(), 0);
        kernel.run(arguments.to(z.address(), (long) columns * Float.BYTES));
        for (int row = 0; row < kind.rows(); row++)
            for (int column = 0; column < columns; column++) {
                float sum = before[row * columns + column] * factors[row];
                for (int i = 0; i < VALUES; i++) sum = Math.fma(values[i * columns + column], weights[row * VALUES + i], sum);
                if (differ(z.getAtIndex(HostRows.FLOAT, row * columns + column), sum)) return false;
            }
        return true;
    }

    /// Two tiles, of which the first row sees nothing, having seen nothing before.
    private boolean softmax(Emitted.Kernel kernel) {
        float[] scores = numbers(ROWS * 2 * TILE);
        float[] sums = numbers(ROWS * TILE);
        int[] seen = {0, TILE - 3, 2 * TILE};
        float[] largest = {Float.NEGATIVE_INFINITY, 0.01f, 200};
        MemorySegment weights = store(scores, false), largestAt = store(largest, false), sumsAt = store(sums, false);
        MemorySegment factors = arena.allocate(ROWS * Float.BYTES, HostRows.ALIGNMENT);
        MemorySegment limits = arena.allocate(ROWS * Integer.BYTES, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(seen));
        arguments.softmax(ROWS, weights.address(), 2L * TILE * Float.BYTES, 2, limits.address(), largestAt.address(), sumsAt.address(), factors.address());
        kernel.run(arguments);
        for (int row = 0; row < ROWS; row++) {
            float top = largest[row];
            for (int slot = 0; slot < seen[row]; slot++) top = Math.max(top, scores[row * 2 * TILE + slot]);
            float factor = Gathered.factor(largest[row], top);
            if (differ(largestAt.getAtIndex(HostRows.FLOAT, row), top) || differ(factors.getAtIndex(HostRows.FLOAT, row), factor)) return false;
            for (int part = 0; part < TILE; part++) {
                float sum = sums[row * TILE + part] * factor;
                for (int slot = part; slot < 2 * TILE; slot += TILE) {
                    float weight = slot < seen[row] ? Functions.expOfNegative(scores[row * 2 * TILE + slot] - top) : 0;
                    if (differ(weights.getAtIndex(HostRows.FLOAT, row * 2 * TILE + slot), weight)) return false;
                    sum += weight;
                }
                if (differ(sumsAt.getAtIndex(HostRows.FLOAT, row * TILE + part), sum)) return false;
            }
        }
        return true;
    }

    private static boolean differ(float found, float expected) { return Float.floatToIntBits(found) != Float.floatToIntBits(expected); }

    /// Numbers that float16 keeps.
    private float[] numbers(int count) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) out[i] = (random.nextInt(2048) - 1024) / 256f;
        return out;
    }

    private MemorySegment store(float[] numbers, boolean half) {
        MemorySegment memory = arena.allocate((long) numbers.length * Float.BYTES, HostRows.ALIGNMENT);
        for (int i = 0; i < numbers.length; i++) {
            if (half) memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(numbers[i]));
            else memory.setAtIndex(HostRows.FLOAT, i, numbers[i]);
        }
        return memory;
    }
}
