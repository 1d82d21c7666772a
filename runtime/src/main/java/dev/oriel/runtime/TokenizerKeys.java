package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A Hugging Face folder's `tokenizer.json` (or what older folders have instead) and `tokenizer_config.json` as the `tokenizer.*` keys of GGUF.
///
/// GGUF has no words for some things, which are left behind: added tokens that swallow the spaces beside them, Unicode normalisation before byte-level BPE, and a
/// space in front that is only put where there is none yet.
final class TokenizerKeys {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;
    private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");
    /// Added tokens that are control tokens whether or not they are said to be special.
    private static final Pattern LOOKS_SPECIAL = Pattern.compile("<\\|.*\\|>|<｜.*｜>|<unused\\d+>|<pad>|<mask>");
    /// Name in `tokenizer_config.json` and key of GGUF.
    private static final Map<String, String> SPECIAL = special();

    private final Path file;
    private final Map<?, ?> json;
    private final Map<?, ?> model;
    private final Map<?, ?> config;
    private final Checkpoint checkpoint;
    private final String[] pieces;
    private final Map<String, Object> out = new LinkedHashMap<>();

    private TokenizerKeys(Checkpoint checkpoint, Path file, Map<?, ?> json, int size) {
        this.checkpoint = checkpoint;
        this.file = file;
        this.json = json;
        model = map(json.get("model"));
        Path side = checkpoint.folder().resolve("tokenizer_config.json");
        config = Files.exists(side) ? map(Json.parse(side)) : Map.of();
        pieces = new String[size];
    }

    /// @param size rows of the embedding; ids without a token are filled up to it
    /// @return nothing where the folder has no tokenizer
    /// @throws ModelException for a tokenizer that GGUF cannot express
    static Map<String, Object> of(Checkpoint checkpoint, int size) {
        Path folder = checkpoint.folder();
        Path file = folder.resolve("tokenizer.json");
        Optional<Path> sentencePiece = Files.exists(file) ? Optional.empty() : SentencePieceFile.in(folder);
        Optional<Map<?, ?>> json = sentencePiece.isPresent() ? Optional.empty() : TokenizerFiles.content(folder);
        Map<String, Object> out = new LinkedHashMap<>();
        sentencePiece.ifPresent(path -> out.putAll(SentencePieceFile.keys(path, size)));
        json.ifPresent(content -> out.putAll(new TokenizerKeys(checkpoint, file, content, size).keys()));
        if (out.isEmpty()) return out;
        Vocabulary.templateIn(folder, Vocabulary.DEFAULT).ifPresent(template -> out.put("tokenizer.chat_template", template));
        Vocabulary.templateIn(folder, Vocabulary.TOOL_USE).ifPresent(template -> out.put("tokenizer.chat_template." + Vocabulary.TOOL_USE, template));
        return out;
    }

    private Map<String, Object> keys() {
        String type = model.get("type") instanceof String said ? said : model.get("merges") instanceof List ? "BPE" : "";
        switch (type) {
            case "BPE" -> vocabulary();
            case "WordPiece" -> wordPiece();
            case "Unigram" -> unigram();
            default -> throw new ModelException(file, "model type", "BPE, WordPiece or Unigram, which is what converts to GGUF", model.get("type"));
        }
        ends();
        return out;
    }

    /// In GGUF a piece that starts a word has U+2581 before it, and one inside a word nothing.
    private void wordPiece() {
        Map<?, ?> normalizer = map(json.get("normalizer"));
        require("normalizer", normalizer, "BertNormalizer");
        require("pre_tokenizer", map(json.get("pre_tokenizer")), "BertPreTokenizer");
        String inside = model.get("continuing_subword_prefix") instanceof String said ? said : "##";
        map(model.get("vocab")).forEach((piece, id) -> place((String) piece, id));
        Integer[] types = types(false);
        fill(types);
        List<String> texts = Arrays.stream(pieces).map(piece -> piece.startsWith("[") && piece.endsWith("]") ? piece : piece.startsWith(inside) && piece.length() > inside.length()
                ? piece.substring(inside.length()) : "\u2581" + piece).toList();
        boolean lowercase = !Boolean.FALSE.equals(normalizer.get("lowercase"));
        put("bert", texts, types);
        out.put(PREFIX + "token_type_count", 2);
        out.put(PREFIX + "longest_word", model.get("max_input_chars_per_word") instanceof Long longest ? Math.toIntExact(longest) : 100);
        out.put(PREFIX + "normalizer.lowercase", lowercase);
        out.put(PREFIX + "normalizer.strip_accents", normalizer.get("strip_accents") instanceof Boolean strip ? strip : lowercase);
    }

