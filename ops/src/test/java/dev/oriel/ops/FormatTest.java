package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FormatTest {
    private static final Golden GOLDEN = new Golden("quants.safetensors");

    static Stream<Format> golden() {
        return Stream.of(Format.values()).filter(format -> GOLDEN.names().contains(format + ".raw"));
    }

    static Stream<Format> grouped() { return Stream.of(Format.values()).filter(Format::grouped); }

    @Test
    void everyGoldenIsARow() {
        Set<String> rows = new HashSet<>();
        golden().forEach(format -> rows.addAll(Set.of(format + ".raw", format + ".values")));
        assertThat(rows).isEqualTo(GOLDEN.names()).hasSize(52);
    }

    @ParameterizedTest
    @MethodSource("golden")
    void decodesTheGoldenBitForBit(Format format) {
        float[] expected = GOLDEN.floats(format + ".values");
        byte[] raw = GOLDEN.bytes(format + ".raw");
        assertThat(format.bytes(expected.length)).isEqualTo(raw.length);
        assertThat(bits(decode(format, MemorySegment.ofArray(raw), 0, expected.length))).isEqualTo(bits(expected));
    }

    @ParameterizedTest
    @MethodSource("golden")
    void decodesFromAnyAddressIntoAnyPlace(Format format) {
        byte[] raw = GOLDEN.bytes(format + ".raw");
        float[] expected = GOLDEN.floats(format + ".values");
        int skipped = 256;
        int count = 512;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment odd = arena.allocate(raw.length + 3).asSlice(3);
            odd.copyFrom(MemorySegment.ofArray(raw));
            float[] out = new float[count + 10];
            Arrays.fill(out, 7f);
            format.decode(odd, format.bytes(skipped), out, 5, count);
            assertThat(bits(Arrays.copyOfRange(out, 5, 5 + count))).isEqualTo(bits(Arrays.copyOfRange(expected, skipped, skipped + count)));
            assertThat(Arrays.copyOf(out, 5)).containsOnly(7f);
            assertThat(Arrays.copyOfRange(out, 5 + count, out.length)).containsOnly(7f);
        }
    }

    @ParameterizedTest
    @MethodSource("grouped")
    void groupsAreTheValues(Format format) {
        long seed = System.nanoTime();
        System.out.println(format + " seed " + seed);
        // More than one run, and a last run that is not full.
        int count = 2048 + 512;
        byte[] raw = randomBlocks(format, count, new Random(seed));
        byte[] codes = new byte[count];
        float[] scales = new float[count / format.groupLength()];
        float[] minimums = new float[scales.length];
        Arrays.fill(minimums, 7f);
        format.decodeGroups(MemorySegment.ofArray(raw), 0, count, codes, scales, minimums);
        float[] values = decode(format, MemorySegment.ofArray(raw), 0, count);
        for (int i = 0; i < count; i++) {
            int group = i / format.groupLength();
            float value = scales[group] * codes[i];
            if (format.hasMinimum()) value += minimums[group];
            assertThat(Float.floatToIntBits(values[i])).as("%s %d", format, i).isEqualTo(Float.floatToIntBits(value));
            assertThat(codes[i]).isBetween((byte) format.codeLow(), (byte) format.codeHigh());
        }
        if (!format.hasMinimum()) assertThat(minimums).containsOnly(0f);
    }

    @ParameterizedTest
    @MethodSource("grouped")
    void codesReachBothEndsOfTheirRange(Format format) {
        int count = 256 * 1024;
        byte[] codes = new byte[count];
        float[] scales = new float[count / format.groupLength()];
        byte[] raw = randomBlocks(format, count, new Random(1));
        format.decodeGroups(MemorySegment.ofArray(raw), 0, count, codes, scales, new float[scales.length]);
        int low = 127;
        int high = -128;
        for (byte code : codes) {
            low = Math.min(low, code);
            high = Math.max(high, code);
        }
        assertThat(low).isEqualTo(format.codeLow());
        assertThat(high).isEqualTo(format.codeHigh());
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void namesFindTheirRow(Format format) {
        if (format.ggufId() >= 0) assertThat(Format.ofGguf(format.ggufId())).contains(format);
        if (format.safetensorsName() != null) assertThat(Format.ofSafetensors(format.safetensorsName())).contains(format);
        assertThat(format.ggufId() >= 0 || format.safetensorsName() != null).isTrue();
    }

    @Test
    void unknownNamesFindNothing() {
        assertThat(Format.ofGguf(-1)).isEmpty();
        assertThat(Format.ofGguf(4)).isEmpty();
        assertThat(Format.ofGguf(999)).isEmpty();
        assertThat(Format.ofSafetensors("C128")).isEmpty();
    }

    @Test
    void countsMustBeWholeBlocks() {
        assertThat(Format.Q4_K.bytes(1L << 40)).isEqualTo((1L << 32) * 144);
        assertThatThrownBy(() -> Format.Q4_K.bytes(128)).isInstanceOf(IllegalArgumentException.class)
            .hasMessage("Q4_K: expected a multiple of 256 numbers, found 128");
        assertThatThrownBy(() -> Format.F32.bytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Format.F64.bytes(Long.MAX_VALUE / 4)).isInstanceOf(ArithmeticException.class);
        MemorySegment data = MemorySegment.ofArray(new byte[64]);
        assertThatThrownBy(() -> Format.Q8_0.decode(data, 0, new float[32], 0, 16)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Format.Q8_0.encode(new float[32], 0, 16, data, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void neverReadsOrWritesBeyondTheEnds() {
        MemorySegment data = MemorySegment.ofArray(new byte[34]);
        assertThatThrownBy(() -> Format.Q8_0.decode(data, 0, new float[64], 0, 64)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Format.Q8_0.decode(data, 1, new float[32], 0, 32)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Format.Q8_0.decode(data, 0, new float[32], 1, 32)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Format.Q8_0.decodeGroups(data, 0, 32, new byte[31], new float[1], new float[1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Format.F32.decodeGroups(data, 0, 1, new byte[1], new float[1], new float[1]))
            .isInstanceOf(UnsupportedOperationException.class);
    }

    private static byte[] randomBlocks(Format format, int count, Random random) {
        byte[] raw = new byte[Math.toIntExact(format.bytes(count))];
        random.nextBytes(raw);
        return raw;
    }

    static float[] decode(Format format, MemorySegment data, long offset, int count) {
        float[] out = new float[count];
        format.decode(data, offset, out, 0, count);
        return out;
    }

    static int[] bits(float[] values) {
        return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
}
