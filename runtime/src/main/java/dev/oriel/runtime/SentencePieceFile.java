package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// SentencePiece's own model file (`tokenizer.model`, `spiece.model`), which older Hugging Face folders have instead of a `tokenizer.json`, as the `tokenizer.*` keys of GGUF.
/// Tokens that were added later stand in the JSON files beside it.
final class SentencePieceFile {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final long UNUSED = 5;
    private static final int MAX_TOKENS = 1 << 24;

    private final Path file;
    private final List<String> pieces = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Long> types = new ArrayList<>();
    private final Map<String, Object> out = new LinkedHashMap<>();
    /// As the format's defaults have it: unigram; ids of unknown, BOS and EOS.
    private boolean unigram = true;
    private boolean bytes;
    private long unknown;
    private long bos = 1;
    private long eos = 2;
    private byte[] map = {};
    private boolean spaceBefore = true;
    private boolean mergeSpaces = true;

    private SentencePieceFile(Path file) { this.file = file; }

    static Optional<Path> in(Path folder) {
        return Stream.of("tokenizer.model", "spiece.model").map(folder::resolve).filter(Files::exists).findFirst();
    }

    /// @param size ids without a token are filled up to it
    static Map<String, Object> keys(Path file, int size) {
        SentencePieceFile read = new SentencePieceFile(file);
        try {
            read.model(new ProtobufReader(file, ByteBuffer.wrap(Files.readAllBytes(file))));
        } catch (IOException e) {
            throw new ModelException(file, "content", "to be readable", e.getMessage());
        }
        if (read.pieces.isEmpty()) throw new ModelException(file, "content", "a SentencePiece model", "no pieces");
        read.added();
        read.fill(size);
        read.write();
        return read.out;
    }

    private void model(ProtobufReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 1 -> piece(in.message());
                case 2 -> trainer(in.message());
                case 3 -> normalizer(in.message());
                default -> in.skip();
            }
        }
    }

    private void piece(ProtobufReader in) {
        String text = "";
        float score = 0;
        long type = 1;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> text = in.text();
                case 2 -> score = in.float32();
                case 3 -> type = in.number();
                default -> in.skip();
            }
        }
        if (type < 1 || type > 6) throw new ModelException(file, "type of token " + pieces.size(), "1..6", type);
        pieces.add(text);
        scores.add(score);
        types.add(type);
    }

    private void trainer(ProtobufReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 3 -> {
                    long kind = in.number();
                    if (kind != 1 && kind != 2) throw new ModelException(file, "model_type", "1 (unigram) or 2 (BPE)", kind);
                    unigram = kind == 1;
                }
                case 35 -> bytes = in.number() != 0;
                case 40 -> unknown = (int) in.number();
                case 41 -> bos = (int) in.number();
                case 42 -> eos = (int) in.number();
                default -> in.skip();
            }
        }
    }

    private void normalizer(ProtobufReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 2 -> map = in.bytes();
                case 3 -> spaceBefore = in.number() != 0;
                case 4 -> mergeSpaces = in.number() != 0;
                default -> in.skip();
            }
        }
    }

    private void added() {
        json("added_tokens.json").forEach((text, id) -> place(String.valueOf(text), id, true));
        if (config().get("added_tokens_decoder") instanceof Map<?, ?> later) later.forEach((id, token) -> {
            if (token instanceof Map<?, ?> said) place(String.valueOf(said.get("content")), number(id), !Boolean.FALSE.equals(said.get("special")));
        });
    }

    private static Object number(Object id) { return String.valueOf(id).matches("\\d{1,9}") ? (Object) Long.valueOf(String.valueOf(id)) : id; }

    private void place(String text, Object id, boolean special) {
        if (!(id instanceof Long n) || n < 0 || n >= MAX_TOKENS) throw new ModelException(file.getParent(), "id of added token " + text, "0.." + (MAX_TOKENS - 1), id);
        fill(Math.toIntExact(n) + 1);
        int at = n.intValue();
        boolean known = types.get(at) != UNUSED;
        if (known && pieces.get(at).equals(text) && types.get(at) != 1) return;
        pieces.set(at, text);
        types.set(at, special ? CONTROL : USER_DEFINED);
    }

    private void fill(int size) {
        while (pieces.size() < size) {
            pieces.add("[PAD" + pieces.size() + "]");
            scores.add(-1000f);
            types.add(UNUSED);
        }
    }

    private void write() {
        Map<?, ?> config = config();
        boolean atEnd = config.get("tokenizer_class") instanceof String name ? name.startsWith("T5") || name.startsWith("MT5") : unigram;
        out.put(PREFIX + "model", unigram ? "t5" : "llama");
        out.put(PREFIX + "pre", "default");
        out.put(PREFIX + "tokens", pieces);
        out.put(PREFIX + "scores", scores);
        out.put(PREFIX + "token_type", types);
        named("unknown", "unk_token", unknown);
        named("bos", "bos_token", bos);
        named("eos", "eos_token", eos);
        out.put(PREFIX + "add_bos_token", flag(config, "add_bos_token", !atEnd) && out.containsKey(PREFIX + "bos_token_id"));
        out.put(PREFIX + "add_eos_token", flag(config, "add_eos_token", atEnd) && out.containsKey(PREFIX + "eos_token_id"));
        out.put(PREFIX + "add_space_prefix", spaceBefore);
        out.put(PREFIX + "remove_extra_whitespaces", mergeSpaces);
        if (map.length > 0) out.put(PREFIX + "precompiled_charsmap", ByteList.of(map));
        if (unigram && bytes) out.put(PREFIX + "byte_fallback", true);
    }

    private static boolean flag(Map<?, ?> config, String key, boolean otherwise) { return config.get(key) instanceof Boolean said ? said : otherwise; }

    private void named(String name, String key, long otherwise) {
        Object said = config().get(key) instanceof Map<?, ?> token ? token.get("content") : config().get(key);
        int found = said == null ? -1 : pieces.indexOf(said);
        long id = found >= 0 ? found : otherwise;
        if (id >= pieces.size()) throw new ModelException(file, name + " id", "below " + pieces.size(), id);
        if (id >= 0) out.put(PREFIX + name + "_token_id", id);
    }

    private Map<?, ?> config() { return json("tokenizer_config.json"); }

    private Map<?, ?> json(String name) {
        Path side = file.resolveSibling(name);
        return Files.exists(side) && Json.parse(side) instanceof Map<?, ?> keys ? keys : Map.of();
    }
}