    private void unigram() {
        List<Float> scores = new ArrayList<>();
        for (Object pair : list(model.get("vocab"))) {
            if (!(pair instanceof List<?> two && two.size() == 2 && two.getFirst() instanceof String piece && two.getLast() instanceof Number score))
                throw new ModelException(file, "vocab", "pairs of token and score", pair);
            place(piece, (long) scores.size());
            scores.add(score.floatValue());
        }
        while (scores.size() < pieces.length) scores.add(-1000f);
        Integer[] types = types(false);
        if (model.get("unk_id") instanceof Long unknown && unknown >= 0 && unknown < types.length) types[unknown.intValue()] = UNKNOWN;
        fill(types);
        put("t5", Arrays.asList(pieces), types);
        out.put(PREFIX + "scores", scores);
        List<Map<?, ?>> steps = steps(json.get("normalizer"), "normalizers");
        out.put(PREFIX + "add_space_prefix", spaceBefore());
        out.put(PREFIX + "remove_extra_whitespaces", steps.stream().anyMatch(step -> "Replace".equals(step.get("type")))
                || steps(json.get("pre_tokenizer"), "pretokenizers").stream().anyMatch(step -> "WhitespaceSplit".equals(step.get("type"))));
        for (Map<?, ?> step : steps) {
            switch (String.valueOf(step.get("type"))) {
                case "Precompiled" -> out.put(PREFIX + "precompiled_charsmap", ByteList.of(Base64.getDecoder().decode(String.valueOf(step.get("precompiled_charsmap")))));
                case "Replace", "Strip" -> { }
                default -> throw new ModelException(file, "normalizer", "one that GGUF has a name for: Precompiled, Replace, Strip", step.get("type"));
            }
        }
    }

    private void require(String name, Map<?, ?> part, String type) {
        if (!type.equals(part.get("type"))) throw new ModelException(file, name, type + ", which is what GGUF's WordPiece means", part.get("type"));
    }

    private void put(String model, List<String> tokens, Integer[] types) {
        out.put(PREFIX + "model", model);
        out.put(PREFIX + "pre", "default");
        out.put(PREFIX + "tokens", tokens);
        out.put(PREFIX + "token_type", Arrays.asList(types));
    }

    private void fill(Integer[] types) {
        for (int id = 0; id < pieces.length; id++) {
            if (pieces[id] != null) continue;
            pieces[id] = "[PAD" + id + "]";
            types[id] = UNUSED;
        }
    }

    private void vocabulary() {
        boolean sentencePiece = Boolean.TRUE.equals(model.get("byte_fallback"));
        map(model.get("vocab")).forEach((piece, id) -> place((String) piece, id));
        Integer[] types = types(sentencePiece);
        fill(types);
        List<String> merges = list(model.get("merges")).stream().map(TokenizerKeys::merge).toList();
        out.put(PREFIX + "model", sentencePiece ? "llama" : "gpt2");
        out.put(PREFIX + "pre", sentencePiece ? "default" : SplitNames.of(file, json.get("pre_tokenizer"), Boolean.TRUE.equals(model.get("ignore_merges")), cleansSpaces()));
        out.put(PREFIX + "tokens", Arrays.asList(pieces));
        if (sentencePiece) out.put(PREFIX + "scores", scores(merges, types));
        out.put(PREFIX + "token_type", Arrays.asList(types));
        if (sentencePiece) out.put(PREFIX + "add_space_prefix", spaceBefore());
        else out.put(PREFIX + "merges", merges);
    }

    private Integer[] types(boolean sentencePiece) {
        Integer[] types = new Integer[pieces.length];
        for (int id = 0; id < types.length; id++) {
            boolean unknown = sentencePiece && pieces[id] != null && pieces[id].equals(model.get("unk_token"));
            types[id] = unknown ? UNKNOWN : sentencePiece && pieces[id] != null && BYTE_TOKEN.matcher(pieces[id]).matches() ? BYTE : NORMAL;
        }
        for (Object element : list(json.get("added_tokens"))) {
            Map<?, ?> added = map(element);
            String text = String.valueOf(added.get("content"));
            int id = place(text, added.get("id"));
            if (types[id] != UNKNOWN) types[id] = Boolean.TRUE.equals(added.get("special")) || LOOKS_SPECIAL.matcher(text).matches() ? CONTROL : USER_DEFINED;
        }
        return types;
    }

    private int place(String piece, Object id) {
        if (!(id instanceof Long n) || n < 0 || n >= pieces.length) throw new ModelException(file, "id of token " + piece, "0.." + (pieces.length - 1), id);
        pieces[n.intValue()] = piece;
        return n.intValue();
    }

    private static String merge(Object merge) { return merge instanceof List<?> pair ? pair.getFirst() + " " + pair.getLast() : String.valueOf(merge); }

