package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/// Floats against the definition of their bits, over every pattern there is; integers at their ends.
class FormatPlainTest {

    @Test
    void halvesAreWhatTheirBitsSay() { everyPattern(Format.F16, 16, 5, 10, true); }

    @Test
    void bfloatsAreWhatTheirBitsSay() { everyPattern(Format.BF16, 16, 8, 7, true); }

    @Test
    void e5m2IsWhatItsBitsSay() { everyPattern(Format.F8_E5M2, 8, 5, 2, true); }

    @Test
    void e4m3IsWhatItsBitsSay() { everyPattern(Format.F8_E4M3, 8, 4, 3, false); }

    @Test
    void halvesAndBfloatsSurviveTheRoundTrip() {
        for (Format format : new Format[] {Format.F16, Format.BF16}) {
            byte[] raw = patterns(16);
            float[] values = FormatTest.decode(format, MemorySegment.ofArray(raw), 0, 1 << 16);
            byte[] again = new byte[raw.length];
            format.encode(values, 0, values.length, MemorySegment.ofArray(again), 0);
            float[] back = FormatTest.decode(format, MemorySegment.ofArray(again), 0, 1 << 16);
            for (int i = 0; i < values.length; i++) {
                if (Float.isNaN(values[i])) assertThat(back[i]).isNaN();
                else assertThat(Float.floatToRawIntBits(back[i])).isEqualTo(Float.floatToRawIntBits(values[i]));
            }
        }
    }

    @Test
    void bfloatRoundsTiesToEven() {
        float[] values = {Float.intBitsToFloat(0x3f808000), Float.intBitsToFloat(0x3f818000), Float.intBitsToFloat(0x3f808001),
            Float.intBitsToFloat(0x7fffffff), Float.MAX_VALUE};
        byte[] raw = new byte[10];
        Format.BF16.encode(values, 0, 5, MemorySegment.ofArray(raw), 0);
        ByteBuffer found = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(found.getShort()).isEqualTo((short) 0x3f80);
        assertThat(found.getShort()).isEqualTo((short) 0x3f82);
        assertThat(found.getShort()).isEqualTo((short) 0x3f81);
        assertThat(found.getShort()).isEqualTo((short) 0x7fff);
        assertThat(found.getShort()).isEqualTo((short) 0x7f80);
    }

    @Test
    void integersAndDoubles() {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(0, -0.1).putLong(8, Long.MIN_VALUE).putInt(16, Integer.MAX_VALUE).putShort(20, (short) -300).put(22, (byte) -128);
        assertThat(one(Format.F64, data, 0)).isEqualTo(-0.1f);
        assertThat(one(Format.I64, data, 8)).isEqualTo(-0x1p63f);
        assertThat(one(Format.I32, data, 16)).isEqualTo(0x1p31f);
        assertThat(one(Format.I16, data, 20)).isEqualTo(-300f);
        assertThat(one(Format.I8, data, 22)).isEqualTo(-128f);
        assertThat(one(Format.U8, data, 22)).isEqualTo(128f);
        assertThat(one(Format.BOOL, data, 23)).isEqualTo(0f);
    }

    private static float one(Format format, ByteBuffer data, long offset) {
        return FormatTest.decode(format, MemorySegment.ofBuffer(data), offset, 1)[0];
    }

    private static void everyPattern(Format format, int width, int exponentBits, int mantissaBits, boolean infinities) {
        float[] values = FormatTest.decode(format, MemorySegment.ofArray(patterns(width)), 0, 1 << width);
        int bias = (1 << exponentBits - 1) - 1;
        int lastExponent = (1 << exponentBits) - 1;
        int lastMantissa = (1 << mantissaBits) - 1;
        for (int bits = 0; bits < values.length; bits++) {
            int exponent = bits >> mantissaBits & lastExponent;
            int mantissa = bits & lastMantissa;
            double sign = bits >> width - 1 == 0 ? 1 : -1;
            boolean nan = exponent == lastExponent && (infinities ? mantissa != 0 : mantissa == lastMantissa);
            double magnitude = nan ? Double.NaN
                : infinities && exponent == lastExponent ? Double.POSITIVE_INFINITY
                : exponent == 0 ? mantissa * Math.pow(2, 1 - bias - mantissaBits)
                : (mantissa + lastMantissa + 1) * Math.pow(2, exponent - bias - mantissaBits);
            assertThat(Float.floatToIntBits(values[bits])).as("%s %x", format, bits).isEqualTo(Float.floatToIntBits((float) (sign * magnitude)));
        }
    }

    /// All numbers of `width` bits, in order.
    private static byte[] patterns(int width) {
        ByteBuffer data = ByteBuffer.allocate((1 << width) * width / 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << width; bits++) {
            if (width == 16) data.putShort((short) bits);
            else data.put((byte) bits);
        }
        return data.array();
    }
}
