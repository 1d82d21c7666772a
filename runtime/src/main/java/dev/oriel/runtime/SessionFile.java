package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/// Sessions as safetensors: `ids` and `positions` of all tokens, `state` (how many of them were read as plain feeding reads, and whether with the rope of
/// long sequences), and per layer and key-value head `cache.LAYER.HEAD.keys` and `values` `[slot, dim]`, `positions` and `ordinals` (which token, counted from 0, is in a slot). The header's metadata names the model
/// and the format of keys and values, and holds a CRC-32C of all tensors, in this order.
final class SessionFile {
    private static final String KIND = "oriel session 1";
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// The sequence beside its caches.
    ///
    /// @param plain how many tokens from the first one on were read as usual
    /// @param far   which rope its keys were rotated by, see [Lengths]
    record Sequence(int[] ids, int[] positions, int plain, int far) {}

    private final Path path;
    private final Model model;
    private final CRC32C checksum = new CRC32C();

    private SessionFile(Path path, Model model) {
        this.path = path;
        this.model = model;
    }

    static void write(Path path, Model model, Sequence sequence, Cache[] caches) { new SessionFile(path, model).write(sequence, caches); }

    /// Hands the sequence over and fills `caches`, which are new.
    static Sequence read(Path path, Model model, Cache[] caches) {
        try (Checkpoint file = Checkpoints.open(path)) {
            return new SessionFile(path, model).read(file, caches);
        }
    }

