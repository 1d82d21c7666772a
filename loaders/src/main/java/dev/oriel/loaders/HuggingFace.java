package dev.oriel.loaders;

import dev.oriel.ops.Tensor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A model as Hugging Face publishes it: `config.json`, and weights in `model.safetensors` or in shards that an index lists.
final class HuggingFace {
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final Logger LOG = System.getLogger(HuggingFace.class.getName());

    private final Arena arena;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Object> notes = new LinkedHashMap<>();

    private HuggingFace(Arena arena) { this.arena = arena; }

    static Checkpoint folder(Path folder, Arena arena) {
        HuggingFace read = new HuggingFace(arena);
        if (!Files.exists(folder.resolve(CONFIG))) throw new ModelException(folder, "model folder", CONFIG, listing(folder));
        if (Files.exists(folder.resolve(INDEX))) read.index(folder.resolve(INDEX));
        else if (Files.exists(folder.resolve(WEIGHTS))) read.single(folder.resolve(WEIGHTS));
        else throw new ModelException(folder, "model folder", WEIGHTS + " or " + INDEX, listing(folder));
        return read.checkpoint(folder, folder);
    }

    static Checkpoint file(Path weights, Arena arena) {
        HuggingFace read = new HuggingFace(arena);
        read.single(weights);
        return read.checkpoint(weights, Checkpoints.folderOf(weights));
    }

    static Checkpoint indexed(Path index, Arena arena) {
        HuggingFace read = new HuggingFace(arena);
        read.index(index);
        return read.checkpoint(index, Checkpoints.folderOf(index));
    }

    private Checkpoint checkpoint(Path opened, Path folder) {
        Path config = folder.resolve(CONFIG);
        Map<String, Object> values = Files.exists(config) ? Config.read(config) : new LinkedHashMap<>();
        values.putAll(notes);
        return new Checkpoint(opened, Checkpoint.Kind.HUGGING_FACE, new Metadata(config.toString(), values), tensors, folder, arena);
    }

    private void single(Path weights) { tensors.putAll(contents(weights).tensors()); }

    /// Each shard is opened once; a tensor is taken from the shard that the index names, and from no other.
    private void index(Path index) {
        ShardIndex shards = ShardIndex.read(index);
        for (String shard : shards.files()) {
            Path path = index.resolveSibling(shard);
            if (!Files.exists(path)) throw new ModelException(index, "shard " + shard, "this file beside it", "nothing");
            SafetensorsReader.Contents contents = contents(path);
            for (String name : shards.tensorsOf(shard)) {
                Tensor tensor = contents.tensors().get(name);
                if (tensor != null) tensors.put(name, tensor);
                else if (!contents.unreadable().contains(name)) throw new ModelException(path, name, "this tensor, as the index says", "nothing");
            }
        }
    }

    private SafetensorsReader.Contents contents(Path path) {
        SafetensorsReader.Contents contents = SafetensorsReader.read(path.toString(), Mapping.map(path, arena));
        contents.metadata().forEach((key, value) -> notes.putIfAbsent(SafetensorsHeader.METADATA + "." + key, value));
        if (!contents.unreadable().isEmpty())
            LOG.log(Level.WARNING, "{0}: {1} tensors are left out, for their types are not read: {2}", path, contents.unreadable().size(),
                    ModelException.shorten(contents.unreadable()));
        return contents;
    }

    private static String listing(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names = List.copyOf(new TreeSet<>(files.map(f -> f.getFileName().toString()).toList()));
            return names.isEmpty() ? "an empty folder" : String.join(", ", names);
        } catch (IOException e) {
            throw Mapping.unreadable(folder, e);
        }
    }
}
