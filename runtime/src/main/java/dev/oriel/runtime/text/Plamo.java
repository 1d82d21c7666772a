package dev.oriel.runtime.text;

import java.util.Arrays;

/// PLaMo 2's tokenizer: of all ways to cut a text into tokens the one with the best sum of scores, found from the end. Scores count in steps of 1/10000; a character
/// that no token covers is written in bytes and costs more than any token.
final class Plamo implements TokenModel {
    private static final long UNKNOWN = -10_000_000;
    private static final int BYTE_ORDER_MARK = 0xFEFF;

    private final Vocabulary vocabulary;
    private final long[] scores;
    /// The length of the longest token by the character it starts with.
    private final short[] reach = new short[1 << 16];

    Plamo(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        scores = new long[vocabulary.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = Math.round((double) (vocabulary.score(id) * 1e4f));
            String piece = vocabulary.piece(id);
            if (usable(id)) reach[piece.charAt(0)] = (short) Math.max(reach[piece.charAt(0)], piece.length());
        }
    }

    private boolean usable(int id) {
        Vocabulary.Kind kind = vocabulary.kind(id);
        return kind != Vocabulary.Kind.BYTE && kind != Vocabulary.Kind.UNUSED && scores[id] > 2 * UNKNOWN;
    }

    @Override
    public void encode(String word, Ids out) {
        int n = word.length();
        int start = n > 0 && word.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
        long[] cost = new long[n + 1];
        int[] token = new int[n];
        int[] end = new int[n];
        Arrays.fill(cost, 0, n, Long.MAX_VALUE);
        for (int from = n, one; from > start; ) {
            one = from;
            from -= Character.charCount(word.codePointBefore(from));
            // The longest first: among equals it is taken.
            for (int to = Math.min(n, from + reach[word.charAt(from)]); to > from; to--) {
                int id = cost[to] == Long.MAX_VALUE ? Vocabulary.NONE : vocabulary.id(word.substring(from, to));
                if (id < 0 || !usable(id) || cost[to] - scores[id] >= cost[from]) continue;
                cost[from] = cost[to] - scores[id];
                token[from] = id;
                end[from] = to;
            }
            if (cost[one] - UNKNOWN >= cost[from]) continue;
            cost[from] = cost[one] - UNKNOWN;
            token[from] = Vocabulary.NONE;
            end[from] = one;
        }
        for (int at = start; at < n; at = end[at]) {
            if (token[at] >= 0) out.add(token[at], at, end[at]);
            else vocabulary.writeBytes(word, at, end[at], out);
        }
    }
}
