package dev.oriel.runtime;

import dev.oriel.ops.Cache;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.List;

/// One execution of a plan.
///
/// @param ops      computes
/// @param tokens   the rows of the pass
/// @param types    the same rows with types for positions; null where the model has no token types
/// @param segments which rows belong to which sequence
/// @param picked   final residual rows whose logits are wanted, or that are wanted themselves `[outputs, width]`
/// @param logits   `[outputs, vocabulary]`; null where nobody asked for them yet
record Pass(Ops ops, Tokens tokens, Tokens types, List<Segment> segments, Rows picked, Rows logits) {

    /// A sequence's part of a pass.
    ///
    /// @param session whose rows they are
    /// @param span    its rows of the pass
    /// @param outputs its rows of the wanted logits
    /// @param first   position in the sequence of its first row
    /// @param input   what the rows were made of
    /// @param trace   takes what is recorded
    record Segment(Session session, Span span, Span outputs, int first, Input input, Trace trace) {
        Cache cache(int layer) { return session.caches()[layer]; }

        /// Positions in the sequence of the rows of the pass.
        int[] positions() { return count(first, span.count()); }

        /// Positions in the sequence of the rows whose logits are wanted: the last ones.
        int[] outputPositions() { return count(first + span.count() - outputs.count(), outputs.count()); }

        private static int[] count(int from, int length) {
            int[] positions = new int[length];
            for (int i = 0; i < length; i++) positions[i] = from + i;
            return positions;
        }
    }

    int rows() { return tokens.count(); }
}
