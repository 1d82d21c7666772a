package dev.oriel.runtime.text;

import java.util.Arrays;

/// SentencePiece's unigram model: of all ways to cut a word into tokens, the one with the highest sum of scores (log-probabilities), by Viterbi.
/// Kudo, "Subword Regularization" (2018).
final class Unigram implements TokenModel {
    /// A character that is no token scores this much less than the worst token.
    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final int unknown;
    private final boolean byteFallback;
    private final boolean all;
    private final double unknownScore;
    /// The length of the longest token by the character it starts with.
    private final short[] reach = new short[1 << 16];

    /// @param byteFallback what is no token is written in `<0xNN>` tokens
    /// @param all          tokens of any kind are found in text, as in Hugging Face's; otherwise as in llama.cpp's only those that stand for text
    Unigram(Vocabulary vocabulary, int unknown, boolean byteFallback, boolean all) {
        this.all = all;
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.byteFallback = byteFallback;
        double worst = Double.MAX_VALUE;
        for (int id = 0; id < vocabulary.size(); id++) {
            if (all || vocabulary.kind(id) == Vocabulary.Kind.NORMAL) worst = Math.min(worst, vocabulary.score(id));
            if (!usable(id)) continue;
            String piece = vocabulary.piece(id);
            reach[piece.charAt(0)] = (short) Math.max(reach[piece.charAt(0)], piece.length());
        }
        unknownScore = worst - UNKNOWN_PENALTY;
    }

    private boolean usable(int id) {
        return all || switch (vocabulary.kind(id)) {
            case NORMAL, USER_DEFINED, UNUSED -> true;
            case UNKNOWN, CONTROL, BYTE -> false;
        };
    }

    @Override
    public void encode(String word, Ids out) {
        int n = word.length();
        int[] token = new int[n + 1];
        int[] cameFrom = new int[n + 1];
        double[] best = new double[n + 1];
        Arrays.fill(best, 1, n + 1, -Double.MAX_VALUE);
        for (int from = 0; from < n; ) {
            int one = from + Character.charCount(word.codePointAt(from));
            boolean covered = false;
            int limit = Math.min(n, from + reach[word.charAt(from)]);
            for (int to = from + 1; to <= limit; to++) {
                int id = vocabulary.id(word.substring(from, to));
                if (id < 0 || !usable(id)) continue;
                covered |= to == one;
                double score = best[from] + (!all && vocabulary.kind(id) == Vocabulary.Kind.USER_DEFINED ? 0 : vocabulary.score(id));
                improve(best, token, cameFrom, from, to, id, score);
            }
            if (!covered) improve(best, token, cameFrom, from, one, Vocabulary.NONE, best[from] + unknownScore);
            from = one;
        }
        write(word, token, cameFrom, out);
    }

    private static void improve(double[] best, int[] token, int[] cameFrom, int from, int to, int id, double score) {
        if (score <= best[to]) return;
        best[to] = score;
        token[to] = id;
        cameFrom[to] = from;
    }

    private void write(String word, int[] token, int[] cameFrom, Ids out) {
        int[] ends = new int[word.length()];
        int count = 0;
        for (int at = word.length(); at > 0; at = cameFrom[at]) ends[count++] = at;
        boolean afterUnknown = false;
        for (int i = count - 1; i >= 0; i--) {
            int id = token[ends[i]];
            boolean missing = id < 0;
            int from = cameFrom[ends[i]];
            if (!missing) out.add(id, from, ends[i]);
            else if (!(byteFallback && vocabulary.writeBytes(word, from, ends[i], out)) && unknown >= 0) out.addUnknown(unknown, from, ends[i], afterUnknown);
            afterUnknown = missing;
        }
    }

    /// Spaces as U+2581.
    ///
    /// @param before put one before the text
    /// @param merge  drop all spaces but one before each word
    static String spaces(String text, boolean before, boolean merge, Steps steps) {
        var out = new StringBuilder(text.length() + 8);
        boolean inWord = false;
        boolean put = false;
        int dropped = 0;
        for (int i = 0; i < text.length(); i++) {
            boolean space = text.charAt(i) == ' ';
            if (!space && !inWord && (before && !put || merge)) {
                out.append('\u2581');
                put = true;
                steps.replace(dropped, 1);
                dropped = 0;
            }
            inWord = !space;
            if (space && merge) {
                dropped++;
                continue;
            }
            out.append(space ? '\u2581' : text.charAt(i));
            steps.keep(1);
        }
        steps.replace(dropped, 0);
        return out.toString();
    }
}
