package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The contract with 8-bit activations, on one thread.
class QuantisedVectorOpsTest implements OpsContract {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(1, false, "vector")); }

    /// Rounding to 8 bits, for 4-bit codes with a scale per 32 columns.
    @Override
    public double matmulTolerance(Format format) {
        boolean small = format.groupLength() == 32 && format.codeHigh() - format.codeLow() <= 15;
        return small ? 2e-2 : FLOAT;
    }

    @Test
    void productsHaveTheBitsOfPlainLoops() {
        Draw draw = new Draw(61);
        for (Format format : new Format[] {Format.Q4_0, Format.Q4_1, Format.Q4_K})
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

    private void checkBits(Tensor w, float[] x, int n, String what) {
        int rows = (int) w.rows();
        float[] expected = new float[n * rows];
        for (int token = 0; token < n; token++)
            for (int row = 0; row < rows; row++) expected[token * rows + row] = product(w, row, x, token * w.columns());
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
        byte[] codes = new byte[w.columns()];
        int blocks = w.columns() / 32;
        float[] scales = new float[blocks], minimums = new float[blocks];
        w.format().decodeGroups(w.data(), row * w.rowBytes(), w.columns(), codes, scales, minimums);
        float result = 0;
        for (int block = 0; block < blocks; block++) {
            float largest = 0;
            for (int k = 32 * block; k < 32 * block + 32; k++) largest = Math.max(largest, Math.abs(x[from + k]));
            int products = 0, sum = 0;
            for (int k = 32 * block; k < 32 * block + 32; k++) {
                int rounded = (int) Math.rint((double) x[from + k] * (127 / largest));
                products += codes[k] * rounded;
                sum += rounded;
            }
            if (w.format().hasMinimum()) result = Math.fma(largest / 127 * sum, minimums[block], result);
            result = Math.fma(products * (largest / 127), scales[block], result);
        }
        return result;
    }
}
