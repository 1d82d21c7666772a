package dev.oriel.loaders;

import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A GGUF model, in one file or split into `NAME-00001-of-00003.gguf` and so on, as llama.cpp's gguf-split writes them: the first part holds the metadata,
/// and each says which it is. Any of the parts opens the whole.
final class GgufSplit {
    private static final Pattern PART = Pattern.compile("(.*)-\\d{5}-of-(\\d{5})\\.gguf", Pattern.DOTALL);
    private static final String NUMBER = "split.no";
    private static final String COUNT = "split.count";
    private static final String TENSORS = "split.tensors.count";
    private static final int MAX_PARTS = 99999;

    private GgufSplit() {}

    static GgufFile open(Path path, Arena arena) {
        GgufFile opened = GgufReader.read(path.toString(), Mapping.map(path, arena));
        int parts = number(opened, COUNT, 1, MAX_PARTS, 1);
        if (parts == 1) return opened;
        int own = number(opened, NUMBER, 0, parts - 1, -1);
        Map<String, Object> metadata = new LinkedHashMap<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        long promised = -1;
        for (int part = 0; part < parts; part++) {
            GgufFile read = part == own ? opened : readPart(sibling(path, part, parts), part, parts, arena);
            if (part == 0) {
                metadata.putAll(read.metadata());
                promised = number(read, TENSORS, 0, Integer.MAX_VALUE, -1);
            }
            for (Tensor tensor : read.tensors().values())
                if (tensors.putIfAbsent(tensor.name(), tensor) != null)
                    throw new ModelException(read.file(), tensor.name(), "one tensor of this name in all parts", "a second one");
        }
        if (promised >= 0 && promised != tensors.size()) throw new ModelException(opened.file(), TENSORS, promised + " tensors in all parts", tensors.size());
        // What is merged is no longer split, and must not say so when it is written again.
        metadata.keySet().removeIf(key -> key.startsWith("split."));
        return new GgufFile(opened.file(), metadata, tensors);
    }

    private static GgufFile readPart(Path path, int part, int parts, Arena arena) {
        if (!Files.exists(path)) throw new ModelException(path, "part " + (part + 1) + " of " + parts, "this file beside the others", "nothing");
        GgufFile read = GgufReader.read(path.toString(), Mapping.map(path, arena));
        int count = number(read, COUNT, 1, MAX_PARTS, 1);
        if (count != parts) throw new ModelException(read.file(), COUNT, parts, count);
        int number = number(read, NUMBER, 0, parts - 1, -1);
        if (number != part) throw new ModelException(read.file(), NUMBER, part, number);
        return read;
    }

    private static Path sibling(Path path, int part, int parts) {
        Matcher name = PART.matcher(path.getFileName().toString());
        if (!name.matches() || Integer.parseInt(name.group(2)) != parts)
            throw new ModelException(path, "name of a part of a split model", "NAME-00001-of-%05d.gguf".formatted(parts), path.getFileName());
        return path.resolveSibling(name.group(1) + "-%05d-of-%05d.gguf".formatted(part + 1, parts));
    }

    private static int number(GgufFile read, String key, int low, int high, int fallback) {
        return new Metadata(read.file(), read.metadata()).count(key, low, high, fallback);
    }
}
