package dev.oriel.runtime;

import java.util.AbstractList;
import java.util.List;

/// Bytes as a list of Byte, which GGUF writes as u8.
final class ByteList extends AbstractList<Byte> {
    private final byte[] bytes;

    private ByteList(byte[] bytes) { this.bytes = bytes; }

    static List<Byte> of(byte[] bytes) { return new ByteList(bytes); }

    @Override
    public Byte get(int index) { return bytes[index]; }

    @Override
    public int size() { return bytes.length; }
}
