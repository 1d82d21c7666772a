package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.putHalf;

import java.util.Arrays;

/// Encoders of Q2_K to Q6_K: [FitBlock] finds the integers, and here they are put where [DecodeK] reads them.
final class EncodeK {
    private static final FitBlock.Grid Q2 = new FitBlock.Grid(16, 0, 3, 0, 15, 15);
    private static final FitBlock.Grid Q3 = new FitBlock.Grid(16, -4, 3, -32, 31, 0);
    private static final FitBlock.Grid Q4 = new FitBlock.Grid(32, 0, 15, 0, 63, 63);
    private static final FitBlock.Grid Q5 = new FitBlock.Grid(32, 0, 31, 0, 63, 63);
    private static final FitBlock.Grid Q6 = new FitBlock.Grid(16, -32, 31, -128, 127, 0);

    private EncodeK() { }

    static void q2(float[] values, int from, byte[] block, int at) {
        Arrays.fill(block, at, at + 84, (byte) 0);
        FitBlock fit = new FitBlock(values, from, Q2);
        putHalf(block, at + 80, fit.d());
        putHalf(block, at + 82, fit.dmin());
        for (int g = 0; g < 16; g++) block[at + g] = (byte) (fit.scale(g) | fit.minimum(g) << 4);
        byte[] codes = fit.codes();
        for (int i = 0; i < codes.length; i++) putTwoBits(block, at + 16, i, codes[i]);
    }

    static void q3(float[] values, int from, byte[] block, int at) {
        Arrays.fill(block, at, at + 110, (byte) 0);
        FitBlock fit = new FitBlock(values, from, Q3);
        putHalf(block, at + 108, fit.d());
        for (int g = 0; g < 16; g++) {
            int bits = fit.scale(g) + 32;
            block[at + 96 + (g & 7)] |= (byte) ((bits & 15) << (g >> 3 << 2));
            block[at + 104 + (g & 3)] |= (byte) (bits >> 4 << (g >> 2 << 1));
        }
        byte[] codes = fit.codes();
        for (int i = 0; i < codes.length; i++) {
            int bits = codes[i] + 4;
            putTwoBits(block, at + 32, i, bits & 3);
            block[at + (i & 31)] |= (byte) (bits >> 2 << (i >> 5));
        }
    }

    static void q4(float[] values, int from, byte[] block, int at) {
        Arrays.fill(block, at, at + 144, (byte) 0);
        FitBlock fit = new FitBlock(values, from, Q4);
        putScales(fit, block, at);
        putNibbles(fit.codes(), block, at + 16);
    }

    static void q5(float[] values, int from, byte[] block, int at) {
        Arrays.fill(block, at, at + 176, (byte) 0);
        FitBlock fit = new FitBlock(values, from, Q5);
        putScales(fit, block, at);
        byte[] codes = fit.codes();
        for (int i = 0; i < codes.length; i++) block[at + 16 + (i & 31)] |= (byte) ((codes[i] >> 4) << (i >> 5));
        putNibbles(codes, block, at + 48);
    }

    static void q6(float[] values, int from, byte[] block, int at) {
        Arrays.fill(block, at, at + 210, (byte) 0);
        FitBlock fit = new FitBlock(values, from, Q6);
        putHalf(block, at + 208, fit.d());
        for (int g = 0; g < 16; g++) block[at + 192 + g] = (byte) fit.scale(g);
        byte[] codes = fit.codes();
        for (int i = 0; i < codes.length; i++) {
            int bits = codes[i] + 32;
            block[at + (i >> 7 << 6) + (i & 63)] |= (byte) ((bits & 15) << (i >> 6 & 1) * 4);
            putTwoBits(block, at + 128, i, bits >> 4);
        }
    }

    /// Into the planes that [DecodeK] describes.
    private static void putTwoBits(byte[] block, int at, int i, int bits) { block[at + (i >> 7 << 5) + (i & 31)] |= (byte) (bits << (i >> 5 & 3) * 2); }

    private static void putScales(FitBlock fit, byte[] block, int at) {
        putHalf(block, at, fit.d());
        putHalf(block, at + 2, fit.dmin());
        int packed = at + 4;
        for (int g = 0; g < 4; g++) {
            int later = g + 4;
            block[packed + g] = (byte) (fit.scale(g) | fit.scale(later) >> 4 << 6);
            block[packed + 4 + g] = (byte) (fit.minimum(g) | fit.minimum(later) >> 4 << 6);
            block[packed + 8 + g] = (byte) (fit.scale(later) & 15 | fit.minimum(later) << 4);
        }
    }

    private static void putNibbles(byte[] codes, byte[] block, int at) {
        for (int i = 0; i < codes.length; i++) block[at + (i >> 6 << 5) + (i & 31)] |= (byte) ((codes[i] & 15) << (i >> 5 & 1) * 4);
    }
}
