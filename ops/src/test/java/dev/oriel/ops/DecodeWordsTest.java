package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Four codes at a time are the codes one by one, whatever the bytes.
class DecodeWordsTest {
    private static final long SEED = 20261125;
    private static final int BLOCKS = 64;

    @Test
    void theCommonestFormatsAreThere() {
        Set<Format> found = EnumSet.noneOf(Format.class);
        for (Format format : Format.values()) if (DecodeWords.of(format) != null) found.add(format);
        assertThat(found).contains(Format.Q4_0, Format.Q4_1, Format.Q8_0, Format.Q4_K, Format.Q5_K, Format.Q6_K);
    }

    @Test
    void asOneByOne() {
        for (Format format : Format.values()) if (DecodeWords.of(format) != null) compare(format);
    }

    private static void compare(Format format) {
        byte[] bytes = new byte[BLOCKS * format.blockBytes()];
        new Random(SEED).nextBytes(bytes);
        int count = BLOCKS * format.blockLength();
        int groups = count / format.groupLength();
        byte[] codes = new byte[count];
        float[] scales = new float[groups];
        float[] minimums = new float[groups];
        format.decodeGroups(MemorySegment.ofArray(bytes), 0, count, codes, scales, minimums);

        int[] words = new int[count / 4];
        float[] scalesToo = new float[groups];
        float[] minimumsToo = new float[groups];
        short[] stored = new short[bytes.length / 2];
        for (int i = 0; i < stored.length; i++) stored[i] = (short) LittleEndian.u16(bytes, 2 * i);
        for (int i = 0; i < BLOCKS; i++)
            DecodeWords.of(format).decode(stored, i * format.blockBytes() / 2, words, i * format.blockLength() / 4, scalesToo, minimumsToo, i * format.blockLength() / format.groupLength());

        boolean small = format.hasMinimum() ? format.codeHigh() <= 15 : format.codeLow() >= -8;
        int added = small ? format.hasMinimum() ? 0 : 8 : 128;
        for (int i = 0; i < count; i++) assertThat(words[i / 4] >>> 8 * (i % 4) & 255).as(format + ", seed " + SEED + ", code " + i).isEqualTo(codes[i] + added);
        assertThat(bits(scalesToo)).as(format + " scales").isEqualTo(bits(scales));
        assertThat(bits(minimumsToo)).as(format + " minimums").isEqualTo(bits(minimums));
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }
}
