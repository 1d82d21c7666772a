package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A Hugging Face folder's `tokenizer.json` and `tokenizer_config.json` as the `tokenizer.*` keys of GGUF.
///
/// GGUF has no words for three things, which are left behind: added tokens that swallow the spaces beside them, Unicode normalisation before byte-level BPE, and a
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

    private TokenizerKeys(Checkpoint checkpoint, Path file, int size) {
        this.checkpoint = checkpoint;
        this.file = file;
        json = map(Json.parse(file));
        model = map(json.get("model"));
        Path side = checkpoint.folder().resolve("tokenizer_config.json");
        config = Files.exists(side) ? map(Json.parse(side)) : Map.of();
        if (!"BPE".equals(model.get("type")) && !(model.get("type") == null && model.get("merges") instanceof List))
            throw new ModelException(file, "model type", "BPE, which is what converts to GGUF", model.get("type"));
        pieces = new String[size];
    }

    /// @param size rows of the embedding; ids without a token are filled up to it
    /// @return nothing where the folder has no `tokenizer.json`
    /// @throws ModelException for a tokenizer that GGUF cannot express
    static Map<String, Object> of(Checkpoint checkpoint, int size) {
        Path file = checkpoint.folder().resolve("tokenizer.json");
        if (!Files.exists(file)) return Map.of();
        TokenizerKeys keys = new TokenizerKeys(checkpoint, file, size);
        keys.vocabulary();
        keys.ends();
        Vocabulary.templateIn(checkpoint.folder(), Vocabulary.DEFAULT).ifPresent(template -> keys.out.put("tokenizer.chat_template", template));
        Vocabulary.templateIn(checkpoint.folder(), Vocabulary.TOOL_USE).ifPresent(template -> keys.out.put("tokenizer.chat_template." + Vocabulary.TOOL_USE, template));
        return keys.out;
    }

    private void vocabulary() {
        boolean sentencePiece = Boolean.TRUE.equals(model.get("byte_fallback"));
        map(model.get("vocab")).forEach((piece, id) -> place((String) piece, id));
        Integer[] types = types(sentencePiece);
        for (int id = 0; id < pieces.length; id++)
            if (pieces[id] == null) {
                pieces[id] = "[PAD" + id + "]";
                types[id] = UNUSED;
            }
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
        List<?> around = steps(json.get("post_processor"), "processors").stream().filter(step -> "TemplateProcessing".equals(step.get("type"))).findFirst()
                .<List<?>>map(step -> list(step.get("single"))).orElse(List.of());
        out.put(PREFIX + "add_bos_token", !around.isEmpty() && puts(around.getFirst(), "bos_token_id"));
        out.put(PREFIX + "add_eos_token", !around.isEmpty() && puts(around.getLast(), "eos_token_id"));
    }

    private boolean puts(Object piece, String key) {
        return map(piece).get("SpecialToken") instanceof Map<?, ?> special && out.get(PREFIX + key) instanceof Integer id && pieces[id].equals(special.get("id"));
    }

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
