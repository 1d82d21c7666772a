package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.Utf8List;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Turns the merges of a file, pairs of token texts with the best first, into the table that [Bpe] looks up.
final class Merges {
    private Merges() { }

    record Merge(String left, String right) {
        /// `left right`, where neither has a space except, perhaps, at the very start.
        static Merge parse(String file, String line) {
            int space = line.indexOf(' ', 1);
            if (space < 0 || space == line.length() - 1) throw malformed(file, line);
            return new Merge(line.substring(0, space), line.substring(space + 1));
        }
    }

    /// Merges written as lines, without making a string of any.
    static PairTable of(Vocabulary vocabulary, Utf8List lines) {
        PairTable table = new PairTable(lines.size());
        byte[] bytes = lines.bytes();
        for (int rank = 0; rank < lines.size(); rank++) {
            int start = lines.start(rank);
            int end = lines.end(rank);
            int space = start + 1;
            while (space < end && bytes[space] != ' ') space++;
            if (space >= end - 1) throw malformed(vocabulary.file(), lines.get(rank));
            table.put(known(vocabulary, rank, bytes, start, space, 0, 0), known(vocabulary, rank, bytes, space + 1, end, 0, 0), rank,
                    known(vocabulary, rank, bytes, start, space, space + 1, end));
        }
        return table;
    }

    /// @param innerPrefix what every symbol but a word's first starts with; it is left out between the two
    static PairTable of(Vocabulary vocabulary, List<Merge> merges, String innerPrefix) {
        PairTable table = new PairTable(merges.size());
        for (int rank = 0; rank < merges.size(); rank++) {
            String left = merges.get(rank).left;
            String right = merges.get(rank).right;
            String inner = right.startsWith(innerPrefix) ? right.substring(innerPrefix.length()) : right;
            table.put(known(vocabulary, rank, vocabulary.id(left), left), known(vocabulary, rank, vocabulary.id(right), right), rank,
                    known(vocabulary, rank, vocabulary.id(left + inner), left + inner));
        }
        return table;
    }

    private static int known(Vocabulary vocabulary, int rank, byte[] line, int from, int to, int nextFrom, int nextTo) {
        int id = vocabulary.id(line, from, to, line, nextFrom, nextTo);
        return id >= 0 ? id : known(vocabulary, rank, id, text(line, from, to) + text(line, nextFrom, nextTo));
    }

    private static int known(Vocabulary vocabulary, int rank, int id, String piece) {
        if (id < 0) throw new ModelException(vocabulary.file(), "merge " + rank, "tokens of the vocabulary", "'" + piece + "'");
        return id;
    }

    private static String text(byte[] bytes, int from, int to) { return new String(bytes, from, to - from, StandardCharsets.UTF_8); }

    private static ModelException malformed(String file, String line) {
        return new ModelException(file, "merge", "two tokens with a space between", "'" + line + "'");
    }
}
