package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/// How numbers are stored in files: one row for each format, and nothing else in the project knows what a `Q4_K` is.
///
/// A *plain* format stores each number on its own. A *grouped* one stores blocks of [#blockLength] numbers, and each block splits
/// into groups of [#groupLength] consecutive numbers that share a scale (and a minimum, where [#hasMinimum]):
///
///     value = scale * code + minimum        (float; the product is rounded, then the sum; no sum without a minimum)
///
/// where `code` is a small integer in `[codeLow, codeHigh]`. That is exact, bit for bit, against the reference decoder of each
/// format, so [#decode] is defined by [#decodeGroups], and packed layouts may be built from codes and scales alone. A format whose
/// scales span more than 32 numbers repeats them.
///
/// Block layouts: the GGUF specification and its reference implementation (ggml 2026-08, `gguf-py` 0.19); MXFP4: OCP Microscaling
/// Formats 1.0; F8: OCP 8-bit Floating Point 1.0. Everything is little endian, and no alignment is assumed.
public enum Format {
    F32(0, "F32", 4, DecodePlain::f32, EncodePlain::f32),
    F16(1, "F16", 2, DecodePlain::f16, EncodePlain::f16),
    BF16(30, "BF16", 2, DecodePlain::bf16, EncodePlain::bf16),
    F64(28, "F64", 8, DecodePlain::f64, null),
    F8_E4M3(-1, "F8_E4M3", 1, DecodePlain::f8e4m3, null),
    F8_E5M2(-1, "F8_E5M2", 1, DecodePlain::f8e5m2, null),
    I8(24, "I8", 1, DecodePlain::i8, null),
    I16(25, "I16", 2, DecodePlain::i16, null),
    I32(26, "I32", 4, DecodePlain::i32, null),
    I64(27, "I64", 8, DecodePlain::i64, null),
    U8(-1, "U8", 1, DecodePlain::u8, null),
    BOOL(-1, "BOOL", 1, DecodePlain::u8, null),

    Q4_0(2, 32, 18, scaled(32, -8, 7), DecodeSimple::q4_0, EncodeSimple::q4_0),
    Q4_1(3, 32, 20, shifted(32, 0, 15), DecodeSimple::q4_1, EncodeSimple::q4_1),
    Q5_0(6, 32, 22, scaled(32, -16, 15), DecodeSimple::q5_0, EncodeSimple::q5_0),
    Q5_1(7, 32, 24, shifted(32, 0, 31), DecodeSimple::q5_1, EncodeSimple::q5_1),
    Q8_0(8, 32, 34, scaled(32, -128, 127), DecodeSimple::q8_0, EncodeSimple::q8_0),

    Q2_K(10, 256, 84, shifted(16, 0, 3).of(80, 82), DecodeK::q2, EncodeK::q2),
    Q3_K(11, 256, 110, scaled(16, -4, 3).of(108), DecodeK::q3, EncodeK::q3),
    Q4_K(12, 256, 144, shifted(32, 0, 15).of(0, 2), DecodeK::q4, EncodeK::q4),
    Q5_K(13, 256, 176, shifted(32, 0, 31).of(0, 2), DecodeK::q5, EncodeK::q5),
    Q6_K(14, 256, 210, scaled(16, -32, 31).of(208), DecodeK::q6, EncodeK::q6),

    IQ1_S(19, 256, 50, scaled(32, -9, 9), DecodeGrid::iq1s, null),
    IQ1_M(29, 256, 56, scaled(16, -9, 9), DecodeGrid::iq1m, null),
    IQ2_XXS(16, 256, 66, scaled(32, -43, 43), DecodeGrid::iq2xxs, null),
    IQ2_XS(17, 256, 74, scaled(16, -43, 43), DecodeGrid::iq2xs, null),
    IQ2_S(22, 256, 82, scaled(16, -43, 43), DecodeGrid::iq2s, null),
    IQ3_XXS(18, 256, 98, scaled(32, -62, 62), DecodeGrid::iq3xxs, null),
    IQ3_S(21, 256, 110, scaled(32, -15, 15).of(0), DecodeGrid::iq3s, null),

    IQ4_NL(20, 32, 18, scaled(32, -127, 113), DecodeBook::iq4nl, null),
    IQ4_XS(23, 256, 136, scaled(32, -127, 113).of(0), DecodeBook::iq4xs, null),
    MXFP4(39, 32, 17, scaled(32, -12, 12), DecodeBook::mxfp4, null),
    NVFP4(40, 64, 36, scaled(16, -12, 12), DecodeBook::nvfp4, null),
    TQ1_0(34, 256, 54, scaled(32, -1, 1), DecodeBook::tq1_0, null),
    TQ2_0(35, 256, 66, scaled(32, -1, 2), DecodeBook::tq2_0, null);

