package dev.oriel.ops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Formats that store each number on its own.
final class DecodePlain {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final float[] E4M3 = e4m3();

    private DecodePlain() { }

    static void f32(MemorySegment data, long offset, float[] out, int from, int count) {
        MemorySegment.copy(data, FLOAT, offset, out, from, count);
    }

    static void f16(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = Float.float16ToFloat(data.get(SHORT, offset + 2L * i));
    }

    static void bf16(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = Float.intBitsToFloat(data.get(SHORT, offset + 2L * i) << 16);
    }

    static void f64(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = (float) data.get(DOUBLE, offset + 8L * i);
    }

    static void f8e4m3(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = E4M3[data.get(JAVA_BYTE, offset + i) & 0xff];
    }

    /// E5M2 is a half without its low byte.
    static void f8e5m2(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = Float.float16ToFloat((short) (data.get(JAVA_BYTE, offset + i) << 8));
    }

    static void i8(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = data.get(JAVA_BYTE, offset + i);
    }

    static void u8(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = data.get(JAVA_BYTE, offset + i) & 0xff;
    }

    static void i16(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = data.get(SHORT, offset + 2L * i);
    }

    static void i32(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = data.get(INT, offset + 4L * i);
    }

    static void i64(MemorySegment data, long offset, float[] out, int from, int count) {
        for (int i = 0; i < count; i++) out[from + i] = data.get(LONG, offset + 8L * i);
    }

    /// E4M3 of the OCP standard has no infinities, and NaN only where all bits but the sign are set.
    private static float[] e4m3() {
        float[] table = new float[256];
        for (int code = 0; code < 128; code++) {
            float magnitude = code == 0x7f ? Float.NaN : e4m3(code);
            table[code] = magnitude;
            table[code | 0x80] = -magnitude;
        }
        return table;
    }

    /// What four bits of exponent (bias 7, subnormals) over three of mantissa mean.
    static float e4m3(int bits) {
        int exponent = bits >> 3;
        int mantissa = bits & 7;
        return exponent == 0 ? Math.scalb((float) mantissa, -9) : Math.scalb(8f + mantissa, exponent - 10);
    }
}
