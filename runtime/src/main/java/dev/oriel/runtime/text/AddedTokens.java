package dev.oriel.runtime.text;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/// Finds tokens that are written out in a text: special tokens such as `<|im_end|>` and user-defined ones. The leftmost is taken, and of those that start there the longest.
/// One walk down a trie per character: linear in the text, times the length of the longest such token where the text keeps looking like one.
final class AddedTokens {
    /// @param special    only recognised where special tokens may be written in the text
    /// @param leftStrip  swallows the white space before it
    /// @param rightStrip swallows the white space after it
    /// @param wholeWord  not recognised inside a word
    record Added(String text, int id, boolean special, boolean leftStrip, boolean rightStrip, boolean wholeWord) { }

    private static final class Node {
        final Map<Character, Node> next = new HashMap<>(2);
        Added token;
    }

    private final Node root = new Node();
    private final BitSet firsts = new BitSet();
    private final IntPredicate space;

    AddedTokens(List<Added> tokens) { this(tokens, Unicode::isSpace); }

    /// @param space what tokens swallow that swallow white space
    AddedTokens(List<Added> tokens, IntPredicate space) {
        this.space = space;
        for (Added token : tokens) {
            if (token.text.isEmpty()) continue;
            Node node = root;
            for (int i = 0; i < token.text.length(); i++) node = node.next.computeIfAbsent(token.text.charAt(i), _ -> new Node());
            if (node.token == null) node.token = token;
            firsts.set(token.text.charAt(0));
        }
    }

    /// Where special tokens may be written in a text.
    interface Written {
        Written NOWHERE = (token, _, _) -> !token.special;
        Written ANYWHERE = (_, _, _) -> true;

        /// Whether characters `[from, to)` that read like `token` are it.
        boolean is(Added token, int from, int to);
    }

    /// Gets what a text consists of.
    interface Parts {
        /// A token in the characters from `from` to `to`, with the white space that it swallows.
        void token(int id, int from, int to);

        /// What is between tokens, never empty.
        void text(int from, int to);
    }

    /// Gives the text in order.
    void split(String text, Written special, Parts parts) {
        int from = 0;
        for (int i = 0; i < text.length(); ) {
            Added found = firsts.get(text.charAt(i)) ? longest(text, i, special) : null;
            if (found == null) {
                i++;
                continue;
            }
            int start = i;
            int end = i + found.text.length();
            while (found.leftStrip && start > from && space.test(text.charAt(start - 1))) start--;
            while (found.rightStrip && end < text.length() && space.test(text.charAt(end))) end++;
            if (start > from) parts.text(from, start);
            parts.token(found.id, start, end);
            from = i = end;
        }
        if (from < text.length()) parts.text(from, text.length());
    }

    private Added longest(String text, int start, Written special) {
        Added best = null;
        Node node = root;
        for (int i = start; i < text.length(); i++) {
            node = node.next.get(text.charAt(i));
            if (node == null) break;
            Added token = node.token;
            if (token != null && special.is(token, start, i + 1) && (!token.wholeWord || isWord(text, start, i + 1))) best = token;
        }
        return best;
    }

    private static boolean isWord(String text, int from, int to) {
        return (from == 0 || !isLetter(text.codePointBefore(from))) && (to == text.length() || !isLetter(text.codePointAt(to)));
    }

    private static boolean isLetter(int c) { return Character.isLetterOrDigit(c) || c == '_'; }
}
