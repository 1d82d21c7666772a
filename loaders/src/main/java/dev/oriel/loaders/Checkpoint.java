package dev.oriel.loaders;

import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/// What every model file becomes: metadata and stored tensors, mapped off-heap. Closing it unmaps the files; the tensors are unusable afterwards.
///
/// @param path     what was opened
/// @param kind     whose names and keys it uses
/// @param metadata GGUF key-value pairs, or the flattened `config.json`
/// @param tensors  by name, in file order
/// @param folder   where side files (`tokenizer.json`) lie
/// @param arena    owns the mappings
public record Checkpoint(Path path, Kind kind, Metadata metadata, Map<String, Tensor> tensors, Path folder, Arena arena)
        implements AutoCloseable {

    public enum Kind { GGUF, HUGGING_FACE }

    public Checkpoint {
        tensors = Collections.unmodifiableMap(tensors);
    }

    /// Hands memory back that reading `tensor` has taken up; its numbers stay readable. Does nothing where the system does not offer it, or native access is not
    /// enabled.
    public void release(Tensor tensor) { Pages.release(tensor.data()); }

    @Override
    public void close() { arena.close(); }
}
