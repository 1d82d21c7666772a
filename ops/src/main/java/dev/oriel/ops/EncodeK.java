package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.putHalf;

import java.util.Arrays;

/// Encoders of Q4_K, Q5_K and Q6_K: [FitBlock] finds the integers, and here they are put where [DecodeK] reads them.
final class EncodeK {
    private static final FitBlock.Grid Q4 = new FitBlock.Grid(32, 0, 15, 0, 63, 63);
    private static final FitBlock.Grid Q5 = new FitBlock.Grid(32, 0, 31, 0, 63, 63);
    private static final FitBlock.Grid Q6 = new FitBlock.Grid(16, -32, 31, -128, 127, 0);

    private EncodeK() { }

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
            block[at + 128 + (i >> 7 << 5) + (i & 31)] |= (byte) ((bits >> 4) << (i >> 5 & 3) * 2);
        }
    }

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
