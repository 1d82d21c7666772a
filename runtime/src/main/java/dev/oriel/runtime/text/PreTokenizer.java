package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// The table of `tokenizer.ggml.pre`: how byte-level models split text before merging. One row each: the names that GGUF files use, what follows from them, and
/// the patterns, each applied to the words that the one before it made. The patterns are those the models were trained with (their `tokenizer.json`), also where
/// llama.cpp, whose regular expressions know no case and no marks beyond ASCII, comes near them only: `gpt-4o`, `tekken` and others that look for capitals. Of
/// DeepSeek's first two it is the other way round: their lists of characters leave out spaces that are not ASCII, as llama.cpp does.
enum PreTokenizer {
    DEFAULT("default", Flag.CLEAN, "[\\p{P}$+<=>^~|]+", Patterns.GPT2, "\\p{N}+", "[0-9][0-9][0-9]"),
    GPT2("gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe gigachat a.x-4.0 mellum modern-bert exaone4 mpt olmo jais",
            Flag.CLEAN, Patterns.GPT2),
    GPT2_EXACT_SPACES("trillion granite-docling", 0, Patterns.GPT2),
    DIGITS("starcoder refact codeshell exaone minerva-7b mellum2", Flag.CLEAN, "\\p{N}", Patterns.GPT2),
    DIGITS_EXACT_SPACES("smollm command-r", 0, "\\p{N}", Patterns.GPT2),
    FALCON("falcon", Flag.CLEAN, "[\\p{P}$+<=>^~|`]+", Patterns.GPT2, "[0-9][0-9][0-9]"),
    LLAMA3("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", Flag.CLEAN | Flag.WHOLE_WORDS | Flag.BOS, Patterns.words("{1,3}")),
    TRIPLES("dbrx smaug-bpe", Flag.CLEAN, Patterns.words("{1,3}")),
    CHATGLM("glm4 chatglm-bpe", Flag.CLEAN | Flag.NO_BOS, Patterns.words("{1,3}")),
    MINICPM5("minicpm5", Flag.CLEAN | Flag.WHOLE_WORDS, "\\p{N}{1,3}", Patterns.words("+")),
    QWEN2("qwen2 deepseek-r1-qwen kormo f2llmv2 hunyuan solar-open grok-2", 0, Patterns.words("")),
    STABLELM2("stablelm2 megrez", Flag.CLEAN, Patterns.words("")),
    QWEN35("qwen35", 0, Patterns.CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + Patterns.SPACES),
    UFAKZEKA("ufakzeka", 0, "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + Patterns.SPACES),
    LAGUNA("laguna", 0, Patterns.LINES, Patterns.words("")),
    SEED_CODER("seed-coder", 0, Patterns.CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" + Patterns.SPACES),
    BAILING("bailingmoe bailingmoe2 llada-moe", 0,
            Patterns.CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
    EXAONE_MOE("exaone-moe", Flag.CLEAN, Patterns.CONTRACTION
            + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}\\p{M}*+(?: ?\\p{L}\\p{M}*+)*+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
    // The look-behind keeps it linear: after 512 spaces of a run there is no line break further on in that run, or the whole would have matched.
    JAIS2("jais-2", Flag.CLEAN, Patterns.CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|(?<![^\\S\\r\\n])\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)"
            + "|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"),
    GPT4O("gpt-4o llama4 kanana2 talkie minimax-m2", 0, Patterns.cased(Patterns.CONTRACTION, "{1,3}")),
    GRANITE_EMBEDDING("granite-embed-multi-97m", Flag.WHOLE_WORDS, Patterns.cased(Patterns.CONTRACTION, "{1,3}")),
    TINY_AYA("tiny_aya cohere2moe", 0, DigitGroups.TO_A_BOUNDARY, Patterns.cased(Patterns.CONTRACTION, "{1,3}")),
    TEKKEN("tekken", Flag.WHOLE_WORDS | Flag.BOS, Patterns.cased("", "")),
    YOUTU("youtu", Flag.WHOLE_WORDS, "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\u3040-ゟ゠-ヿ]+", Patterns.cased(Patterns.CONTRACTION, "")),
    KIMI_K2("kimi-k2", 0, Patterns.KIMI),
    DEEPSEEK_LLM("deepseek-llm", 0, "[\\r\\n]", "\\s?" + Patterns.CASED_LETTERS + "+", "\\s?[!-/:-~！-／：-～‘-‟\u3001-。]+", "(?<!\\s)\\s++\\z", Patterns.DEEPSEEK_CJK, "\\p{N}+"),
    DEEPSEEK_CODER("deepseek-coder", 0, "[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", Patterns.DEEPSEEK_CJK, "\\p{N}"),
    DEEPSEEK_V3("deepseek-v3 hunyuan-dense joyai-llm hy_v4", 0, "\\p{N}{1,3}", Patterns.CJK, Patterns.DEEPSEEK_WORDS),
    SPARK("spark2_5", 0, "\\p{N}{1,3}", Patterns.CJK, Patterns.SPARK_WORDS, "\\p{N}"),
    AFMOE("afmoe", 0, "\\p{N}+", DigitGroups.TO_THE_END, Patterns.ASIAN, Patterns.DEEPSEEK_WORDS),
    SUPERBPE("superbpe", 0, "\\p{N}+", DigitGroups.TO_THE_END),
    BLOOM("bloom gpt3-finnish", Flag.CLEAN, Patterns.BLOOM),
    PORO("poro-chat", 0, Patterns.BLOOM),
    VIKING("viking", 0, Patterns.BLOOM, "\\p{N}"),
    CHAMELEON("chameleon", Flag.BOS, "<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", "[\\t\\n]|    |  ", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", Patterns.GPT2),
    GEMMA4("gemma4 granite-embed-multi-311m", Flag.CLEAN | Flag.SPACE_MARKS | Flag.WHOLE_LINE_BREAKS | Flag.BOS, Patterns.LINES),
    SARVAM("sarvam-moe", Flag.SPACE_MARKS, Patterns.LINES),
    WHITESPACE("whitespace", Flag.CLEAN | Flag.AS_IT_IS, "\\S+");

    /// What else a row says.
    private static final class Flag {
        /// Decoded text loses spaces before punctuation.
        static final int CLEAN = 1;
        /// A word that is a token is not merged.
        static final int WHOLE_WORDS = 2;
        /// BOS is added unless the file says otherwise.
        static final int BOS = 4;
        /// There is no BOS unless the file names one.
        static final int NO_BOS = 8;
        /// No byte alphabet: spaces are U+2581, and what the vocabulary lacks is written in `<0xNN>` tokens.
        static final int SPACE_MARKS = 16;
        /// A run of line breaks that is a token is not merged.
        static final int WHOLE_LINE_BREAKS = 32;
        /// No byte alphabet, and spaces are spaces.
        static final int AS_IT_IS = 64;
    }

    private static final Map<String, PreTokenizer> BY_NAME = new HashMap<>();

    static {
        for (PreTokenizer row : values()) for (String name : row.names.split(" ")) BY_NAME.put(name, row);
    }

    private final String names;
    private final int flags;
    private final List<String> patterns;

    PreTokenizer(String names, int flags, String... patterns) {
        this.names = names;
        this.flags = flags;
        this.patterns = List.of(patterns);
    }

    static PreTokenizer named(String file, String name) {
        PreTokenizer row = BY_NAME.get(name);
        if (row == null) throw new ModelException(file, "tokenizer.ggml.pre", "one of the " + BY_NAME.size() + " known (gpt-2, llama-bpe, qwen2 and so on)", "'" + name + "'");
        return row;
    }

    /// The name of the row with these patterns, as a `tokenizer.json` writes them.
    static Optional<String> name(List<String> patterns, boolean wholeWords, boolean cleanSpaces) {
        List<String> ours = patterns.stream().map(pattern -> pattern.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)", Patterns.CONTRACTION).replace("'(?i:[sdmt]|ll|ve|re)", Patterns.CONTRACTION)
                .replace(Patterns.GPT2_WRITTEN, Patterns.GPT2).replace("\r", "\\r").replace("\n", "\\n")).toList();
        List<PreTokenizer> rows = Arrays.stream(values()).filter(row -> row.patterns.equals(ours) && row.byteLevel() && row.wholeWords().test("a") == wholeWords).toList();
        return rows.stream().filter(row -> cleanSpaces || !row.cleanSpaces()).findFirst().or(() -> rows.stream().findFirst()).map(row -> row.names.split(" ")[0]);
    }

    /// GPT-2's words, not yet in the byte alphabet.
    static Splitter gpt2Words() { return RegexSplitter.of(Patterns.GPT2); }

    static String gpt2Pattern() { return Patterns.GPT2_WRITTEN; }

    boolean cleanSpaces() { return (flags & Flag.CLEAN) != 0; }

    /// Words that are not merged where they are tokens.
    Predicate<String> wholeWords() {
        boolean all = (flags & Flag.WHOLE_WORDS) != 0;
        boolean lineBreaks = (flags & Flag.WHOLE_LINE_BREAKS) != 0;
        return word -> all || lineBreaks && word.charAt(0) == '\n';
    }

    boolean addsBos() { return (flags & Flag.BOS) != 0; }

    boolean withoutBos() { return (flags & Flag.NO_BOS) != 0; }

    boolean byteLevel() { return (flags & (Flag.SPACE_MARKS | Flag.AS_IT_IS)) == 0; }

    boolean spaceMarks() { return (flags & Flag.SPACE_MARKS) != 0; }

    Splitter splitter() { return byteLevel() ? Splitter.chain(List.of(words(), Splitter.BYTES)) : words(); }

    /// The words as they are written.
    Splitter words() { return Splitter.chain(patterns.stream().map(RegexSplitter::of).toList()); }

    /// The patterns that several rows share, and the long ones.
    private static final class Patterns {
        static final String CONTRACTION = "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])";
        static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String LINES = "[^\\n]+|[\\n]+";
        static final String GPT2 = "'(?:[stmd]|re|ve|ll)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
        static final String GPT2_WRITTEN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
        static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";
        static final String CJK = "[一-龥\u3040-ゟ゠-ヿ]+";
        static final String DEEPSEEK_CJK = "[一-龥\u0800-一가-\uD7FF&&\\S]+";
        static final String ASIAN = "[一-\u9FFF㐀-\u4DBF\uF900-\uFAFF\u3040-ゟ゠-ヿ･-ﾟ⼀-\u2FDFเ-\u0E7F\u0E80-\u0EFFក-\u17FFက-႟ꩠ-ꩿ\uA9E0-\uA9FF가-\uD7AFᄀ-ᇿ]+";
        static final String DEEPSEEK_WORDS = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES;
        static final String SPARK_WORDS = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+";
        private static final String UPPER = "\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}";
        private static final String LOWER = "\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}";
        static final String KIMI = "\\p{IsHan}+|" + cased("[" + UPPER + "&&[^\\p{IsHan}]]", "[" + LOWER + "&&[^\\p{IsHan}]]", CONTRACTION, "{1,3}", "[\\r\\n]*");
        /// Letters that have case; DeepSeek's own list, in which some later scripts are missing.
        static final String CASED_LETTERS = "[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1F7Dᾀ-ᾴᾶ-ᾼ\u1FBEῂ-ῄῆ-ῌῐ-\u1FD3ῖ-\u1FDBῠ-Ῥῲ-ῴῶ-ῼ"
                + "ℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]";

        /// Llama 3 and its heirs, which differ in how many digits make a word.
        static String words(String digits) {
            return CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + SPACES;
        }

        /// GPT-4o and its heirs: a word also ends where a small letter is followed by a capital.
        static String cased(String ending, String digits) { return cased("[" + UPPER + "]", "[" + LOWER + "]", ending, digits, "[\\r\\n/]*"); }

        private static String cased(String upper, String lower, String ending, String digits, String afterSymbols) {
            String optional = ending.isEmpty() ? "" : "(?:" + ending + ")?";
            return "[^\\r\\n\\p{L}\\p{N}]?" + upper + "*" + lower + "+" + optional + "|[^\\r\\n\\p{L}\\p{N}]?" + upper + "+" + lower + "*" + optional
                    + "|\\p{N}" + digits + "| ?[^\\s\\p{L}\\p{N}]+" + afterSymbols + "|" + SPACES;
        }
    }
}
