package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Encoders against what the reference encoders made of the same numbers: eight rows of 256 (normal, uniform, zeros of both signs, constant,
/// heavy-tailed, positive, tiny, large).
class FormatEncodeTest {
    private static final Golden GOLDEN = new Golden("encoded.safetensors");
    private static final float[] VALUES = GOLDEN.floats("values");
    private static final int ROW = 256;

    static Stream<Format> encodable() { return Stream.of(Format.values()).filter(Format::canEncode); }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
    void simpleFormatsGiveTheReferenceBytes(Format format) {
        assertThat(encode(format, VALUES)).isEqualTo(GOLDEN.bytes(format.name()));
    }

    /// A search may miss by a little on one block what another finds by luck, but not on the whole.
    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
    void searchedFormatsAreAtLeastAsGoodAsTheReference(Format format) {
        byte[] ours = encode(format, VALUES);
        double ratios = 0;
        int rows = VALUES.length / ROW;
        for (int row = 0; row < rows; row++) {
            double error = squaredError(format, ours, row);
            double reference = squaredError(format, GOLDEN.bytes(format.name()), row);
            System.out.printf("%s row %d: squared error %.4g, reference %.4g%n", format, row, error, reference);
            assertThat(error).as("%s row %d", format, row).isLessThanOrEqualTo(Math.max(1.03 * reference, halfRounding(row)));
            ratios += error <= halfRounding(row) ? 1 : error / reference;
        }
        assertThat(ratios / rows).as("mean ratio of squared errors").isLessThan(0.97);
    }

    /// What the rounding of a block's scale to a half can cost, whatever the search: a relative error of at most 2^-11.
    private static double halfRounding(int row) {
        double sum = 0;
        for (int i = 0; i < ROW; i++) sum += (double) VALUES[row * ROW + i] * VALUES[row * ROW + i];
        return sum * 0x1p-22;
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void errorsStayWithinTheStep(Format format) {
        long seed = System.nanoTime();
        System.out.println(format + " seed " + seed);
        Random random = new Random(seed);
        float[] values = new float[16 * ROW];
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
        float[] back = FormatTest.decode(format, MemorySegment.ofArray(encode(format, values)), 0, values.length);
        double sum = 0;
        for (int i = 0; i < values.length; i++) sum += (back[i] - values[i]) * (back[i] - values[i]);
        assertThat(Math.sqrt(sum / values.length)).as("root mean square error").isLessThanOrEqualTo(bound(format));
    }

    /// Of unit normal numbers. A step of a group of 32 spans about 4 / codes; a uniform error is 0.29 of it.
    private static double bound(Format format) {
        return switch (format) {
            case F32 -> 0;
            case F16 -> 3e-4;
            case BF16 -> 3e-3;
            case Q8_0 -> 0.006;
            case Q6_K -> 0.02;
            case Q5_0, Q5_1, Q5_K -> 0.05;
            case Q4_0, Q4_1, Q4_K -> 0.1;
            case Q3_K -> 0.2;
            case Q2_K -> 0.35;
            default -> throw new AssertionError("no bound for " + format);
        };
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void blocksDoNotDependOnTheCut(Format format) {
        byte[] whole = encode(format, VALUES);
        byte[] pieces = new byte[whole.length + 1];
        for (int from = 0; from < VALUES.length; from += ROW) format.encode(VALUES, from, ROW, MemorySegment.ofArray(pieces), 1 + format.bytes(from));
        assertThat(Arrays.copyOfRange(pieces, 1, pieces.length)).isEqualTo(whole);
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void zerosStayZeros(Format format) {
        // A zero may come back with a sign: the reference encoders store a scale of minus zero.
        for (float value : FormatTest.decode(format, MemorySegment.ofArray(encode(format, new float[ROW])), 0, ROW)) assertThat(value).isZero();
    }

    @Test
    void whatCannotBeEncodedSaysSo() {
        assertThatThrownBy(() -> Format.IQ2_XS.encode(new float[256], 0, 256, MemorySegment.ofArray(new byte[74]), 0))
            .isInstanceOf(UnsupportedOperationException.class).hasMessage("no encoder for IQ2_XS");
    }

    private static byte[] encode(Format format, float[] values) {
        byte[] raw = new byte[Math.toIntExact(format.bytes(values.length))];
        format.encode(values, 0, values.length, MemorySegment.ofArray(raw), 0);
        return raw;
    }

    private static double squaredError(Format format, byte[] raw, int row) {
        float[] back = FormatTest.decode(format, MemorySegment.ofArray(raw), format.bytes((long) row * ROW), ROW);
        double sum = 0;
        for (int i = 0; i < ROW; i++) {
            double difference = (double) back[i] - VALUES[row * ROW + i];
            sum += difference * difference;
        }
        return sum;
    }
}
