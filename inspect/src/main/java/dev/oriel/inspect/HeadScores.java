package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// What each head looks at while a model reads random tokens twice.
///
/// The kinds of heads are those of Olsson et al., In-context Learning and Induction Heads (2022, arXiv:2209.11895), of Wang et al., Interpretability in the Wild
/// (2022, arXiv:2211.00593), and of Xiao et al., Efficient Streaming Language Models with Attention Sinks (2023, arXiv:2309.17453).
public record HeadScores(Map<Kind, HeadGrid> scores) {
    /// What is looked for, per query q of n tokens repeated: a mean attention weight.
    public enum Kind {
        /// To the token after the earlier copy of q: position q - n + 1; over the second copy.
        INDUCTION,
        /// To the token before: q - 1; over all q >= 1.
        PREVIOUS,
        /// To the earlier copy of q: q - n; over the second copy.
        DUPLICATE,
        /// To position 0; over all q >= 1.
        SINK;

        private boolean ofSecondCopy() { return this == INDUCTION || this == DUPLICATE; }

        private int key(int query, int length) {
            return switch (this) {
                case INDUCTION -> query - length + 1;
                case PREVIOUS -> query - 1;
                case DUPLICATE -> query - length;
                case SINK -> 0;
            };
        }
    }

    /// Scores all heads in one pass, which holds one layer's pattern at a time.
    ///
    /// @param tokens two copies, such as [RepeatedTokens#random] gives
    /// @param probes edits under which to score
    public static HeadScores of(Model model, RepeatedTokens tokens, Probe... probes) {
        if (tokens.copies() != 2) throw new ModelException("head scores: expected tokens repeated twice, found " + tokens.copies() + " copies");
        Map<Kind, HeadGrid> scores = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) scores.put(kind, Grids.empty(kind.name().toLowerCase(Locale.ROOT), model));
        Pattern.read(model, Input.of(tokens.ids()).withLastLogitsOnly(), Range.ALL, (layer, pattern) ->
                scores.forEach((kind, grid) -> Grids.set(grid, layer, of(kind, pattern, tokens))), probes);
        return new HeadScores(Collections.unmodifiableMap(scores));
    }

    /// Per head of one layer.
    static double[] of(Kind kind, Pattern pattern, RepeatedTokens tokens) {
        double[] means = new double[pattern.heads()];
        int from = kind.ofSecondCopy() ? tokens.second() : 1;
        for (int head = 0; head < means.length; head++)
            means[head] = pattern.mean(head, from, pattern.queries(), (row, query) -> row[kind.key(query, tokens.length())]);
        return means;
    }

    public HeadGrid get(Kind kind) { return scores.get(kind); }
}
