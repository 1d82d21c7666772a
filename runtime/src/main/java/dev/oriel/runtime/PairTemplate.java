package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What stands around and between two texts that a model reads as one: of a query and a document, or of a premise and a hypothesis.
record PairTemplate(List<Part> parts) {
    /// @param ids  tokens to add; of a text, none
    /// @param text 1 for the first text, 2 for the second, 0 for added tokens
    /// @param type as [Input#withTypes]
    record Part(int[] ids, int text, int type) {}

    /// Tokens that it adds.
    int added() { return parts.stream().mapToInt(part -> part.ids().length).sum(); }

    /// As the `post_processor` of a `tokenizer.json` says.
    static PairTemplate in(Path file) {
        Object processor = Files.exists(file) && Json.parse(file) instanceof Map<?, ?> all ? all.get("post_processor") : null;
        PairTemplate found = of(file, processor);
        return found != null ? found : new PairTemplate(List.of(text(1, 0), text(2, 1)));
    }

    /// Null where a processor has nothing to say about it.
    private static PairTemplate of(Path file, Object processor) {
        if (!(processor instanceof Map<?, ?> p)) return null;
        return switch (String.valueOf(p.get("type"))) {
            case "TemplateProcessing" -> template(file, p);
            case "BertProcessing" -> new PairTemplate(List.of(added(file, p, "cls", 0), text(1, 0), added(file, p, "sep", 0), text(2, 1), added(file, p, "sep", 1)));
            case "RobertaProcessing" -> new PairTemplate(List.of(added(file, p, "cls", 0), text(1, 0), added(file, p, "sep", 0), added(file, p, "sep", 0), text(2, 0), added(file, p, "sep", 0)));
            case "Sequence" -> list(p.get("processors")).stream().map(each -> of(file, each)).filter(each -> each != null).findFirst().orElse(null);
            default -> null;
        };
    }

    private static PairTemplate template(Path file, Map<?, ?> processor) {
        List<Part> parts = new ArrayList<>();
        for (Object element : list(processor.get("pair"))) {
            Map<?, ?> part = (Map<?, ?>) element;
            if (part.get("Sequence") instanceof Map<?, ?> text) parts.add(text("A".equals(text.get("id")) ? 1 : 2, type(text)));
            else if (part.get("SpecialToken") instanceof Map<?, ?> token) {
                boolean known = processor.get("special_tokens") instanceof Map<?, ?> tokens && tokens.get(token.get("id")) instanceof Map<?, ?>;
                if (!known) throw new ModelException(file, "post_processor", "ids of the special token " + token.get("id"), "none");
                Map<?, ?> described = (Map<?, ?>) ((Map<?, ?>) processor.get("special_tokens")).get(token.get("id"));
                parts.add(new Part(list(described.get("ids")).stream().mapToInt(id -> ((Number) id).intValue()).toArray(), 0, type(token)));
            }
        }
        return parts.isEmpty() ? null : new PairTemplate(List.copyOf(parts));
    }

    /// As GGUF's readers do: what ends a text also stands between two; twice for RoBERTa and its kin, whose vocabularies are not WordPiece.
    static PairTemplate of(Metadata gguf, Tokenizer tokenizer) {
        int[] own = tokenizer.encode("a", false, true);
        int[] whole = tokenizer.encode("a", true, true);
        int before = whole.length > own.length && whole[0] != own[0] ? 1 : 0;
        int[] front = Arrays.copyOf(whole, before);
        int[] end = Arrays.copyOfRange(whole, before + own.length, whole.length);
        boolean encoder = gguf.text("general.architecture").orElse("").contains("bert");
        boolean twice = encoder && !gguf.text("general.architecture").orElse("").contains("modern") && !"bert".equals(gguf.text("tokenizer.ggml.model").orElse(""));
        List<Part> parts = new ArrayList<>(List.of(new Part(front, 0, 0), text(1, 0)));
        if (encoder) parts.add(new Part(end, 0, 0));
        if (twice) parts.add(new Part(end, 0, 0));
        parts.addAll(List.of(text(2, twice ? 0 : 1), new Part(end, 0, twice ? 0 : 1)));
        return new PairTemplate(List.copyOf(parts));
    }

    private static Part text(int number, int type) { return new Part(new int[0], number, type); }

    private static Part added(Path file, Map<?, ?> processor, String key, int type) {
        if (processor.get(key) instanceof List<?> pair && pair.size() == 2 && pair.getLast() instanceof Number id) return new Part(new int[] {id.intValue()}, 0, type);
        throw new ModelException(file, "post_processor." + key, "a token and its id", processor.get(key));
    }

    private static int type(Map<?, ?> part) { return part.get("type_id") instanceof Number n ? n.intValue() : 0; }

    private static List<?> list(Object value) { return value instanceof List<?> list ? list : List.of(); }
}
