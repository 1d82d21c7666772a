package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Arithmetic;
import dev.oriel.ops.emitted.Curve;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Nonlinearities, norms and plain arithmetic by emitted kernels, row by row, with the bits of the vector kernels. They run at full speed from the first call on, which the vector kernels do not:
/// a short prompt would wait for the compiler. Each has to pass [RowCheck].
final class EmittedRows implements AutoCloseable {
    /// Whether a new kernel computes what it should: [RowCheck], but for tests.
    interface Check extends CheckedKernels.Check<Kind> {}

    /// What a kernel is for.
    sealed interface Kind {
        record Bend(Nonlinearity f, boolean gated) implements Kind {}

        /// Sums, or sums of squares, in so many lanes; of numbers to which others are added first, and which are left so.
        record Sums(boolean squares, int lanes, boolean added) implements Kind {}

        record Centre(boolean weight, boolean bias) implements Kind {}

        record Plain(Arithmetic operation) implements Kind {}
    }

    /// Numbers that a kernel takes at once.
    static final int LANES = 8;

    private final CheckedKernels<Kind> kernels;
    private final Arena arena = Arena.ofShared();
    private final Arguments[] arguments;
    private final MemorySegment[] lanes;

    EmittedRows(Emitted emitted, Check check, int workers) {
        kernels = new CheckedKernels<>("for rows", kind -> make(emitted, kind), check);
        arguments = new Arguments[workers];
        lanes = new MemorySegment[workers];
        for (int i = 0; i < workers; i++) {
            arguments[i] = new Arguments(arena);
            lanes[i] = arena.allocate((long) Lanes.COUNT * Float.BYTES, HostRows.ALIGNMENT);
        }
    }

    /// Why the kernels stepped aside, or null while they work.
    String refusal() { return kernels.refusal(); }

    /// out = a + b, or false.
    boolean add(HostRows a, HostRows b, HostRows out, int row, int worker) {
        Emitted.Kernel kernel = kernels.get(new Kind.Plain(Arithmetic.ADD));
        if (kernel == null) return false;
        int width = a.width();
        int whole = width / LANES * LANES;
        long left = at(a, row, 0, width), right = at(b, row, 0, width), output = at(out, row, 0, width);
        if (whole > 0) kernel.run(arguments[worker].row(left, right, 0, whole / LANES).to(output, 0));
        long done = (long) whole * Float.BYTES;
        RowRest.add(a.segment(), a.offset(row) + done, b.segment(), b.offset(row) + done, out.segment(), out.offset(row) + done, width - whole);
        return true;
    }

    /// x = x * factor, or false.
    boolean scale(HostRows x, float factor, int row, int worker) {
        Emitted.Kernel kernel = kernels.get(new Kind.Plain(Arithmetic.SCALE));
        if (kernel == null) return false;
        int width = x.width();
        int whole = width / LANES * LANES;
        long at = at(x, row, 0, width);
        if (whole > 0) kernel.run(arguments[worker].row(at, 0, 0, whole / LANES).centre(0, factor).to(at, 0));
        RowRest.scale(x.segment(), x.offset(row) + (long) whole * Float.BYTES, factor, width - whole);
        return true;
    }

    /// A head's columns `[column, column + pairs)` turned with the next as many, or false.
    ///
    /// @param turns cosines, then sines
    boolean turn(HostRows x, int row, int column, MemorySegment turns, int pairs, int worker) {
        Emitted.Kernel kernel = kernels.get(new Kind.Plain(Arithmetic.TURN));
        if (kernel == null) return false;
        long at = at(x, row, column, 2 * pairs);
        long bytes = (long) pairs * Float.BYTES;
        int whole = pairs / LANES * LANES;
        if (whole > 0) kernel.run(arguments[worker].row(at, at + bytes, turns.address(), turns.asSlice(bytes, bytes).address(), whole / LANES));
        long from = x.offset(row) + (long) column * Float.BYTES;
        RowRest.turn(x.segment(), from, from + bytes, turns, pairs, whole);
        return true;
    }

