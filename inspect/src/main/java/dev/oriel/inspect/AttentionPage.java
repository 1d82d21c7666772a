package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Attention as one HTML file: an overview of all heads, the matrix of a head with exact values under the pointer, and lines between tokens.
/// The file needs no network and no other file, and works by keyboard, in light and dark.
///
/// ```java
/// AttentionPage page = new AttentionPage("Who looks at Mary?", tokens);
/// for (int layer = 0; layer < layers; layer++) page.add(layer, heads, run.trace().get(Site.PATTERN.at(layer))::get);
/// page.write(Path.of("attention.html"));
/// ```
///
/// Weights are read once, while the page is written, a head at a time: nothing is copied before. They are stored in two bytes, or in one where there are more than
/// four million of them, evenly spaced in their square roots; the page says how far a value may be off (at 1: 0.002 % or 0.4 %, less the smaller it is).
/// After Vig 2019, "A Multiscale Visualization of Attention in the Transformer Model" (arXiv:1906.05714).
public final class AttentionPage {
    private static final long FINE_LIMIT = 4_000_000;
    private static final List<String> SCRIPTS = List.of("page", "colours", "surface", "matrix", "lines", "overview", "attention");

    /// Attention weights of one layer: how much the token at `query` takes from the one at `key`. Finite, 0 or more; rows may have any sum.
    @FunctionalInterface
    public interface Weights {
        float get(int head, int query, int key);
    }

    private record Layer(int number, List<Integer> heads, Weights weights) {}

    private final String title;
    private final List<Layer> layers = new ArrayList<>();
    private String note = "";
    private List<String> queries;
    private int firstQuery;
    private List<String> keys;
    private int firstKey;
    private int allLayers;
    private int allHeads;

    /// A page without layers yet, whose queries and keys are the same tokens.
    ///
    /// @param tokens texts; any characters
    public AttentionPage(String title, List<String> tokens) {
        this.title = title;
        this.queries = List.copyOf(tokens);
        this.keys = this.queries;
    }

    /// A sentence or two below the title.
    public AttentionPage note(String text) {
        note = text;
        return this;
    }

    /// Rows other than the columns: a part of the prompt, or what was generated after it.
    ///
    /// @param first the position of the first one
    public AttentionPage queries(int first, List<String> tokens) {
        firstQuery = first;
        queries = List.copyOf(tokens);
        return this;
    }

    /// Columns other than the rows.
    ///
    /// @param first the position of the first one
    public AttentionPage keys(int first, List<String> tokens) {
        firstKey = first;
        keys = List.copyOf(tokens);
        return this;
    }

    /// How many layers, and heads in each, the model has, so that the page can say how many of them it leaves out.
    public AttentionPage outOf(int layers, int heads) {
        allLayers = layers;
        allHeads = heads;
        return this;
    }

    /// All heads of a layer.
    public AttentionPage add(int layer, int heads, Weights weights) { return add(layer, IntStream.range(0, heads).boxed().toList(), weights); }

    /// Some heads of a layer.
    ///
    /// @param heads their numbers; `weights` is asked with these
    public AttentionPage add(int layer, List<Integer> heads, Weights weights) {
        layers.add(new Layer(layer, List.copyOf(heads), weights));
        return this;
    }

    /// Writes the page, whole or not at all.
    ///
    /// @throws ModelException if there is nothing to show, a weight is negative or not finite, or the file cannot be written
    public void write(Path path) {
        long patterns = layers.stream().mapToLong(layer -> layer.heads().size()).sum();
        if (patterns == 0 || queries.isEmpty() || keys.isEmpty())
            throw new ModelException(path, "attention", "a layer with a head, and tokens", patterns + " heads, " + queries.size() + " x " + keys.size() + " tokens");
        int bytes = patterns * queries.size() * keys.size() <= FINE_LIMIT ? 2 : 1;
        Page.write(path, title, "attention", SCRIPTS, page -> data(page, bytes));
    }

    private void data(Page page, int bytes) throws IOException {
        List<Map<String, Object>> described = new ArrayList<>();
        ByteArrayOutputStream thumbnails = new ByteArrayOutputStream();
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            List<Float> scales = new ArrayList<>();
            page.bytes("layer-" + i, out -> {
                for (int head : layer.heads()) {
                    Quantised pattern = Quantised.of("layer " + layer.number() + " head " + head, queries.size(), keys.size(),
                            (query, key) -> layer.weights().get(head, query, key), bytes);
                    out.write(pattern.codes());
                    thumbnails.writeBytes(pattern.thumbnail());
                    scales.add(pattern.scale());
                }
            });
            described.add(Page.object("number", layer.number(), "heads", layer.heads(), "scales", scales));
        }
        page.bytes("thumbnails", thumbnails::writeTo);
        page.json("attention", facts(bytes, described));
    }

    private Map<String, Object> facts(int bytes, List<Map<String, Object>> described) {
        return Page.object(
                "title", title,
                "note", note,
                "queries", Page.object("first", firstQuery, "tokens", queries),
                "keys", Page.object("first", firstKey, "tokens", keys),
                "bytes", bytes,
                "thumbnail", Page.object("rows", Quantised.side(queries.size()), "columns", Quantised.side(keys.size())),
                "outOf", Page.object("layers", allLayers, "heads", allHeads),
                "layers", described);
    }
}
