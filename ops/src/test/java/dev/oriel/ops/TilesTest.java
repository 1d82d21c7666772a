package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What packing owes: every number of a file, to the bit (but for the sign of a zero), in the least room its scales survive.
class TilesTest {
    /// What random weights become: with codes of 4, 6 or 8 bits, and scales as float16, as float32, or as products of the file's own two factors.
    private static final Map<Format, String> LAYOUTS = new EnumMap<>(Map.ofEntries(
        Map.entry(Format.Q4_0, "q4 f16"), Map.entry(Format.Q4_1, "q4 f16 with minimum"), Map.entry(Format.Q5_0, "q6 f16"), Map.entry(Format.Q5_1, "q6 f16 with minimum"),
        Map.entry(Format.Q8_0, "q8 f16"), Map.entry(Format.Q2_K, "q4 f16*i8 with minimum"), Map.entry(Format.Q3_K, "q4 f16*i8"), Map.entry(Format.Q4_K, "q4 f16*i8 with minimum"),
        Map.entry(Format.Q5_K, "q6 f16*i8 with minimum"), Map.entry(Format.Q6_K, "q6 f16*i8"), Map.entry(Format.IQ3_S, "q6 f16*i8"), Map.entry(Format.IQ4_NL, "q8 f16"),
        Map.entry(Format.IQ4_XS, "q8 f16*i8")));

    private static TiledMatrix pack(Ops ops, Tensor tensor) { return (TiledMatrix) ops.pack(List.of(tensor)); }

    /// With every zero a positive one.
    private static float[] zeros(float[] values) {
        float[] out = values.clone();
        for (int i = 0; i < out.length; i++) out[i] += 0f;
        return out;
    }

    private static Ops vectors() { return new VectorOps(new Backend.Options(1, false, "vector")); }

    @ParameterizedTest
    @EnumSource(Format.class)
    void nothingIsLost(Format format) {
        Draw draw = new Draw(71);
        int columns = 512;
        Weights weights = Weights.random(draw, format, 37, columns);
        try (Ops ops = vectors(); Scratch scratch = new Scratch()) {
            Tiles tiles = pack(ops, weights.parts().getFirst()).sections().getFirst();
            assertThat(tiles.layout()).as("%s as %s", draw, format).isEqualTo(LAYOUTS.getOrDefault(format, tiles.layout()));
            float[] row = new float[columns];
            for (int i = 0; i < 37; i++) {
                tiles.row(i, row);
                Close.same(zeros(row), zeros(weights.decoded()[i]), "%s, %s, row %d", draw, tiles.layout(), i);
            }
            // From the middle on, as a panel has it: [column][32 rows].
            int first = columns / 2 / Tiles.BLOCK;
            tiles.decode(1, first, columns / Tiles.BLOCK - first, scratch, 0);
            for (int i = Tiles.ROWS; i < 2 * Tiles.ROWS; i++) {
                float[] column = new float[columns / 2], expected = new float[columns / 2];
                for (int k = 0; k < columns / 2; k++) {
                    column[k] = scratch.panel.get(HostRows.FLOAT, 4L * (Panel.ROWS * k + i - Tiles.ROWS));
                    expected[k] = weights.decoded()[i][columns / 2 + k];
                }
                Close.same(zeros(column), zeros(expected), "%s, %s, panel row %d", draw, tiles.layout(), i);
            }
        }
    }

    /// A factor that is infinite, or a scale beyond float16, takes float32.
    @Test
    void scalesThatDoNotSurviveAreFloat32() {
        try (Ops ops = vectors(); Arena arena = Arena.ofConfined()) {
            for (Format format : new Format[] {Format.Q4_0, Format.Q4_K, Format.Q6_K, Format.IQ4_XS}) {
                MemorySegment data = arena.allocate(format.bytes(20 * 256));
                int at = Math.max(0, format.rootAt());
                // Of the last row: the first ones would survive.
                data.set(DecodePlain.SHORT, format.bytes(19 * 256) + at, (short) 0x7c00);
                Matrix matrix = pack(ops, new Tensor("w", format, new long[] {20, 256}, data));
                assertThat(matrix.layout()).as(format.name()).contains("f32");
            }
        }
    }

    /// Read no more than the file has, but for what a cache line rounds up.
    @Test
    void tilesAreNoLargerThanTheFile() {
        for (Format format : new Format[] {Format.Q4_0, Format.Q4_1, Format.Q8_0, Format.Q4_K, Format.Q6_K, Format.F16, Format.BF16}) {
            Weights weights = Weights.random(new Draw(72), format, 256, 2048);
            try (Ops ops = vectors()) {
                assertThat((double) weights.pack(ops).bytes()).as(format.name()).isLessThan(1.03 * weights.parts().getFirst().data().byteSize());
            }
        }
    }
}
