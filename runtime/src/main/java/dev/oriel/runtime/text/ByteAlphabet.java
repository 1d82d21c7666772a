package dev.oriel.runtime.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The 256 visible characters in which byte-level vocabularies (GPT-2 and its many heirs) write bytes: printable Latin-1 stands for itself,
/// the other 68 bytes follow from U+0100 on.
final class ByteAlphabet {
    private static final char[] LETTERS = new char[256];
    private static final int[] BYTES = new int[256 + 68];

    static {
        char spare = 256;
        for (int b = 0; b < 256; b++) {
            boolean visible = b >= '!' && b <= '~' || b >= 0xA1 && b != 0xAD;
            LETTERS[b] = visible ? (char) b : spare++;
        }
        Arrays.fill(BYTES, -1);
        for (int b = 0; b < 256; b++) BYTES[LETTERS[b]] = b;
    }

    private ByteAlphabet() { }

    static char letter(int b) { return LETTERS[b]; }

    static String encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] letters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) letters[i] = LETTERS[bytes[i] & 255];
        return new String(letters);
    }

    /// Characters outside the alphabet (in tokens that were added later) stand for themselves.
    static byte[] decode(String piece) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(piece.length());
        piece.codePoints().forEach(c -> {
            if (c < BYTES.length && BYTES[c] >= 0) out.write(BYTES[c]);
            else out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        });
        return out.toByteArray();
    }
}
