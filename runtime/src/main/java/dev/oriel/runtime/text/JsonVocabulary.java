package dev.oriel.runtime.text;

import dev.oriel.runtime.text.Vocabulary.Kind;
import java.util.ArrayList;
import java.util.List;

/// The `model` and `added_tokens` of a tokenizer.json.
final class JsonVocabulary {
    private static final int MAX_WORD = 1_000_000;

    private final JsonNode model;
    private final String type;
    private final List<Entry> entries = new ArrayList<>();
    private final List<JsonNode> added;
    private final Vocabulary vocabulary;

    private record Entry(String piece, int id, float score) { }

    JsonVocabulary(JsonNode root) {
        model = root.requireNode("model");
        type = model.text("type").orElseGet(() -> untyped(model));
        added = root.nodes("added_tokens");
        if (type.equals("Unigram")) readScored();
        else model.requireNode("vocab").values().forEach((piece, id) -> entries.add(new Entry((String) piece, id(model, "vocab", id), 0)));
        vocabulary = build();
    }

    Vocabulary vocabulary() { return vocabulary; }

    /// The kind of a model of an old file, which does not say it.
    private static String untyped(JsonNode model) {
        if (model.has("merges")) return "BPE";
        if (model.has("max_input_chars_per_word")) return "WordPiece";
        if (model.has("unk_id")) return "Unigram";
        return model.has("unk_token") ? "WordLevel" : "";
    }

    private void readScored() {
        for (Object pair : model.list("vocab")) {
            if (!(pair instanceof List<?> list && list.size() == 2 && list.get(0) instanceof String piece && list.get(1) instanceof Number score))
                throw model.wrong("vocab", "pairs of token and score", String.valueOf(pair));
            entries.add(new Entry(piece, entries.size(), score.floatValue()));
        }
    }

    private Vocabulary build() {
        int size = 0;
        for (Entry entry : entries) size = Math.max(size, entry.id + 1);
        for (JsonNode token : added) size = Math.max(size, id(token) + 1);
        if (size == 0) throw model.wrong("vocab", "tokens", "none");
        String[] pieces = new String[size];
        float[] scores = new float[size];
        Kind[] kinds = Vocabulary.normal(size);
        boolean bytes = model.flag("byte_fallback", false);
        for (Entry entry : entries) {
            if (pieces[entry.id] != null) throw model.wrong("vocab", "an id of its own for '" + entry.piece + "'", entry.id);
            pieces[entry.id] = entry.piece;
            scores[entry.id] = entry.score;
            if (bytes && entry.piece.matches("<0x[0-9A-F]{2}>")) kinds[entry.id] = Kind.BYTE;
        }
        int unknown = unknown(pieces);
        if (unknown >= 0) kinds[unknown] = Kind.UNKNOWN;
        for (JsonNode token : added) {
            int id = id(token);
            String content = token.requireText("content");
            if (pieces[id] != null && !pieces[id].equals(content)) throw token.wrong("content", "'" + pieces[id] + "', as in the vocabulary", "'" + content + "'");
            pieces[id] = content;
            kinds[id] = token.flag("special", false) ? Kind.CONTROL : Kind.USER_DEFINED;
        }
        return new Vocabulary(model.file(), pieces, kinds, scores);
    }

    private int unknown(String[] pieces) {
        if (type.equals("Unigram")) {
            long id = model.integer("unk_id").orElse((long) Vocabulary.NONE);
            if (id < Vocabulary.NONE || id >= pieces.length) throw model.wrong("unk_id", "0.." + (pieces.length - 1), id);
            return (int) id;
        }
        String text = model.text("unk_token").orElse(null);
        return entries.stream().filter(entry -> entry.piece.equals(text)).mapToInt(Entry::id).findFirst().orElse(Vocabulary.NONE);
    }

    TokenModel model() {
        int unknown = model.text("unk_token").map(vocabulary::id).orElse(Vocabulary.NONE);
        return switch (type) {
            case "BPE" -> bpe(unknown);
            case "WordPiece" -> new WordPiece(vocabulary, "", model.text("continuing_subword_prefix").orElse("##"), unknown,
                    (int) Math.min(MAX_WORD, model.integer("max_input_chars_per_word").orElse(100L)));
            case "Unigram" -> new Unigram(vocabulary, (int) (long) model.integer("unk_id").orElse((long) Vocabulary.NONE), model.flag("byte_fallback", false), true);
            case "WordLevel" -> new WordLevel(vocabulary, unknown);
            default -> throw model.wrong("type", "BPE, WordPiece, WordLevel or Unigram", "'" + type + "'");
        };
    }

    boolean isWordPiece() { return type.equals("WordPiece"); }

    private TokenModel bpe(int unknown) {
        List<Merges.Merge> merges = new ArrayList<>();
        for (Object merge : model.list("merges")) merges.add(merge(merge));
        boolean whole = model.flag("ignore_merges", false);
        String prefix = model.text("continuing_subword_prefix").orElse("");
        return new Bpe(vocabulary, Merges.of(vocabulary, merges, prefix), new Bpe.Options(_ -> whole, unknown, model.flag("fuse_unk", false), model.flag("byte_fallback", false),
                prefix, model.text("end_of_word_suffix").orElse("")));
    }

    private Merges.Merge merge(Object merge) {
        if (merge instanceof String line) return Merges.Merge.parse(model.file(), line);
        if (merge instanceof List<?> pair && pair.size() == 2 && pair.get(0) instanceof String left && pair.get(1) instanceof String right) return new Merges.Merge(left, right);
        throw model.wrong("merges", "pairs of tokens", String.valueOf(merge));
    }

    /// @param normalized those that are looked for in normalised text, or those that are not
    List<AddedTokens.Added> added(boolean normalized) {
        return added.stream().filter(token -> token.flag("normalized", !token.flag("special", false)) == normalized)
                .map(token -> new AddedTokens.Added(token.requireText("content"), id(token), token.flag("special", false),
                        token.flag("lstrip", false), token.flag("rstrip", false), token.flag("single_word", false)))
                .toList();
    }

    private static int id(JsonNode token) { return id(token, "id", token.values().get("id")); }

    private static int id(JsonNode node, String key, Object value) {
        if (value instanceof Long id && id >= 0 && id < Vocabulary.MAX_TOKENS) return id.intValue();
        throw node.wrong(key, "a token id in 0.." + (Vocabulary.MAX_TOKENS - 1), value);
    }

}
