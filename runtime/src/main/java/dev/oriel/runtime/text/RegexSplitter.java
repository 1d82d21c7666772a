package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Splits where a regular expression matches. `\s`, `\d`, `\w` and `\b` follow Unicode.
/// Patterns come from model files, so the work of one split is bounded: a pattern that backtracks without end is an error, not a hang.
final class RegexSplitter implements Splitter {
    /// What becomes of a match (the text between matches is always a word of its own).
    enum Behaviour { ISOLATED, REMOVED, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT, CONTIGUOUS }

    private static final long STEPS_PER_CHARACTER = 4000;

    private final Pattern pattern;
    private final Behaviour behaviour;
    private final boolean inverted;

    private RegexSplitter(Pattern pattern, Behaviour behaviour, boolean inverted) {
        this.pattern = pattern;
        this.behaviour = behaviour;
        this.inverted = inverted;
    }

    /// Every match is a word.
    static Splitter of(String regex) { return of("pre-tokenizer", regex, Behaviour.ISOLATED, false); }

    /// @param inverted the text between the matches counts as the match
    static Splitter of(String file, String regex, Behaviour behaviour, boolean inverted) {
        DigitGroups digits = DigitGroups.of(regex);
        return digits != null ? digits : new RegexSplitter(compile(file, regex), behaviour, inverted);
    }

    static Pattern compile(String file, String regex) {
        // Oniguruma, in which tokenizer.json is written, names scripts without "Is".
        String ours = regex.replaceAll("\\\\([pP])\\{(\\^?)(Han|Hiragana|Katakana|Hangul|Latin|Cyrillic|Greek|Thai|Arabic|Hebrew)\\}", "\\\\$1{$2Is$3}");
        try {
            return Pattern.compile(ours, Pattern.UNICODE_CHARACTER_CLASS);
        } catch (PatternSyntaxException e) {
            throw new ModelException(file, "pattern", "a regular expression", "'" + regex + "' (" + e.getDescription() + ")");
        }
    }

    @Override
    public void split(Aligned whole, boolean first, Consumer<Aligned> words) {
        String text = whole.text();
        var cut = new Cut(whole, words);
        Matcher matcher = pattern.matcher(new Watched(text, 1_000_000 + STEPS_PER_CHARACTER * text.length()));
        int from = 0;
        try {
            while (matcher.find()) {
                cut.segment(from, matcher.start(), inverted);
                cut.segment(matcher.start(), matcher.end(), !inverted);
                from = matcher.end();
            }
        } catch (StackOverflowError e) {
            throw new ModelException("pre-tokenizer: pattern '" + pattern + "' is nested too deeply for a text of " + text.length() + " characters");
        }
        cut.segment(from, text.length(), inverted);
        cut.end();
    }

    /// Joins segments to words as the behaviour says: a word waits until it is clear what follows.
    private final class Cut {
        private final Aligned text;
        private final Consumer<Aligned> words;
        private int waitingFrom;
        private int waitingTo;
        private boolean waitingMatch;

        Cut(Aligned text, Consumer<Aligned> words) {
            this.text = text;
            this.words = words;
        }

        void segment(int from, int to, boolean match) {
            if (from == to) return;
            boolean joined = waitingFrom < waitingTo && switch (behaviour) {
                case ISOLATED, REMOVED -> false;
                case CONTIGUOUS -> match == waitingMatch;
                case MERGED_WITH_PREVIOUS -> match && !waitingMatch;
                case MERGED_WITH_NEXT -> !match && waitingMatch;
            };
            if (!joined) {
                end();
                waitingFrom = from;
            }
            waitingTo = to;
            waitingMatch = match;
        }

        void end() {
            boolean dropped = behaviour == Behaviour.REMOVED && waitingMatch;
            if (waitingFrom < waitingTo && !dropped) words.accept(text.part(waitingFrom, waitingTo));
            waitingFrom = waitingTo;
        }
    }

    /// Counts the characters a matcher looks at.
    private static final class Watched implements CharSequence {
        private final String text;
        private long left;

        Watched(String text, long steps) {
            this.text = text;
            this.left = steps;
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) throw new ModelException("pre-tokenizer: the pattern backtracks without end on a text of " + text.length() + " characters");
            return text.charAt(index);
        }

        @Override
        public int length() { return text.length(); }

        @Override
        public CharSequence subSequence(int from, int to) { return text.subSequence(from, to); }

        @Override
        public String toString() { return text; }
    }
}