    private void write(Sequence sequence, Cache[] caches) {
        List<TensorSource> tensors = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            tensors.add(ints("ids", sequence.ids));
            tensors.add(ints("positions", sequence.positions));
            for (int layer = 0; layer < caches.length; layer++) {
                Attention a = attention(layer);
                Cache cache = caches[layer];
                for (int head = 0; head < a.kvHeads(); head++) {
                    int kvHead = head;
                    Cache.Content content = model.engine().exclusively(() -> cache.content(kvHead, arena));
                    String at = "cache." + layer + "." + head + ".";
                    tensors.add(ints(at + "positions", content.positions()));
                    tensors.add(ints(at + "ordinals", content.ordinals()));
                    tensors.add(numbers(at + "keys", content.keys(), content.positions().length, a.keyDim()));
                    tensors.add(numbers(at + "values", content.values(), content.positions().length, a.valueDim()));
                }
            }
            tensors.add(ints("state", new int[] {sequence.plain, sequence.far}));
            Map<String, String> notes = new LinkedHashMap<>();
            notes.put("kind", KIND);
            notes.put("model", model.fingerprint());
            notes.put("name", model.info().name());
            notes.put("kv", model.options().kvFormat().name());
            notes.put("checksum", Long.toHexString(checksum.getValue()));
            SafetensorsWriter.write(path, notes, tensors);
        }
    }

    private TensorSource ints(String name, int[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Integer.BYTES)]);
        for (int i = 0; i < values.length; i++) bytes.set(INT, (long) i * Integer.BYTES, values[i]);
        checksum(bytes);
        return new TensorSource(name, Format.I32, new long[] {values.length}, (first, count, out) -> out.copyFrom(bytes));
    }

    private TensorSource numbers(String name, MemorySegment bytes, int slots, int dim) {
        checksum(bytes);
        return new TensorSource(name, format(), new long[] {slots, width(dim)},
                (first, count, out) -> out.copyFrom(bytes.asSlice(first * (out.byteSize() / count), out.byteSize())));
    }

    /// Safetensors has no blocks of codes: their bytes are written in pairs, as if they were float16.
    private Format format() { return blocks() ? Format.F16 : model.options().kvFormat(); }

    private boolean blocks() { return model.options().kvFormat().blockLength() > 1; }

    private int width(int dim) {
        Format kept = model.options().kvFormat();
        return blocks() ? Math.ceilDiv(dim, kept.blockLength()) * kept.blockBytes() / Short.BYTES : dim;
    }

    private void checksum(MemorySegment bytes) { checksum.update(bytes.asByteBuffer()); }

    private Sequence read(Checkpoint file, Cache[] caches) {
        require(note(file, "kind").equals(KIND), "session", "a file that a session was saved to", "another");
        String found = note(file, "model");
        require(found.equals(model.fingerprint()), "model", model.info().name() + " (" + model.fingerprint() + ")", note(file, "name") + " (" + found + ")");
        // Blocks can have the shape of other numbers.
        require(note(file, "kv").equals(model.options().kvFormat().name()), "keys and values", model.options().kvFormat() + ", which is how this model keeps them (see --kv)", note(file, "kv"));
        int[] ids = ints(file, "ids");
        int[] positions = ints(file, "positions");
        List<Slots> slots = new ArrayList<>();
        for (int layer = 0; layer < caches.length; layer++) for (int head = 0; head < attention(layer).kvHeads(); head++) slots.add(slots(file, layer, head));
        int[] state = ints(file, "state");
        String sum = Long.toHexString(checksum.getValue());
        require(sum.equals(note(file, "checksum")), "checksum", note(file, "checksum"), sum + ": the file is damaged");
        require(ids.length <= model.context(), "ids", "at most " + model.context() + ", which is what the context holds (see --context)", ids.length);
        require(positions.length == ids.length, "positions", ids.length + ", one per token", positions.length);
        require(state.length == 2 && state[0] >= 0 && state[0] <= ids.length && state[1] >> 1 == 0, "state", "[0.." + ids.length + ", 0 or 1]", Arrays.toString(state));
        for (int id : ids) require(id >= 0 && id < model.hyper().vocabulary(), "token id", "0.." + (model.hyper().vocabulary() - 1), id);
        for (int position : positions) require(position >= 0, "position", "0 or more", position);
        model.engine().exclusively(() -> {
            for (Slots s : slots) caches[s.layer].restore(s.head, content(s, ids.length));
            return null;
        });
        return new Sequence(ids, positions, state[0], state[1]);
    }

    private static String note(Checkpoint file, String key) { return file.metadata().text("__metadata__." + key).orElse("none"); }

    /// What one head holds, as the file has it.
    private record Slots(int layer, int head, int[] positions, int[] ordinals, MemorySegment keys, MemorySegment values) {}

    private Slots slots(Checkpoint file, int layer, int head) {
        String at = "cache." + layer + "." + head + ".";
        Attention a = attention(layer);
        int[] positions = ints(file, at + "positions");
        int[] ordinals = ints(file, at + "ordinals");
        MemorySegment keys = numbers(file, at + "keys", positions.length, a.keyDim());
        MemorySegment values = numbers(file, at + "values", positions.length, a.valueDim());
        return new Slots(layer, head, positions, ordinals, keys, values);
    }

    private Cache.Content content(Slots slots, int tokens) {
        try {
            return new Cache.Content(tokens, slots.ordinals, slots.positions, slots.keys, slots.values);
        } catch (IllegalArgumentException e) {
            throw new ModelException(path + ": cache." + slots.layer + "." + slots.head + ".ordinals: " + e.getMessage(), e);
        }
    }

    private int[] ints(Checkpoint file, String name) {
        Tensor tensor = tensor(file, name, Format.I32);
        require(tensor.shape().length == 1, name, "one axis", Arrays.toString(tensor.shape()));
        checksum(tensor.data());
        int[] values = new int[tensor.columns()];
        for (int i = 0; i < values.length; i++) values[i] = tensor.data().get(INT, (long) i * Integer.BYTES);
        return values;
    }

    private MemorySegment numbers(Checkpoint file, String name, int slots, int dim) {
        Tensor tensor = tensor(file, name, format());
        require(Arrays.equals(tensor.shape(), new long[] {slots, width(dim)}), name, "[" + slots + ", " + width(dim) + "]", Arrays.toString(tensor.shape()));
        checksum(tensor.data());
        return tensor.data();
    }

    private Tensor tensor(Checkpoint file, String name, Format format) {
        Tensor tensor = file.tensors().get(name);
        require(tensor != null, name, "a tensor of this name", "none");
        require(tensor.format() == format, name, format, tensor.format());
        return tensor;
    }

    private void require(boolean ok, String what, Object expected, Object found) { if (!ok) throw new ModelException(path, what, expected, found); }

    private Attention attention(int layer) { return model.hyper().layers().get(layer).attention(); }
}
