package dev.oriel.runtime.text;

import java.text.Normalizer;
import java.util.Base64;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `normalizer` of a tokenizer.json: what happens to text before it is split.
final class JsonNormalizer {
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final Pattern CONTROLS = Pattern.compile("[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\x8F\\x9F]");
    private static final Pattern SPACES = Pattern.compile("[\\t\\n\\f\\r\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]");

    private JsonNormalizer() { }

    static UnaryOperator<String> of(JsonNode node) {
        String type = node.requireText("type");
        return switch (type) {
            case "Sequence" -> node.nodes("normalizers").stream().map(JsonNormalizer::of)
                    .reduce(UnaryOperator.identity(), (first, then) -> text -> then.apply(first.apply(text)));
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                Normalizer.Form form = Normalizer.Form.valueOf(type);
                yield text -> Normalizer.normalize(text, form);
            }
            case "Lowercase" -> text -> text.toLowerCase(Locale.ROOT);
            case "StripAccents" -> text -> MARKS.matcher(text).replaceAll("");
            case "Strip" -> strip(node.flag("strip_left", true), node.flag("strip_right", true));
            case "Prepend" -> {
                String before = node.requireText("prepend");
                yield text -> text.isEmpty() ? text : before + text;
            }
            case "Replace" -> replace(node);
            case "BertNormalizer" -> bert(node);
            case "ByteLevel" -> ByteAlphabet::encode;
            case "Nmt" -> text -> SPACES.matcher(CONTROLS.matcher(text).replaceAll("")).replaceAll(" ");
            case "Precompiled" -> precompiled(node);
            default -> throw node.wrong("type", "a known normalizer", "'" + type + "'");
        };
    }

    private static UnaryOperator<String> strip(boolean left, boolean right) {
        return text -> {
            String s = left ? text.stripLeading() : text;
            return right ? s.stripTrailing() : s;
        };
    }

    private static UnaryOperator<String> replace(JsonNode node) {
        String content = node.requireText("content");
        JsonNode pattern = node.requireNode("pattern");
        if (pattern.has("String")) {
            String literal = pattern.requireText("String");
            return text -> text.replace(literal, content);
        }
        Pattern regex = RegexSplitter.compile(node.file(), pattern.requireText("Regex"));
        String replacement = Matcher.quoteReplacement(content);
        return text -> regex.matcher(text).replaceAll(replacement);
    }

    private static UnaryOperator<String> bert(JsonNode node) {
        boolean lowercase = node.flag("lowercase", true);
        return Bert.normalizer(new Bert.Options(node.flag("clean_text", true), node.flag("handle_chinese_chars", true),
                node.flag("strip_accents", lowercase), lowercase, false));
    }

    private static UnaryOperator<String> precompiled(JsonNode node) {
        try {
            return CharacterMap.of(node.file(), Base64.getDecoder().decode(node.requireText("precompiled_charsmap")))::apply;
        } catch (IllegalArgumentException e) {
            throw node.wrong("precompiled_charsmap", "base64", e.getMessage());
        }
    }
}