    /// Blocks are copied out of the segment and decoded in runs of about this many numbers: enough to amortise the copy, and still in the first cache.
    private static final int RUN = 2048;

    /// Shape of the groups of one format; `length` 0 for plain formats.
    ///
    /// @param root        where a block has the float16 that its groups' scales are multiples of, by an integer of 8 bits; -1 if there is none
    /// @param minimumRoot the same for minimums, of which it has the negative
    private record Groups(int length, int low, int high, boolean minimum, int root, int minimumRoot) {
        static final Groups NONE = new Groups(0, 0, 0, false);

        Groups(int length, int low, int high, boolean minimum) { this(length, low, high, minimum, -1, -1); }

        /// Of scales that are multiples.
        Groups of(int root) { return new Groups(length, low, high, minimum, root, -1); }

        Groups of(int root, int minimumRoot) { return new Groups(length, low, high, minimum, root, minimumRoot); }
    }

    /// Decodes one block `block[at ..]` into `codes[code ..]`, `scales[group ..]` and, where the format has them, `minimums[group ..]`.
    interface BlockDecoder {
        void decode(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group);
    }

    /// Encodes the block of numbers `values[from ..]` into `block[at ..]`.
    interface BlockEncoder {
        void encode(float[] values, int from, byte[] block, int at);
    }

    interface PlainDecoder {
        void decode(MemorySegment data, long offset, float[] out, int from, int count);
    }

    interface PlainEncoder {
        void encode(float[] values, int from, int count, MemorySegment out, long offset);
    }

    private final int ggufId;
    private final String safetensorsName;
    private final int blockLength;
    private final int blockBytes;
    private final Groups groups;
    private final PlainDecoder plainDecoder;
    private final PlainEncoder plainEncoder;
    private final BlockDecoder blockDecoder;
    private final BlockEncoder blockEncoder;

    /// A plain format of `bytes` bytes for each number.
    Format(int ggufId, String safetensorsName, int bytes, PlainDecoder decoder, PlainEncoder encoder) {
        this(ggufId, safetensorsName, 1, bytes, Groups.NONE, decoder, encoder, null, null);
    }

    /// A grouped format; only GGUF has them.
    Format(int ggufId, int blockLength, int blockBytes, Groups groups, BlockDecoder decoder, BlockEncoder encoder) {
        this(ggufId, null, blockLength, blockBytes, groups, null, null, decoder, encoder);
    }

    Format(int ggufId, String safetensorsName, int blockLength, int blockBytes, Groups groups,
           PlainDecoder plainDecoder, PlainEncoder plainEncoder, BlockDecoder blockDecoder, BlockEncoder blockEncoder) {
        this.ggufId = ggufId;
        this.safetensorsName = safetensorsName;
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
        this.groups = groups;
        this.plainDecoder = plainDecoder;
        this.plainEncoder = plainEncoder;
        this.blockDecoder = blockDecoder;
        this.blockEncoder = blockEncoder;
    }

    private static Groups scaled(int length, int low, int high) { return new Groups(length, low, high, false); }

    private static Groups shifted(int length, int low, int high) { return new Groups(length, low, high, true); }

    /// The format GGUF numbers `id`, or empty.
    public static Optional<Format> ofGguf(int id) {
        return Arrays.stream(values()).filter(format -> format.ggufId == id && id >= 0).findFirst();
    }

    /// The format safetensors calls `name`, or empty.
    public static Optional<Format> ofSafetensors(String name) {
        return Arrays.stream(values()).filter(format -> name.equals(format.safetensorsName)).findFirst();
    }

    /// The type's number in GGUF; -1 where GGUF does not have it.
    public int ggufId() { return ggufId; }

    /// The dtype's name in safetensors; null where safetensors does not have it.
    public String safetensorsName() { return safetensorsName; }

    /// Numbers in one block; 1 for plain formats.
    public int blockLength() { return blockLength; }

    /// Bytes of one block.
    public int blockBytes() { return blockBytes; }

    /// Bytes that `elements` numbers occupy.
    ///
    /// @throws IllegalArgumentException if `elements` is negative or no multiple of [#blockLength]
    /// @throws ArithmeticException if the bytes do not fit a `long`
    public long bytes(long elements) {
        if (elements < 0 || elements % blockLength != 0)
            throw new IllegalArgumentException(name() + ": expected a multiple of " + blockLength + " numbers, found " + elements);
        return Math.multiplyExact(elements / blockLength, (long) blockBytes);
    }

    /// Whether numbers come as groups of codes and scales; false for floats and integers.
    public boolean grouped() { return groups.length > 0; }

