package dev.oriel.runtime.text;

import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.Utf8List;
import dev.oriel.runtime.text.AddedTokens.Added;
import dev.oriel.runtime.text.Detokenizer.Cleaning;
import dev.oriel.runtime.text.Detokenizer.Form;
import dev.oriel.runtime.text.Detokenizer.Leading;
import dev.oriel.runtime.text.Vocabulary.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Builds a tokenizer from the `tokenizer.ggml.*` keys of a GGUF file, with llama.cpp's defaults for what a file leaves out.
final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    /// A key of ours, which converted files have: characters of the longest word that WordPiece cuts; longer ones are unknown.
    /// With it, letters are taken apart as Hugging Face does, not as llama.cpp does.
    private static final String LONGEST_WORD = "longest_word";

    private final Metadata gguf;
    private final Vocabulary stored;

    private GgufTokenizer(Metadata gguf) {
        this.gguf = gguf;
        this.stored = vocabulary(gguf);
    }

    static Tokenizer from(Metadata gguf) {
        String model = gguf.requireText(PREFIX + "model");
        return switch (model) {
            case "llama" -> new GgufTokenizer(gguf).sentencePiece();
            case "gpt2" -> new GgufTokenizer(gguf).bytePairs(gguf.text(PREFIX + "pre").orElse("default"));
            case "gemma4" -> new GgufTokenizer(gguf).bytePairs("gemma4");
            case "whitespace" -> new GgufTokenizer(gguf).bytePairs(gguf.text(PREFIX + "pre").orElse("whitespace"));
            case "bert" -> new GgufTokenizer(gguf).wordPiece();
            case "t5" -> new GgufTokenizer(gguf).unigram();
            case "rwkv" -> new GgufTokenizer(gguf).longestMatch();
            case "plamo2" -> new GgufTokenizer(gguf).plamo();
            case "no_vocab", "none" -> throw new ModelException(gguf.file(), PREFIX + "model", "a vocabulary", "'" + model + "': this model takes ids only");
            default -> throw new ModelException(gguf.file(), PREFIX + "model", "one of llama, gpt2, gemma4, whitespace, bert, t5, rwkv, plamo2", "'" + model + "'");
        };
    }

    private Tokenizer sentencePiece() {
        boolean spaceBefore = flag("add_space_prefix", true);
        int unknown = id("unknown_token_id", 0);
        Ends ends = ends(1, 2, true, false);
        Rewriting marks = spaceBefore ? Rewriting.SPACE_MARKS.then(Rewriting.prepend("\u2581")) : Rewriting.SPACE_MARKS;
        List<?> map = gguf.list(PREFIX + "precompiled_charsmap");
        if (map != null) {
            boolean merge = flag("remove_extra_whitespaces", false);
            marks = CharacterMap.of(gguf.file(), map).rewriting().then(Rewriting.noted((text, steps) -> Unigram.spaces(text, spaceBefore, merge, steps)));
        }
        return tokenizer(ends, marks, Splitter.WHOLE, v -> new SentencePiece(v, unknown), detokenizer(Form.SPACE_MARK, spaceBefore, false));
    }

    private Tokenizer bytePairs(String pre) {
        PreTokenizer row = PreTokenizer.named(gguf.file(), pre);
        Ends ends = ends(row.withoutBos() ? Vocabulary.NONE : 11, 11, row.addsBos(), false);
        // Early files of Gemma 4 say that it needs no BOS; it does.
        if (row == PreTokenizer.GEMMA4) ends = new Ends(ends.bos, ends.eos, needed("bos", ends.bos), ends.after);
        Utf8List merges = required(gguf, "merges");
        boolean bytes = row.byteLevel();
        var options = bytes ? Bpe.Options.plain(row.wholeWords()) : Bpe.Options.withBytes(row.wholeWords());
        boolean words = gguf.requireText(PREFIX + "model").equals("whitespace");
        Rewriting before = row.spaceMarks() ? Rewriting.SPACE_MARKS
                : words && flag("normalizer.lowercase", row != PreTokenizer.WHITESPACE) ? Rewriting.LOWERCASE_LETTERS : Rewriting.NOTHING;
        Form form = bytes ? Form.BYTE_LEVEL : row.spaceMarks() ? Form.SPACE_MARK : Form.PLAIN;
        return tokenizer(ends, before, words ? Splitter.chain(List.of(Splitter.AT_SPACES, row.splitter())) : row.splitter(), v -> new Bpe(v, Merges.of(v, merges), options),
                detokenizer(form, flag("add_space_prefix", false), row.cleanSpaces()));
    }

    private Tokenizer longestMatch() {
        int unknown = id("unknown_token_id", Vocabulary.NONE);
        return tokenizer(new Ends(id("bos_token_id", Vocabulary.NONE), id("eos_token_id", Vocabulary.NONE), some(Vocabulary.NONE), some(Vocabulary.NONE)), Rewriting.NOTHING,
                Splitter.WHOLE, v -> new LongestMatch(v, unknown), detokenizer(Form.LITERAL, flag("add_space_prefix", false), false));
    }

    private Tokenizer plamo() {
        return tokenizer(new Ends(id("bos_token_id", 1), id("eos_token_id", 2), some(Vocabulary.NONE), some(Vocabulary.NONE)), Rewriting.NOTHING,
                Splitter.WHOLE, Plamo::new, detokenizer(Form.PLAIN, flag("add_space_prefix", false), false));
    }

    private Tokenizer wordPiece() {
        boolean lowercase = flag("normalizer.lowercase", true);
        var options = new Bert.Options(true, true, flag("normalizer.strip_accents", lowercase), lowercase, !gguf.has(PREFIX + LONGEST_WORD));
        int unknown = id("unknown_token_id", 100);
        int start = id("bos_token_id", id("cls_token_id", 101));
        int separator = id("seperator_token_id", 102); // the key is spelled so
        int end = id("eos_token_id", Vocabulary.NONE);
        return tokenizer(new Ends(start, end, some(start), some(separator)), Bert.normalizer(options), Bert::split,
                v -> new WordPiece(v, "\u2581", "", unknown, gguf.count(PREFIX + LONGEST_WORD, 1, Integer.MAX_VALUE, Integer.MAX_VALUE)), detokenizer(Form.SPACE_MARK, flag("add_space_prefix", false), true));
    }

    private Tokenizer unigram() {
        boolean spaceBefore = flag("add_space_prefix", false);
        boolean mergeSpaces = flag("remove_extra_whitespaces", false);
        int unknown = id("unknown_token_id", 2);
        CharacterMap map = CharacterMap.of(gguf.file(), gguf.list(PREFIX + "precompiled_charsmap"));
        Rewriting spaces = Rewriting.noted((text, steps) -> Unigram.spaces(text, spaceBefore, mergeSpaces, steps));
        return tokenizer(ends(Vocabulary.NONE, 1, false, true), map.rewriting().then(spaces), Splitter.WHOLE, v -> new Unigram(v, unknown, flag("byte_fallback", false), false), detokenizer(Form.SPACE_MARK, spaceBefore, false));
    }

    private interface ModelMaker {
        TokenModel of(Vocabulary vocabulary);
    }

    private Tokenizer tokenizer(Ends ends, Rewriting normalizer, Splitter splitter, ModelMaker maker, Detokenizer detokenizer) {
        Endings endings = Endings.of(stored, ends.eos, id("eot_token_id", Vocabulary.NONE), id("eom_token_id", Vocabulary.NONE));
        Vocabulary vocabulary = stored.with(endings.kinds());
        var frame = new TextTokenizer.Frame(ends.bos, ends.eos, ends.before, ends.after, endings.ids());
        return new TextTokenizer(vocabulary, frame, new AddedTokens(added(vocabulary), Unicode::isAsciiSpace), normalizer, new AddedTokens(List.of()),
                splitter, maker.of(vocabulary), detokenizer);
    }

    /// Which tokens are looked for in text. That some of them swallow spaces is known by the model's name only: GGUF does not say it.
    private List<Added> added(Vocabulary vocabulary) {
        String name = gguf.text("general.name").orElse("").toLowerCase(Locale.ROOT);
        String architecture = gguf.text("general.architecture").orElse("");
        String pre = gguf.text(PREFIX + "pre").orElse("");
        boolean phi3 = name.contains("phi-3") || name.contains("phi3");
        String spaceBefore = pre.startsWith("jina-v2-") || List.of("nomic-bert-moe", "jina-bert-v3").contains(architecture) ? "<mask>"
                : name.contains("modern-bert") ? "[MASK]" : null;
        List<Added> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            Kind kind = vocabulary.kind(id);
            if (kind != Kind.CONTROL && kind != Kind.USER_DEFINED && kind != Kind.UNKNOWN) continue;
            String text = vocabulary.piece(id);
            boolean right = phi3 && !List.of("<unk>", "<s>", "<|endoftext|>").contains(text);
            added.add(new Added(text, id, kind != Kind.USER_DEFINED, text.equals(spaceBefore), right, false));
        }
        return added;
    }

    private record Ends(int bos, int eos, int[] before, int[] after) { }

    private Ends ends(int defaultBos, int defaultEos, boolean addBos, boolean addEos) {
        int bos = id("bos_token_id", defaultBos);
        int eos = id("eos_token_id", defaultEos);
        return new Ends(bos, eos, flag("add_bos_token", addBos) ? needed("bos", bos) : some(Vocabulary.NONE), flag("add_eos_token", addEos) ? needed("eos", eos) : some(Vocabulary.NONE));
    }

    private int[] needed(String name, int id) {
        if (id < 0) throw new ModelException(gguf.file(), PREFIX + name + "_token_id", "a token, as add_" + name + "_token is true", "nothing");
        return some(id);
    }

    private static int[] some(int id) { return id < 0 ? new int[0] : new int[] {id}; }

    /// A token id; -1 in either width means that there is none.
    private int id(String key, int otherwise) {
        long id = gguf.integer(PREFIX + key).orElse((long) (otherwise < stored.size() ? otherwise : Vocabulary.NONE));
        if (id == Vocabulary.NONE || id == 0xFFFFFFFFL) return Vocabulary.NONE;
        if (id < 0 || id >= stored.size()) throw new ModelException(gguf.file(), PREFIX + key, "0.." + (stored.size() - 1), id);
        return (int) id;
    }

    private boolean flag(String key, boolean otherwise) { return gguf.flag(PREFIX + key).orElse(otherwise); }

    private static Detokenizer detokenizer(Form form, boolean spaceBefore, boolean cleanSpaces) {
        return new Detokenizer(form, spaceBefore ? Leading.OF_FIRST_TOKEN : Leading.KEPT, cleanSpaces ? Cleaning.ENGLISH : Cleaning.NONE);
    }

    private static Utf8List required(Metadata gguf, String key) {
        Utf8List list = gguf.strings(PREFIX + key);
        if (list == null) throw new ModelException(gguf.file(), PREFIX + key, "a list", "nothing");
        return list;
    }

    private static Vocabulary vocabulary(Metadata gguf) {
        Utf8List tokens = required(gguf, "tokens");
        if (tokens.isEmpty() || tokens.size() > Vocabulary.MAX_TOKENS)
            throw new ModelException(gguf.file(), PREFIX + "tokens", "1.." + Vocabulary.MAX_TOKENS + " tokens", tokens.size());
        float[] scores = gguf.floats(PREFIX + "scores");
        requireSize(gguf, "scores", tokens.size(), scores == null ? tokens.size() : scores.length);
        return new Vocabulary(gguf.file(), tokens, kinds(gguf, tokens.size()), scores);
    }

    private static Kind[] kinds(Metadata gguf, int size) {
        Kind[] kinds = Vocabulary.normal(size);
        long[] types = gguf.integers(PREFIX + "token_type");
        if (types == null) return kinds;
        requireSize(gguf, "token_type", size, types.length);
        for (int id = 0; id < size; id++) {
            long type = types[id];
            if (type < 0 || type > Vocabulary.kinds()) throw new ModelException(gguf.file(), PREFIX + "token_type of token " + id, "0..6", type);
            kinds[id] = type == 0 ? Kind.UNUSED : Vocabulary.kind(type);
        }
        return kinds;
    }

    private static void requireSize(Metadata gguf, String key, int size, int found) {
        if (found != size) throw new ModelException(gguf.file(), PREFIX + key, size + " elements, one per token", found);
    }
}
