package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The contract with 8-bit activations, on one thread.
class QuantisedVectorOpsTest implements OpsContract {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(1, false, "vector")); }

    /// Rounding to 8 bits, for codes of 4 bits with a scale per 32 columns and most of 6.
    @Override
    public double matmulTolerance(Format format) {
        if (!format.grouped()) return FLOAT;
        boolean rounded = switch (codeBits(format)) {
            case 4 -> format.groupLength() == 32;
            case 6 -> format.groupLength() == 32 || !format.hasMinimum();
            default -> false;
        };
        return rounded ? 2e-2 : FLOAT;
    }

    private static int codeBits(Format format) { return Packer.grouping(format, Scaling.SINGLE).codeBits(); }

    @Test
    void productsHaveTheBitsOfPlainLoops() {
        Draw draw = new Draw(61);
        for (Format format : new Format[] {Format.Q4_0, Format.Q4_1, Format.Q4_K, Format.Q5_0, Format.Q5_1, Format.Q5_K, Format.Q6_K})
            for (int rows : new int[] {1, 37, 70}) {
                Weights weights = Weights.random(draw, format, rows, 2 * format.blockLength());
                for (int n : new int[] {1, 2, 5}) checkBits(weights.parts().getFirst(), draw.floats(n * 2 * format.blockLength()), n, draw.toString());
            }
    }

    /// Codes all at one end with activations all at one end: the largest sums that 16 bits have to hold, of either sign.
    @Test
    void theLargestSumsFit() {
        for (Format format : new Format[] {Format.Q4_0, Format.Q4_1})
            for (int code : new int[] {0x00, 0xff, 0x0f}) {
                byte[] block = new byte[format.blockBytes()];
                Arrays.fill(block, (byte) code);
                MemorySegment data = MemorySegment.ofArray(block);
                for (int at = 0; at < format.blockBytes() - 16; at += Short.BYTES) data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(0.75f));
                Tensor tensor = new Tensor("w", format, new long[] {1, 32}, data);
                for (float sign : new float[] {1, -1, 0})
                    for (int n : new int[] {1, 4}) {
                        float[] x = new float[n * 32];
                        for (int k = 0; k < x.length; k++) x[k] = sign == 0 ? 1 - k % 2 * 2 : sign;
                        checkBits(tensor, x, n, "%s of %02x with activations of %s".formatted(format, code, sign));
                    }
            }
    }

    /// The same for codes of 6 bits: -32 and 31, with a scale of 1.
    @Test
    void theLargestSumsOfWideCodesFit() {
        for (int code : new int[] {0x00, 0xff}) {
            MemorySegment block = MemorySegment.ofArray(new byte[Format.Q6_K.blockBytes()]);
            block.asSlice(0, 192).fill((byte) code);
            block.asSlice(192, 16).fill((byte) 1);
            block.set(ValueLayout.JAVA_SHORT_UNALIGNED, 208, Float.floatToFloat16(1));
            for (float sign : new float[] {1, -1})
                for (int n : new int[] {1, 4}) {
                    float[] x = new float[n * 256];
                    Arrays.fill(x, sign);
                    checkBits(new Tensor("w", Format.Q6_K, new long[] {1, 256}, block), x, n, "%02x with activations of %s".formatted(code, sign));
                }
        }
    }

    private void checkBits(Tensor w, float[] x, int n, String what) {
        int rows = (int) w.rows();
        float[] expected = new float[n * rows];
        for (int token = 0; token < n; token++)
            for (int row = 0; row < rows; row++) expected[token * rows + row] = codeBits(w.format()) == 4 ? product(w, row, x, token * w.columns()) : wideProduct(w, row, x, token * w.columns());
        try (Ops ops = open()) {
            Matrix packed = ops.pack(List.of(w));
            Rows in = ops.rows(n, w.columns()), out = ops.rows(n, rows);
            ops.write(x, in, n);
            ops.matmul(packed, null, in, out, n);
            float[] found = new float[expected.length];
            ops.read(out, n, found);
            Close.same(found, expected, "%s, %s with %d rows, n %d", what, w.format(), rows, n);
        }
    }

    /// One row and one token: activations rounded to 8 bits per 32 columns, exact sums of a block, and two roundings for its scale and minimum.
    private static float product(Tensor w, int row, float[] x, int from) {
        Row codes = Row.of(w, row);
        float result = 0;
        for (int block = 0; block < w.columns() / 32; block++) {
            float largest = largest(x, from + 32 * block);
            int[] rounded = rounded(x, from + 32 * block, largest);
            int products = 0;
            for (int k = 0; k < 32; k++) products += codes.codes[32 * block + k] * rounded[k];
            if (w.format().hasMinimum()) result = Math.fma(largest / 127 * Arrays.stream(rounded).sum(), codes.minimums[block], result);
            result = Math.fma(products * (largest / 127), codes.scales[block], result);
        }
        return result;
    }

    /// The same for codes of 6 bits: sums of half a block, first and second halves apart, and codes with a minimum counted from -32 on.
    private static float wideProduct(Tensor w, int row, float[] x, int from) {
        Row codes = Row.of(w, row);
        boolean minimum = w.format().hasMinimum();
        float[] results = new float[2];
        for (int half = 0; half < w.columns() / 16; half++) {
            int block = half / 2, group = 16 * half / w.format().groupLength();
            float largest = largest(x, from + 32 * block);
            int[] rounded = rounded(x, from + 32 * block, largest);
            int products = 0;
            for (int k = 0; k < 16; k++) products += (codes.codes[16 * half + k] - (minimum ? 32 : 0)) * rounded[16 * (half % 2) + k];
            results[half % 2] = Math.fma(products * (largest / 127), codes.scales[group], results[half % 2]);
            if (minimum && half % 2 == 1)
                results[1] = Math.fma(largest / 127 * Arrays.stream(rounded).sum(), Math.fma(codes.scales[group], 32, codes.minimums[group]), results[1]);
        }
        return results[0] + results[1];
    }

    private static float largest(float[] x, int from) {
        float largest = 0;
        for (int k = from; k < from + 32; k++) largest = Math.max(largest, Math.abs(x[k]));
        return largest;
    }

    private static int[] rounded(float[] x, int from, float largest) {
        int[] rounded = new int[32];
        for (int k = 0; k < 32; k++) rounded[k] = (int) Math.rint((double) x[from + k] * (127 / largest));
        return rounded;
    }

    /// A stored row as its format has it.
    private record Row(byte[] codes, float[] scales, float[] minimums) {
        static Row of(Tensor w, int row) {
            int groups = w.columns() / w.format().groupLength();
            Row result = new Row(new byte[w.columns()], new float[groups], new float[groups]);
            w.format().decodeGroups(w.data(), row * w.rowBytes(), w.columns(), result.codes, result.scales, result.minimums);
            return result;
        }
    }
}
