package dev.oriel.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfByte;
import java.lang.foreign.ValueLayout.OfShort;
import java.nio.ByteOrder;

/// The types of GGUF metadata; a type's id in the file is its place in this list.
enum GgufType {
    U8(1), I8(1), U16(2), I16(2), U32(4), I32(4), F32(4), BOOL(1), STRING(0), ARRAY(0), U64(8), I64(8), F64(8);

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ORDER);

    /// Bytes of one value; 0 where that differs from value to value.
    final int width;

    GgufType(int width) { this.width = width; }

    static GgufType of(int id, String file, String key) {
        GgufType[] all = values();
        if (id < 0 || id >= all.length) throw new ModelException(file, key, "a GGUF value type 0.." + (all.length - 1), "type " + Integer.toUnsignedString(id));
        return all[id];
    }

    boolean integer() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, F64, BOOL, STRING, ARRAY -> false;
        };
    }

    /// The value as Long, Double or Boolean. A u64 above 2^63 becomes a negative number, which no count accepts.
    Object read(MemorySegment from, long offset) {
        return switch (this) {
            case U8 -> (long) (from.get(BYTE, offset) & 0xFF);
            case I8 -> (long) from.get(BYTE, offset);
            case U16 -> (long) (from.get(SHORT, offset) & 0xFFFF);
            case I16 -> (long) from.get(SHORT, offset);
            case U32 -> from.get(INT, offset) & 0xFFFF_FFFFL;
            case I32 -> (long) from.get(INT, offset);
            case U64, I64 -> from.get(LONG, offset);
            case F32 -> (double) from.get(FLOAT, offset);
            case F64 -> from.get(DOUBLE, offset);
            case BOOL -> from.get(BYTE, offset) != 0;
            case STRING, ARRAY -> throw new IllegalStateException(this + " has no fixed width");
        };
    }

    void write(MemorySegment to, long offset, Object value) {
        switch (this) {
            case U8, I8 -> to.set(BYTE, offset, ((Number) value).byteValue());
            case U16, I16 -> to.set(SHORT, offset, ((Number) value).shortValue());
            case U32, I32 -> to.set(INT, offset, ((Number) value).intValue());
            case U64, I64 -> to.set(LONG, offset, ((Number) value).longValue());
            case F32 -> to.set(FLOAT, offset, ((Number) value).floatValue());
            case F64 -> to.set(DOUBLE, offset, ((Number) value).doubleValue());
            case BOOL -> to.set(BYTE, offset, (byte) ((Boolean) value ? 1 : 0));
            case STRING, ARRAY -> throw new IllegalStateException(this + " has no fixed width");
        }
    }
}
