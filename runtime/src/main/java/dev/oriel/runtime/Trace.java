package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the recording probes of a run kept, by site name: in memory, or in a safetensors file that is mapped. It grows while its sequence does.
///
/// A trace in memory needs no closing: its large parts lie off-heap and go when nothing refers to them. One that reads a file holds it open until [#close].
public final class Trace implements AutoCloseable {
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private final Memory memory;
    /// The file behind it once it is written, or read.
    private Checkpoint file;
    private int[] ids = {};

    private Trace(Memory memory) { this.memory = memory; }

    static Trace inMemory() { return new Trace(new Memory.Plain()); }

    /// A trace that will stand in `target`.
    static Trace inFile(Path target) { return new Trace(new Memory.Mapped(target)); }

    /// Opens a trace that was saved, by this program or another that writes safetensors with these names.
    ///
    /// @throws ModelException if the file cannot be read
    public static Trace open(Path path) {
        Trace trace = inMemory();
        trace.file = Checkpoints.open(path);
        try {
            TraceFile.activations(trace.file).forEach(a -> trace.kept.put(a.name(), new Kept.Whole(a)));
            trace.ids = TraceFile.ids(trace.file);
            return trace;
        } catch (RuntimeException e) {
            trace.close();
            throw e;
        }
    }

    /// Writes everything as safetensors, float32, under the sites' names; the file appears when it is complete.
    public void save(Path path) { TraceFile.write(path, this); }

    /// The values at one site of one layer.
    public Activation get(Selection where) { return get(name(where)); }

    /// A summary of one site of one layer.
    public Activation get(Selection where, Reduction reduction) { return get(name(where) + reduction.suffix()); }

    /// The values by name: `blocks.3.attn.hook_pattern`.
    public Activation get(String name) {
        Kept found = kept.get(name);
        if (found == null) throw new ModelException(name + " was not recorded; recorded: " + (kept.isEmpty() ? "nothing" : String.join(", ", kept.keySet())));
        return found.whole(memory);
    }

    /// The tokens of the sequence, as far as it was read; none where a file does not say.
    public int[] ids() { return ids.clone(); }

    public Set<String> names() { return Collections.unmodifiableSet(kept.keySet()); }

    /// Bytes of all numbers kept.
    public long bytes() { return kept.values().stream().mapToLong(Kept::bytes).sum(); }

    /// The one name a selection of one layer has.
    static String name(Selection where) {
        Selection.Part part = where.part();
        if (!part.site().perLayer()) return part.site().name(0);
        if (part.layers().length != 1) throw new IllegalArgumentException("say which layer: " + part.site() + ".at(layer)");
        return part.site().name(part.layers()[0]);
    }

    Memory memory() { return memory; }

    /// Adds what a pass recorded; `growing` is the axis along which a sequence grows.
    void add(Activation piece, int growing, float absent, Pass pass) {
        Kept before = kept.get(piece.name());
        if (before instanceof Kept.Growing recording) recording.add(piece, pass);
        else kept.put(piece.name(), new Kept.Growing(piece, growing, absent, pass));
    }

    /// Adds to sums over positions: `piece` is one pass's, `growing` the axis that is summed.
    void tally(String name, Activation piece, int growing, boolean mean) {
        if (kept.get(name) instanceof Kept.Tally tally) tally.add(piece);
        else kept.put(name, new Kept.Tally(name, piece, growing, mean));
    }

    /// What this very pass recorded under a name.
    Optional<Activation> latest(String name, Pass pass) { return kept.get(name) instanceof Kept.Growing recording ? recording.latest(pass) : Optional.empty(); }

    /// Takes down what was read, and puts a trace that is kept in a file into its final form there.
    void finish(int[] sequence) {
        ids = sequence;
        if (!(memory instanceof Memory.Mapped mapped)) return;
        save(mapped.target());
        mapped.release();
        kept.clear();
        file = Checkpoints.open(mapped.target());
        TraceFile.activations(file).forEach(a -> kept.put(a.name(), new Kept.Whole(a)));
    }

    /// Gives up an unfinished file.
    void abandon() {
        if (memory instanceof Memory.Mapped mapped) mapped.release();
    }

    @Override
    public void close() {
        abandon();
        if (file != null) file.close();
        file = null;
        kept.clear();
    }
}
