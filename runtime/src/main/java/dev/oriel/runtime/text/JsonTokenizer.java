package dev.oriel.runtime.text;

import dev.oriel.runtime.text.Detokenizer.Cleaning;
import dev.oriel.runtime.text.Detokenizer.Form;
import dev.oriel.runtime.text.Detokenizer.Leading;
import dev.oriel.runtime.text.TextTokenizer.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Builds a tokenizer from Hugging Face's files: tokenizer.json, and what tokenizer_config.json and the model's configuration beside it say about BOS and EOS.
final class JsonTokenizer {
    /// Classes whose settings in tokenizer_config.json overrule tokenizer.json.
    private static final List<String> CONFIG_RULES = List.of("Llama", "CodeLlama", "Gemma", "Cohere", "TokenizersBackend");

    private final JsonNode root;
    private final JsonNode config;
    private final Path folder;
    private final JsonVocabulary json;

    private JsonTokenizer(Path tokenizer, JsonNode root, Path config) {
        this.root = root;
        this.config = config != null && Files.exists(config) ? JsonNode.read(config) : new JsonNode(tokenizer.toString(), "", Map.of());
        folder = tokenizer.toAbsolutePath().getParent();
        json = new JsonVocabulary(root);
    }

    static Tokenizer read(Path tokenizer, Path config) { return new JsonTokenizer(tokenizer, JsonNode.read(tokenizer), config).build(); }

    static Tokenizer of(Path tokenizer, Map<?, ?> content, Path config) { return new JsonTokenizer(tokenizer, new JsonNode(tokenizer.toString(), "", content), config).build(); }

    private Tokenizer build() {
        Optional<JsonNode> rewriting = root.node("normalizer");
        Rewriting normalizer = rewriting.map(JsonNormalizer::of).orElse(Rewriting.NOTHING);
        Splitter splitter = root.node("pre_tokenizer").map(JsonSplitter::of).orElse(Splitter.WHOLE);
        List<AddedTokens.Added> late = json.added(true).stream().map(token -> new AddedTokens.Added(normalizer.apply(token.text()), token.id(), token.special(),
                token.leftStrip(), token.rightStrip(), token.wholeWord())).toList();
        return new TextTokenizer(json.vocabulary(), frame(), new AddedTokens(json.added(false)), normalizer, new AddedTokens(late), splitter, json.model(), detokenizer());
    }

    private record Around(int[] before, int[] after) {
        static final Around NOTHING = new Around(new int[0], new int[0]);

        Around inside(Around outer) { return new Around(join(outer.before, before), join(after, outer.after)); }

        private static int[] join(int[] a, int[] b) { return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray(); }
    }

    private Frame frame() {
        List<JsonNode> models = List.of("generation_config.json", "config.json").stream().map(folder::resolve).filter(Files::exists).map(JsonNode::read).toList();
        Around around = root.node("post_processor").map(this::around).orElse(Around.NOTHING);
        int[] ends = models.stream().flatMapToInt(model -> ids(model, "eos_token_id")).toArray();
        int bos = named("bos_token").or(() -> named("cls_token")).orElseGet(() -> around.before.length > 0 ? around.before[0]
                : models.stream().flatMapToInt(model -> ids(model, "bos_token_id")).findFirst().orElse(Vocabulary.NONE));
        int eos = named("eos_token").orElse(ends.length > 0 ? ends[0] : Vocabulary.NONE);
        int[] before = ruled("add_bos_token", bos, around.before);
        int[] after = ruled("add_eos_token", eos, around.after);
        return new Frame(bos, eos, before, after, Endings.of(json.vocabulary(), IntStream.concat(IntStream.of(eos), IntStream.of(ends)).toArray()).ids());
    }

    private int[] ruled(String key, int id, int[] ids) {
        String type = config.text("tokenizer_class").orElse("");
        if (id < 0 || !config.has(key) || CONFIG_RULES.stream().noneMatch(type::startsWith)) return ids;
        boolean there = IntStream.of(ids).anyMatch(i -> i == id);
        if (config.flag(key, false)) return there ? ids : new int[] {id};
        return IntStream.of(ids).filter(i -> i != id).toArray();
    }

    /// A token that tokenizer_config.json names, by its text or by an object with the text.
    private Optional<Integer> named(String key) {
        Object value = config.values().get(key);
        String text = value instanceof Map<?, ?> token ? String.valueOf(token.get("content")) : value instanceof String s ? s : "";
        int id = json.vocabulary().id(text);
        return id < 0 ? Optional.empty() : Optional.of(id);
    }

    private IntStream ids(JsonNode model, String key) {
        Object value = model.values().get(key);
        List<?> values = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        return values.stream().filter(Long.class::isInstance).mapToInt(id -> (int) Math.clamp((Long) id, -1, Integer.MAX_VALUE))
                .filter(id -> id >= 0 && id < json.vocabulary().size());
    }

