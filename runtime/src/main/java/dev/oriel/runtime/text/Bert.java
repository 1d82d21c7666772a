package dev.oriel.runtime.text;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.Consumer;

/// What BERT does to text before WordPiece: controls go, CJK characters stand alone, accents and case may go; then words are split at spaces and punctuation.
final class Bert {
    /// @param firstOnly of a decomposed character only the first code point is kept, as llama.cpp does (it matters for Hangul)
    record Options(boolean clean, boolean isolateCjk, boolean stripAccents, boolean lowercase, boolean firstOnly) { }

    private Bert() { }

    static Rewriting normalizer(Options options) {
        Rewriting letters = Rewriting.noted((text, steps) -> letters(text, options, steps));
        return options.stripAccents && !options.firstOnly ? Rewriting.normalForm(Normalizer.Form.NFD).then(letters) : letters;
    }

    private static String letters(String text, Options options, Steps steps) {
        var out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            int before = out.length();
            int base = options.stripAccents && options.firstOnly ? decomposed(c) : c;
            boolean gone = options.clean && !options.firstOnly && Unicode.isControl(base) && base != '\t' && base != '\n' && base != '\r';
            if (!gone && Unicode.isSpace(base)) out.append(options.clean ? " " : Character.toString(base));
            else if (!(options.clean && (base == 0 || base == 0xFFFD || Unicode.isControl(base))) && !(options.stripAccents && accent(base, options))) append(base, options, out);
            steps.replace(Character.charCount(c), out.length() - before);
        });
        return out.toString();
    }

    private static boolean accent(int c, Options options) {
        return options.firstOnly ? Unicode.isMark(c) : Character.getType(c) == Character.NON_SPACING_MARK;
    }

    private static void append(int c, Options options, StringBuilder out) {
        String letter = Character.toString(c);
        // Of letters that become two, llama.cpp keeps the first.
        String shown = !options.lowercase ? letter : options.firstOnly ? Character.toString(Character.toLowerCase(c)) : letter.toLowerCase(Locale.ROOT);
        if (options.isolateCjk && isCjk(c)) out.append(' ').append(shown).append(' ');
        else out.append(shown);
    }

    private static int decomposed(int c) {
        return c < 0xC0 ? c : Normalizer.normalize(Character.toString(c), Normalizer.Form.NFD).codePointAt(0);
    }

    /// Spaces separate and go, a punctuation mark is a word.
    static void split(Aligned whole, boolean first, Consumer<Aligned> words) {
        String text = whole.text();
        int from = 0;
        for (int i = 0, end; i < text.length(); i = end) {
            int c = text.codePointAt(i);
            end = i + Character.charCount(c);
            boolean mark = Unicode.isPunctuation(c) || c < 0x7F && Unicode.isSymbol(c);
            if (!mark && !Unicode.isSpace(c)) continue;
            if (i > from) words.accept(whole.part(from, i));
            if (mark) words.accept(whole.part(i, end));
            from = end;
        }
        if (from < text.length()) words.accept(whole.part(from, text.length()));
    }

    private static boolean isCjk(int c) {
        return c >= 0x4E00 && c <= 0x9FFF || c >= 0x3400 && c <= 0x4DBF || c >= 0x20000 && c <= 0x2A6DF || c >= 0x2A700 && c <= 0x2B73F
                || c >= 0x2B740 && c <= 0x2B81F || c >= 0x2B920 && c <= 0x2CEAF || c >= 0xF900 && c <= 0xFAFF || c >= 0x2F800 && c <= 0x2FA1F;
    }
}
