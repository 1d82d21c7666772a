package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.putHalf;
import static dev.oriel.ops.LittleEndian.putI32;

/// Encoders of the blocks of [DecodeSimple]: round to nearest on the grid that the block's extremes span.
final class EncodeSimple {
    private static final int LENGTH = 32;

    private EncodeSimple() { }

    static void q4_0(float[] values, int from, byte[] block, int at) {
        float scale = signedExtreme(values, from) / -8;
        putHalf(block, at, scale);
        float inverse = inverse(scale);
        putNibbles(block, at + 2, i -> clamp((int) (values[from + i] * inverse + 8.5f), 15));
    }

    static void q4_1(float[] values, int from, byte[] block, int at) {
        float minimum = minimum(values, from);
        float scale = (maximum(values, from) - minimum) / 15;
        putHalf(block, at, scale);
        putHalf(block, at + 2, minimum);
        float inverse = inverse(scale);
        putNibbles(block, at + 4, i -> clamp((int) ((values[from + i] - minimum) * inverse + 0.5f), 15));
    }

    static void q5_0(float[] values, int from, byte[] block, int at) {
        float scale = signedExtreme(values, from) / -16;
        putHalf(block, at, scale);
        float inverse = inverse(scale);
        Codes codes = i -> clamp((int) (values[from + i] * inverse + 16.5f), 31);
        putI32(block, at + 2, fifthBits(codes));
        putNibbles(block, at + 6, codes);
    }

    static void q5_1(float[] values, int from, byte[] block, int at) {
        float minimum = minimum(values, from);
        float scale = (maximum(values, from) - minimum) / 31;
        putHalf(block, at, scale);
        putHalf(block, at + 2, minimum);
        float inverse = inverse(scale);
        Codes codes = i -> clamp((int) ((values[from + i] - minimum) * inverse + 0.5f), 31);
        putI32(block, at + 4, fifthBits(codes));
        putNibbles(block, at + 8, codes);
    }

    static void q8_0(float[] values, int from, byte[] block, int at) {
        float scale = Math.abs(signedExtreme(values, from)) / 127;
        putHalf(block, at, scale);
        float inverse = inverse(scale);
        for (int i = 0; i < LENGTH; i++) {
            float x = values[from + i] * inverse;
            float magnitude = Math.abs(x);
            int code = (int) magnitude;
            // Halves go away from zero, as in the reference encoder.
            if (magnitude - code >= 0.5f) code++;
            block[at + 2 + i] = (byte) (x < 0 ? -code : code);
        }
    }

    /// The code of number `i` of the block, not negative.
    private interface Codes {
        int at(int i);
    }

    private static void putNibbles(byte[] block, int at, Codes codes) {
        for (int i = 0; i < 16; i++) block[at + i] = (byte) (codes.at(i) & 15 | codes.at(i + 16) << 4);
    }

    private static int fifthBits(Codes codes) {
        int bits = 0;
        for (int i = 0; i < LENGTH; i++) bits |= (codes.at(i) >> 4) << i;
        return bits;
    }

    /// The first number of the largest magnitude, with its sign: it lands exactly on the end of the signed range that has one code more.
    private static float signedExtreme(float[] values, int from) {
        float extreme = values[from];
        for (int i = 1; i < LENGTH; i++)
            if (Math.abs(values[from + i]) > Math.abs(extreme)) extreme = values[from + i];
        return extreme;
    }

    private static float minimum(float[] values, int from) {
        float minimum = values[from];
        for (int i = 1; i < LENGTH; i++) minimum = Math.min(minimum, values[from + i]);
        return minimum + 0f; // never minus zero: the bytes should not depend on a zero's sign
    }

    private static float maximum(float[] values, int from) {
        float maximum = values[from];
        for (int i = 1; i < LENGTH; i++) maximum = Math.max(maximum, values[from + i]);
        return maximum;
    }

    private static float inverse(float scale) { return scale == 0 ? 0 : 1 / scale; }

    private static int clamp(int code, int high) { return Math.clamp(code, 0, high); }
}
