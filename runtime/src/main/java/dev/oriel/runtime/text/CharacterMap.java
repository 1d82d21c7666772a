package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// SentencePiece's precompiled normalisation: a double-array trie of UTF-8 prefixes, whose leaves point to zero-terminated replacements.
/// Layout: u32 bytes of the trie, the trie's u32 units, the replacements. A unit holds the offset of its children in bits 10-30 (shifted by 8 if bit 9 is set),
/// "has a value" in bit 8, its own byte in bits 0-7; a value unit has bit 31 set.
final class CharacterMap {
    private static final CharacterMap NOTHING = new CharacterMap("", new byte[0], new int[0], 0);

    private final String file;
    private final byte[] bytes;
    private final int[] units;
    private final int replacements;

    private CharacterMap(String file, byte[] bytes, int[] units, int replacements) {
        this.file = file;
        this.bytes = bytes;
        this.units = units;
        this.replacements = replacements;
    }

    /// @param list the bytes as numbers, or null: nothing is mapped
    static CharacterMap of(String file, List<?> list) {
        if (list == null || list.isEmpty()) return NOTHING;
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            if (!(list.get(i) instanceof Number b)) throw new ModelException(file, "precompiled_charsmap", "bytes", String.valueOf(list.get(i)));
            bytes[i] = b.byteValue();
        }
        return of(file, bytes);
    }

    static CharacterMap of(String file, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long size = bytes.length < 4 ? -1 : Integer.toUnsignedLong(in.getInt());
        if (size < 4 || size % 4 != 0 || size > bytes.length - 4L) throw new ModelException(file, "precompiled_charsmap", "a trie within " + bytes.length + " bytes", size + " bytes");
        int[] units = new int[(int) size / 4];
        in.asIntBuffer().get(units);
        return new CharacterMap(file, bytes, units, 4 + (int) size);
    }

    Rewriting rewriting() { return units.length == 0 ? Rewriting.NOTHING : Rewriting.of(this::apply, this::note); }

    /// Steps from character to character: what is replaced together may start or end inside one only in a broken table.
    private void note(String text, Steps steps) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < in.length; ) {
            int start = i;
            out.reset();
            do i += replace(in, i, out); while (i < in.length && (in[i] & 0xC0) == 0x80);
            String before = new String(in, start, i - start, StandardCharsets.UTF_8);
            String after = out.toString(StandardCharsets.UTF_8);
            if (after.equals(before)) steps.keep(before.length());
            else steps.replace(before.length(), after.length());
        }
    }

    /// The longest prefix that has a replacement is replaced, again and again.
    String apply(String text) {
        if (units.length == 0) return text;
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        var out = new ByteArrayOutputStream(in.length + 16);
        for (int i = 0; i < in.length; ) i += replace(in, i, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    /// @return how many bytes of the input are done
    private int replace(byte[] in, int start, ByteArrayOutputStream out) {
        int length = 0;
        int replacement = 0;
        int node = children(0);
        for (int i = start; i < in.length && in[i] != 0; i++) {
            int b = in[i] & 255;
            node ^= b;
            if ((unit(node) & 0x800000FF) != b) break;
            boolean value = (unit(node) >>> 8 & 1) != 0;
            node ^= children(node);
            if (value) {
                length = i - start + 1;
                replacement = unit(node) & 0x7FFFFFFF;
            }
        }
        if (length == 0) {
            out.write(in[start]);
            return 1;
        }
        for (long at = (long) replacements + replacement; ; at++) {
            if (at >= bytes.length) throw new ModelException(file, "precompiled_charsmap", "replacements within " + bytes.length + " bytes", replacement);
            if (bytes[(int) at] == 0) return length;
            out.write(bytes[(int) at]);
        }
    }

    private int children(int node) {
        int unit = unit(node);
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private int unit(int node) {
        if (node < 0 || node >= units.length) throw new ModelException(file, "precompiled_charsmap", "a node in 0.." + (units.length - 1), node);
        return units[node];
    }
}