    private Around around(JsonNode processor) {
        String type = processor.requireText("type");
        return switch (type) {
            case "ByteLevel" -> Around.NOTHING;
            case "TemplateProcessing" -> template(processor);
            case "BertProcessing", "RobertaProcessing" -> new Around(pair(processor, "cls"), pair(processor, "sep"));
            case "Sequence" -> processor.nodes("processors").stream().map(this::around).reduce(Around.NOTHING, Around::inside);
            default -> throw processor.wrong("type", "a known post-processor", "'" + type + "'");
        };
    }

    private Around template(JsonNode processor) {
        Ids before = Ids.plain();
        Ids after = Ids.plain();
        boolean seen = false;
        for (JsonNode part : processor.nodes("single")) {
            Optional<JsonNode> token = part.node("SpecialToken");
            seen |= token.isEmpty();
            if (token.isEmpty()) continue;
            String name = token.get().requireText("id");
            for (Object id : processor.requireNode("special_tokens").requireNode(name).list("ids")) (seen ? after : before).add(checked(processor, id), 0, 0);
        }
        return new Around(before.toArray(), after.toArray());
    }

    private int[] pair(JsonNode processor, String key) {
        List<?> pair = processor.list(key);
        if (pair.size() != 2) throw processor.wrong(key, "a token and its id", pair);
        return new int[] {checked(processor, pair.get(1))};
    }

    private int checked(JsonNode processor, Object id) {
        if (id instanceof Long l && l >= 0 && l < json.vocabulary().size()) return l.intValue();
        throw processor.wrong("ids", "0.." + (json.vocabulary().size() - 1), id);
    }

    private Detokenizer detokenizer() {
        Optional<JsonNode> decoder = root.node("decoder");
        if (decoder.isPresent()) return detokenizer(decoder.get());
        if (root.node("pre_tokenizer").map(JsonSplitter::isByteLevel).orElse(false)) return new Detokenizer(Form.BYTE_LEVEL, Leading.KEPT, Cleaning.NONE);
        if (json.isWordPiece()) return new Detokenizer(Form.HASHES, Leading.OF_FIRST_VISIBLE, Cleaning.NONE);
        boolean marks = root.values().toString().contains("Metaspace") || root.node("normalizer").map(JsonNode::values).map(String::valueOf).orElse("").contains("\u2581");
        return marks ? new Detokenizer(Form.SPACE_MARK, Leading.KEPT, Cleaning.NONE) : new Detokenizer(Form.WORDS, Leading.OF_FIRST_VISIBLE, Cleaning.NONE);
    }

    private static Detokenizer detokenizer(JsonNode decoder) {
        String type = decoder.requireText("type");
        return switch (type) {
            case "ByteLevel" -> new Detokenizer(Form.BYTE_LEVEL, Leading.KEPT, Cleaning.NONE);
            case "WordPiece" -> new Detokenizer(Form.HASHES, decoder.text("prefix").orElse("##"), Leading.OF_FIRST_VISIBLE, decoder.flag("cleanup", true) ? Cleaning.TOKENS : Cleaning.NONE);
            case "BPEDecoder" -> new Detokenizer(Form.WORD_END, decoder.text("suffix").orElse("</w>"), Leading.KEPT, Cleaning.NONE);
            case "Metaspace" -> new Detokenizer(Form.SPACE_MARK, decoder.text("replacement").orElse("\u2581"),
                    "never".equals(decoder.text("prepend_scheme").orElse(decoder.flag("add_prefix_space", true) ? "always" : "never")) ? Leading.KEPT : Leading.OF_FIRST_VISIBLE, Cleaning.NONE);
            case "Replace" -> replacing(decoder);
            case "Fuse", "ByteFallback" -> new Detokenizer(Form.PLAIN, Leading.KEPT, Cleaning.NONE);
            case "Strip" -> new Detokenizer(Form.PLAIN, decoder.integer("start").orElse(0L) > 0 ? Leading.OF_FIRST_VISIBLE : Leading.KEPT, Cleaning.NONE);
            case "Sequence" -> decoder.nodes("decoders").stream().map(JsonTokenizer::detokenizer).reduce(JsonTokenizer::both)
                    .orElseThrow(() -> decoder.wrong("decoders", "decoders", "none"));
            default -> throw decoder.wrong("type", "a known decoder", "'" + type + "'");
        };
    }

    /// One after the other; each of those that files have says one thing.
    private static Detokenizer both(Detokenizer a, Detokenizer b) {
        Detokenizer form = a.form() == Form.PLAIN ? b : a;
        return new Detokenizer(form.form(), form.mark(), a.leading() == Leading.KEPT ? b.leading() : a.leading(), a.cleaning() == Cleaning.NONE ? b.cleaning() : a.cleaning());
    }

    private static Detokenizer replacing(JsonNode decoder) {
        JsonNode pattern = decoder.requireNode("pattern");
        if (pattern.has("String") && decoder.requireText("content").equals(" ")) return new Detokenizer(Form.SPACE_MARK, pattern.requireText("String"), Leading.KEPT, Cleaning.NONE);
        throw decoder.wrong("pattern", "a text that becomes a space", pattern.values() + " that becomes '" + decoder.requireText("content") + "'");
    }
}
