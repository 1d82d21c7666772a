package dev.oriel.runtime.text;

import java.util.List;

/// Parts of a text in which nothing is a special token, however it is written.
record Literal(List<TextSpan> spans) implements AddedTokens.Written {
    Literal {
        spans = List.copyOf(spans);
        for (int i = 1; i < spans.size(); i++)
            if (spans.get(i).from() < spans.get(i - 1).to()) throw new IllegalArgumentException("literal parts of a text: expected ascending ones, found " + spans.get(i) + " after " + spans.get(i - 1));
    }

    @Override
    public boolean is(AddedTokens.Added token, int from, int to) { return !token.special() && !marked(token.text()) || !touches(from, to); }

    private static boolean marked(String text) { return text.startsWith("<|") && text.endsWith("|>") || text.startsWith("<｜") && text.endsWith("｜>"); }

    private boolean touches(int from, int to) {
        int low = 0;
        int high = spans.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (spans.get(middle).to() > from) high = middle;
            else low = middle + 1;
        }
        while (low < spans.size() && spans.get(low).isEmpty()) low++;
        return low < spans.size() && spans.get(low).from() < to;
    }
}