    /// Numbers in one group: 16 or 32; 0 for plain formats.
    public int groupLength() { return groups.length; }

    /// Whether groups have a minimum.
    public boolean hasMinimum() { return groups.minimum; }

    /// Where a block has the float16 that its groups' scales are multiples of, by an integer of 8 bits; -1 if there is none.
    int rootAt() { return groups.root; }

    /// Where a block has the float16 that its groups' minimums are multiples of, by the negative of such an integer.
    int minimumRootAt() { return groups.minimumRoot; }

    /// The smallest code that can occur.
    public int codeLow() { return groups.low; }

    /// The largest code that can occur.
    public int codeHigh() { return groups.high; }

    /// Whether [#encode] exists.
    public boolean canEncode() { return plainEncoder != null || blockEncoder != null; }

    /// Decodes `count` numbers, stored from byte `offset` of `data`, into `out[from .. from + count)`.
    ///
    /// @throws IllegalArgumentException if `count` is no multiple of [#blockLength]
    public void decode(MemorySegment data, long offset, float[] out, int from, int count) {
        bytes(count);
        Objects.checkFromIndexSize(from, count, out.length);
        if (!grouped()) {
            plainDecoder.decode(data, offset, out, from, count);
            return;
        }
        int run = Math.min(RUN, count);
        byte[] codes = new byte[run];
        float[] scales = new float[run / groups.length];
        float[] minimums = new float[run / groups.length];
        for (int done = 0; done < count; done += run) {
            int length = Math.min(run, count - done);
            decodeBlocks(data, offset + bytes(done), length, codes, scales, minimums);
            values(codes, scales, minimums, length, out, from + done);
        }
    }

    private void values(byte[] codes, float[] scales, float[] minimums, int count, float[] out, int from) {
        for (int at = 0, group = 0; at < count; at += groups.length, group++) {
            float scale = scales[group];
            float minimum = minimums[group];
            if (groups.minimum)
                for (int i = at; i < at + groups.length; i++) out[from + i] = scale * codes[i] + minimum;
            else
                for (int i = at; i < at + groups.length; i++) out[from + i] = scale * codes[i];
        }
    }

    /// Decodes `count` numbers, stored from byte `offset` of `data`, as groups: `codes[0 .. count)` and, one for each
    /// [#groupLength] codes, `scales` and `minimums` (zeros where the format has none).
    ///
    /// @throws IllegalArgumentException if `count` is no multiple of [#blockLength]
    /// @throws UnsupportedOperationException if the format is plain
    public void decodeGroups(MemorySegment data, long offset, int count, byte[] codes, float[] scales, float[] minimums) {
        if (!grouped()) throw new UnsupportedOperationException(name() + " has no groups");
        bytes(count);
        int groupCount = count / groups.length;
        Objects.checkFromIndexSize(0, count, codes.length);
        Objects.checkFromIndexSize(0, groupCount, scales.length);
        Objects.checkFromIndexSize(0, groupCount, minimums.length);
        if (!groups.minimum) Arrays.fill(minimums, 0, groupCount, 0f);
        decodeBlocks(data, offset, count, codes, scales, minimums);
    }

    /// Copying runs of blocks into an array first makes the decoders indifferent to the kind of segment.
    private void decodeBlocks(MemorySegment data, long offset, int count, byte[] codes, float[] scales, float[] minimums) {
        byte[] blocks = new byte[(int) bytes(Math.min(RUN, count))];
        for (int done = 0; done < count; done += RUN) {
            int length = Math.min(RUN, count - done);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset + bytes(done), blocks, 0, (int) bytes(length));
            for (int i = 0, at = 0; i < length; i += blockLength, at += blockBytes)
                blockDecoder.decode(blocks, at, codes, done + i, scales, minimums, (done + i) / groups.length);
        }
    }

    /// Encodes `values[from .. from + count)` into `out` from byte `offset`. Each block is encoded on its own, so the result does not
    /// depend on how a tensor is cut into calls.
    ///
    /// @throws IllegalArgumentException if `count` is no multiple of [#blockLength]
    /// @throws UnsupportedOperationException unless [#canEncode]
    public void encode(float[] values, int from, int count, MemorySegment out, long offset) {
        if (!canEncode()) throw new UnsupportedOperationException("no encoder for " + name());
        bytes(count);
        Objects.checkFromIndexSize(from, count, values.length);
        if (!grouped()) {
            plainEncoder.encode(values, from, count, out, offset);
            return;
        }
        byte[] block = new byte[blockBytes];
        for (int done = 0; done < count; done += blockLength) {
            blockEncoder.encode(values, from + done, block, 0);
            MemorySegment.copy(block, 0, out, ValueLayout.JAVA_BYTE, offset + bytes(done), blockBytes);
        }
    }
}
