package dev.oriel.runtime.text;

import dev.oriel.runtime.text.RegexSplitter.Behaviour;
import java.util.List;
import java.util.regex.Pattern;

/// The `pre_tokenizer` of a tokenizer.json: how text is split into words.
final class JsonSplitter {
    private static final String PUNCTUATION = "[\\p{P}!-/:-@\\[-`{-~]";
    private static final String WORDS = "\\w+|[^\\w\\s]+";

    private JsonSplitter() { }

    static Splitter of(JsonNode node) {
        String type = node.requireText("type");
        return switch (type) {
            case "Sequence" -> Splitter.chain(node.nodes("pretokenizers").stream().map(JsonSplitter::of).toList());
            case "ByteLevel" -> byteLevel(node.flag("add_prefix_space", true), node.flag("use_regex", true));
            case "Split" -> split(node);
            case "Digits" -> regex(node, node.flag("individual_digits", false) ? "\\p{N}" : "\\p{N}+", Behaviour.ISOLATED, false);
            case "Punctuation" -> regex(node, PUNCTUATION, behaviour(node, "Isolated"), false);
            case "Whitespace" -> regex(node, WORDS, Behaviour.REMOVED, true);
            case "WhitespaceSplit" -> regex(node, "\\s+", Behaviour.REMOVED, false);
            case "CharDelimiterSplit" -> regex(node, Pattern.quote(node.requireText("delimiter")), Behaviour.REMOVED, false);
            case "BertPreTokenizer" -> Bert::split;
            case "Metaspace" -> metaspace(node);
            case "UnicodeScripts" -> new ScriptRuns();
            case "FixedLength" -> pieces(node);
            default -> throw node.wrong("type", "a known pre-tokenizer", "'" + type + "'");
        };
    }

    /// Whether the words end up in the byte alphabet.
    static boolean isByteLevel(JsonNode node) {
        return node.text("type").orElse("").equals("ByteLevel") || node.nodes("pretokenizers").stream().anyMatch(JsonSplitter::isByteLevel);
    }

    private static Splitter byteLevel(boolean spaceBefore, boolean split) {
        Rewriting before = Rewriting.prepend(" ");
        Splitter space = (text, _, words) -> words.accept(text.text().startsWith(" ") ? text : before.apply(text));
        Splitter words = split ? Splitter.chain(List.of(PreTokenizer.gpt2Words(), Splitter.BYTES)) : Splitter.BYTES;
        return spaceBefore ? Splitter.chain(List.of(space, words)) : words;
    }

    private static Splitter split(JsonNode node) {
        JsonNode pattern = node.requireNode("pattern");
        String regex = pattern.has("String") ? Pattern.quote(pattern.requireText("String")) : pattern.requireText("Regex");
        return regex(node, regex, behaviour(node, null), node.flag("invert", false));
    }

    /// SentencePiece's way with spaces: they become U+2581, one may be put before the text, and words start at them.
    private static Splitter metaspace(JsonNode node) {
        String mark = node.text("replacement").orElse("\u2581");
        String scheme = node.text("prepend_scheme").orElse(node.flag("add_prefix_space", true) ? "always" : "never");
        if (!List.of("always", "first", "never").contains(scheme)) throw node.wrong("prepend_scheme", "always, first or never", "'" + scheme + "'");
        Rewriting spaces = Rewriting.replace(" ", mark);
        Rewriting start = Rewriting.prepend(mark);
        Splitter marks = (text, first, words) -> {
            Aligned marked = spaces.apply(text);
            boolean before = !marked.text().startsWith(mark) && (scheme.equals("always") || scheme.equals("first") && first);
            words.accept(before ? start.apply(marked) : marked);
        };
        if (!node.flag("split", true)) return marks;
        return Splitter.chain(List.of(marks, regex(node, Pattern.quote(mark), Behaviour.MERGED_WITH_NEXT, false)));
    }

    /// Words of so many characters, the last perhaps of fewer.
    private static Splitter pieces(JsonNode node) {
        long length = node.integer("length").orElse(5L);
        if (length < 1 || length > Integer.MAX_VALUE) throw node.wrong("length", "a number of characters", length);
        return (whole, _, words) -> {
            String text = whole.text();
            long count = 0;
            int from = 0;
            for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i)), count++) {
                if (count == 0 || count % length > 0) continue;
                words.accept(whole.part(from, i));
                from = i;
            }
            if (from < text.length()) words.accept(whole.part(from, text.length()));
        };
    }

    private static Splitter regex(JsonNode node, String regex, Behaviour behaviour, boolean inverted) {
        return RegexSplitter.of(node.file(), regex, behaviour, inverted);
    }

    private static Behaviour behaviour(JsonNode node, String otherwise) {
        String name = node.text("behavior").orElse(otherwise);
        return switch (name) {
            case "Isolated" -> Behaviour.ISOLATED;
            case "Removed" -> Behaviour.REMOVED;
            case "MergedWithPrevious" -> Behaviour.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> Behaviour.MERGED_WITH_NEXT;
            case "Contiguous" -> Behaviour.CONTIGUOUS;
            case null, default -> throw node.wrong("behavior", "a known behavior", "'" + name + "'");
        };
    }
}
