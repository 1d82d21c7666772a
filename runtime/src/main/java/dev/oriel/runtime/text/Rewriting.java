package dev.oriel.runtime.text;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A change of a text before it is cut into tokens. Says, where it is asked for, which part of the text became which.
interface Rewriting {
    Rewriting NOTHING = text -> text;

    /// Spaces as U+2581.
    Rewriting SPACE_MARKS = of(text -> text.replace(' ', '\u2581'), (text, steps) -> steps.keep(text.length()));

    /// Into the byte alphabet: a character of several bytes is the source of several letters.
    Rewriting BYTES = of(ByteAlphabet::encode, (text, steps) -> {
        for (int i = 0, n; i < text.length(); i += n) {
            int c = text.codePointAt(i);
            n = Character.charCount(c);
            steps.replace(n, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        }
    });

    /// Every letter by itself: a sigma at the end of a word is like any other.
    Rewriting LOWERCASE = byCharacter(text -> {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c < 0x80) out.append((char) Character.toLowerCase(c));
            else out.append(Character.toString(c).toLowerCase(Locale.ROOT));
        });
        return out.toString();
    });

    /// As [#LOWERCASE], but that none becomes two.
    Rewriting LOWERCASE_LETTERS = byCharacter(text -> {
        var out = new StringBuilder(text.length());
        text.codePoints().map(Character::toLowerCase).forEach(out::appendCodePoint);
        return out.toString();
    });

    Aligned apply(Aligned text);

    default String apply(String text) { return apply(Aligned.plain(text)).text(); }

    default Rewriting then(Rewriting next) { return text -> next.apply(apply(text)); }

    interface Notes {
        void take(String text, Steps steps);
    }

    /// @param change what happens
    /// @param notes  how; where its notes do not fit what happened, all of the result comes from all of the text
    static Rewriting of(UnaryOperator<String> change, Notes notes) {
        return text -> {
            String result = change.apply(text.text());
            if (!text.followed()) return Aligned.plain(result);
            Steps steps = new Steps();
            notes.take(text.text(), steps);
            return text.rewritten(result, fitting(text.text(), result, steps));
        };
    }

    /// @param change does what it does and notes it
    static Rewriting noted(BiFunction<String, Steps, String> change) {
        return text -> {
            if (!text.followed()) return Aligned.plain(change.apply(text.text(), Steps.NONE));
            Steps steps = new Steps();
            String result = change.apply(text.text(), steps);
            return text.rewritten(result, fitting(text.text(), result, steps));
        };
    }

    private static Steps fitting(String text, String result, Steps steps) {
        if (steps.lead(text.length(), result.length())) return steps;
        Steps whole = new Steps();
        whole.replace(text.length(), result.length());
        return whole;
    }

    static Rewriting prepend(String before) {
        return noted((text, steps) -> {
            if (text.isEmpty()) return text;
            steps.replace(0, before.length());
            steps.keep(text.length());
            return before + text;
        });
    }

    static Rewriting strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.text().length();
            while (left && from < to && Unicode.isSpace(text.text().charAt(from))) from++;
            while (right && to > from && Unicode.isSpace(text.text().charAt(to - 1))) to--;
            return text.part(from, to);
        };
    }

    /// Every match becomes `content`.
    static Rewriting replace(Pattern pattern, String content) {
        String replacement = Matcher.quoteReplacement(content);
        return of(text -> pattern.matcher(text).replaceAll(replacement), (text, steps) -> matches(pattern, text, content.length(), steps));
    }

    static Rewriting replace(String literal, String content) {
        Pattern pattern = Pattern.compile(Pattern.quote(literal));
        return of(text -> text.replace(literal, content), (text, steps) -> matches(pattern, text, content.length(), steps));
    }

    private static void matches(Pattern pattern, String text, int given, Steps steps) {
        Matcher matcher = pattern.matcher(text);
        int from = 0;
        while (matcher.find()) {
            steps.keep(matcher.start() - from);
            steps.replace(matcher.end() - matcher.start(), given);
            from = matcher.end();
        }
        steps.keep(text.length() - from);
    }

    /// One of Unicode's normal forms: a base character and the marks after it change together.
    static Rewriting normalForm(Normalizer.Form form) {
        return of(text -> Normalizer.normalize(text, form), (text, steps) -> {
            for (int from = 0, to; from < text.length(); from = to) {
                to = from + Character.charCount(text.codePointAt(from));
                while (to < text.length() && Unicode.joinsBefore(text.codePointAt(to))) to += Character.charCount(text.codePointAt(to));
                String before = text.substring(from, to);
                String after = Normalizer.normalize(before, form);
                if (after.equals(before)) steps.keep(before.length());
                else steps.replace(before.length(), after.length());
            }
        });
    }

    /// A change of text that changes every character's length as it does when that stands alone.
    private static Rewriting byCharacter(UnaryOperator<String> change) {
        return of(change, (text, steps) -> {
            for (int i = 0, n; i < text.length(); i += n) {
                n = Character.charCount(text.codePointAt(i));
                steps.replace(n, change.apply(text.substring(i, i + n)).length());
            }
        });
    }
}
