package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.Utf8List;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The merges of a file, pairs of token texts with the best first, as the table that [Bpe] looks up. A text that is no token of the vocabulary (there are files with such
/// merges) has a number behind the tokens': it merges like any other, and what is left of it in the end is written letter by letter.
final class Merges {
    private final Vocabulary vocabulary;
    private final PairTable table;
    private final Map<String, Integer> outside = new LinkedHashMap<>();

    record Merge(String left, String right) {
        /// `left right`, where neither has a space except, perhaps, at the very start.
        static Merge parse(String file, String line) {
            int space = line.indexOf(' ', 1);
            if (space < 0 || space == line.length() - 1) throw malformed(file, line);
            return new Merge(line.substring(0, space), line.substring(space + 1));
        }
    }

    private Merges(Vocabulary vocabulary, int size) {
        this.vocabulary = vocabulary;
        table = new PairTable(size);
    }

    /// Merges written as lines, without making a string of any.
    static Merges of(Vocabulary vocabulary, Utf8List lines) {
        Merges merges = new Merges(vocabulary, lines.size());
        byte[] bytes = lines.bytes();
        for (int rank = 0; rank < lines.size(); rank++) {
            int start = lines.start(rank);
            int end = lines.end(rank);
            int space = start + 1;
            while (space < end && bytes[space] != ' ') space++;
            if (space >= end - 1) throw malformed(vocabulary.file(), lines.get(rank));
            merges.table.put(merges.id(bytes, start, space, 0, 0), merges.id(bytes, space + 1, end, 0, 0), rank, merges.id(bytes, start, space, space + 1, end));
        }
        return merges;
    }

    /// @param innerPrefix what every symbol but a word's first starts with; it is left out between the two
    static Merges of(Vocabulary vocabulary, List<Merge> pairs, String innerPrefix) {
        Merges merges = new Merges(vocabulary, pairs.size());
        for (int rank = 0; rank < pairs.size(); rank++) {
            String left = pairs.get(rank).left;
            String right = pairs.get(rank).right;
            String inner = right.startsWith(innerPrefix) ? right.substring(innerPrefix.length()) : right;
            merges.table.put(merges.number(left), merges.number(right), rank, merges.number(left + inner));
        }
        return merges;
    }

    /// {@link Merging#NONE} where the pair does not merge.
    long get(int left, int right) { return table.get(left, right); }

    /// A token's id, the number of a text outside the vocabulary that merges name, or [Vocabulary#NONE].
    int id(String text) {
        int id = vocabulary.id(text);
        return id >= 0 || outside.isEmpty() ? id : outside.getOrDefault(text, Vocabulary.NONE);
    }

    /// What merges name outside the vocabulary.
    Map<String, Integer> outside() { return outside; }

    private int id(byte[] line, int from, int to, int nextFrom, int nextTo) {
        int id = vocabulary.id(line, from, to, line, nextFrom, nextTo);
        return id >= 0 ? id : number(text(line, from, to) + text(line, nextFrom, nextTo));
    }

    private int number(String text) {
        int id = id(text);
        if (id < 0) outside.put(text, id = vocabulary.size() + outside.size());
        return id;
    }

    private static String text(byte[] bytes, int from, int to) { return new String(bytes, from, to - from, StandardCharsets.UTF_8); }

    private static ModelException malformed(String file, String line) {
        return new ModelException(file, "merge", "two tokens with a space between", "'" + line + "'");
    }
}
