package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// One tile on its way into memory, filled row by row in arrays and then copied: single writes to native memory are slow until they are compiled, and packing
/// is over by then.
final class PackedTile {
    private static final ValueLayout.OfShort STORED = DecodePlain.SHORT;
    /// Of a float16.
    private static final int SIGN = 0x8000;

    private final int columns;
    private final int blocks;
    /// Of the row as it is stored, its codes one by one, or four at a time as a tile has them.
    private short[] rowStored = {};
    private byte[] rowCodes = {};
    private final int[] rowWords;
    private final float[] rowScales;
    private final float[] rowMinimums;
    private final short[] rowHalves;
    private final float[] rowFloats;
    /// What lies in the tile as ints, floats, float16 scales or roots of scales, and factors of those.
    private final int[] ints;
    private final float[] floats;
    private final short[] halves;
    private final byte[] factors;

    private PackedTile(int columns, int groups, int ints, int floats, int halves, int factors, boolean plainHalf) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Tiles.BLOCK);
        rowWords = new int[groups == 0 ? 0 : blocks * Tiles.BLOCK / 4];
        rowScales = new float[groups];
        rowMinimums = new float[groups];
        rowHalves = new short[plainHalf ? columns : 0];
        rowFloats = new float[groups == 0 && !plainHalf ? columns : 0];
        this.ints = new int[ints];
        this.floats = new float[floats];
        this.halves = new short[halves];
        this.factors = new byte[factors];
    }

    static PackedTile grouped(int columns, Grouping grouping) {
        int blocks = Math.ceilDiv(columns, Tiles.BLOCK);
        int groups = blocks * grouping.groups();
        int ints = blocks * grouping.codeBytes() / Integer.BYTES;
        int scales = groups * Tiles.ROWS * (grouping.minimum() ? 2 : 1);
        return switch (grouping.scaling()) {
            case HALF -> new PackedTile(columns, groups, ints, 0, scales, 0, false);
            case SINGLE -> new PackedTile(columns, groups, ints, scales, 0, 0, false);
            case PRODUCT -> new PackedTile(columns, groups, ints, 0, Math.ceilDiv(blocks, Grouping.ROOT_BLOCKS) * grouping.rootBytes() / Short.BYTES, scales, false);
        };
    }

    /// Numbers of 16 bits, as they are stored.
    static PackedTile half(int columns) { return new PackedTile(columns, 0, Math.ceilDiv(columns, Tiles.BLOCK) * Tiles.BLOCK * Tiles.ROWS / 2, 0, 0, 0, true); }

    static PackedTile single(int columns) { return new PackedTile(columns, 0, 0, Math.ceilDiv(columns, Tiles.BLOCK) * Tiles.BLOCK * Tiles.ROWS, 0, 0, false); }

    /// To zeros, for a tile with fewer rows than others.
    void clear() {
        Arrays.fill(ints, 0);
        Arrays.fill(floats, 0);
        Arrays.fill(halves, (short) 0);
        Arrays.fill(factors, (byte) 0);
    }

    // ---- codes and scales

    /// @return whether the row's scales survive
    boolean put(Tensor part, int row, Grouping grouping) {
        decode(part, row, grouping);
        int lane = row % Tiles.ROWS;
        boolean survives = switch (grouping.scaling()) {
            case HALF -> halves(rowScales, lane, grouping) && (!grouping.minimum() || halves(rowMinimums, Tiles.ROWS + lane, grouping));
            case SINGLE -> {
                floats(rowScales, lane, grouping);
                if (grouping.minimum()) floats(rowMinimums, Tiles.ROWS + lane, grouping);
                yield true;
            }
            case PRODUCT -> products(part, row, part.format().rootAt(), 0, rowScales, lane, grouping)
                && (!grouping.minimum() || products(part, row, part.format().minimumRootAt(), SIGN, rowMinimums, Tiles.ROWS + lane, grouping));
        };
        if (!survives) return false;
        switch (grouping.codeBits()) {
            case 4 -> fours(lane);
            case 6 -> sixes(lane, grouping.minimum() ? 0x80808080 : 0x60606060);
            default -> eights(lane);
        }
        return true;
    }

    private void fours(int lane) {
        for (int i = 0; i < rowWords.length / 2; i++) ints[i * Tiles.ROWS + lane] = pair(rowWords[2 * i], rowWords[2 * i + 1]);
    }

    private static int pair(int even, int odd) { return even & 0x0f0f0f0f | (odd & 0x0f0f0f0f) << 4; }

    /// Bytes that have 128 added to the code lose so much of it that 32 is left, or nothing for codes with a minimum.
    private void sixes(int lane, int less) {
        for (int block = 0; block < blocks; block++) {
            int to = block * 6 * Tiles.ROWS + lane;
            int from = block * Tiles.BLOCK / 4;
            for (int half = 0; half < 2; half++) {
                int upper = 0;
                for (int q = 0; q < 4; q += 2) {
                    int even = rowWords[from + 4 * half + q] - less, odd = rowWords[from + 4 * half + q + 1] - less;
                    ints[to + (2 * half + q / 2) * Tiles.ROWS] = pair(even, odd);
                    upper |= (even >>> 4 & 0x03030303) << 2 * q | (odd >>> 4 & 0x03030303) << 2 * q + 2;
                }
                ints[to + (4 + half) * Tiles.ROWS] = upper;
            }
        }
    }

    private void eights(int lane) {
        for (int i = 0; i < rowWords.length; i++) ints[i * Tiles.ROWS + lane] = rowWords[i];
    }

    private void decode(Tensor part, int row, Grouping grouping) {
        Format format = part.format();
        DecodeWords.Decoder decoder = DecodeWords.of(format);
        if (decoder == null) {
            if (rowCodes.length == 0) rowCodes = new byte[4 * rowWords.length];
            format.decodeGroups(part.data(), row * part.rowBytes(), columns, rowCodes, rowScales, rowMinimums);
            toWords(grouping.codeBits() == 4, format.hasMinimum());
            return;
        }
        if (rowStored.length == 0) rowStored = new short[(int) part.rowBytes() / Short.BYTES];
        MemorySegment.copy(part.data(), STORED, row * part.rowBytes(), rowStored, 0, rowStored.length);
        int words = format.blockLength() / 4;
        int groups = format.blockLength() / format.groupLength();
        for (int i = 0; i < columns / format.blockLength(); i++) decoder.decode(rowStored, i * format.blockBytes() / Short.BYTES, rowWords, i * words, rowScales, rowMinimums, i * groups);
    }

    /// From a row's scale to that of the next group, in numbers.
    private static int step(Grouping grouping) { return Tiles.ROWS * (grouping.minimum() ? 2 : 1); }

    private boolean halves(float[] scales, int at, Grouping grouping) {
        for (float scale : scales) {
            short bits = Float.floatToFloat16(scale);
            if (!Float.isFinite(scale) || Float.float16ToFloat(bits) != scale) return false;
            halves[at] = bits;
            at += step(grouping);
        }
        return true;
    }

    private void floats(float[] scales, int at, Grouping grouping) {
        for (float scale : scales) {
            floats[at] = scale;
            at += step(grouping);
        }
    }

    /// Takes scales apart into the block's root, which stands at byte `rootAt` of the stored block, and integers.
    ///
    /// @param sign the bit that makes of the stored root that of the scales
    private boolean products(Tensor part, int row, int rootAt, int sign, float[] scales, int at, Grouping grouping) {
        int shared = Grouping.ROOT_BLOCKS * grouping.groups();
        for (int group = 0; group < scales.length; group++) {
            int block = group / shared;
            short bits = (short) (part.data().get(STORED, row * part.rowBytes() + (long) block * part.format().blockBytes() + rootAt) ^ sign);
            float root = Float.float16ToFloat(bits);
            byte factor = root == 0 ? 0 : (byte) Math.round(scales[group] / root);
            if (!Float.isFinite(root) || root * factor != scales[group]) return false;
            halves[block * step(grouping) + at] = bits;
            factors[group * step(grouping) + at] = factor;
        }
        return true;
    }

    /// Codes of -8..7 get 8 added, which in four bits is the same as turning the highest one over; bytes likewise 128.
    private void toWords(boolean small, boolean minimum) {
        int flip = minimum ? 0 : 0x08080808;
        for (int i = 0; i < rowWords.length; i++) {
            int codes = LittleEndian.i32(rowCodes, 4 * i);
            rowWords[i] = small ? codes & 0x0f0f0f0f ^ flip : codes ^ 0x80808080;
        }
    }

    void copy(MemorySegment data, int tile, Grouping grouping) {
        long at = tile * grouping.tileBytes(blocks);
        MemorySegment.copy(factors, 0, data, ValueLayout.JAVA_BYTE, at, factors.length);
        MemorySegment.copy(floats, 0, data, ValueLayout.JAVA_FLOAT, at, floats.length);
        MemorySegment.copy(halves, 0, data, ValueLayout.JAVA_SHORT, at + (grouping.products() ? grouping.rootsAt(blocks) : 0), halves.length);
        MemorySegment.copy(ints, 0, data, ValueLayout.JAVA_INT, at + grouping.codesAt(blocks), ints.length);
    }

    // ---- plain numbers

    /// Bits as they are: two columns of a row share an int, the even one in its low half.
    ///
    /// @return whether all are finite, where that is asked
    boolean putHalf(Tensor part, int row, boolean finite) {
        MemorySegment.copy(part.data(), STORED, row * part.rowBytes(), rowHalves, 0, columns);
        int lane = row % Tiles.ROWS;
        for (int k = 0; k < columns; k += 2) {
            int even = rowHalves[k] & 0xffff;
            int odd = k + 1 < columns ? rowHalves[k + 1] & 0xffff : 0;
            if (finite && ((even & 0x7c00) == 0x7c00 || (odd & 0x7c00) == 0x7c00)) return false;
            ints[(k >> 1) * Tiles.ROWS + lane] = even | odd << 16;
        }
        return true;
    }

    void putSingle(Tensor part, int row) {
        part.decodeRow(row, rowFloats, 0);
        int lane = row % Tiles.ROWS;
        for (int k = 0; k < columns; k++) floats[k * Tiles.ROWS + lane] = rowFloats[k];
    }

    void copyPlain(MemorySegment data, int tile) {
        long bytes = (long) (ints.length + floats.length) * Integer.BYTES;
        MemorySegment.copy(ints, 0, data, ValueLayout.JAVA_INT, tile * bytes, ints.length);
        MemorySegment.copy(floats, 0, data, ValueLayout.JAVA_FLOAT, tile * bytes, floats.length);
    }
}
