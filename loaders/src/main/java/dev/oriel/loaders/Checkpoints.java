package dev.oriel.loaders;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// Opens models, whatever they are stored as.
public final class Checkpoints {
    private Checkpoints() {}

    /// Opens one of
    /// * a `.gguf` file, or any part of a split one (`NAME-00001-of-00003.gguf`);
    /// * a `.safetensors` file, with the `config.json` beside it if there is one;
    /// * a `model.safetensors.index.json`;
    /// * a Hugging Face folder: `config.json`, and `model.safetensors` or the index and its shards.
    ///
    /// Files are told by what is in them rather than by their names, opened for reading only, and mapped: opening reads little, whatever the size.
    ///
    /// @throws ModelException if that is not there, or anything in it is not as its format demands
    public static Checkpoint open(Path path) {
        if (!Files.exists(path)) throw new ModelException(path, "model", "a file or folder", "nothing");
        Arena arena = Arena.ofShared();
        try {
            return open(path, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static Checkpoint open(Path path, Arena arena) {
        if (Files.isDirectory(path)) return HuggingFace.folder(path, arena);
        if (path.getFileName().toString().endsWith(".safetensors.index.json")) return HuggingFace.indexed(path, arena);
        MemorySegment bytes = Mapping.map(path, arena);
        if (path.getFileName().toString().endsWith(".gguf") || startsWith(bytes, "GGUF")) {
            GgufFile gguf = GgufSplit.open(path, arena);
            return new Checkpoint(path, Checkpoint.Kind.GGUF, new Metadata(path.toString(), gguf.metadata()), gguf.tensors(), folderOf(path), arena);
        }
        if (path.getFileName().toString().endsWith(".safetensors") || bytes.byteSize() > 8 && bytes.get(ValueLayout.JAVA_BYTE, 8) == '{')
            return HuggingFace.file(path, arena);
        throw new ModelException(path, "content", "GGUF, safetensors, or a Hugging Face folder", "something else");
    }

    private static boolean startsWith(MemorySegment bytes, String letters) {
        for (int i = 0; i < letters.length(); i++)
            if (i >= bytes.byteSize() || bytes.get(ValueLayout.JAVA_BYTE, i) != letters.charAt(i)) return false;
        return true;
    }

    static Path folderOf(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }
}