    /// out = f(x), or f(x) * up unless that is null; false if there is no kernel for it.
    boolean bend(Nonlinearity f, HostRows x, HostRows up, HostRows out, int row, int worker) {
        Emitted.Kernel kernel = kernels.get(new Kind.Bend(f, up != null));
        if (kernel == null) return false;
        int width = x.width();
        int whole = width / LANES * LANES;
        long input = at(x, row, 0, width), factor = up == null ? 0 : at(up, row, 0, width), output = at(out, row, 0, width);
        if (whole > 0) kernel.run(arguments[worker].row(input, factor, 0, whole / LANES).to(output, 0));
        long done = (long) whole * Float.BYTES;
        RowRest.bend(f, x.segment(), x.offset(row) + done, up == null ? null : up.segment(), up == null ? 0 : up.offset(row) + done, out.segment(), out.offset(row) + done, width - whole);
        return true;
    }

    /// A row's norm, group by group, or false.
    ///
    /// @param more what is added to x first, or null
    boolean norm(HostRows more, Norm norm, HostRows x, HostRows out, int row, int worker) {
        HostRows weight = (HostRows) norm.weight();
        HostRows bias = (HostRows) norm.bias();
        Emitted.Kernel centre = norm.width() % Lanes.COUNT != 0 || Lanes.COUNT % LANES != 0 ? null : kernels.get(new Kind.Centre(weight != null, bias != null));
        boolean rms = norm.kind() == Norm.Kind.RMS;
        Emitted.Kernel squares = centre == null ? null : kernels.get(new Kind.Sums(true, Lanes.COUNT, rms && more != null));
        Emitted.Kernel sums = squares == null || rms ? squares : kernels.get(new Kind.Sums(false, Lanes.COUNT, more != null));
        if (sums == null) return false;
        int width = norm.width();
        for (int from = 0; from < x.width(); from += width) {
            long input = at(x, row, from, width);
            long addend = more == null ? 0 : at(more, row, from, width);
            float mean = rms ? 0 : sum(sums, input, addend, width, 0, worker) / width;
            float scale = NormKernel.scale(norm, sum(squares, input, addend, width, mean, worker));
            long factor = weight == null ? 0 : at(weight, 0, norm.column(weight, from), width);
            long last = bias == null ? 0 : at(bias, 0, norm.column(bias, from), width);
            centre.run(arguments[worker].row(input, factor, last, width / LANES).centre(mean, scale).to(at(out, row, from, width), 0));
        }
        return true;
    }

    private float sum(Emitted.Kernel kernel, long input, long addend, int width, float mean, int worker) {
        kernel.run(arguments[worker].row(input, addend, 0, width / Lanes.COUNT).centre(mean, 1).to(lanes[worker].address(), 0));
        float sum = 0;
        for (int i = 0; i < Lanes.COUNT; i++) sum += lanes[worker].getAtIndex(HostRows.FLOAT, i);
        return sum;
    }

    /// The address of a row's columns, which are there.
    private static long at(HostRows rows, int row, int column, int count) {
        if (!rows.segment().scope().isAlive()) throw new IllegalStateException("the rows were closed");
        return rows.segment().asSlice(rows.offset(row) + (long) column * Float.BYTES, (long) count * Float.BYTES).address();
    }

    private static Emitted.Kernel make(Emitted emitted, Kind kind) {
        return switch (kind) {
            case Kind.Bend(Nonlinearity f, boolean gated) -> emitted.curve(curve(f), gated);
            case Kind.Sums(boolean squares, int lanes, boolean added) -> emitted.sums(squares, lanes / LANES, added);
            case Kind.Centre(boolean weight, boolean bias) -> emitted.centre(weight, bias);
            case Kind.Plain(Arithmetic operation) -> emitted.arithmetic(operation);
        };
    }

    private static Curve curve(Nonlinearity f) {
        return switch (f) {
            case SILU -> Curve.SILU;
            case GELU -> Curve.GELU;
            case GELU_TANH -> Curve.GELU_TANH;
            case GELU_SIGMOID -> Curve.GELU_SIGMOID;
            case RELU -> Curve.RELU;
            case RELU_SQUARED -> Curve.RELU_SQUARED;
            case SIGMOID -> Curve.SIGMOID;
        };
    }

    @Override
    public void close() { arena.close(); }
}