    /// SentencePiece merges whatever makes the best token. Its scores are lost in `tokenizer.json`, but merges stand there in their order: a token's score is minus the
    /// number of those that came before it, which gives the same order. Tokens that no merge makes come last.
    private List<Float> scores(List<String> merges, Integer[] types) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (String merge : merges) ranks.putIfAbsent(merge.replaceFirst(" ", ""), ranks.size());
        int rank = ranks.size();
        List<Float> scores = new ArrayList<>(pieces.length);
        for (int id = 0; id < pieces.length; id++) {
            Integer made = ranks.get(pieces[id]);
            scores.add(types[id] != NORMAL ? 0f : made != null ? 0f - made : 0f - rank++);
        }
        return scores;
    }

    /// Whether a text gets a space in front, by the normaliser or by the pre-tokenizer.
    private boolean spaceBefore() {
        return steps(json.get("normalizer"), "normalizers").stream().anyMatch(step -> "Prepend".equals(step.get("type")))
                || steps(json.get("pre_tokenizer"), "pretokenizers").stream().anyMatch(step -> "Metaspace".equals(step.get("type")) && (step.get("prepend_scheme") == null
                        ? !Boolean.FALSE.equals(step.get("add_prefix_space")) : !"never".equals(step.get("prepend_scheme"))));
    }

    private boolean cleansSpaces() { return !Boolean.FALSE.equals(config.get("clean_up_tokenization_spaces")); }

    /// Special tokens by what `tokenizer_config.json` calls them, else by `config.json`; and which of them the post-processor puts around a text.
    private void ends() {
        SPECIAL.forEach((name, key) -> {
            Object token = config.get(name + "_token") instanceof Map<?, ?> described ? described.get("content") : config.get(name + "_token");
            int id = token == null ? -1 : Arrays.asList(pieces).indexOf(token);
            Object said = checkpoint.metadata().values().get(name + "_token_id");
            Object first = said instanceof List<?> several && !several.isEmpty() ? several.getFirst() : said;
            if (id < 0 && first instanceof Long n && n >= 0 && n < pieces.length) id = n.intValue();
            if (id >= 0) out.put(PREFIX + key, id);
        });
        if (model.get("unk_id") instanceof Long unknown) out.putIfAbsent(PREFIX + "unknown_token_id", unknown);
        else if (model.get("unk_token") instanceof String text && Arrays.asList(pieces).contains(text)) out.putIfAbsent(PREFIX + "unknown_token_id", Arrays.asList(pieces).indexOf(text));
        long first = -1;
        long last = -1;
        for (Map<?, ?> step : steps(json.get("post_processor"), "processors")) {
            if (step.get("single") instanceof List<?> single && !single.isEmpty()) {
                first = special(step, single.getFirst());
                last = special(step, single.getLast());
            } else if (step.get("cls") instanceof List<?> cls && step.get("sep") instanceof List<?> sep && cls.size() == 2 && sep.size() == 2) {
                first = cls.getLast() instanceof Long id ? id : -1;
                last = sep.getLast() instanceof Long id ? id : -1;
            }
        }
        boolean words = "bert".equals(out.get(PREFIX + "model"));
        if (words && first >= 0) out.put(PREFIX + "bos_token_id", (int) first);
        if (words && last >= 0) out.put(PREFIX + "seperator_token_id", (int) last);
        if (first >= 0) out.putIfAbsent(PREFIX + "bos_token_id", (int) first);
        if (last >= 0) out.putIfAbsent(PREFIX + "eos_token_id", (int) last);
        out.put(PREFIX + "add_bos_token", is(first, "bos_token_id"));
        out.put(PREFIX + "add_eos_token", is(last, "eos_token_id"));
    }

    /// The id of a special token in a template, or -1.
    private long special(Map<?, ?> template, Object part) {
        Object name = map(map(part).get("SpecialToken")).get("id");
        return name != null && list(map(map(template.get("special_tokens")).get(name)).get("ids")) instanceof List<?> ids && ids.size() == 1 && ids.getFirst() instanceof Long id
                && id >= 0 && id < pieces.length ? id : -1;
    }

    private boolean is(long id, String key) { return id >= 0 && out.get(PREFIX + key) instanceof Number named && named.longValue() == id; }

    /// The parts of a component, or the component itself.
    static List<Map<?, ?>> steps(Object component, String parts) {
        if (!(component instanceof Map<?, ?> one)) return List.of();
        return one.get(parts) instanceof List<?> several ? several.stream().<Map<?, ?>>map(TokenizerKeys::map).toList() : List.of(one);
    }

    private static Map<?, ?> map(Object value) { return value instanceof Map<?, ?> m ? m : Map.of(); }

    private static List<?> list(Object value) { return value instanceof List<?> l ? l : List.of(); }

    private static Map<String, String> special() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("bos", "bos_token_id");
        keys.put("eos", "eos_token_id");
        keys.put("unk", "unknown_token_id");
        keys.put("sep", "seperator_token_id"); // the key is spelled so
        keys.put("pad", "padding_token_id");
        keys.put("mask", "mask_token_id");
        return keys;
    }
}
