package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The fields of one message of a Protocol Buffers file, one after the other.
final class ProtobufReader {
    private static final int NUMBER = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final Path file;
    private final ByteBuffer in;
    private int field;
    private int wire;

    ProtobufReader(Path file, ByteBuffer in) {
        this.file = file;
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Goes to the next field, if there is one.
    boolean next() {
        if (!in.hasRemaining()) return false;
        long tag = varint();
        if (tag < 8 || tag > 0xFFFF_FFFFL) throw malformed("a field number", tag >>> 3);
        field = (int) (tag >>> 3);
        wire = (int) tag & 7;
        return true;
    }

    int field() { return field; }

    long number() {
        expect(NUMBER);
        return varint();
    }

    float float32() {
        expect(FIXED32);
        require(4);
        return in.getFloat();
    }

    byte[] bytes() {
        ByteBuffer part = part();
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        return bytes;
    }

    String text() { return new String(bytes(), StandardCharsets.UTF_8); }

    ProtobufReader message() { return new ProtobufReader(file, part()); }

    void skip() {
        switch (wire) {
            case NUMBER -> varint();
            case FIXED64 -> advance(8);
            case BYTES -> part();
            case FIXED32 -> advance(4);
            default -> throw malformed("a kind of field that is known", wire);
        }
    }

    private ByteBuffer part() {
        expect(BYTES);
        long size = varint();
        require(size);
        ByteBuffer part = in.slice(in.position(), (int) size);
        in.position(in.position() + (int) size);
        return part;
    }

    private void advance(int bytes) {
        require(bytes);
        in.position(in.position() + bytes);
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            require(1);
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) return value;
        }
        throw malformed("a number of at most ten bytes", "more");
    }

    private void expect(int kind) {
        if (wire != kind) throw malformed("kind " + kind, wire);
    }

    private void require(long bytes) {
        if (bytes < 0 || bytes > in.remaining()) throw malformed(bytes + " more bytes", in.remaining());
    }

    private ModelException malformed(String expected, Object found) {
        return new ModelException(file, "field " + field, expected + " (is this a SentencePiece model?)", found);
    }
}
