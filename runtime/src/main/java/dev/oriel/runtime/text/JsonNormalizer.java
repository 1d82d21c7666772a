package dev.oriel.runtime.text;

import java.text.Normalizer;
import java.util.Base64;
import java.util.regex.Pattern;

/// The `normalizer` of a tokenizer.json: what happens to text before it is split.
final class JsonNormalizer {
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final Pattern CONTROLS = Pattern.compile("[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x8F\\x9F]");
    private static final Pattern SPACES = Pattern.compile("[\\t\\n\\f\\r\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]");

    private JsonNormalizer() { }

    static Rewriting of(JsonNode node) {
        String type = node.requireText("type");
        return switch (type) {
            case "Sequence" -> node.nodes("normalizers").stream().map(JsonNormalizer::of)
                    .reduce(Rewriting.NOTHING, Rewriting::then);
            case "NFC", "NFD", "NFKC", "NFKD" -> Rewriting.normalForm(Normalizer.Form.valueOf(type));
            case "Lowercase" -> Rewriting.LOWERCASE;
            case "StripAccents" -> Rewriting.replace(MARKS, "");
            case "Strip" -> Rewriting.strip(node.flag("strip_left", true), node.flag("strip_right", true));
            case "Prepend" -> Rewriting.prepend(node.requireText("prepend"));
            case "Replace" -> replace(node);
            case "BertNormalizer" -> bert(node);
            case "ByteLevel" -> Rewriting.BYTES;
            case "Nmt" -> Rewriting.replace(CONTROLS, "").then(Rewriting.replace(SPACES, " "));
            case "Precompiled" -> precompiled(node);
            default -> throw node.wrong("type", "a known normalizer", "'" + type + "'");
        };
    }

    private static Rewriting replace(JsonNode node) {
        String content = node.requireText("content");
        JsonNode pattern = node.requireNode("pattern");
        if (pattern.has("String")) return Rewriting.replace(pattern.requireText("String"), content);
        return Rewriting.replace(RegexSplitter.compile(node.file(), pattern.requireText("Regex")), content);
    }

    private static Rewriting bert(JsonNode node) {
        boolean lowercase = node.flag("lowercase", true);
        return Bert.normalizer(new Bert.Options(node.flag("clean_text", true), node.flag("handle_chinese_chars", true),
                node.flag("strip_accents", lowercase), lowercase, false));
    }

    private static Rewriting precompiled(JsonNode node) {
        try {
            return CharacterMap.of(node.file(), Base64.getDecoder().decode(node.requireText("precompiled_charsmap"))).rewriting();
        } catch (IllegalArgumentException e) {
            throw node.wrong("precompiled_charsmap", "base64", e.getMessage());
        }
    }
}
