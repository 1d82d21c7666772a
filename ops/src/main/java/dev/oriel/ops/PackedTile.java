package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// One tile on its way into memory, filled row by row in arrays and then copied: single writes to native memory are slow until they are compiled, and packing
/// is over by then.
final class PackedTile {
    private static final ValueLayout.OfShort STORED = DecodePlain.SHORT;

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
    /// What lies in the tile as ints, floats and, in front, float16 scales.
    private final int[] ints;
    private final float[] floats;
    private final short[] halves;

    private PackedTile(int columns, int groups, int ints, int floats, int halves, boolean plainHalf) {
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
    }

    static PackedTile grouped(int columns, Grouping grouping) {
        int blocks = Math.ceilDiv(columns, Tiles.BLOCK);
        int groups = blocks * grouping.groups();
        int scales = groups * Tiles.ROWS * (grouping.minimum() ? 2 : 1);
        return new PackedTile(columns, groups, blocks * grouping.codeBytes() / Integer.BYTES, grouping.half() ? 0 : scales, grouping.half() ? scales : 0, false);
    }

    /// Numbers of 16 bits, as they are stored.
    static PackedTile half(int columns) { return new PackedTile(columns, 0, Math.ceilDiv(columns, Tiles.BLOCK) * Tiles.BLOCK * Tiles.ROWS / 2, 0, 0, true); }

    static PackedTile single(int columns) { return new PackedTile(columns, 0, 0, Math.ceilDiv(columns, Tiles.BLOCK) * Tiles.BLOCK * Tiles.ROWS, 0, false); }

    /// To zeros, for a tile with fewer rows than others.
    void clear() {
        Arrays.fill(ints, 0);
        Arrays.fill(floats, 0);
        Arrays.fill(halves, (short) 0);
    }

    // ---- codes and scales

    /// @return whether the row's scales survive
    boolean put(Tensor part, int row, Grouping grouping, boolean small) {
        decode(part, row, small);
        int lane = row % Tiles.ROWS;
        int step = Tiles.ROWS * (grouping.minimum() ? 2 : 1);
        if (!put(rowScales, lane, step, grouping.half()) || grouping.minimum() && !put(rowMinimums, Tiles.ROWS + lane, step, grouping.half())) return false;
        if (small) for (int i = 0; i < rowWords.length / 2; i++) ints[i * Tiles.ROWS + lane] = rowWords[2 * i] | rowWords[2 * i + 1] << 4;
        else for (int i = 0; i < rowWords.length; i++) ints[i * Tiles.ROWS + lane] = rowWords[i];
        return true;
    }

    private void decode(Tensor part, int row, boolean small) {
        Format format = part.format();
        DecodeWords.Decoder decoder = DecodeWords.of(format);
        if (decoder == null) {
            if (rowCodes.length == 0) rowCodes = new byte[4 * rowWords.length];
            format.decodeGroups(part.data(), row * part.rowBytes(), columns, rowCodes, rowScales, rowMinimums);
            toWords(small, format.hasMinimum());
            return;
        }
        if (rowStored.length == 0) rowStored = new short[(int) part.rowBytes() / Short.BYTES];
        MemorySegment.copy(part.data(), STORED, row * part.rowBytes(), rowStored, 0, rowStored.length);
        int words = format.blockLength() / 4;
        int groups = format.blockLength() / format.groupLength();
        for (int i = 0; i < columns / format.blockLength(); i++) decoder.decode(rowStored, i * format.blockBytes() / Short.BYTES, rowWords, i * words, rowScales, rowMinimums, i * groups);
    }

    private boolean put(float[] scales, int at, int step, boolean half) {
        for (int group = 0; group < scales.length; group++, at += step) {
            float scale = scales[group];
            if (half) {
                short bits = Float.floatToFloat16(scale);
                if (!Float.isFinite(scale) || Float.float16ToFloat(bits) != scale) return false;
                halves[at] = bits;
            } else {
                floats[at] = scale;
            }
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
        if (grouping.half()) MemorySegment.copy(halves, 0, data, ValueLayout.JAVA_SHORT, at, halves.length);
        else MemorySegment.copy(floats, 0, data, ValueLayout.JAVA_FLOAT, at, floats.length);
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
