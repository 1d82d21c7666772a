package dev.oriel.loaders;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// `model.safetensors.index.json`: which shard holds which tensor.
final class ShardIndex {
    private static final int MAX_SHARDS = 99999;
    /// A plain name: an index comes from the network, and must not reach outside its folder.
    private static final Pattern PLAIN = Pattern.compile("[^/\\\\:\\p{Cntrl}]+\\.safetensors");

    private final Map<String, List<String>> tensors = new LinkedHashMap<>();

    private ShardIndex() {}

    static ShardIndex read(Path path) {
        if (!(Json.parseObject(path).get("weight_map") instanceof Map<?, ?> map)) throw new ModelException(path, "weight_map", "an object", "none");
        ShardIndex index = new ShardIndex();
        map.forEach((tensor, file) -> {
            if (!(file instanceof String shard && PLAIN.matcher(shard).matches()))
                throw new ModelException(path, "weight_map." + tensor, "the name of a .safetensors file beside it", file);
            index.tensors.computeIfAbsent(shard, _ -> new ArrayList<>()).add((String) tensor);
            if (index.tensors.size() > MAX_SHARDS) throw new ModelException(path, "weight_map", "at most " + MAX_SHARDS + " shards", "more");
        });
        return index;
    }

    Collection<String> files() { return tensors.keySet(); }

    List<String> tensorsOf(String file) { return tensors.get(file); }
}
