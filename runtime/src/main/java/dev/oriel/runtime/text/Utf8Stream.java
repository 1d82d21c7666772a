package dev.oriel.runtime.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns the bytes of tokens, fed one token at a time, into text: a character is released only when all of its bytes are there.
/// Bytes that can never become a character give U+FFFD. One stream per generated sequence; not thread-safe.
public final class Utf8Stream {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = {};

    /// The text that these bytes complete, perhaps empty.
    public String feed(byte[] bytes) { return decode(bytes, false); }

    /// What is still held back, as U+FFFD; the stream is then as new.
    public String flush() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        return rest;
    }

    private String decode(byte[] bytes, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(held.length + bytes.length).put(held).put(bytes).flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, last);
        if (last) decoder.flush(out);
        held = new byte[in.remaining()];
        in.get(held);
        return out.flip().toString();
    }
}
