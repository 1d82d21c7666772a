package dev.oriel.loaders;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Hand-made GGUF files, good and bad, field by field.
final class GgufBytes {
    static final int U8 = 0, U16 = 2, I16 = 3, U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9, U64 = 10, I64 = 11, F64 = 12;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// Magic, version 3, counts.
    static GgufBytes header(long tensors, long pairs) { return new GgufBytes().raw("GGUF").u32(3).u64(tensors).u64(pairs); }

    GgufBytes raw(String letters) {
        out.writeBytes(letters.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    GgufBytes u8(int value) {
        out.write(value);
        return this;
    }

    GgufBytes u16(int value) { return u8(value).u8(value >>> 8); }

    GgufBytes u32(int value) { return u16(value).u16(value >>> 16); }

    GgufBytes u64(long value) { return u32((int) value).u32((int) (value >>> 32)); }

    GgufBytes string(String text) { return u64(text.getBytes(StandardCharsets.UTF_8).length).raw(text); }

    GgufBytes key(String key, int type) { return string(key).u32(type); }

    GgufBytes text(String key, String value) { return key(key, STRING).string(value); }

    /// A tensor description; `extents` as in the file, fastest first.
    GgufBytes tensor(String name, int type, long offset, long... extents) {
        string(name).u32(extents.length);
        for (long extent : extents) u64(extent);
        return u32(type).u64(offset);
    }

    GgufBytes pad(int alignment) {
        while (out.size() % alignment != 0) out.write(0);
        return this;
    }

    GgufBytes zeros(int count) {
        out.writeBytes(new byte[count]);
        return this;
    }

    byte[] bytes() { return out.toByteArray(); }
}
