package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tokenizer of a Hugging Face folder: `tokenizer.json`, or in older folders SentencePiece's model, `vocab.json` with `merges.txt` (byte-level BPE), or `vocab.txt` (WordPiece).
/// The last two become what a `tokenizer.json` would say of them.
final class TokenizerFiles {
    private static final String QWEN2_WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private final Path folder;
    private final Map<?, ?> config;

    private TokenizerFiles(Path folder) {
        this.folder = folder;
        config = json("tokenizer_config.json");
    }

    /// @throws ModelException where the folder has none of the files
    static Tokenizer tokenizer(Path folder) {
        Optional<Path> sentencePiece = SentencePieceFile.in(folder);
        Path config = folder.resolve("tokenizer_config.json");
        Path json = folder.resolve("tokenizer.json");
        if (Files.exists(json)) return Tokenizers.fromJson(json, config);
        if (sentencePiece.isPresent()) return Tokenizers.from(new Metadata(sentencePiece.get().toString(), SentencePieceFile.keys(sentencePiece.get(), 0)));
        TokenizerFiles files = new TokenizerFiles(folder);
        Path source = files.source().orElseThrow(() -> new ModelException(folder, "tokenizer", "a file tokenizer.json, tokenizer.model, vocab.json with merges.txt, or vocab.txt", "none"));
        return Tokenizers.fromJson(source, files.content(), config);
    }

    /// What a tokenizer.json says, or would say; nothing where there is none and nothing that it could be made of.
    static Optional<Map<?, ?>> content(Path folder) {
        Path json = folder.resolve("tokenizer.json");
        if (Files.exists(json)) return Optional.of(Json.parse(json) instanceof Map<?, ?> map ? map : Map.of());
        TokenizerFiles files = new TokenizerFiles(folder);
        return files.source().map(_ -> files.content());
    }

    /// The file with the vocabulary.
    private Optional<Path> source() {
        if (Files.exists(folder.resolve("vocab.json")) && Files.exists(folder.resolve("merges.txt"))) return Optional.of(folder.resolve("vocab.json"));
        return Optional.of(folder.resolve("vocab.txt")).filter(Files::exists);
    }

    private Map<String, Object> content() {
        boolean words = source().orElseThrow().endsWith("vocab.txt");
        Map<String, Object> out = words ? wordPiece() : bytePairs();
        @SuppressWarnings("unchecked")
        Map<String, Object> vocabulary = (Map<String, Object>) ((Map<String, Object>) out.get("model")).get("vocab");
        out.put("added_tokens", added(vocabulary, words ? List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") : List.of("<|endoftext|>", "<s>", "<pad>", "</s>", "<unk>", "<mask>")));
        return out;
    }

    private Map<String, Object> wordPiece() {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        for (String line : lines("vocab.txt")) vocabulary.putIfAbsent(line, (long) vocabulary.size());
        Map<String, Object> model = map("type", "WordPiece", "unk_token", said("unk_token", "[UNK]"), "continuing_subword_prefix", "##", "max_input_chars_per_word", 100L, "vocab", vocabulary);
        Map<String, Object> normalizer = map("type", "BertNormalizer", "clean_text", true, "handle_chinese_chars", flag("tokenize_chinese_chars", true), "lowercase", flag("do_lower_case", true));
        if (config.get("strip_accents") instanceof Boolean strip) normalizer.put("strip_accents", strip);
        return map("model", model, "normalizer", normalizer, "pre_tokenizer", map("type", "BertPreTokenizer"), "decoder", map("type", "WordPiece", "prefix", "##", "cleanup", true),
                "post_processor", around("BertProcessing", vocabulary, "[CLS]", "[SEP]"));
    }

    private Map<String, Object> bytePairs() {
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        json("vocab.json").forEach((piece, id) -> vocabulary.put(String.valueOf(piece), id));
        List<String> merges = new ArrayList<>();
        for (String line : lines("merges.txt")) if (!line.isBlank() && !line.startsWith("#version")) merges.add(line);
        String kind = config.get("tokenizer_class") instanceof String name ? name : "";
        boolean spaceBefore = flag("add_prefix_space", false);
        Map<String, Object> bytes = map("type", "ByteLevel", "add_prefix_space", spaceBefore, "use_regex", true);
        Map<String, Object> out = map("model", map("type", "BPE", "vocab", vocabulary, "merges", merges), "pre_tokenizer", bytes, "decoder", map("type", "ByteLevel"));
        if (kind.startsWith("Qwen2")) {
            bytes.put("use_regex", false);
            out.put("normalizer", map("type", "NFC"));
            out.put("pre_tokenizer", map("type", "Sequence", "pretokenizers",
                    List.of(map("type", "Split", "pattern", map("Regex", QWEN2_WORDS), "behavior", "Isolated", "invert", false), bytes)));
        }
        boolean roberta = kind.startsWith("Roberta") || kind.isEmpty() && vocabulary.containsKey("<s>") && vocabulary.containsKey("<mask>");
        if (roberta) out.put("post_processor", around("RobertaProcessing", vocabulary, "<s>", "</s>"));
        return out;
    }

    private Map<String, Object> around(String type, Map<String, Object> vocabulary, String start, String end) {
        String cls = said("cls_token", start);
        String sep = said("sep_token", end);
        if (!vocabulary.containsKey(cls) || !vocabulary.containsKey(sep)) throw new ModelException(source().orElseThrow(), "tokens", cls + " and " + sep, "a vocabulary without them");
        return map("type", type, "cls", List.of(cls, vocabulary.get(cls)), "sep", List.of(sep, vocabulary.get(sep)));
    }

    /// Special tokens by name, and what was added to the vocabulary later.
    private List<Object> added(Map<String, Object> vocabulary, List<String> usual) {
        Map<String, Object> ids = new LinkedHashMap<>();
        for (String text : usual) if (vocabulary.containsKey(text)) ids.put(text, token(text, vocabulary.get(text), Map.of()));
        json("added_tokens.json").forEach((text, id) -> ids.put(String.valueOf(text), token(String.valueOf(text), id, Map.of())));
        if (config.get("added_tokens_decoder") instanceof Map<?, ?> later) later.forEach((id, described) -> {
            if (described instanceof Map<?, ?> said && said.get("content") instanceof String text && String.valueOf(id).matches("\\d{1,9}"))
                ids.put(text, token(text, Long.valueOf(String.valueOf(id)), said));
        });
        return List.copyOf(ids.values());
    }

    private static Map<String, Object> token(String text, Object id, Map<?, ?> said) {
        Map<String, Object> token = map("id", id, "content", text, "special", true, "normalized", false);
        for (String key : List.of("special", "normalized", "lstrip", "rstrip", "single_word")) if (said.get(key) instanceof Boolean flag) token.put(key, flag);
        return token;
    }

    private String said(String key, String otherwise) {
        Object value = config.get(key) instanceof Map<?, ?> token ? token.get("content") : config.get(key);
        return value instanceof String text ? text : otherwise;
    }

    private boolean flag(String key, boolean otherwise) { return config.get(key) instanceof Boolean said ? said : otherwise; }

    private Map<?, ?> json(String name) {
        Path file = folder.resolve(name);
        return Files.exists(file) && Json.parse(file) instanceof Map<?, ?> keys ? keys : Map.of();
    }

    private List<String> lines(String name) {
        Path file = folder.resolve(name);
        try {
            return Files.readString(file).lines().toList();
        } catch (IOException e) {
            throw new ModelException(file, "content", "lines of UTF-8", e.getMessage());
        }
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
        return map;
    }
}
