package dev.oriel.loaders;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A value of GGUF metadata with the type that it is written as.
sealed interface GgufValue {
    void write(Output out) throws IOException;

    /// A number or a boolean.
    record Scalar(GgufType type, Object value) implements GgufValue {
        @Override
        public void write(Output out) throws IOException {
            MemorySegment bytes = MemorySegment.ofArray(new byte[type.width]);
            type.write(bytes, 0, value);
            out.int32(type.ordinal());
            out.bytes(bytes);
        }
    }

    record Text(String value) implements GgufValue {
        @Override
        public void write(Output out) throws IOException {
            out.int32(GgufType.STRING.ordinal());
            out.string(value);
        }
    }

    record Numbers(PackedList values) implements GgufValue {
        @Override
        public void write(Output out) throws IOException {
            out.int32(GgufType.ARRAY.ordinal());
            out.int32(values.type.ordinal());
            out.int64(values.size());
            out.bytes(values.bytes);
        }
    }

    record Texts(List<?> values) implements GgufValue {
        @Override
        public void write(Output out) throws IOException {
            out.int32(GgufType.ARRAY.ordinal());
            out.int32(GgufType.STRING.ordinal());
            out.int64(values.size());
            for (Object value : values) out.string((String) value);
        }
    }

    static GgufValue of(Path target, String key, Object value) {
        return switch (value) {
            case Boolean b -> new Scalar(GgufType.BOOL, b);
            case Float f -> new Scalar(GgufType.F32, f);
            case Double d -> new Scalar(exactFloat(d) ? GgufType.F32 : GgufType.F64, d);
            case Integer i -> new Scalar(integer(i), i);
            case Long l -> new Scalar(integer(l), l);
            case String s -> new Text(s);
            case PackedList list -> new Numbers(list);
            case List<?> list -> list(target, key, list);
            case null, default -> throw unfit(target, key, value);
        };
    }

    private static GgufValue list(Path target, String key, List<?> list) {
        if (list.stream().allMatch(String.class::isInstance)) return new Texts(list);
        if (list.stream().allMatch(Boolean.class::isInstance)) return new Numbers(PackedList.of(GgufType.BOOL, list));
        if (list.stream().allMatch(Byte.class::isInstance)) return new Numbers(PackedList.of(GgufType.U8, list));
        if (list.stream().allMatch(v -> v instanceof Long || v instanceof Integer)) return new Numbers(PackedList.of(integers(list), list));
        if (list.stream().allMatch(v -> v instanceof Number)) {
            boolean narrow = list.stream().allMatch(v -> v instanceof Float || exactFloat(((Number) v).doubleValue()));
            return new Numbers(PackedList.of(narrow ? GgufType.F32 : GgufType.F64, list));
        }
        throw unfit(target, key, "a list of several types");
    }

    private static GgufType integer(long value) {
        if (value >= 0 && value <= 0xFFFF_FFFFL) return GgufType.U32;
        return value == (int) value ? GgufType.I32 : GgufType.I64;
    }

    private static GgufType integers(List<?> list) {
        if (list.stream().allMatch(v -> ((Number) v).longValue() == ((Number) v).intValue())) return GgufType.I32;
        return list.stream().allMatch(v -> integer(((Number) v).longValue()) == GgufType.U32) ? GgufType.U32 : GgufType.I64;
    }

    private static boolean exactFloat(double value) { return Double.isNaN(value) || (double) (float) value == value; }

    private static ModelException unfit(Path target, String key, Object value) {
        return new ModelException(target, key, "a value that GGUF can hold", value == null ? "null" : value);
    }
}
